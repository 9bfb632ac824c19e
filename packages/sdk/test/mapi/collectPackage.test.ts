import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Schedule, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { HcpError, IncompleteBody, PackageBusy, type Reason, Timeout } from "../../src/HcpError.ts"
import { collect, type Source } from "../../src/mapi/internal/collectPackage.ts"
import type { PackageStatus, Progress } from "../../src/mapi/Package.ts"

type Tag = PackageStatus["_tag"]

const refused = (reason: Reason, reached: HcpError["reached"] = "answer") =>
  new HcpError({ operation: "POST", path: "/mapi/logs", reached, reason })

const incomplete = refused(new IncompleteBody({ address: "192.0.2.1", received: 3 }))
const mute = refused(new Timeout({ phase: "response", limit: Duration.seconds(30) }), "request")

/** A system that goes through these states, one per look, and notes what it was asked. */
const scripted = (states: ReadonlyArray<Tag | HcpError>, changes: Partial<Source<never>> = {}) => {
  const asked: Array<string> = []
  const note = (what: string) => Effect.sync(() => void asked.push(what))
  const left = [...states]
  const source: Source<never> = {
    content: "logs",
    prepare: Effect.void,
    status: Effect.suspend(() => {
      const state = left.length > 1 ? left.shift() : left[0]
      return typeof state === "object" ? Effect.fail(state) : Effect.succeed({ _tag: state ?? "Idle", content: [] })
    }),
    download: Effect.succeed({
      fileName: "logs.zip",
      contentType: "application/zip",
      stream: Stream.make(new Uint8Array(3), new Uint8Array(4))
    }),
    cancel: Effect.void,
    ...changes
  }
  return {
    asked,
    cancels: () => asked.filter((each) => each === "cancel").length,
    source: {
      content: source.content,
      prepare: Effect.andThen(note("prepare"), source.prepare),
      status: Effect.andThen(note("status"), source.status),
      download: Effect.andThen(note("download"), source.download),
      cancel: Effect.andThen(note("cancel"), source.cancel)
    }
  }
}

const drained = (source: Source<never>, options?: Parameters<typeof collect>[1]) =>
  Effect.scoped(Effect.flatMap(collect(source, options), (download) => Stream.runDrain(download.stream)))

