import * as net from "node:net"
import { Duplex, Transform } from "node:stream"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import { HcpError, Namespace } from "@effect-hcp/sdk"
import { Clock, Context, Deferred, Effect, Layer, Logger, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { client, findPrograms, freePort, makePostgres, type Postgres } from "../../bench/src/soak/jobs/postgres.ts"
import { type Job, Jobs, type JobsOptions } from "../src/index.ts"
import * as Database from "../src/internal/cluster/database.ts"
import { Store } from "../src/internal/store.ts"
import { run, System, seeded, walk } from "./working.ts"

class Server extends Context.Service<Server, Postgres>()("test/Server") {}

const note: Job.Action = { _tag: "Run", function: "note" }

/** Those who only submit and control the jobs of a database, and so many runners, each with connections of its own. */
const working = Effect.fnUntraced(function* (runners: number, options: JobsOptions.ClusterOptions = {}) {
  const main = yield* Namespace.Namespace
  const { makeDatabase } = yield* Server
  const url = yield* makeDatabase
  const open = (more: JobsOptions.ClusterOptions) =>
    Effect.flatMap(Layer.build(client(url)), (context) =>
      Effect.provide(Jobs.makeCluster({ namespaces: { main }, ...options, ...more }), context)
    )
  const ports = yield* Effect.forEach(Array.from({ length: runners }), () => freePort)
  yield* Effect.forEach(ports, (port) => open({ runner: { host: "127.0.0.1", port } }), { discard: true })
  return { jobs: yield* open({}), url }
})

/** A function that notes when it was called, and takes as long as it is told. */
const noting = (takes: Effect.Effect<unknown> = Effect.void) => {
  const calls: Array<{ readonly at: number; readonly path: string }> = []
  const note: JobsOptions.RunFunction = ({ path }) =>
    Clock.currentTimeMillis.pipe(
      Effect.map((at) => calls.push({ at, path })),
      Effect.andThen(takes),
      Effect.as("done" as const)
    )
  return { calls, functions: { note } }
}

/** The same clock, at another time of the day. */
const shiftedClock = (clock: Clock.Clock, shift: () => number): Clock.Clock => {
  const millis = () => clock.currentTimeMillisUnsafe() + shift()
  const nanos = () => clock.currentTimeNanosUnsafe() + BigInt(shift()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
}

const range = (length: number) => Array.from({ length }, (_, index) => index)

const until = (condition: () => boolean) =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.sleep(20))).pipe(
    Effect.repeat({ while: () => !condition() })
  )

