import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Namespace, RetryPolicy } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Deferred, type Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { type Job, Jobs, type JobsOptions } from "../src/index.ts"

/** A directory of its own, removed with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-jobs-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** A simulated HCP in memory that keeps versions. Its client tries once, so that no clock has to be moved for it. */
export const System = Simulator.layerClient(
  { systems: [{ domain: "hcp1.example.com", namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }] },
  { retry: RetryPolicy.never }
)

/** The jobs of a directory, closed again when `use` is done: as a process that ends in order. */
export const opened = <A, E, R>(
  directory: string,
  use: (jobs: Jobs.Shape) => Effect.Effect<A, E, R>,
  options: Omit<JobsOptions.JournalOptions, "directory"> = {}
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const main = yield* Namespace.Namespace
      return yield* use(yield* Jobs.makeJournal({ namespaces: { main }, ...options, directory }))
    })
  )

/** Jobs in a directory of their own, which know the namespace as `main`. */
export const working = (options: Omit<JobsOptions.JournalOptions, "directory"> = {}) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const main = yield* Namespace.Namespace
    return { directory, jobs: yield* Jobs.makeJournal({ namespaces: { main }, ...options, directory }) }
  })

/** Stores so many objects, `/src/0` and so on, each with its number as content, and gives their paths. */
export const seeded = (count: number, below = "/src") =>
  Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const paths = Array.from({ length: count }, (_, index) => `${below}/${index}`)
    yield* Effect.forEach(paths, (at, index) => ns.put(at, String(index)), { concurrency: 24 })
    return paths
  })

/** All objects below a directory. */
export const walk = (below: string): Job.Source => ({ _tag: "Walk", namespace: "main", path: below })

/** Submits a job and waits until it is over or stopped. */
export const run = (jobs: Jobs.Shape, job: Job.Job) =>
  Effect.gen(function* () {
    const id = yield* jobs.submit(job)
    return yield* jobs.await(id)
  })

/**
 * The namespace, whose changes are made and never answered: so is a process that dies with nothing written down.
 * `all` is done once so many of them were made.
 */
export const unanswered = (count: number) =>
  Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const all = yield* Deferred.make<void>()
    let made = 0
    const silent = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.flatMap(effect, () => {
        made++
        return Effect.andThen(made === count ? Deferred.succeed(all, undefined) : Effect.void, Effect.never)
      })
    const namespace: Namespace.Shape = {
      ...ns,
      put: (path, body, options) => silent(ns.put(path, body, options)),
      copy: (from, to, options) => silent(ns.copy(from, to, options)),
      delete: (path, options) => silent(ns.delete(path, options)),
      modify: (path, changes, options) => silent(ns.modify(path, changes, options)),
      annotations: {
        ...ns.annotations,
        put: (path, name, content, options) => silent(ns.annotations.put(path, name, content, options))
      }
    }
    return { namespace, all: Deferred.await(all) }
  })

/** Runs a job in a process that dies once all its changes were made, and then in another one. */
export const survived = (job: Job.Job, count: number) =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const { all, namespace } = yield* unanswered(count)
    const ns = yield* Namespace.Namespace
    const dying = (jobs: Jobs.Shape) => Effect.tap(jobs.submit(job), () => all)
    const id = yield* opened(directory, dying, { namespaces: { main: ns, other: namespace } })
    return yield* opened(directory, (jobs) => jobs.await(id), { namespaces: { main: ns, other: ns } })
  })

/** Waits for something while the clock of the test goes on, step by step. */
export const advancing = <A, E, R>(effect: Effect.Effect<A, E, R>, step: Duration.Input) =>
  Effect.raceFirst(
    effect,
    // The database is a thread: its answers come with the turns of the event loop.
    Effect.forever(
      Effect.andThen(
        TestClock.adjust(step),
        Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      )
    )
  )
