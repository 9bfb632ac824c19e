import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { setImmediate } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { RetryPolicy } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Spool, type SpoolEntry, type SpoolOptions } from "../src/index.ts"

/** A directory of its own, removed with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-spool-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** A simulated HCP in memory that keeps versions. Its client tries once, so that no clock has to be moved for it. */
export const System = Simulator.layerClient(
  { systems: [{ domain: "hcp1.example.com", namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }] },
  { retry: RetryPolicy.never }
)

/** A spool in a directory of its own. */
export const spooled = (options: Omit<SpoolOptions.Options, "directory"> = {}) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    return { directory, spool: yield* Spool.make({ minFreeBytes: 0, ...options, directory }) }
  })

/** Opens a spool, and closes it again when `use` is done: as a process that ends in order. */
export const opened = <A, E, R>(
  directory: string,
  use: (spool: Spool.Shape) => Effect.Effect<A, E, R>,
  options: Omit<SpoolOptions.Options, "directory"> = {}
) => Effect.scoped(Effect.flatMap(Spool.make({ minFreeBytes: 0, ...options, directory }), use))

/** Lists the threads that begin while it runs. */
export const withThreads = <A, E, R>(use: (threads: ReadonlyArray<Worker>) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const threads: Array<Worker> = []
      const note = (thread: Worker) => threads.push(thread)
      process.on("worker", note)
      return { threads, note }
    }),
    ({ threads }) => use(threads),
    ({ note }) => Effect.sync(() => process.off("worker", note))
  )

export const kill = (threads: ReadonlyArray<Worker>) =>
  Effect.promise(() => Promise.all(threads.map((thread) => thread.terminate())))

/** The first change of this kind from now on, to be waited for: an event, where the clock of tests stands still. */
export const next = (spool: Spool.Shape, tag: SpoolEntry.Change["_tag"]) =>
  Effect.gen(function* () {
    const begun = Deferred.makeUnsafe<void>()
    const changes = Stream.onStart(spool.changes, Deferred.succeed(begun, undefined))
    const fiber = yield* Effect.forkScoped(Stream.runHead(Stream.filter(changes, ({ _tag }) => _tag === tag)))
    yield* Deferred.await(begun)
    return Fiber.join(fiber)
  })

/** Lets time pass until it has ended: before each wait of the client the disk is asked, which takes time of its own. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("10 seconds")
      yield* Effect.promise(() => setImmediate())
    }
    return yield* Fiber.join(fiber)
  })
