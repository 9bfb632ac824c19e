import { assert, it, layer } from "@effect/vitest"
import { HcpError, Namespace } from "@effect-hcp/sdk"
import { Clock, DateTime, Effect, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Job, Jobs, JobsOptions } from "../src/index.ts"
import { nextOpening } from "../src/internal/windows.ts"
import { advancing, opened, run, System, seeded, temporaryDirectory, walk, working } from "./working.ts"

const note: Job.Action = { _tag: "Run", function: "note" }

const failed = (path: string, reason: HcpError.Reason, systemDown = false) =>
  Effect.fail(new HcpError.HcpError({ operation: "PUT", path, reason, systemDown }))

/** Notes when it is called, and for which path. */
const noting = () => {
  const calls: Array<{ readonly at: number; readonly path: string }> = []
  const note: JobsOptions.RunFunction = ({ path }) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      calls.push({ at, path })
      return "done"
    })
  return { calls, functions: { note } }
}

const at = (text: string) => DateTime.makeUnsafe(text).epochMilliseconds

layer(System)("the limits of a job", (it) => {
  it.effect("rate: so many objects are begun in a second, whatever the concurrency", () =>
    Effect.gen(function* () {
      yield* seeded(60, "/rate")
      const { calls, functions } = noting()
      const { jobs } = yield* working({ functions })
      yield* advancing(run(jobs, { action: note, source: walk("/rate"), options: { rate: 10 } }), "50 millis")
      assert.lengthOf(calls, 60)
      for (const [index, { at }] of calls.entries()) {
        const later = calls[index + 20]
        if (later !== undefined) assert.isAtLeast(later.at - at, 1_990)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("bandwidth: so many bytes are read in a second by all objects together", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, index) => index),
        (index) => ns.put(`/bandwidth/${index}`, "x".repeat(1_000))
      )
      const { jobs } = yield* working()
      const options = { bandwidth: 1_000 }
      const job: Job.Job = { action: { _tag: "Verify" }, source: walk("/bandwidth"), options }
      const begun = yield* Clock.currentTimeMillis
      const summary = yield* advancing(run(jobs, job), "100 millis")
      assert.strictEqual(summary.bytes, 10_000)
      assert.isAtLeast((yield* Clock.currentTimeMillis) - begun, 9_900)
    }).pipe(Effect.scoped)
  )

  it.effect("windows: objects are begun at these times of the day alone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at("2026-01-05T18:30:00Z"))
      yield* seeded(40, "/windows")
      const { calls, functions } = noting()
      const { jobs } = yield* working({ functions })
      // Half past seven in the evening in Berlin; a window takes 24 objects.
      const options: Job.Options = {
        windows: [{ from: "20:00", to: "20:02" }],
        zone: "Europe/Berlin",
        rate: 0.2,
        concurrency: 1
      }
      const summary = yield* advancing(run(jobs, { action: note, source: walk("/windows"), options }), "20 seconds")
      assert.strictEqual(summary.done, 40)
      const days = new Set<string>()
      for (const call of calls) {
        const [day = "", time = ""] = DateTime.formatIso(DateTime.makeUnsafe(call.at)).split("T")
        days.add(day)
        assert.match(time, /^19:0[01]:/)
      }
      assert.isAtLeast(days.size, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("maxFailures: it stops with the failure that is one too many, and says so", () =>
    Effect.gen(function* () {
      yield* seeded(50, "/failing")
      const functions = {
        note: ({ path }: JobsOptions.JobObject) => failed(path, new HcpError.NotFound({ status: 404 }))
      }
      const { jobs } = yield* working({ functions })
      const source = walk("/failing")
      const id = yield* jobs.submit({ action: note, source, options: { maxFailures: 3, concurrency: 1 } })
      const summary = yield* jobs.await(id)
      assert.strictEqual(summary.state, "stopped")
      assert.strictEqual(summary.failed, 3)
      assert.match(summary.detail ?? "", /more than 3 objects have failed, the last one with NotFound/)
      yield* jobs.resume(id)
      const again = yield* jobs.await(id)
      assert.deepStrictEqual([again.state, again.failed], ["stopped", 3])
    }).pipe(Effect.scoped)
  )

  it.effect("dryRun: nothing is changed, and the counts say what would be", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(5, "/dry")
      const forbidden = () => Effect.die("a dry run has changed something")
      const main: Namespace.Shape = {
        ...ns,
        put: forbidden,
        copy: forbidden,
        delete: forbidden,
        modify: forbidden,
        makeDirectory: forbidden,
        annotations: { ...ns.annotations, put: forbidden, putXml: forbidden, delete: forbidden }
      }
      const directory = yield* temporaryDirectory
      const functions = { note: () => Effect.die("a dry run has called a function") }
      const { jobs } = yield* working({ namespaces: { main }, functions })
      const actions: ReadonlyArray<Job.Action> = [
        { _tag: "Copy", to: { namespace: "main", path: "/dry-copy" } },
        { _tag: "Delete", versions: true },
        { _tag: "Modify", hold: true },
        { _tag: "Annotate", name: "a", content: "b" },
        { _tag: "Verify" },
        { _tag: "Export", directory: `${directory}/inventory`, format: "csv" },
        note
      ]
      for (const action of actions) {
        const summary = yield* run(jobs, { action, source: walk("/dry"), options: { dryRun: true } })
        assert.deepStrictEqual([summary.detail, summary.done, summary.dryRun], [undefined, 5, true], action._tag)
      }
    }).pipe(Effect.scoped)
  )
})