describe("collectPackage", () => {
  it.effect("prepares, looks by its schedule, downloads, and clears the package once", () =>
    Effect.gen(function* () {
      const { asked, source } = scripted(["Idle", "Preparing", "Streaming", "Ready"])
      const seen: Array<Progress> = []
      const onProgress = (progress: Progress) => Effect.sync(() => void seen.push(progress))
      const fiber = yield* Effect.forkScoped(drained(source, { onProgress }))
      yield* TestClock.adjust("4900 millis")
      assert.deepStrictEqual(asked, ["prepare", "status"])
      yield* TestClock.adjust("10100 millis")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(asked, ["prepare", "status", "status", "status", "status", "download", "cancel"])
      assert.deepStrictEqual(
        seen.map((each) =>
          each.phase === "preparing" ? `${each.looks} ${each.status._tag}` : `${each.phase} ${each.bytes}`
        ),
        ["1 Idle", "2 Preparing", "3 Streaming", "4 Ready", "downloading 3", "downloading 7", "done 7"]
      )
    })
  )

  it.effect("keeps a package that was downloaded where asked to, but not one that was not", () =>
    Effect.gen(function* () {
      const whole = scripted(["Ready"])
      yield* drained(whole.source, { keep: true })
      assert.strictEqual(whole.cancels(), 0)
      const unread = scripted(["Ready"])
      yield* Effect.scoped(collect(unread.source, { keep: true }))
      assert.strictEqual(unread.cancels(), 1)
    })
  )

  it.effect("cancels once when it is interrupted, whatever it is doing", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      const stuck = Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      const cases: ReadonlyArray<Partial<Source<never>>> = [
        { prepare: stuck },
        { status: stuck },
        { download: stuck },
        { download: Effect.succeed({ fileName: "x", contentType: undefined, stream: Stream.fromEffect(stuck) }) }
      ]
      for (const changes of cases) {
        const { cancels, source } = scripted(["Ready"], changes)
        const fiber = yield* Effect.forkChild(drained(source), { startImmediately: true })
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(cancels(), 1, Object.keys(changes).join())
      }
    })
  )

  it.effect("cancels once between two looks, at once", () =>
    Effect.gen(function* () {
      const { cancels, source } = scripted(["Preparing"])
      const fiber = yield* Effect.forkChild(drained(source))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(cancels(), 0)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(cancels(), 1)
    })
  )

  it.effect("fails with what broke the download, and cancels once", () =>
    Effect.gen(function* () {
      const stream = Stream.concat(Stream.make(new Uint8Array(3)), Stream.fail(incomplete))
      const { cancels, source } = scripted(["Ready"], {
        download: Effect.succeed({ fileName: "x.zip", contentType: undefined, stream })
      })
      const error = yield* Effect.flip(drained(source, { keep: true }))
      assert.strictEqual(error, incomplete)
      assert.strictEqual(cancels(), 1)
    })
  )

  it.effect("leaves the package of somebody else alone, unless it shall replace it", () =>
    Effect.gen(function* () {
      const busy = refused(new PackageBusy({ content: "logs" }))
      const others = scripted(["Ready"], { prepare: Effect.fail(busy) })
      assert.strictEqual(yield* Effect.flip(drained(others.source)), busy)
      assert.deepStrictEqual(others.asked, ["prepare"])
      const ours = scripted(["Ready"])
      yield* drained(ours.source, { replace: true })
      assert.deepStrictEqual(ours.asked, ["cancel", "prepare", "status", "download", "cancel"])
    })
  )

  it.effect("cancels where it is unknown whether the package is being prepared", () =>
    Effect.gen(function* () {
      const { asked, source } = scripted(["Ready"], { prepare: Effect.fail(mute) })
      assert.strictEqual(yield* Effect.flip(drained(source)), mute)
      assert.deepStrictEqual(asked, ["prepare", "cancel"])
    })
  )

  it.effect("fails when HCP reports an error, knows no package any more, or the schedule ends", () =>
    Effect.gen(function* () {
      const cases = [
        [["Preparing", "Failed"], "error"],
        [["Preparing", "Idle", "Preparing", "Idle", "Idle"], "gone"],
        [["Preparing"], "unfinished"]
      ] as const
      for (const [states, what] of cases) {
        const { cancels, source } = scripted(states)
        const schedule = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 5 }))
        const fiber = yield* Effect.forkScoped(Effect.flip(drained(source, { schedule })))
        yield* TestClock.adjust("10 seconds")
        const { reason } = yield* Fiber.join(fiber)
        assert.strictEqual(reason._tag === "PackageFailed" ? reason.what : reason._tag, what)
        assert.strictEqual(cancels(), 1)
      }
    })
  )

  it.effect("goes on when looks fail for a minute, and gives up after that", () =>
    Effect.gen(function* () {
      const short = scripted([mute, mute, mute, "Ready"])
      const fiber = yield* Effect.forkScoped(drained(short.source))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(fiber)
      const long = scripted([mute])
      const failed = yield* Effect.forkScoped(Effect.flip(drained(long.source)))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* Fiber.join(failed), mute)
      assert.strictEqual(long.cancels(), 1)
    })
  )

  it.effect("ends although the cancel fails or is not answered, and says what went wrong before", () =>
    Effect.gen(function* () {
      const failing = scripted(["Failed"], { cancel: Effect.fail(mute) })
      assert.strictEqual((yield* Effect.flip(drained(failing.source))).reason._tag, "PackageFailed")
      const stuck = scripted(["Preparing"], { cancel: Effect.never })
      const scope = yield* Scope.make()
      const fiber = yield* Effect.forkChild(Scope.provide(collect(stuck.source), scope))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(closing)

      const interrupted = scripted(["Preparing"], { cancel: Effect.never })
      const whole = yield* Effect.forkChild(drained(interrupted.source))
      yield* TestClock.adjust("1 minute")
      const ending = yield* Effect.forkChild(Fiber.interrupt(whole))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(ending)
      assert.strictEqual(interrupted.cancels(), 1)
    })
  )
})
