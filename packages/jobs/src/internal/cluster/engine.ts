/**
 * A runner of jobs that share a database: a member of a cluster of `effect/cluster`, which gives each manifest to one
 * of its runners as a workflow, and to another one when that runner is gone.
 *
 * There is no workflow that waits for others. Every runner looks into the database each second, sends what is to be
 * done under a key that can be sent once, and ends the job whose last object has an outcome. Workflows may run twice at
 * the same time, when a runner was frozen: what counts is the ledger, which has one outcome for each object.
 *
 * @internal
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { integer, text } from "@effect-hcp/spool/SqliteDatabase"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as ClusterMetrics from "effect/cluster/ClusterMetrics"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as EntityId from "effect/cluster/EntityId"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as ShardId from "effect/cluster/ShardId"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { JobsUnusable } from "../../JobError.ts"
import type { RunnerOptions } from "../../JobsOptions.ts"
import type { Engine } from "../engine.ts"
import { prefix } from "./schema.ts"
import { Watchdog } from "./watchdog.ts"
import { type Shared, Worker, type WorkFailure } from "./worker.ts"

const look = "1 second"

const beatMillis = 5_000

/** A manifest of which nobody has said for so long that it is worked on is looked after. */
const staleMillis = 20_000

/** How many manifests of a job are under way at a time, by all runners together: enough for the shards of each. */
const manifestsUnderWay = 96

/** The exit code of a process that is to be started again. */
const stuckCode = 70

const Payload = { job: Schema.Int, number: Schema.Int, attempt: Schema.Int }

type Sent = { readonly job: number; readonly number: number; readonly attempt: number }

const nameOf = ({ job, number }: Omit<Sent, "attempt">): string => `${job}/${number}`

/** The work on a manifest; with number 0 the plan of a job. */
const Manifest = Workflow.make("HcpJobsManifest", {
  payload: Payload,
  idempotencyKey: ({ attempt, job, number }) => `${job}/${number}/${attempt}`
})

