/**
 * A process with a spool: `puts`, `fill`, `open` or `drain` in a folder, see the suite `spool`.
 *
 * Usage: `spoolProcess <what> <folder> <count>`
 */
import { createHash } from "node:crypto"
import * as Path from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { DatabaseSync } from "node:sqlite"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Spool } from "@effect-hcp/spool"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as CommitLoop from "./commitLoop.ts"

const [, , what = "", folder = "", count = ""] = process.argv

const body = new Uint8Array(1024).fill(120)
const fibers = 64

const operation = JSON.stringify({ _tag: "Put", settings: {}, ifExists: "newVersion" })

/** A namespace that takes nothing, and is not connected. */
const nobody = Layer.effect(
  Namespace.Namespace,
  Effect.map(Namespace.Namespace, (ns) => ({ ...ns, put: () => Effect.never }))
).pipe(
  Layer.provide(Namespace.layer),
  Layer.provide(
    Hcp.layer({
      fqdn: "n1.t1.hcp1.example.com",
      addresses: ["127.0.0.1"],
      tls: false,
      credentials: { username: "n", password: Redacted.make("n01") }
    })
  )
)

const opened = (directory: string) => Spool.make({ directory, minFreeBytes: 0 })

/** Operations a second of so many workers. */
const rateOf = <E, R>(operation: (number: number) => Effect.Effect<unknown, E, R>, millis: number) =>
  Effect.gen(function* () {
    const begun = performance.now()
    let done = 0
    const worker = Effect.gen(function* () {
      do {
        yield* operation(done)
        done++
      } while (performance.now() - begun < millis)
    })
    yield* Effect.all(
      Array.from({ length: fibers }, () => worker),
      { concurrency: "unbounded", discard: true }
    )
    return (done / (performance.now() - begun)) * 1000
  })

/** A row as the spool writes it for each PUT here. */
const rowOf = (number: number): CommitLoop.EntryValues => [
  `/${number % 5_000}`,
  operation,
  body.length,
  "0".repeat(64),
  null,
  1_700_000_000_000 + number,
  null,
  0,
  body,
  null
]

/** The database that a spool makes: the loops write the same rows to the same table with the same indexes. */
const databaseOf = (directory: string) => Effect.as(Effect.scoped(opened(directory)), Path.join(directory, "spool.db"))

const puts = Effect.gen(function* () {
  const CommitLoop = yield* Effect.promise(() => import("./commitLoop.ts"))
  const spool = yield* opened(Path.join(folder, "spool"))
  yield* spool.pause
  const inThread = CommitLoop.grouped(CommitLoop.openThread(yield* databaseOf(Path.join(folder, "thread"))))
  const inProcess = CommitLoop.grouped(CommitLoop.openHere(yield* databaseOf(Path.join(folder, "here"))))
  const put = (number: number) => spool.put(`/${number % 5_000}`, body, { ifExists: "newVersion" })
  const bare = (number: number) => inThread(rowOf(number))
  const here = (number: number) => inProcess(rowOf(number))
  const millis = 700
  for (const write of [put, bare, here]) yield* rateOf<unknown, never>(write, millis)
  const rates: Array<{ readonly spool: number; readonly bare: number; readonly here: number }> = []
  const delay = monitorEventLoopDelay({ resolution: 1 })
  let cpuMicros = 0
  let done = 0
  for (let round = 0; round < Number(count); round++) {
    const cpu = process.cpuUsage()
    const begun = performance.now()
    delay.enable()
    const rate = yield* rateOf(put, millis)
    delay.disable()
    const { system, user } = process.cpuUsage(cpu)
    cpuMicros += system + user
    done += (rate * (performance.now() - begun)) / 1000
    rates.push({ spool: rate, bare: yield* rateOf(bare, millis), here: yield* rateOf(here, millis) })
  }
  return { rates, delayMillis: delay.percentile(99) / 1e6, cpuMicros: cpuMicros / done }
})

const fill = Effect.gen(function* () {
  yield* Effect.scoped(opened(folder))
  const database = new DatabaseSync(Path.join(folder, "spool.db"))
  const small = body.subarray(0, 100)
  const hash = createHash("sha256").update(small).digest("hex")
  const insert = database.prepare(
    "insert into entry (path, operation, size, sha256, at, sent, body) values (?, ?, 100, ?, 0, 0, ?)"
  )
  database.exec("begin")
  for (let index = 0; index < Number(count); index++) insert.run(`/folder/${index}`, operation, hash, small)
  database.exec("commit; pragma wal_checkpoint(truncate)")
  database.close()
  return { entries: Number(count) }
})

const open = Effect.gen(function* () {
  const begun = performance.now()
  const spool = yield* opened(folder)
  const { entries } = yield* spool.stats
  const millis = performance.now() - begun
  const receipt = yield* spool.put("/last", body)
  yield* spool.status(receipt)
  return { entries, millis, megabytes: (process.resourceUsage().maxRSS * 1024) / 1e6 }
})

const drain = Effect.gen(function* () {
  const { Simulator } = yield* Effect.promise(() => import("@effect-hcp/simulator"))
  const system = Simulator.layerClient({
    systems: [{ domain: "hcp1.example.com", namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }]
  })
  const all = Array.from({ length: Number(count) }, (_, index) => index)
  const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const begun = performance.now()
      const cpu = process.cpuUsage()
      return Effect.map(effect, () => {
        const { system, user } = process.cpuUsage(cpu)
        return { rate: (all.length / (performance.now() - begun)) * 1000, cpuMicros: (system + user) / all.length }
      })
    })
  return yield* Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const direct = (folder: string) =>
      timed(Effect.forEach(all, (index) => ns.put(`${folder}/${index}`, body), { concurrency: 16, discard: true }))
    yield* direct("/warm")
    const spool = yield* opened(folder)
    const drained = (folder: string) =>
      Effect.gen(function* () {
        yield* spool.pause
        yield* Effect.forEach(all, (index) => spool.put(`${folder}/${index}`, body), { concurrency: 64, discard: true })
        yield* spool.resume
        return yield* timed(spool.drain)
      })
    yield* drained("/heat")
    const rounds = yield* Effect.forEach([1, 2, 3], (round) =>
      Effect.gen(function* () {
        return { direct: yield* direct(`/direct${round}`), spool: yield* drained(`/spool${round}`) }
      })
    )
    return { rounds }
  }).pipe(Effect.provide(system))
})

const programs: ReadonlyMap<string, Effect.Effect<object, unknown, Namespace.Namespace | Scope.Scope>> = new Map<
  string,
  Effect.Effect<object, unknown, Namespace.Namespace | Scope.Scope>
>([
  ["puts", puts],
  ["fill", fill],
  ["open", open],
  ["drain", drain]
])

const program = programs.get(what) ?? Effect.fail(new Error(`what is ${what}?`))

Effect.runPromise(Effect.provide(Effect.scoped(program), nobody)).then(
  (told) => process.send?.(told, () => process.exit(0)),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