const suite = (bin: string) =>
  layer(Layer.merge(System, Layer.effect(Server, makePostgres(bin))), { excludeTestServices: true, timeout: 60_000 })(
    "jobs in a PostgreSQL database",
    (it) => {
      it.effect("all objects of a source are done, in manifests, and counted", () =>
        Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          yield* seeded(250)
          const { jobs } = yield* working(1)
          const action = { _tag: "Copy", to: { namespace: "main", path: "/dst" } } as const
          const job: Job.Job = { action, source: walk("/src"), options: { manifestSize: 40 } }
          const { detail, done, failed, isPlanned, skipped, state, total } = yield* run(jobs, job)
          assert.deepStrictEqual(
            { detail, done, failed, isPlanned, skipped, state, total },
            { detail: undefined, done: 250, failed: 0, isPlanned: true, skipped: 0, state: "finished", total: 250 }
          )
          assert.strictEqual((yield* Stream.runCollect(ns.walk("/dst"))).length, 250)
          const again = yield* run(jobs, job)
          assert.deepStrictEqual([again.done, again.skipped], [0, 250])
          assert.lengthOf(yield* jobs.list, 2)
          const report = yield* jobs.report(again.id)
          assert.deepStrictEqual([report.summary.skipped, report.failures, report.omitted], [250, [], []])
          assert.isAtLeast(report.samples.length, 1)
        }).pipe(Effect.scoped)
      )

      it.effect("a source that finds nothing, one that finds keys twice, and one that cannot be read", () =>
        Effect.gen(function* () {
          yield* seeded(2, "/few")
          const { functions } = noting()
          const { jobs } = yield* working(1, { functions })
          const nothing = yield* run(jobs, { action: note, source: walk("/nothing") })
          assert.deepStrictEqual([nothing.state, nothing.total], ["stopped", 0])
          const paths = ["/few/0", "/few/1", "/few/0"]
          const twice = yield* run(jobs, { action: note, source: { _tag: "Keys", namespace: "main", paths } })
          assert.deepStrictEqual([twice.state, twice.total, twice.done], ["finished", 2, 2])
          const source = { _tag: "KeyFile", namespace: "main", file: "/no/such/file" } as const
          const unread = yield* run(jobs, { action: note, source })
          assert.strictEqual(unread.state, "stopped")
          assert.match(unread.detail ?? "", /the keys in "\/no\/such\/file" cannot be read/)
          yield* jobs.resume(unread.id)
          assert.strictEqual((yield* jobs.await(unread.id)).state, "stopped")
        }).pipe(Effect.scoped)
      )

      it.effect("the rate is that of all runners together", () =>
        Effect.gen(function* () {
          yield* seeded(90, "/rate")
          const { calls, functions } = noting()
          const { jobs } = yield* working(3, { functions })
          yield* run(jobs, { action: note, source: walk("/rate"), options: { rate: 20, manifestSize: 10 } })
          assert.lengthOf(calls, 90)
          calls.sort((a, b) => a.at - b.at)
          for (const [index, { at }] of calls.entries()) {
            const later = calls[index + 40]
            // What was saved up in a tenth of a second, and as late as a timer may be, which a busy machine makes later.
            if (later !== undefined) assert.isAtLeast(later.at - at, 1_600)
          }
        }).pipe(Effect.scoped)
      )

      it.effect("the bandwidth is that of all runners together", () =>
        Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          const bytes = new Uint8Array(10_000)
          yield* Effect.forEach(range(60), (index) => ns.put(`/band/${index}`, bytes), { concurrency: 16 })
          const { jobs } = yield* working(3)
          const options = { bandwidth: 200_000, manifestSize: 5 }
          const clock = yield* Clock.Clock
          const begun = clock.currentTimeMillisUnsafe()
          const { bytes: read, done } = yield* run(jobs, { action: { _tag: "Verify" }, source: walk("/band"), options })
          const millis = clock.currentTimeMillisUnsafe() - begun
          assert.deepStrictEqual([done, read], [60, 600_000])
          // What was saved up in a tenth of a second comes on top. Each runner by itself would need a third of it.
          assert.isAtLeast(millis, 2_700)
        }).pipe(Effect.scoped)
      )

      it.effect("a runner warns where PostgreSQL would wait for ever for one that is frozen", () =>
        Effect.gen(function* () {
          const said: Array<string> = []
          const logger = Logger.make(({ message }) => said.push(String(message)))
          const { url } = yield* working(0)
          const started = (startupParameters: Readonly<Record<string, string>>) =>
            Effect.gen(function* () {
              const client = yield* Layer.build(PgClient.layer({ url: Redacted.make(url), startupParameters }))
              yield* Database.open(Context.get(client, SqlClient.SqlClient), true)
              return said.splice(0).filter((each) => each.includes("startupParameters: Jobs.startupParameters")).length
            }).pipe(Effect.scoped, Effect.provide(Logger.layer([logger])))
          assert.deepStrictEqual([yield* started({}), yield* started(Jobs.startupParameters)], [1, 0])
        }).pipe(Effect.scoped)
      )

      it.effect(
        "windows: all runners begin objects at these times of the day alone",
        () =>
          Effect.gen(function* () {
            yield* seeded(300, "/windows")
            const clock = yield* Clock.Clock
            const at = (time: string) => Date.parse(`2026-01-05T${time}Z`)
            let shift = at("20:00:10") - clock.currentTimeMillisUnsafe()
            const shifted = shiftedClock(clock, () => shift)
            const { calls, functions } = noting(Effect.sleep(50))
            const done = Effect.gen(function* () {
              const { jobs } = yield* working(3, { functions })
              const windows = [
                { from: "20:00", to: "20:01" },
                { from: "20:02", to: "21:00" }
              ]
              const options = { windows, manifestSize: 10, concurrency: 2 }
              const id = yield* jobs.submit({ action: note, source: walk("/windows"), options })
              yield* until(() => calls.length >= 50)
              shift += at("20:01:58") - shifted.currentTimeMillisUnsafe()
              return yield* jobs.await(id)
            }).pipe(Effect.provideService(Clock.Clock, shifted))
            assert.strictEqual((yield* done).done, 300)
            assert.lengthOf(calls, 300)
            // Those that were just about to begin when the clock was set.
            const outside = calls.filter(({ at: time }) => time >= at("20:01:00") && time < at("20:02:00"))
            assert.isAtMost(outside.length, 6)
            assert.isAtLeast(calls.filter(({ at: time }) => time >= at("20:02:00")).length, 200)
          }).pipe(Effect.scoped),
        60_000
      )

      it.effect("dryRun: no runner changes anything, and the counts say what would be", () =>
        Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          yield* seeded(40, "/dry")
          yield* ns.put("/planned/1", "1")
          yield* ns.put("/planned/2", "other")
          const { jobs } = yield* working(3)
          const action = { _tag: "Copy", to: { namespace: "main", path: "/planned" } } as const
          const job: Job.Job = { action, source: walk("/dry"), options: { dryRun: true, manifestSize: 5 } }
          const planned = yield* run(jobs, job)
          assert.deepStrictEqual([planned.dryRun, planned.done, planned.skipped, planned.failed], [true, 38, 1, 1])
          assert.lengthOf(yield* Stream.runCollect(ns.walk("/planned")), 2)
          const real = yield* run(jobs, { ...job, options: { manifestSize: 5 } })
          assert.deepStrictEqual([real.done, real.skipped, real.failed], [38, 1, 1])
        }).pipe(Effect.scoped)
      )

      it.effect("a process that is frozen in the middle of a transaction holds up nobody for long", () =>
        Effect.gen(function* () {
          const { jobs, url } = yield* working(0)
          const id = yield* jobs.submit({ action: note, source: walk("/frozen") })
          const isHeld = yield* Deferred.make<void>()
          // It has locked the row of the job, and says no more.
          const stream = () => {
            const { hostname, port } = new URL(url)
            const socket = net.connect(Number(port), hostname)
            const words = new Transform({
              transform: (words, _, next) => {
                if (String(words).includes("insert into hcp_jobs_item")) Deferred.doneUnsafe(isHeld, Effect.void)
                else next(null, words)
              }
            })
            words.pipe(socket)
            return Duplex.from({ readable: socket, writable: words })
          }
          const frozen = yield* Layer.build(PgClient.layer({ url: Redacted.make(url), stream }))
          const store = new Store(yield* Database.open(Context.get(frozen, SqlClient.SqlClient), true))
          yield* Effect.forkScoped(store.plan(id, [{ path: "/frozen/1", versionId: undefined, size: undefined }]))
          yield* Deferred.await(isHeld)
          // It would be half a minute: so long a statement waits for a server.
          yield* Effect.timeout(jobs.cancel(id), "20 seconds")
        }).pipe(Effect.scoped)
      )

      it.effect("a pause and a cancellation hold for all runners", () =>
        Effect.gen(function* () {
          yield* seeded(300, "/paused")
          const { calls, functions } = noting(Effect.sleep(50))
          const { jobs } = yield* working(3, { functions })
          const options = { manifestSize: 10, concurrency: 2 }
          const id = yield* jobs.submit({ action: note, source: walk("/paused"), options })
          yield* until(() => calls.length >= 50)
          yield* jobs.pause(id)
          // Each runner looks once a second.
          yield* Effect.sleep("2 seconds")
          const paused = calls.length
          assert.isBelow(paused, 300)
          yield* Effect.sleep("1 second")
          assert.strictEqual(calls.length, paused)
          const { summary } = yield* jobs.show(id)
          assert.deepStrictEqual([summary.state, summary.done], ["paused", paused])
          yield* jobs.resume(id)
          yield* until(() => calls.length > paused + 20)
          yield* jobs.cancel(id)
          yield* Effect.sleep("2 seconds")
          const cancelled = calls.length
          yield* Effect.sleep("1 second")
          assert.strictEqual(calls.length, cancelled)
          assert.isBelow(cancelled, 300)
          assert.strictEqual((yield* jobs.await(id)).state, "cancelled")
          assert.strictEqual((yield* Effect.flip(jobs.resume(id)))._tag, "JobWrongState")
        }).pipe(Effect.scoped)
      )

      it.effect("failures: never more than allowed, and tried again where they are wanted", () =>
        Effect.gen(function* () {
          yield* seeded(120, "/failing")
          let isBroken = true
          const { calls, functions } = noting()
          const fails: JobsOptions.RunFunction = (object, namespace) =>
            Effect.flatMap(functions.note(object, namespace), (done) =>
              isBroken && object.path.endsWith("1")
                ? Effect.fail(
                    new HcpError.HcpError({ operation: "PUT", reason: new HcpError.NotFound({ status: 404 }) })
                  )
                : Effect.succeed(done)
            )
          const { jobs } = yield* working(3, { functions: { note: fails } })
          const source = walk("/failing")
          const bounded = yield* run(jobs, { action: note, source, options: { maxFailures: 5, manifestSize: 10 } })
          assert.deepStrictEqual([bounded.state, bounded.failed], ["stopped", 5])
          assert.match(bounded.detail ?? "", /more than 5 objects have failed, the last one with NotFound/)
          yield* jobs.resume(bounded.id)
          const again = yield* jobs.await(bounded.id)
          assert.deepStrictEqual([again.state, again.failed], ["stopped", 5])

          const free = yield* run(jobs, { action: note, source, options: { manifestSize: 10 } })
          assert.deepStrictEqual([free.state, free.done, free.failed], ["finished", 108, 12])
          assert.lengthOf(yield* Stream.runCollect(jobs.failures(free.id)), 12)
          const failures = { _tag: "Failures", job: free.id } as const
          const other = yield* run(jobs, { action: note, source: failures })
          assert.deepStrictEqual([other.total, other.failed], [12, 12])
          isBroken = false
          calls.length = 0
          yield* jobs.retryFailures(free.id)
          const retried = yield* jobs.await(free.id)
          assert.deepStrictEqual([retried.state, retried.done, retried.failed], ["finished", 120, 0])
          assert.lengthOf(calls, 12)
        }).pipe(Effect.scoped)
      )

      it.effect(
        "three runners do at least twice what one does, where each object takes 20 ms",
        () =>
          Effect.gen(function* () {
            yield* seeded(600, "/latency")
            const rateOf = Effect.fnUntraced(function* (runners: number) {
              const { calls, functions } = noting(Effect.sleep(20))
              const { jobs } = yield* working(runners, { functions })
              // Until they have found each other.
              yield* Effect.sleep("3 seconds")
              const options = { manifestSize: 15, concurrency: 2 }
              yield* run(jobs, { action: note, source: walk("/latency"), options })
              const times = calls.map(({ at }) => at).sort((a, b) => a - b)
              // Neither the beginning, nor the end, when there is not enough for all.
              return 300_000 / ((times[450] ?? 0) - (times[150] ?? 0))
            }, Effect.scoped)
            const one = yield* rateOf(1)
            assert.isAtLeast(yield* rateOf(3), 2 * one)
          }),
        60_000
      )

      it.effect("whoever only looks says when it is no database of jobs for this program", () =>
        Effect.gen(function* () {
          const { url } = yield* working(0)
          const context = yield* Layer.build(client(url))
          yield* Effect.provide(
            Effect.flatMap(SqlClient.SqlClient, (sql) => sql`update hcp_jobs_version set version = 99`),
            context
          )
          const error = yield* Effect.flip(Effect.provide(Jobs.makeCluster({}), context))
          assert.strictEqual(error._tag, "JobsUnusable")
          assert.match(error.message, /a newer program has made its tables; update this program/)
          const bad = Jobs.makeCluster({ runner: { host: "", port: 0 } })
          assert.match((yield* Effect.flip(Effect.provide(bad, context))).message, /host|port/)
        }).pipe(Effect.scoped)
      )
    }
  )

const programs = findPrograms()

if (programs === undefined) {
  const skipped = "skipped: there is no PostgreSQL on this machine, and npm has brought none"
  describe("jobs in a PostgreSQL database", () => it.skip(skipped, () => undefined))
} else suite(programs)
