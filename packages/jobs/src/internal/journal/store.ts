/**
 * The jobs of a directory, with what the one process asks that runs them.
 *
 * @internal
 */
import { integer } from "@effect-hcp/spool/SqliteDatabase"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JobsUnusable } from "../../JobError.ts"
import type { State } from "../../JobProgress.ts"
import { type Database, type Name, Store, stateOf } from "../store.ts"

/** The statements of this engine alone. */
export type JournalName = "active" | "begin" | "finish" | "nextManifest"

/** @internal */
export class JournalStore extends Store {
  readonly #database: Database<Name | JournalName>

  constructor(database: Database<Name | JournalName>) {
    super(database)
    this.#database = database
  }

  /** The jobs that are not over. */
  readonly active: Effect.Effect<ReadonlyArray<{ readonly id: number; readonly state: State }>, JobsUnusable> =
    Effect.suspend(() =>
      Effect.map(this.#database.all("active"), (rows) =>
        rows.map((row) => ({ id: integer(row, "id"), state: stateOf(row) }))
      )
    )

  /** Whether it may be run, and is now. */
  readonly begin = (id: number): Effect.Effect<boolean, JobsUnusable> => this.#change("begin", id)

  readonly finish = (id: number): Effect.Effect<boolean, JobsUnusable> => this.#change("finish", id)

  /** The next manifest after this one that has objects without an outcome. */
  readonly nextManifest = (id: number, after: number): Effect.Effect<number | undefined, JobsUnusable> =>
    Effect.map(this.#database.all("nextManifest", id, after), ([row]) =>
      row === undefined ? undefined : integer(row, "number")
    )

  readonly #change = (name: "begin" | "finish", id: number): Effect.Effect<boolean, JobsUnusable> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.map(this.#database.write({ name, values: [id, Math.trunc(now)] }), ({ changes }) => changes > 0)
    )
}
