/**
 * Jobs over millions of objects: copies, deletions, changes of retention, annotations, verification, inventories; on one
 * computer, without any server, or on many that share a PostgreSQL database.
 *
 * What is promised: a job that was submitted is kept, and goes on where it was when its process was killed and is
 * started again. Every object that the source finds gets an outcome: done, skipped or failed. An object whose outcome
 * was not written down yet is done again, and every action but `Run` finds what it has done already: no second version,
 * no shorter retention. Memory stays the same, however many objects there are. What is not promised: objects that come
 * after the source was read are not part of the job, and two objects are done in no particular order.
 *
 * **Example** (a move of a directory to another system)
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Console, Context, Effect, Layer, Stream } from "effect"
 * import { Namespace } from "@effect-hcp/sdk"
 * import { Jobs } from "@effect-hcp/jobs"
 *
 * const program = Effect.gen(function* () {
 *   // The variables OLD_HCP_FQDN, NEW_HCP_FQDN and so on.
 *   const open = (prefix: string) =>
 *     Effect.map(Layer.build(Namespace.layerConfig({ prefix })), (built) => Context.get(built, Namespace.Namespace))
 *   const namespaces = { old: yield* open("OLD_HCP"), new: yield* open("NEW_HCP") }
 *   const jobs = yield* Jobs.makeJournal({ directory: "/var/lib/hcp-jobs", namespaces })
 *   const id = yield* jobs.submit({
 *     source: { _tag: "Walk", namespace: "old", path: "/invoices" },
 *     action: { _tag: "Copy", to: { namespace: "new", path: "/invoices" }, versions: true },
 *     options: { rate: 200 }
 *   })
 *   yield* Stream.runForEach(jobs.progress(id), ({ done, total }) => Console.log(`${done} of ${total}`))
 * })
 *
 * NodeRuntime.runMain(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SqlClient } from "effect/sql/SqlClient"
import { check, parseText, parse as parseValue } from "./internal/check.ts"
import type { Engine } from "./internal/engine.ts"
import * as Directory from "./internal/journal/directory.ts"
import * as JournalEngine from "./internal/journal/engine.ts"
import { checkNames, type KnownNames, makeNames } from "./internal/names.ts"
import { Store } from "./internal/store.ts"
import type { Job } from "./Job.ts"
import type { JobsInUse, JobsUnusable, JobWrongState } from "./JobError.ts"
import { JobInvalid, JobNotFound } from "./JobError.ts"
import type { Failure, Progress, Report, State, Summary } from "./JobProgress.ts"
import type { ClusterOptions, JournalOptions, KnownOptions, RunnerOptions } from "./JobsOptions.ts"

/**
 * What can be done with jobs, whatever engine runs them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /**
   * Keeps a job and gives its number. It is checked as if it came from JSON: fails with `JobInvalid`, which names
   * everything that is wrong, before anything is touched.
   */
  readonly submit: (job: Job) => Effect.Effect<number, JobInvalid | JobsUnusable>
  /** Keeps a job that is written as JSON, as {@link Shape.submit} does. */
  readonly submitJson: (text: string) => Effect.Effect<number, JobInvalid | JobsUnusable>
  /** How far a job is, whenever that changes, once a second at most; ends when the job is over, stopped or paused. */
  readonly progress: (id: number) => Stream.Stream<Progress, JobNotFound | JobInvalid | JobsUnusable>
  /** Waits until a job is over or stopped. */
  readonly await: (id: number) => Effect.Effect<Summary, JobNotFound | JobInvalid | JobsUnusable>
  /** The objects that have failed so far. */
  readonly failures: (id: number) => Stream.Stream<Failure, JobNotFound | JobInvalid | JobsUnusable>
  /** Begins no more objects, until `resume`; what is on its way is finished. */
  readonly pause: (id: number) => Effect.Effect<void, JobNotFound | JobWrongState | JobsUnusable>
  /** Goes on with a job that is paused or stopped. */
  readonly resume: (id: number) => Effect.Effect<void, JobNotFound | JobWrongState | JobsUnusable>
  /** Ends a job for good. What is on its way is interrupted, and may be done nevertheless. */
  readonly cancel: (id: number) => Effect.Effect<void, JobNotFound | JobWrongState | JobsUnusable>
  /** Tries the objects again that have failed in a job that is over or stopped; the same job goes on. */
  readonly retryFailures: (id: number) => Effect.Effect<void, JobNotFound | JobWrongState | JobInvalid | JobsUnusable>
  readonly report: (id: number) => Effect.Effect<Report, JobNotFound | JobInvalid | JobsUnusable>
  /** All jobs, the oldest first. */
  readonly list: Effect.Effect<ReadonlyArray<Summary>, JobsUnusable>
  readonly show: (
    id: number
  ) => Effect.Effect<{ readonly summary: Summary; readonly job: Job }, JobNotFound | JobInvalid | JobsUnusable>
}