layer(System)("a job with failures", (it) => {
  it.effect("retryFailures: those alone are done again, by the same job or another one", () =>
    Effect.gen(function* () {
      yield* seeded(20, "/retry")
      const calls: Array<string> = []
      let isBroken = true
      const functions = {
        note: ({ path }: JobsOptions.JobObject) =>
          Effect.suspend(() => {
            calls.push(path)
            return isBroken && path.endsWith("1")
              ? failed(path, new HcpError.NotFound({ status: 404 }))
              : Effect.succeed("done" as const)
          })
      }
      const { jobs } = yield* working({ functions })
      const id = yield* jobs.submit({ action: note, source: walk("/retry") })
      const first = yield* jobs.await(id)
      assert.deepStrictEqual([first.state, first.done, first.failed], ["finished", 18, 2])
      assert.deepStrictEqual((yield* jobs.report(id)).failures, [{ reason: "NotFound", count: 2 }])

      calls.length = 0
      const other = yield* run(jobs, { action: note, source: { _tag: "Failures", job: id } })
      assert.deepStrictEqual([other.total, other.failed], [2, 2])
      assert.deepStrictEqual(calls.sort(), ["/retry/1", "/retry/11"])

      isBroken = false
      calls.length = 0
      yield* jobs.retryFailures(id)
      const again = yield* jobs.await(id)
      assert.deepStrictEqual([again.state, again.done, again.failed, again.total], ["finished", 20, 0, 20])
      assert.deepStrictEqual(calls.sort(), ["/retry/1", "/retry/11"])
      assert.strictEqual((yield* Effect.flip(jobs.retryFailures(id)))._tag, "JobWrongState")
    }).pipe(Effect.scoped)
  )

  it.effect("waits for systems that are away, for as long as it takes", () =>
    Effect.gen(function* () {
      yield* seeded(3, "/away")
      let left = 40
      const functions = {
        note: ({ path }: JobsOptions.JobObject) =>
          Effect.suspend(() =>
            left-- > 0
              ? failed(path, new HcpError.NameNotFound({ fqdn: "hcp", nameServers: [], detail: "away" }), true)
              : Effect.succeed("done" as const)
          )
      }
      const { jobs } = yield* working({ functions })
      const summary = yield* advancing(run(jobs, { action: note, source: walk("/away") }), "30 seconds")
      assert.deepStrictEqual([summary.done, summary.failed], [3, 0])
    }).pipe(Effect.scoped)
  )

  it.effect("tries what may pass five times, and then counts it as failed", () =>
    Effect.gen(function* () {
      yield* seeded(1, "/busy")
      const busy: Job.Job = { action: note, source: walk("/busy") }
      for (const reason of [new HcpError.Busy({ status: 503 }), new HcpError.Conflict({ status: 409 })]) {
        let calls = 0
        const refused = ({ path }: JobsOptions.JobObject) =>
          Effect.suspend(() => {
            calls++
            return failed(path, reason)
          })
        const { jobs } = yield* working({ functions: { note: refused } })
        const summary = yield* advancing(run(jobs, busy), "10 seconds")
        assert.deepStrictEqual([summary.state, summary.detail, summary.failed, calls], ["finished", undefined, 1, 5])
      }
    }).pipe(Effect.scoped)
  )

  it.effect("counts as failed what a function cannot do, however it fails, and goes on", () =>
    Effect.gen(function* () {
      const ways: Readonly<Record<string, () => Effect.Effect<"done">>> = {
        "/throws": () => {
          throw new Error("odd")
        },
        "/dies": () => Effect.die("odd"),
        "/interrupts": () => Effect.interrupt
      }
      const functions = { note: ({ path }: JobsOptions.JobObject) => ways[path]?.() ?? Effect.succeed("done" as const) }
      const { jobs } = yield* working({ functions })
      const source: Job.Source = { _tag: "Keys", namespace: "main", paths: [...Object.keys(ways), "/does"] }
      const summary = yield* run(jobs, { action: note, source })
      assert.deepStrictEqual([summary.state, summary.done, summary.failed], ["finished", 1, 3])
      const [first] = yield* Stream.runCollect(jobs.failures(summary.id))
      assert.strictEqual(first?.message, '/throws: the function "note" has failed: odd')
    }).pipe(Effect.scoped)
  )

  it.effect("stops where every object would be refused", () =>
    Effect.gen(function* () {
      yield* seeded(30, "/refused")
      const functions = {
        note: ({ path }: JobsOptions.JobObject) => failed(path, new HcpError.Forbidden({ status: 403 }))
      }
      const { jobs } = yield* working({ functions })
      const summary = yield* run(jobs, { action: note, source: walk("/refused") })
      assert.strictEqual(summary.state, "stopped")
      assert.strictEqual(summary.failed, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("says when its source cannot be read to its end, once what was found is done", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(8, "/torn")
      const torn: Namespace.Shape = {
        ...ns,
        walk: (path, options) =>
          Stream.concat(
            ns.walk(path, options),
            Stream.fromEffect(failed(path, new HcpError.IncompleteBody({ address: "10.0.0.1", received: 1 })))
          )
      }
      const { calls, functions } = noting()
      const { jobs } = yield* working({ namespaces: { main: torn }, functions })
      const summary = yield* run(jobs, { action: note, source: walk("/torn") })
      assert.deepStrictEqual([summary.state, summary.isPlanned, summary.done, calls.length], ["stopped", false, 8, 8])
    }).pipe(Effect.scoped)
  )
})

layer(System)("whoever watches over a job", (it) => {
  /** Each object waits for a permit. */
  const permitted = Effect.gen(function* () {
    const permits = yield* Queue.unbounded<void>()
    const calls = yield* Queue.unbounded<string>()
    const note = ({ path }: JobsOptions.JobObject) =>
      Queue.offer(calls, path).pipe(Effect.andThen(Queue.take(permits)), Effect.as("done" as const))
    return { calls, permits, functions: { note } }
  })

  it.effect("pauses it: what is on its way is finished, nothing else begun until it is resumed", () =>
    Effect.gen(function* () {
      yield* seeded(10, "/paused")
      const { calls, functions, permits } = yield* permitted
      const { jobs } = yield* working({ functions })
      const id = yield* jobs.submit({ action: note, source: walk("/paused"), options: { concurrency: 2 } })
      yield* Queue.take(calls)
      yield* Queue.take(calls)
      yield* jobs.pause(id)
      yield* Queue.offerAll(
        permits,
        Array.from({ length: 10 }, () => undefined)
      )
      const settled = Stream.filter(Stream.fromEffectRepeat(jobs.show(id)), ({ summary }) => summary.done === 2)
      yield* Stream.runHead(settled)
      assert.strictEqual(yield* Queue.size(calls), 0)
      assert.strictEqual((yield* jobs.show(id)).summary.state, "paused")
      assert.strictEqual((yield* Effect.flip(jobs.pause(id)))._tag, "JobWrongState")
      yield* jobs.resume(id)
      assert.strictEqual((yield* jobs.await(id)).done, 10)
    }).pipe(Effect.scoped)
  )

  it.effect("lets another one begin in place of one that is paused", () =>
    Effect.gen(function* () {
      yield* seeded(2, "/placed")
      const { calls, functions, permits } = yield* permitted
      const { jobs } = yield* working({ functions, concurrency: 1 })
      const job: Job.Job = { action: note, source: walk("/placed"), options: { concurrency: 1 } }
      const first = yield* jobs.submit(job)
      yield* Queue.take(calls)
      const second = yield* jobs.submit(job)
      yield* jobs.pause(first)
      yield* Queue.take(calls)
      assert.strictEqual((yield* jobs.show(second)).summary.state, "running")
      yield* Queue.offerAll(
        permits,
        Array.from({ length: 4 }, () => undefined)
      )
      assert.strictEqual((yield* jobs.await(second)).done, 2)
      yield* jobs.resume(first)
      assert.strictEqual((yield* jobs.await(first)).done, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("cancels it for good", () =>
    Effect.gen(function* () {
      yield* seeded(10, "/cancelled")
      const { calls, functions } = yield* permitted
      const { jobs } = yield* working({ functions })
      const id = yield* jobs.submit({ action: note, source: walk("/cancelled"), options: { concurrency: 2 } })
      yield* Queue.take(calls)
      yield* Queue.take(calls)
      yield* jobs.cancel(id)
      const { done, state } = (yield* jobs.show(id)).summary
      assert.deepStrictEqual([state, done], ["cancelled", 0])
      const error = yield* Effect.flip(jobs.resume(id))
      assert.match(error.message, /job 1 is cancelled; only a job that is paused or stopped can be resumed/)
    }).pipe(Effect.scoped)
  )

  it.effect("sees it grow, to its end", () =>
    Effect.gen(function* () {
      yield* seeded(30, "/watched")
      const { functions } = noting()
      const { jobs } = yield* working({ functions })
      const options = { rate: 10, manifestSize: 10 }
      const id = yield* jobs.submit({ action: note, source: walk("/watched"), options })
      const seen = yield* advancing(Stream.runCollect(jobs.progress(id)), "100 millis")
      const done = seen.map((progress) => progress.done)
      assert.deepStrictEqual(
        done,
        Array.from(done).sort((a, b) => a - b)
      )
      assert.isAbove(seen.length, 2)
      assert.deepStrictEqual([seen.at(-1)?.state, seen.at(-1)?.done], ["finished", 30])
      assert.isTrue(seen.some(({ rate }) => rate !== undefined && rate > 0))
    }).pipe(Effect.scoped)
  )

  it.effect("from another process: submits, watches and pauses, while one alone runs them", () =>
    Effect.gen(function* () {
      yield* seeded(5, "/shared")
      const { calls, functions, permits } = yield* permitted
      const { directory, jobs } = yield* working({ functions })
      const error = yield* Effect.flip(opened(directory, () => Effect.void))
      assert.strictEqual(error._tag, "JobsInUse")
      assert.match(error.message, new RegExp(`process ${process.pid} on`))
      const outside = (other: Jobs.Shape) =>
        Effect.gen(function* () {
          const id = yield* other.submit({ action: note, source: walk("/shared"), options: { concurrency: 1 } })
          yield* advancing(Queue.take(calls), "1 second")
          yield* other.pause(id)
          assert.strictEqual((yield* jobs.show(id)).summary.state, "paused")
          yield* other.resume(id)
          yield* Queue.offerAll(
            permits,
            Array.from({ length: 5 }, () => undefined)
          )
          return yield* advancing(other.await(id), "1 second")
        })
      assert.strictEqual((yield* opened(directory, outside, { runs: false })).done, 5)
    }).pipe(Effect.scoped)
  )
})

it("the next opening follows the clock on the wall, over midnight, over weekdays and in summer time", () => {
  const berlin = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")
  const opening = (windows: ReadonlyArray<Job.Window>, now: string, zone?: DateTime.TimeZone) => {
    const { from, to } = nextOpening(windows, zone, at(now))
    return [from, to].map((each) => DateTime.formatIso(DateTime.makeUnsafe(each)).slice(0, 16)).join(" ")
  }
  const night: Job.Window = { from: "20:00", to: "06:00" }
  assert.strictEqual(opening([night], "2026-01-05T12:00:00Z"), "2026-01-05T20:00 2026-01-06T06:00")
  assert.strictEqual(opening([night], "2026-01-06T03:00:00Z"), "2026-01-05T20:00 2026-01-06T06:00")
  assert.strictEqual(opening([night], "2026-01-06T06:00:00Z"), "2026-01-06T20:00 2026-01-07T06:00")
  // In the night to the 29th of March an hour is missing.
  assert.strictEqual(opening([night], "2026-03-28T12:00:00Z", berlin), "2026-03-28T19:00 2026-03-29T04:00")
  const weekend: Job.Window = { from: "08:00", to: "18:00", days: ["sat", "sun"] }
  assert.strictEqual(opening([weekend], "2026-01-05T12:00:00Z"), "2026-01-10T08:00 2026-01-10T18:00")
  assert.strictEqual(opening([weekend, night], "2026-01-10T12:00:00Z"), "2026-01-10T08:00 2026-01-10T18:00")
})