/** @internal */
export const make = (
  sql: SqlClient,
  shared: Shared,
  runner: RunnerOptions,
  concurrency: number
): Effect.Effect<Engine, JobsUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const { changed, database, store } = shared
    const workers = new Map<number, Worker>()
    const held = yield* RcMap.make({
      lookup: (id: number) =>
        Effect.acquireRelease(
          Effect.tap(Worker.make(shared, id), (worker) => Effect.sync(() => void workers.set(id, worker))),
          (worker) =>
            Effect.sync(() => {
              if (workers.get(id) === worker) workers.delete(id)
            })
        ),
      idleTimeToLive: "10 seconds"
    })
    const woken = yield* Latch.make(false)
    const wake = Effect.asVoid(woken.open)
    /** Those that this runner works on, or has in its line. */
    const underWay = new Map<string, Sent>()

    const settle = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.andThen(database.write({ name: "settle", values: [Math.trunc(now)] }), changed)
    )

    const end = (id: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        workers.get(id)?.ended.openUnsafe()
        workers.delete(id)
        return RcMap.invalidate(held, id)
      })

    const stop = (id: number, cause: Cause.Cause<WorkFailure>): Effect.Effect<void, JobsUnusable> => {
      const error = Cause.squash(cause)
      return store.stop(id, error instanceof Error ? error.message : String(error)).pipe(
        // Others may have stopped it for the same reason.
        Effect.flatMap((isFirst) => (isFirst ? Effect.logError(`job ${id} has stopped`, cause) : Effect.void)),
        Effect.andThen(end(id))
      )
    }

    /** Does a manifest as far as it can be done, and lets it be sent again where something is left. */
    const run = (sent: Sent): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { attempt, job, number } = sent
        const [row] = yield* database.all("attempt", job, number)
        if (integer(row, "attempt") !== attempt) return
        const state = text(row, "state")
        if (integer(row, "open") > 0 && (state === "running" || state === "paused" || state === "waiting")) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const worker = yield* RcMap.get(held, job)
              if (state !== "running") yield* worker.attempts.gate.close
              yield* number === 0 ? worker.plan : worker.work(number)
            })
          ).pipe(Effect.catchCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.interrupt : stop(job, cause))))
        }
        yield* database.write({ name: "release", values: [job, number, attempt] })
        yield* settle
        yield* wake
      }).pipe(
        Effect.ensuring(Effect.sync(() => void underWay.delete(nameOf(sent)))),
        // Nothing is left that could be done about it; the watch over idle manifests finds what is open.
        Effect.catch((error) => Effect.logError(`manifest ${nameOf(sent)}`, error))
      )

    const address = RunnerAddress.make(runner.host, runner.port)
    const config: Partial<ShardingConfig.ShardingConfig["Service"]> = {
      shardsPerGroup: 60,
      entityMessagePollInterval: "1 second",
      refreshAssignmentsInterval: "1 second",
      runnerHealthCheckInterval: "5 seconds",
      ...runner.sharding,
      runnerAddress: Option.some(address),
      runnerListenAddress: Option.some(RunnerAddress.make(runner.listenHost ?? runner.host, runner.port))
    }
    const storage = Layer.mergeAll(
      SqlMessageStorage.layerWith({ prefix }).pipe(Layer.provide(NodeCrypto.layerDigest)),
      SqlRunnerStorage.layerWith({ prefix })
    ).pipe(Layer.provide(ShardingConfig.layerFromEnv(config)))
    const cluster = Manifest.toLayer((sent) =>
      Effect.suspend(() => {
        underWay.set(nameOf(sent), sent)
        return run(sent)
      })
    ).pipe(
      Layer.provideMerge(ClusterWorkflowEngine.layer),
      Layer.provideMerge(NodeClusterSocket.layer({ storage: "byo", shardingConfig: config })),
      Layer.provide(storage),
      Layer.provide(Layer.succeed(SqlClient, sql))
    )
    const context = yield* Layer.build(cluster).pipe(
      Effect.mapError(
        (error) =>
          new JobsUnusable({
            place: `${runner.host}:${runner.port}`,
            reason: "Failed",
            detail: `the runner cannot take part in the cluster (${error.message}); see that its address is free and its own`
          })
      )
    )
    const sharding = Context.get(context, Sharding.Sharding)
    const inCluster = Effect.provideService(
      WorkflowEngine.WorkflowEngine,
      Context.get(context, WorkflowEngine.WorkflowEngine)
    )

    const sync = Effect.gen(function* () {
      const rows = yield* database.all("states")
      const states = new Map(rows.map((row) => [integer(row, "id"), row]))
      for (const [id, worker] of workers) {
        const row = states.get(id)
        if (row === undefined) {
          yield* end(id)
          continue
        }
        yield* worker.attempts.count({ settled: integer(row, "settled"), failed: integer(row, "failed") })
        yield* text(row, "state") === "running" ? worker.attempts.gate.open : worker.attempts.gate.close
      }
      return rows
    })

    const send = (sent: Sent) =>
      Effect.andThen(
        inCluster(Manifest.execute(sent, { discard: true })),
        database.write({ name: "sent", values: [sent.job, sent.number, sent.attempt] })
      )

    const dispatch = Effect.gen(function* () {
      const rows = yield* sync
      const now = Math.trunc(yield* Clock.currentTimeMillis)
      let isNew = false
      while ((yield* database.write({ name: "next", values: [concurrency, now] })).changes > 0) isNew = true
      if (isNew) yield* changed
      const running = isNew ? yield* sync : rows
      for (const row of running) {
        if (text(row, "state") !== "running") continue
        const job = integer(row, "id")
        const unsent = yield* database.all("unsent", job, manifestsUnderWay)
        yield* Effect.forEach(
          unsent,
          (each) => send({ job, number: integer(each, "number"), attempt: integer(each, "attempt") }),
          { concurrency: 8, discard: true }
        )
      }
      yield* settle
    })

    const watchdog = new Watchdog()
    /** Tells that its manifests are worked on, and looks after those of which nobody says so. */
    const watch = Effect.gen(function* () {
      if (underWay.size > 0) {
        const pairs = Array.from(underWay.values(), ({ job, number }) => [job, number])
        yield* database.write({ name: "beat", values: [JSON.stringify(pairs)] })
      }
      const stale = yield* database.all("stale", staleMillis)
      const idle: Array<{ readonly name: string; readonly isOurs: boolean }> = []
      for (const row of stale) {
        const sent = { job: integer(row, "job"), number: integer(row, "number"), attempt: integer(row, "attempt") }
        if (underWay.has(nameOf(sent))) continue
        const executionId = yield* Manifest.executionId(sent)
        const exit = yield* Effect.exit(inCluster(Manifest.poll(executionId)))
        const isOver = Exit.isSuccess(exit) && Option.isSome(exit.value) && exit.value.value._tag === "Complete"
        // It has failed before it could say so.
        if (isOver) yield* database.write({ name: "release", values: [sent.job, sent.number, sent.attempt] })
        else {
          const shard = sharding.getShardId(EntityId.make(executionId), "default")
          idle.push({ name: nameOf(sent), isOurs: sharding.hasShardId(ShardId.make(shard.group, shard.id)) })
        }
      }
      const { value } = yield* Metric.value(ClusterMetrics.shardsReleasing)
      const now = yield* Clock.currentTimeMillis
      const problem = watchdog.look({ now, releasingShards: Number(value), idle })
      if (problem === undefined) return
      yield* Effect.logFatal(
        `this runner does not do its work: ${problem}; it ends with ${stuckCode} to be started again`
      )
      yield* runner.onStuck === undefined ? Effect.sync(() => process.exit(stuckCode)) : runner.onStuck(problem)
    })

    const repeatedly = (what: string, effect: Effect.Effect<void, JobsUnusable>, pause: Effect.Effect<unknown>) =>
      effect.pipe(
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.logWarning(`${what} has failed`, cause)
        ),
        Effect.andThen(pause),
        Effect.forever,
        Effect.forkScoped
      )
    yield* repeatedly(
      "the sending of manifests",
      dispatch,
      Effect.andThen(Effect.race(woken.await, Effect.sleep(look)), woken.close)
    )
    yield* repeatedly("the watch over manifests", watch, Effect.sleep(beatMillis))
    return {
      wake,
      pause: (id) => Effect.sync(() => void workers.get(id)?.attempts.gate.closeUnsafe()),
      cancel: (id) => Effect.andThen(end(id), wake)
    }
  })