/**
 * The jobs of this computer, or of many.
 *
 * @category services
 * @since 0.1.0
 */
export class Jobs extends Context.Service<Jobs, Shape>()("@effect-hcp/jobs/Jobs") {}

/**
 * Reads a job that is written as JSON. Fails with `JobInvalid` for what is none; what else has to be right is checked
 * when it is submitted.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Effect.Effect<Job, JobInvalid> => Effect.fromResult(parseText(text))

const hasValues = (value: unknown, is: (value: unknown) => boolean): boolean =>
  Predicate.isObject(value) && Object.values(value).every(is)
const names: OptionCheck.Kind = {
  is: (value) => Predicate.isFunction(value) || hasValues(value, Predicate.isObject),
  wanted: "an object with a service for each name, or a function"
}

const known: OptionCheck.KindsOf<KnownOptions> = {
  namespaces: names,
  queries: names,
  s3: names,
  functions: {
    is: (value) => hasValues(value, Predicate.isFunction),
    wanted: "an object with a function for each name"
  }
}

const kinds: OptionCheck.KindsOf<JournalOptions> = {
  ...known,
  directory: { is: (value) => Predicate.isString(value) && value !== "", wanted: "the path of a directory" },
  concurrency: "positive",
  runs: "flag"
}

const host: OptionCheck.Kind = {
  is: (value) => Predicate.isString(value) && value !== "",
  wanted: "an address or a name of this computer"
}

const runnerKinds: OptionCheck.KindsOf<RunnerOptions> = {
  host,
  port: { is: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536, wanted: "1 to 65535" },
  listenHost: host,
  onStuck: "function",
  sharding: "any"
}

const clusterKinds: OptionCheck.KindsOf<ClusterOptions> = {
  ...known,
  concurrency: "positive",
  runner: { fields: runnerKinds, required: ["host", "port"] }
}

const isOver = ({ state }: Summary): boolean => state === "finished" || state === "cancelled" || state === "stopped"

const look = "1 second"

/**
 * Opens the jobs in a directory and runs them, until the scope closes. What is on its way then is done again when the
 * directory is opened once more.
 *
 * Fails with `JobsInUse` where another process runs the jobs of the directory, with `JobsUnusable`, and with
 * `InvalidInput` for options that cannot be.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeJournal = (
  options: JournalOptions
): Effect.Effect<Shape, JobsInUse | JobsUnusable | HcpError, Scope.Scope> =>
  Effect.gen(function* () {
    const wrong = OptionCheck.problemOf(options, kinds, { required: ["directory"] })
    if (wrong !== undefined) return yield* new HcpError({ operation: "jobs", reason: wrong })
    const runs = options.runs ?? true
    const store = yield* Directory.open(options.directory, runs)
    const known = makeNames(options)
    const concurrency = options.concurrency ?? 4
    return yield* makeShape(
      store,
      known,
      runs ? (changed) => JournalEngine.make(store, known, concurrency, changed) : undefined
    )
  })

/**
 * Settings of PostgreSQL for each connection of a runner, as `startupParameters` of `PgClient`: a process that is frozen
 * in the middle of a transaction is cut off after 10 seconds, and holds up the others no longer.
 *
 * **Example** (a database for runners)
 *
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import { Jobs } from "@effect-hcp/jobs"
 * import { Redacted } from "effect"
 *
 * const database = PgClient.layer({
 *   url: Redacted.make("postgres://jobs@database.example.com/jobs"),
 *   startupParameters: Jobs.startupParameters
 * })
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const startupParameters: Readonly<Record<string, string>> = { idle_in_transaction_session_timeout: "10s" }

/**
 * Opens the jobs in a PostgreSQL database, 15 or later, whose client the program brings as `SqlClient`, for instance
 * `PgClient.layer` of `@effect/sql-pg`. With `runner` this process runs them together with all other runners, until the
 * scope closes: what is on its way then is gone on with by another one.
 *
 * Fails with `JobsUnusable`, and with `InvalidInput` for options that cannot be. A runner waits for a database that is
 * away once it has opened it. It warns where its connections have not the {@link startupParameters}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeCluster = (
  options: ClusterOptions
): Effect.Effect<Shape, JobsUnusable | HcpError, Scope.Scope | SqlClient> =>
  Effect.gen(function* () {
    const wrong = OptionCheck.problemOf(options, clusterKinds)
    if (wrong !== undefined) return yield* new HcpError({ operation: "jobs", reason: wrong })
    const { concurrency = 4, runner } = options
    const sql = yield* SqlClient
    // Whoever needs no cluster does not load it.
    const [Database, { make }] = yield* Effect.promise(() =>
      Promise.all([import("./internal/cluster/database.ts"), import("./internal/cluster/engine.ts")])
    )
    const database = yield* Database.open(sql, runner !== undefined)
    const store = new Store(database)
    const names = makeNames(options)
    return yield* makeShape(
      store,
      names,
      runner === undefined
        ? undefined
        : (changed) => make(sql, { changed, database, names, store }, runner, concurrency)
    )
  })

/**
 * The jobs in a PostgreSQL database, which this process runs if it is a `runner`. See {@link makeCluster}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerCluster = (options: ClusterOptions): Layer.Layer<Jobs, JobsUnusable | HcpError, SqlClient> =>
  Layer.effect(Jobs, makeCluster(options))

/** The jobs of a store. Where this process runs them, it does so with `makeEngine`, which gets what tells of changes. */
const makeShape = <E, R>(
  store: Store,
  known: KnownNames,
  makeEngine: ((changed: Effect.Effect<void>) => Effect.Effect<Engine, E, R>) | undefined
): Effect.Effect<Shape, E, R> =>
  Effect.gen(function* () {
    // What is told is that something has changed, and not what: whoever is slow misses nothing that counts.
    const changes = yield* PubSub.sliding<void>(1)
    const changed = Effect.asVoid(PubSub.publish(changes, undefined))
    const engine = makeEngine === undefined ? undefined : yield* makeEngine(changed)
    const wake = engine === undefined ? changed : Effect.andThen(engine.wake, changed)

    /** The summary, now and after each change, of this process or another one. */
    const summaries = (id: number) =>
      Stream.scoped(
        Stream.unwrap(
          Effect.map(PubSub.subscribe(changes), (subscription) =>
            Stream.concat(
              Stream.succeed<void>(undefined),
              Stream.fromEffectRepeat(Effect.race(PubSub.take(subscription), Effect.sleep(look)))
            )
          )
        )
      ).pipe(Stream.mapEffect(() => Effect.map(store.kept(id), ({ summary }) => summary)))

    const submit = (given: Job): Effect.Effect<number, JobInvalid | JobsUnusable> =>
      Effect.gen(function* () {
        const now = yield* DateTime.now
        const job = yield* check(given, now)
        // Whoever only submits need not know what the runner knows.
        if (engine !== undefined) yield* checkNames(job, known)
        if (job.source._tag === "Failures") {
          const { job: other } = job.source
          const summary = yield* store.kept(other).pipe(
            Effect.map(({ summary }) => summary),
            Effect.catchTag("JobNotFound", (error) =>
              Effect.fail(new JobInvalid({ problems: [`source.job: ${error.message}`] }))
            )
          )
          if (!isOver(summary)) {
            return yield* new JobInvalid({ problems: [`source.job: job ${other} is not over yet`] })
          }
        }
        const id = yield* store.submit(job, now)
        yield* wake
        return id
      })

    const shape: Shape = {
      submit: (job) => Effect.flatMap(Effect.fromResult(parseValue(job)), submit),
      submitJson: (text) => Effect.flatMap(Effect.fromResult(parseText(text)), submit),
      progress: (id) => Stream.unwrap(Effect.map(numbered(id), () => withRates(summaries(id)))),
      await: (id) =>
        Effect.flatMap(numbered(id), () =>
          Effect.flatMap(Stream.runHead(Stream.filter(summaries(id), isOver)), (found) =>
            found._tag === "Some" ? Effect.succeed(found.value) : Effect.interrupt
          )
        ),
      failures: (id) => Stream.unwrap(Effect.as(shape.show(id), Stream.map(store.failures(id), toFailure))),
      pause: (id) =>
        numbered(id).pipe(
          Effect.andThen(store.pause(id)),
          Effect.andThen(engine?.pause(id) ?? Effect.void),
          Effect.andThen(wake)
        ),
      resume: (id) => numbered(id).pipe(Effect.andThen(store.resume(id)), Effect.andThen(wake)),
      cancel: (id) =>
        numbered(id).pipe(
          Effect.andThen(store.cancel(id)),
          Effect.andThen(engine?.cancel(id) ?? Effect.void),
          Effect.andThen(wake)
        ),
      retryFailures: (id) => numbered(id).pipe(Effect.andThen(store.retryFailures(id)), Effect.andThen(wake)),
      report: (id) => Effect.andThen(numbered(id), store.report(id)),
      list: store.list,
      show: (id) => Effect.andThen(numbered(id), store.kept(id))
    }
    return shape
  })

