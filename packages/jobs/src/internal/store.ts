/**
 * The jobs in a database, their manifests and their ledger. Each engine brings its database, and the statements in its
 * dialect of SQL.
 *
 * @internal
 */
import type { Row, Statement, Written } from "@effect-hcp/spool/SqliteDatabase"
import { integer, maybeInteger, maybeText, text } from "@effect-hcp/spool/SqliteDatabase"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Action, Job } from "../Job.ts"
import type { JobsUnusable } from "../JobError.ts"
import { type JobInvalid, JobNotFound, JobWrongState } from "../JobError.ts"
import type { Failure, Report, Sample, State, Summary } from "../JobProgress.ts"
import { parseText } from "./check.ts"
import type { Found, Item, Outcome } from "./work.ts"

/**
 * The statements that a database has to know. Values stand in the order in which the methods below give them. Each
 * statement but `submit` may run twice and does the same as once.
 */
export type Name =
  | "submit"
  | "job"
  | "jobs"
  | "pause"
  | "resume"
  | "cancel"
  | "stop"
  | "retry"
  | "forgetFailures"
  | "forgetManifests"
  | "lock"
  | "addItems"
  | "addManifest"
  | "countManifest"
  | "planned"
  | "openItems"
  | "allItems"
  | "record"
  | "sample"
  | "failures"
  | "reasons"
  | "omissions"
  | "samples"

/** A job as it is kept. */
export interface Kept {
  readonly summary: Summary
  readonly job: Job
}

/** An object that is done, and what came of it. */
export interface Settled {
  readonly item: Item
  readonly outcome: Outcome
}

const pageSize = 1_000

/** A clock may be finer than a column. */
const wholeMillis = Effect.map(Clock.currentTimeMillis, Math.trunc)

/** A database that knows these statements. */
export interface Database<Known extends string> {
  /** Runs them in one transaction, all or none, and gives what the last one did. */
  readonly write: (...statements: ReadonlyArray<Statement<Known>>) => Effect.Effect<Written, JobsUnusable>
  readonly all: (name: Known, ...values: Statement<Known>["values"]) => Effect.Effect<ReadonlyArray<Row>, JobsUnusable>
}

/** @internal */
export class Store {
  readonly #database: Database<Name>

  constructor(database: Database<Name>) {
    this.#database = database
  }

  readonly #write = (...statements: ReadonlyArray<Statement<Name>>) => this.#database.write(...statements)

  readonly #all = (name: Name, ...values: Statement<Name>["values"]) => this.#database.all(name, ...values)

