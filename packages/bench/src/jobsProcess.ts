/**
 * A process that runs jobs: `rate` of a folder and so many objects of a simulated HCP, or `memory` of so many that are
 * only listed, see the suite `jobs`.
 *
 * Usage: `jobsProcess <what> <folder> <count>`
 */
import * as Path from "node:path"
import { type Job, Jobs } from "@effect-hcp/jobs"
import { Namespace } from "@effect-hcp/sdk"
import type { ObjectEntry } from "@effect-hcp/sdk/DirectoryEntry"
import { dry } from "@effect-hcp/spool/InputCheck"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

const [, , what = "", folder = "", count = ""] = process.argv
const objects = Number(count)

const entryOf = (index: number): ObjectEntry => ({
  _tag: "Object",
  name: String(index),
  path: `/listed/${Math.floor(index / 1_000)}/an-object-with-a-name-of-usual-length-${index}.pdf`,
  urlName: undefined,
  state: "created",
  changedAt: undefined,
  size: 1_024,
  hash: undefined,
  etag: undefined,
  versionId: undefined,
  createdAt: undefined,
  retention: { value: undefined, retentionClass: undefined },
  retentionText: undefined,
  hold: undefined,
  shred: undefined,
  index: undefined,
  dpl: undefined,
  hasAnnotations: undefined,
  annotations: [],
  replicated: undefined,
  owner: undefined,
  domain: undefined,
  hasAcl: undefined
})

/** A namespace that lists so many objects, and can do nothing else. */
const listed: Namespace.Shape = { ...dry, walk: () => Stream.map(Stream.range(0, objects - 1), entryOf) }

const source: Job.Source = { _tag: "Walk", namespace: "main", path: "/listed" }

/** Garbage of the start is none of the job. */
const liveMegabytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

const memory = Effect.gen(function* () {
  const functions = { nothing: () => Effect.succeed("done" as const) }
  const directory = Path.join(folder, `memory-${count}`)
  const jobs = yield* Jobs.makeJournal({ directory, namespaces: { main: listed }, functions })
  const begun = performance.now()
  const id = yield* jobs.submit({ source, action: { _tag: "Run", function: "nothing" } })
  const { done } = yield* jobs.await(id)
  const seconds = (performance.now() - begun) / 1_000
  const megabytes = (process.resourceUsage().maxRSS * 1024) / 1e6
  return { objects: done, rate: done / seconds, megabytes, live: liveMegabytes() }
})

const fibers = 24

/** Looks at each object and changes it, as the action `Modify` does: by a job, and without one. */
const rate = Effect.gen(function* () {
  const { Simulator } = yield* Effect.promise(() => import("@effect-hcp/simulator"))
  const system = Simulator.layerClient({ systems: [{ domain: "hcp1.example.com" }] })
  return yield* Effect.gen(function* () {
    const main = yield* Namespace.Namespace
    const jobs = yield* Jobs.makeJournal({ directory: Path.join(folder, "rate"), namespaces: { main } })
    const numbers = Array.from({ length: objects }, (_, index) => index)
    yield* Effect.forEach(numbers, (index) => main.put(`/listed/${index}`, "x"), { concurrency: fibers, discard: true })
    let index = false
    const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        index = !index
        const begun = performance.now()
        const cpu = process.cpuUsage()
        return Effect.map(effect, () => {
          const { system, user } = process.cpuUsage(cpu)
          return { rate: objects / ((performance.now() - begun) / 1_000), cpuMicros: (system + user) / objects }
        })
      })
    const bare = Effect.suspend(() =>
      Stream.runDrain(
        Stream.mapEffect(
          main.walk("/listed"),
          ({ path }) => Effect.andThen(main.head(path), main.modify(path, { index })),
          { concurrency: fibers, unordered: true }
        )
      )
    )
    const byJob = Effect.suspend(() =>
      Effect.flatMap(
        Effect.flatMap(jobs.submit({ source, action: { _tag: "Modify", index } }), jobs.await),
        ({ detail, done }) => (done === objects ? Effect.void : Effect.fail(new Error(`${done} are done: ${detail}`)))
      )
    )
    yield* timed(bare)
    yield* timed(byJob)
    const rounds = yield* Effect.forEach([1, 2, 3, 4, 5], () =>
      Effect.gen(function* () {
        return { bare: yield* timed(bare), job: yield* timed(byJob) }
      })
    )
    return { rounds }
  }).pipe(Effect.provide(system))
})

const programs: ReadonlyMap<string, Effect.Effect<object, unknown, Scope.Scope>> = new Map<
  string,
  Effect.Effect<object, unknown, Scope.Scope>
>([
  ["memory", memory],
  ["rate", rate]
])

const program = programs.get(what) ?? Effect.fail(new Error(`what is ${what}?`))

Effect.runPromise(Effect.scoped(program)).then(
  (told) => process.send?.(told, () => process.exit(0)),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
