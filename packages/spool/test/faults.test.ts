import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import type { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { HcpError, Namespace as TestNamespace } from "@effect-hcp/sdk/testing"
import { Simulation } from "@effect-hcp/simulator"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Spool } from "../src/index.ts"
import { kill, next, opened, System, spooled, temporaryDirectory, withThreads } from "./spooled.ts"

const bodiesOf = (directory: string) => fs.readdirSync(path.join(directory, "bodies"))

/** One turn of the event loop. */
const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const large = new Uint8Array(100_000).fill(7)

/** Resumes a spool while no node takes a connection, until it knows that. */
const resumedInOutage = (spool: Spool.Shape) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      const away = yield* next(spool, "Away")
      yield* faults.during({ fault: "refuse" })
      yield* spool.resume
      yield* away
    })
  )

/** A namespace of the system whose `put` is another. */
const withPut = (put: (real: Namespace.Shape) => Namespace.Shape["put"]) =>
  Effect.map(Namespace.Namespace, (ns) => Namespace.Namespace.of({ ...ns, put: put(ns) }))

describe("a write that is interrupted", () => {
  it.effect("is accepted with all that belongs to it, or not at all", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { directory, spool } = yield* spooled()
      yield* spool.pause
      for (let turns = 0; turns < 60; turns++) {
        const body = turns % 2 === 0 ? large : "small"
        const fiber = yield* Effect.forkChild(spool.put(`/${turns}`, body), { startImmediately: true })
        for (let at = 0; at < turns / 2; at++) yield* turn
        yield* Fiber.interrupt(fiber)
      }
      const pending = yield* Stream.runCollect(spool.pending)
      const { bytes, entries } = yield* spool.stats
      assert.deepStrictEqual(
        [entries, bytes],
        [pending.length, pending.reduce((sum, { size }) => sum + size, 0)],
        "what counts is what is there"
      )
      assert.strictEqual(bodiesOf(directory).length, pending.filter(({ size }) => size === large.length).length)
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* spool.stats).entries, 0)
      for (const { path, size } of pending) assert.strictEqual((yield* ns.head(path)).size, size)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is sent by itself, if it was accepted", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { spool } = yield* spooled()
      const accepted = yield* next(spool, "Accepted")
      const delivered = yield* next(spool, "Delivered")
      // Interrupted as soon as it is there, before whoever called it goes on.
      const fiber = yield* Effect.forkChild(spool.put("/a", "x"))
      yield* Effect.andThen(accepted, Fiber.interrupt(fiber))
      yield* delivered
      assert.isTrue(yield* ns.exists("/a"))
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("bounds", () => {
  it.effect("hold for writes that come at the same time, and for annotations", () =>
    Effect.gen(function* () {
      const { spool } = yield* spooled({ maxEntries: 3, maxBytes: 100, minFreeBytes: 1 })
      yield* spool.pause
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => `/${index}`),
        (path) => Effect.exit(spool.put(path, "x")),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(Exit.isSuccess).length, 3)
      const other = yield* spooled({ maxBytes: 100 })
      const error = yield* Effect.flip(other.spool.putWithAnnotation("/a", "x", `<n>${"x".repeat(100)}</n>`))
      assert.deepInclude(error, { _tag: "SpoolFull", limit: "maxBytes" })
      assert.strictEqual((yield* other.spool.stats).bytes, 0)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("of the disk count the body that is to come, before it is read", () =>
    Effect.gen(function* () {
      const { spool } = yield* spooled({ minFreeBytes: 1 })
      let read = 0
      const body = HcpBody.stream(() => Stream.fromEffect(Effect.sync(() => new Uint8Array(++read))), {
        length: 2 ** 52
      })
      assert.deepInclude(yield* Effect.flip(spool.put("/a", body)), { _tag: "SpoolFull", limit: "minFreeBytes" })
      assert.strictEqual(read, 0)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("the drain", () => {
  it.effect("goes on when the first answer after an outage is a refusal", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/taken", "theirs")
      const { spool } = yield* spooled()
      yield* spool.pause
      yield* spool.put("/taken", "ours")
      const after = yield* spool.put("/after", "x")
      const back = yield* next(spool, "Back")
      yield* resumedInOutage(spool)
      yield* TestClock.adjust("2 seconds")
      yield* back
      yield* spool.await(after)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("says that the systems are back when all that they say is a refusal", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/taken", "theirs")
      const { spool } = yield* spooled({ paused: true })
      yield* spool.put("/taken", "ours")
      const back = yield* next(spool, "Back")
      yield* resumedInOutage(spool)
      assert.isTrue((yield* spool.stats).away)
      yield* TestClock.adjust("2 seconds")
      yield* back
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { away: false, parked: 1 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("says so only when they have answered, and not for what is refused before it is sent", () =>
    Effect.gen(function* () {
      let calls = 0
      const ns = yield* withPut((real) => (path, ...given) => {
        if (path !== "/odd") return real.put(path, ...given)
        return Effect.fail(HcpError.make({ reason: calls++ === 0 ? "CannotConnect" : "InvalidInput", path }))
      })
      const { spool } = yield* Effect.provideService(spooled(), Namespace.Namespace, ns)
      const away = yield* next(spool, "Away")
      const back = yield* next(spool, "Back")
      const parked = yield* next(spool, "Parked")
      yield* spool.put("/odd", "x")
      yield* away
      yield* TestClock.adjust("2 seconds")
      yield* parked
      assert.deepInclude(yield* spool.stats, { away: true, parked: 1 })
      yield* spool.put("/well", "x")
      yield* back
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { away: false, entries: 1 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("goes on when what was tried during an outage is damaged", () =>
    Effect.gen(function* () {
      const { directory, spool } = yield* spooled()
      yield* spool.pause
      yield* spool.put("/damaged", large)
      yield* resumedInOutage(spool)
      for (const name of bodiesOf(directory)) fs.writeFileSync(path.join(directory, "bodies", name), "other")
      const parked = yield* next(spool, "Parked")
      yield* TestClock.adjust("2 seconds")
      yield* parked
      yield* spool.await(yield* spool.put("/after", "x"))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("tries an entry again, of whose refusal somebody has just heard", () =>
    Effect.gen(function* () {
      let refusals = 0
      const flaky = yield* withPut(
        (real) => (path, body, options) =>
          refusals++ < 20 ? Effect.fail(HcpError.make({ reason: "Forbidden", path })) : real.put(path, body, options)
      )
      const { spool } = yield* Effect.provideService(spooled(), Namespace.Namespace, flaky)
      yield* Effect.forkScoped(
        Stream.runForEach(spool.changes, (change) =>
          change._tag === "Parked" ? spool.retry(change.entry.id) : Effect.void
        ),
        { startImmediately: true }
      )
      const delivered = yield* next(spool, "Delivered")
      yield* spool.put("/a", "x")
      yield* delivered
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is not held up by a path with many entries, and keeps their order", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const sent: Array<string> = []
      const slow = yield* withPut(() => (path, body) => {
        if (path !== "/long") return Effect.succeed(TestNamespace.makeStored())
        return Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.andThen(TestNamespace.readBody(body)),
          Effect.map(({ text }) => {
            sent.push(text)
            return TestNamespace.makeStored()
          })
        )
      })
      const { spool } = yield* Effect.provideService(spooled({ durability: "process" }), Namespace.Namespace, slow)
      yield* spool.pause
      const receipts = yield* Effect.forEach(
        Array.from({ length: 1_200 }, (_, index) => String(index)),
        (text) => Effect.map(spool.put("/long", text, { ifExists: "newVersion" }), (receipt) => ({ receipt, text })),
        { concurrency: 100 }
      )
      const other = yield* spool.put("/other", "x")
      yield* spool.resume
      yield* Deferred.await(begun)
      yield* spool.await(other)
      // They go on coming while it is drained.
      yield* Deferred.succeed(go, undefined)
      for (const text of ["later", "last"]) {
        receipts.push({ receipt: yield* spool.put("/long", text, { ifExists: "newVersion" }), text })
      }
      yield* spool.drain
      const idOf = ({ receipt }: (typeof receipts)[number]) => (receipt._tag === "Pending" ? receipt.id : 0)
      assert.deepStrictEqual(
        sent,
        receipts.sort((a, b) => idOf(a) - idOf(b)).map(({ text }) => text)
      )
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("sends nothing that was discarded, whatever it is doing", () =>
    Effect.gen(function* () {
      const sent = new Set<string>()
      const noting = yield* withPut((real) => (path, body, options) => {
        sent.add(path)
        return real.put(path, body, options)
      })
      const { spool } = yield* Effect.provideService(spooled({ concurrency: 2 }), Namespace.Namespace, noting)
      yield* spool.pause
      const receipts = yield* Effect.forEach(
        Array.from({ length: 700 }, (_, index) => `/${index % 50 < 40 ? index : "same"}`),
        (path) => spool.put(path, "x", { ifExists: "newVersion" }),
        { concurrency: "unbounded" }
      )
      yield* spool.resume
      const discarded = yield* Effect.forEach(
        [...receipts].reverse(),
        (receipt) => (receipt._tag === "Pending" ? spool.discard(receipt.id) : Effect.succeed(false)),
        { concurrency: 8 }
      )
      yield* spool.drain
      assert.strictEqual((yield* spool.stats).entries, 0)
      const kept = [...receipts].reverse().filter(({ path }, index) => path !== "/same" && discarded[index] === true)
      assert.isNotEmpty(kept)
      assert.deepStrictEqual(
        kept.filter(({ path }) => sent.has(path)),
        []
      )
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a spool that is closed", () => {
  it.effect("fails those who wait for it, and ends its changes", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const waiting = yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          const receipt = yield* spool.put("/a", "x")
          const waiting = [spool.await(receipt), spool.drain, Stream.runDrain(spool.changes)]
          const fibers = yield* Effect.forEach(waiting, (effect) =>
            Effect.forkDetach(effect, { startImmediately: true })
          )
          yield* spool.status(receipt)
          return fibers
        })
      )
      const [awaited, drained, changes] = yield* Effect.forEach(waiting, Fiber.await)
      for (const exit of [awaited, drained]) {
        assert.include(String(exit !== undefined && Exit.isFailure(exit) ? exit.cause : exit), "it was closed")
      }
      assert.isTrue(changes !== undefined && Exit.isSuccess(changes))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("forgets what HCP has got by then", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const stored = yield* Deferred.make<void>()
      const telling = yield* withPut(
        (real) => (path, body, options) =>
          Effect.tap(real.put(path, body, options), () => Deferred.succeed(stored, undefined))
      )
      // Closed when the drain knows that HCP has it, and before the next turn of the event loop.
      const known = Effect.andThen(
        Deferred.await(stored),
        Effect.promise(() => Promise.resolve())
      )
      yield* opened(directory, (spool) => Effect.andThen(spool.put("/a", "x"), known)).pipe(
        Effect.provideService(Namespace.Namespace, telling)
      )
      assert.deepInclude(yield* Spool.look(directory), { entries: 0 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("has every write that it accepted, and fails the others", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const accepted: Array<string> = []
      const writers = yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          const writer = (name: number) =>
            Effect.forkDetach(
              Effect.gen(function* () {
                for (let at = 0; ; at++) {
                  const path = `/${name}/${at}`
                  yield* spool.put(path, at % 7 === 0 ? large : "x")
                  accepted.push(path)
                }
              })
            )
          const fibers = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], writer)
          while (accepted.length < 100) yield* turn
          return fibers
        })
      )
      for (const exit of yield* Effect.forEach(writers, Fiber.await)) {
        assert.include(String(Exit.isFailure(exit) ? exit.cause : exit), "SpoolUnusable")
      }
      const kept = yield* opened(directory, (spool) => Effect.andThen(spool.pause, Stream.runCollect(spool.pending)))
      const paths = new Set(kept.map(({ path }) => path))
      assert.deepStrictEqual(
        accepted.filter((path) => !paths.has(path)),
        []
      )
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("the directory of a spool", () => {
  it.effect("is for its owner alone", () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "a", "spool")
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          yield* spool.put("/a", large)
          const modes = fs
            .readdirSync(directory, { recursive: true, encoding: "utf8" })
            .map((name) => [name, fs.statSync(path.join(directory, name)).mode & 0o777] as const)
          assert.isAtLeast(modes.length, 5)
          assert.deepStrictEqual(
            modes.filter(([name, mode]) => mode !== (name === "bodies" ? 0o700 : 0o600)),
            []
          )
          assert.strictEqual(fs.statSync(directory).mode & 0o777, 0o700)
        })
      )
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("stays locked for other processes after another spool of this one was refused", () =>
    Effect.gen(function* () {
      const { directory } = yield* spooled()
      yield* Effect.flip(opened(directory, () => Effect.void))
      const script = `
        const { DatabaseSync } = require("node:sqlite")
        try { new DatabaseSync(process.argv[1]).exec("begin immediate"); console.log("open") }
        catch (error) { console.log(error.message) }`
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)(process.execPath, ["--eval", script, path.join(directory, "spool.lock")])
      )
      assert.include(stdout, "locked")
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("gives back the space of what HCP has got", () =>
    Effect.gen(function* () {
      const { directory, spool } = yield* spooled({ durability: "process" })
      yield* spool.pause
      const paths = Array.from({ length: 400 }, (_, index) => `/${index}`)
      yield* Effect.forEach(paths, (path) => spool.put(path, new Uint8Array(60_000)), { concurrency: 50 })
      const sizeOf = (name: string) => fs.statSync(path.join(directory, name)).size
      assert.isAbove(sizeOf("spool.db") + sizeOf("spool.db-wal"), 15e6)
      yield* spool.resume
      yield* spool.drain
      // Each question waits for the step before it.
      for (let step = 0; step < 1_000 && sizeOf("spool.db") > 5e6; step++) yield* spool.stats
      assert.isAtMost(sizeOf("spool.db"), 5e6)
      assert.isAtMost(sizeOf("spool.db-wal"), 17e6)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("that is gone fails writes, and keeps nothing where nobody would find it", () =>
    Effect.gen(function* () {
      const { directory, spool } = yield* spooled()
      fs.rmSync(directory, { recursive: true })
      const error = yield* Effect.flip(spool.put("/a", "x"))
      assert.deepInclude(error, { _tag: "SpoolUnusable", reason: "Directory" })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("the database of a spool", () => {
  it.effect("that is damaged is named so", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          yield* Effect.forEach(
            Array.from({ length: 100 }, (_, index) => index),
            (index) => spool.put(`/${index}`, "x".repeat(1_000)),
            { concurrency: "unbounded" }
          )
        })
      )
      const file = path.join(directory, "spool.db")
      const bytes = fs.readFileSync(file)
      fs.writeFileSync(file, bytes.fill(0xa5, 4_096))
      const error = yield* Effect.flip(opened(directory, ({ drain }) => drain))
      assert.deepInclude(error, { _tag: "SpoolUnusable", reason: "Broken" })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("whose thread dies leaves no entry without its body", () =>
    Effect.gen(function* () {
      for (let turns = 1; turns <= 12; turns++) {
        const directory = yield* temporaryDirectory
        const writeUntilDeath = (spool: Spool.Shape, threads: ReadonlyArray<Worker>) =>
          Effect.gen(function* () {
            yield* spool.pause
            let isOver = false
            const writer = (name: number) =>
              Effect.ignore(
                Effect.gen(function* () {
                  for (let at = 0; !isOver; at++) yield* spool.put(`/${name}/${at}`, large)
                })
              )
            const writing = yield* Effect.forkChild(
              Effect.forEach([1, 2, 3, 4, 5, 6], writer, { concurrency: "unbounded" }),
              { startImmediately: true }
            )
            for (let at = 0; at < 10 * turns; at++) yield* turn
            isOver = true
            yield* kill(threads)
            yield* Fiber.join(writing)
          })
        yield* withThreads((threads) => opened(directory, (spool) => writeUntilDeath(spool, threads)))
        yield* opened(directory, (spool) =>
          Effect.gen(function* () {
            yield* spool.drain
            assert.strictEqual((yield* spool.stats).entries, 0)
          })
        )
        assert.deepStrictEqual(bodiesOf(directory), [])
      }
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("whose thread dies with its answer leaves the body of what it has added", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const directory = yield* temporaryDirectory
      const writeWithoutAnswer = (spool: Spool.Shape, threads: ReadonlyArray<Worker>) =>
        Effect.gen(function* () {
          yield* spool.pause
          for (const thread of threads) thread.removeAllListeners("message")
          const writing = yield* Effect.forkChild(spool.put("/a", large), { startImmediately: true })
          const database = new DatabaseSync(path.join(directory, "spool.db"), { readOnly: true })
          const entries = database.prepare("select count(*) as entries from entry")
          while (entries.get()?.entries === 0) yield* turn
          database.close()
          yield* kill(threads)
          assert.strictEqual((yield* Effect.flip(Fiber.join(writing)))._tag, "SpoolUnusable")
        })
      yield* withThreads((threads) => opened(directory, (spool) => writeWithoutAnswer(spool, threads)))
      assert.lengthOf(bodiesOf(directory), 1)
      yield* opened(directory, (spool) => spool.drain)
      assert.lengthOf((yield* ns.get("/a")).bytes, large.length)
      assert.deepStrictEqual(bodiesOf(directory), [])
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("whose thread dies fails everything with a reason", () =>
    Effect.gen(function* () {
      const { directory, spool, threads } = yield* withThreads((threads) =>
        Effect.map(spooled(), (given) => ({ ...given, threads }))
      )
      yield* spool.pause
      const receipt = yield* spool.put("/a", "x")
      const waiting = yield* Effect.forkChild(spool.await(receipt), { startImmediately: true })
      yield* kill(threads)
      const writes = [spool.put("/b", "x"), spool.put("/c", large), spool.put("/d", large)]
      for (const failing of [...writes, spool.status(receipt), Stream.runDrain(spool.pending)]) {
        assert.deepInclude(yield* Effect.flip(failing), { _tag: "SpoolUnusable", reason: "Failed" })
      }
      assert.deepStrictEqual(bodiesOf(directory), [], "each try would take more of the disk")
      yield* spool.resume
      assert.deepInclude(yield* Effect.flip(spool.drain), { _tag: "SpoolUnusable" })
      assert.deepInclude(yield* Effect.flip(Fiber.join(waiting)), { _tag: "SpoolUnusable" })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