  readonly #get = (name: Name, ...values: Statement<Name>["values"]) =>
    Effect.map(this.#database.all(name, ...values), ([row]) => row)

  readonly submit = (job: Job, now: DateTime.Utc): Effect.Effect<number, JobsUnusable> =>
    Effect.map(
      this.#write({ name: "submit", values: [job.name, JSON.stringify(job), Math.trunc(now.epochMilliseconds)] }),
      ({ lastId }) => lastId
    )

  readonly kept = (id: number): Effect.Effect<Kept, JobsUnusable | JobNotFound | JobInvalid> =>
    Effect.gen({ self: this }, function* () {
      const row = yield* this.#get("job", id)
      if (row === undefined) return yield* new JobNotFound({ id })
      const job = yield* Effect.fromResult(parseText(text(row, "spec")))
      return { job, summary: toSummary(row, job) }
    })

  /** Those that a newer program has submitted, and this one cannot read, are left out. */
  readonly list: Effect.Effect<ReadonlyArray<Summary>, JobsUnusable> = Effect.suspend(() =>
    Effect.map(this.#all("jobs"), (rows) =>
      rows.flatMap((row) =>
        Result.match(parseText(text(row, "spec")), { onFailure: () => [], onSuccess: (job) => [toSummary(row, job)] })
      )
    )
  )

  readonly stop = (id: number, detail: string): Effect.Effect<boolean, JobsUnusable> => this.#change("stop", id, detail)

  readonly pause = (id: number) => this.#wanted("pause", id, this.#changeOf("pause", id))

  readonly resume = (id: number) => this.#wanted("resume", id, this.#changeOf("resume", id))

  readonly cancel = (id: number) => this.#wanted("cancel", id, this.#change("cancel", id))

  readonly retryFailures = (id: number) =>
    Effect.gen({ self: this }, function* () {
      const { job, summary } = yield* this.kept(id)
      // Of an export all objects of a manifest are done again, as they share a file.
      const forget = job.action._tag === "Export" ? "forgetManifests" : "forgetFailures"
      const forgotten = this.#write({ name: forget, values: [id] }, { name: "retry", values: [id] })
      const change = Effect.map(forgotten, ({ changes }) => changes > 0)
      yield* this.#wanted("retryFailures", id, summary.failed === 0 ? Effect.succeed(false) : change)
    })

  readonly #changeOf = (name: Name, id: number): Effect.Effect<boolean, JobsUnusable> =>
    Effect.map(this.#write({ name, values: [id] }), ({ changes }) => changes > 0)

  readonly #change = (name: Name, id: number, ...values: ReadonlyArray<string>): Effect.Effect<boolean, JobsUnusable> =>
    Effect.flatMap(wholeMillis, (now) =>
      Effect.map(this.#write({ name, values: [id, now, ...values] }), ({ changes }) => changes > 0)
    )

  readonly #wanted = (
    operation: JobWrongState["operation"],
    id: number,
    change: Effect.Effect<boolean, JobsUnusable>
  ): Effect.Effect<void, JobsUnusable | JobNotFound | JobWrongState> =>
    Effect.gen({ self: this }, function* () {
      if (yield* change) return
      const row = yield* this.#get("job", id)
      if (row === undefined) return yield* new JobNotFound({ id })
      return yield* new JobWrongState({ id, operation, state: stateOf(row) })
    })

  /** Writes a manifest; objects that another one has already are left out. */
  readonly plan = (id: number, found: ReadonlyArray<Found>): Effect.Effect<void, JobsUnusable> =>
    Effect.suspend(() => {
      const items = found.map(({ path, problem, size, versionId }) => [
        storable(path),
        versionId ?? "",
        size ?? null,
        problem === undefined ? null : storable(problem)
      ])
      return Effect.asVoid(
        this.#write(
          // What the statements after it see of the manifests stays as it is until all of them are done.
          { name: "lock", values: [id] },
          { name: "addItems", values: [id, JSON.stringify(items)] },
          { name: "addManifest", values: [id] },
          { name: "countManifest", values: [id] }
        )
      )
    })

  readonly planned = (id: number): Effect.Effect<void, JobsUnusable> =>
    Effect.asVoid(this.#write({ name: "planned", values: [id] }))

  /** The objects of a manifest without an outcome, or all of them. */
  readonly items = (id: number, manifest: number, all: boolean): Effect.Effect<ReadonlyArray<Item>, JobsUnusable> =>
    Effect.map(this.#all(all ? "allItems" : "openItems", id, manifest), (rows) => rows.map(toItem))

  readonly record = (
    id: number,
    settled: ReadonlyArray<Settled>,
    sampled: boolean
  ): Effect.Effect<void, JobsUnusable> =>
    Effect.flatMap(wholeMillis, (now) => {
      const rows = settled.map(({ item, outcome }) => [
        item.id,
        item.manifest,
        outcome._tag.toLowerCase(),
        outcome._tag === "Done" ? (outcome.bytes ?? 0) : 0,
        outcome._tag === "Failed" ? outcome.reason : null,
        outcome._tag === "Failed" ? storable(outcome.message) : omittedText(outcome.omitted)
      ])
      const record: Statement<Name> = { name: "record", values: [id, now, JSON.stringify(rows)] }
      return Effect.asVoid(sampled ? this.#write(record, { name: "sample", values: [id, now] }) : this.#write(record))
    })

  readonly failures = (id: number): Stream.Stream<Failure & Found, JobsUnusable> =>
    Stream.paginate(0, (after) =>
      Effect.map(this.#all("failures", id, after, pageSize), (rows) => {
        const last = rows.at(-1)
        const next = last === undefined || rows.length < pageSize ? Option.none() : Option.some(integer(last, "item"))
        return [rows.map(toFailure), next] as const
      })
    )

  readonly report = (id: number): Effect.Effect<Report, JobsUnusable | JobNotFound | JobInvalid> =>
    Effect.gen({ self: this }, function* () {
      const { job, summary } = yield* this.kept(id)
      const reasons = yield* this.#all("reasons", id)
      const omissions = yield* this.#all("omissions", id)
      const samples = yield* this.#all("samples", id)
      return {
        summary,
        job,
        failures: reasons.map((row) => ({ reason: text(row, "reason"), count: integer(row, "count") })),
        omitted: omissions.map((row) => ({ what: text(row, "what"), count: integer(row, "count") })),
        samples: samples.map(toSample)
      }
    })
}

/** Neither database keeps these signs; no path that can be asked for has them. */
const storable = (text: string): string => text.replaceAll("\0", "\uFFFD").replace(/\p{Cs}/gu, "\uFFFD")

const omittedText = (omitted: ReadonlyArray<string> = []): string | null =>
  omitted.length === 0 ? null : JSON.stringify(omitted)

const states: ReadonlyArray<State> = ["waiting", "running", "paused", "cancelled", "finished", "stopped"]

/** @internal */
export const stateOf = (row: Row): State => states.find((state) => state === row.state) ?? "stopped"

const toSummary = (
  row: Row,
  { action, name, options }: { action: Action } & Pick<Job, "name" | "options">
): Summary => ({
  id: integer(row, "id"),
  name,
  action: action._tag,
  state: stateOf(row),
  detail: maybeText(row, "detail"),
  dryRun: options?.dryRun ?? false,
  total: integer(row, "total"),
  totalBytes: integer(row, "total_bytes"),
  isPlanned: integer(row, "planned") === 1,
  done: integer(row, "done"),
  skipped: integer(row, "skipped"),
  failed: integer(row, "failed"),
  bytes: integer(row, "bytes"),
  createdAt: DateTime.makeUnsafe(integer(row, "created")),
  startedAt: maybeTime(row, "started"),
  endedAt: maybeTime(row, "ended")
})

const maybeTime = (row: Row, name: string): DateTime.Utc | undefined => {
  const at = maybeInteger(row, name)
  return at === undefined ? undefined : DateTime.makeUnsafe(at)
}

const toFound = (row: Row): Found => ({
  path: text(row, "path"),
  versionId: text(row, "version") === "" ? undefined : text(row, "version"),
  size: maybeInteger(row, "size"),
  problem: maybeText(row, "problem")
})

const toItem = (row: Row): Item => ({ ...toFound(row), id: integer(row, "id"), manifest: integer(row, "manifest") })

const toFailure = (row: Row): Failure & Found => ({
  ...toFound(row),
  reason: text(row, "reason"),
  message: text(row, "message"),
  at: DateTime.makeUnsafe(integer(row, "at"))
})

const toSample = (row: Row): Sample => ({
  at: DateTime.makeUnsafe(integer(row, "at")),
  done: integer(row, "done"),
  skipped: integer(row, "skipped"),
  failed: integer(row, "failed"),
  bytes: integer(row, "bytes")
})