/**
 * The jobs in a directory, run by this process. See {@link makeJournal}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerJournal = (options: JournalOptions): Layer.Layer<Jobs, JobsInUse | JobsUnusable | HcpError> =>
  Layer.effect(Jobs, makeJournal(options))

/** A job has a number, whatever comes from JavaScript. */
const numbered = (id: number): Effect.Effect<void, JobNotFound> =>
  Number.isSafeInteger(id) ? Effect.void : Effect.fail(new JobNotFound({ id }))

const toFailure = ({ at, message, path, reason, versionId }: Failure): Failure => ({
  path,
  versionId,
  reason,
  message,
  at
})

interface Look {
  readonly at: number
  /** What a reader would see no change of. */
  readonly shown: string
  readonly settled: number
  readonly bytes: number
}

/** The last states in which a stream of progress has more to say. */
const goesOn: ReadonlySet<State> = new Set(["waiting", "running"])

const withRates = <E>(summaries: Stream.Stream<Summary, E>): Stream.Stream<Progress, E> =>
  summaries.pipe(
    Stream.mapEffect((summary) => Effect.map(Clock.currentTimeMillis, (now) => ({ now, summary }))),
    Stream.mapAccum(
      (): Look | undefined => undefined,
      (before, { now, summary }): readonly [Look | undefined, ReadonlyArray<Progress>] => {
        const settled = summary.done + summary.skipped + summary.failed
        const isLast = !goesOn.has(summary.state)
        // Once a second: a change of each batch would be nothing that anybody can read.
        const shown = `${summary.state} ${settled} ${summary.bytes} ${summary.total} ${summary.isPlanned}`
        if (before !== undefined && !isLast && (now - before.at < 1_000 || shown === before.shown)) return [before, []]
        const seconds = before === undefined ? 0 : (now - before.at) / 1_000
        const rate = before === undefined || seconds === 0 ? undefined : (settled - before.settled) / seconds
        const bytesPerSecond =
          before === undefined || seconds === 0 ? undefined : (summary.bytes - before.bytes) / seconds
        const timeLeft =
          rate === undefined || rate <= 0 || !summary.isPlanned
            ? undefined
            : Duration.seconds((summary.total - settled) / rate)
        return [{ at: now, shown, settled, bytes: summary.bytes }, [{ ...summary, rate, bytesPerSecond, timeLeft }]]
      }
    ),
    Stream.takeUntil(({ state }) => !goesOn.has(state))
  )
