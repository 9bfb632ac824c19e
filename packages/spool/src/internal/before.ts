/**
 * Waits until HCP has what is in the spool at some paths, for calls that only HCP can answer.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import { WritesPending } from "@effect-hcp/sdk/SpoolReason"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { EntryRow } from "./databaseProtocol.ts"
import type { Drain } from "./drain.ts"
import type { Store } from "./store.ts"

/** Where entries are waited for. */
export interface Where {
  readonly operation: string
  /** The path that the call is about. */
  readonly path: string
  /** Entries of these paths. */
  readonly at?: ReadonlyArray<string>
  /** Entries of all paths in these directories. */
  readonly below?: ReadonlyArray<string>
}

/** Fails with `WritesPending` where it would wait for more than HCP. What is accepted meanwhile is not waited for. */
export type Before = (where: Where) => Effect.Effect<void, HcpError | SpoolUnusable>

/** @internal */
export const makeBefore = (store: Store, drain: Drain): Before => {
  const arrived = ({ operation, path }: Where, row: EntryRow): Effect.Effect<void, HcpError | SpoolUnusable> => {
    const pending = (why: WritesPending["why"]) =>
      Effect.fail(new HcpError({ operation, path, reason: new WritesPending({ pending: row.path, why }) }))
    if (row.parked !== null) return pending("parked")
    const delivered = store.wait(row.id, row.path).pipe(
      Effect.asVoid,
      Effect.catchTag(["EntryDiscarded", "EntryUnknown"], () => Effect.void),
      Effect.catchTag("EntryParked", () => pending("parked"))
    )
    return Effect.raceFirst(delivered, Effect.flatMap(drain.stalled, pending))
  }

  return (where) =>
    Effect.suspend(() => {
      if (store.counts.entries === 0) return Effect.void
      const { at = [], below = [] } = where
      const { lastId } = store
      // One after the other, as they go to HCP: behind one that is parked nothing is waited for.
      const all = (path: string) =>
        Effect.flatMap(store.ofPath(path), (rows) =>
          Effect.forEach(
            rows.filter(({ id }) => id <= lastId),
            (row) => arrived(where, row),
            { discard: true }
          )
        )
      const inDirectories = Stream.flatMap(Stream.fromIterable(below), (directory) =>
        store.pathsBelow(directory.endsWith("/") ? directory : `${directory}/`)
      )
      return Effect.andThen(Effect.forEach(at, all, { discard: true }), Stream.runForEach(inDirectories, all))
    })
}
