/**
 * Processes that write into a spool, or bring what is in it to HCP, are killed one after the other. At the end one
 * brings the rest, and HCP has to have what was accepted: each write once, whole, those of a path in their order.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { Hcp, type HcpError, Namespace } from "@effect-hcp/sdk"
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import { Spool, type SpoolError } from "@effect-hcp/spool"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BenchError } from "../../benchError.ts"
import * as Killed from "../killed.ts"
import { temporary } from "../temporary.ts"
import { lineOf, ofLine, type Work, type Write, writeOf } from "./write.ts"

const domain = "hcp1.example.com"
const writer = fileURLToPath(new URL("./writerProcess.ts", import.meta.url))

/** What to do. */
export interface Plan {
  readonly seed: number
  readonly rounds: number
}

/** What came of it. */
export interface Outcome {
  readonly kills: Readonly<Record<Work, number>>
  /** Writes that were accepted, and versions that HCP has. */
  readonly accepted: number
  readonly versions: number
  /** What must not be, in words. */
  readonly breaches: ReadonlyArray<string>
}

type Environment = Readonly<Record<string, string>>

const System = Simulator.layer({
  systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", versioning: true }] }]
})

const environment: Effect.Effect<Environment, never, Simulator.Simulator> = Effect.map(
  Simulator.Simulator,
  ({ nameServer, systems }) => ({
    HCP_FQDN: `n1.t1.${domain}`,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01",
    HCP_PORT: String(systems[0].ports.http),
    HCP_TLS: "false",
    HCP_NAME_SERVERS: nameServer
  })
)

/** Lets a process work until it has said so many lines, and kills it. Gives what it said. */
const killed = (
  directory: string,
  round: number,
  work: Work,
  lines: number,
  env: Environment
): Effect.Effect<ReadonlyArray<string>, BenchError> =>
  Effect.flatMap(
    Killed.run({
      program: writer,
      args: [directory, String(round), work],
      env,
      isLast: (line, count) => count === lines || line === "empty"
    }),
    (said) =>
      said.isKilled
        ? Effect.succeed(said.lines)
        : Effect.fail(new BenchError({ what: `a process ended by itself in round ${round}` }))
  )

const isBefore = (a: Write, b: Write): boolean => a.round < b.round || (a.round === b.round && a.number < b.number)

/** What is wrong at one path. */
const judged = Effect.fnUntraced(function* (
  path: string,
  accepted: ReadonlyArray<Write>
): Effect.fn.Return<
  { readonly versions: number; readonly breaches: ReadonlyArray<string> },
  HcpError.HcpError,
  Namespace.Namespace
> {
  const ns = yield* Namespace.Namespace
  const listed = yield* Stream.runCollect(ns.versions(path))
  const ids = listed.map(({ versionId }) => versionId ?? "").sort((a, b) => Number(a) - Number(b))
  // Each is read whole, and compared with its hash on the way.
  const found = yield* Effect.forEach(
    ids,
    (versionId) => Effect.map(ns.get(path, { versionId }), ({ text }) => writeOf(path, text)),
    { concurrency: 16 }
  )
  const breaches: Array<string> = []
  const seen = new Set<string>()
  let last: Write | undefined
  for (const write of found) {
    if (write === undefined) breaches.push(`${path} has a version that nobody wrote`)
    else {
      const line = lineOf(write)
      if (seen.has(line)) breaches.push(`${line} is there twice`)
      else if (last !== undefined && isBefore(write, last)) breaches.push(`${line} comes behind ${lineOf(last)}`)
      seen.add(line)
      last = write
    }
  }
  for (const write of accepted) {
    if (!seen.has(lineOf(write))) breaches.push(`${lineOf(write)} was accepted, and HCP does not have it`)
  }
  return { versions: found.length, breaches }
})

/** What is left in a spool that has brought everything to HCP. */
const leftIn = (directory: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const spool = yield* Spool.make({ directory, minFreeBytes: 0 })
      yield* spool.drain
      const { bytes, entries } = yield* spool.stats
      const files = Fs.readdirSync(Path.join(directory, "bodies"))
      return [
        ...(entries + bytes === 0 ? [] : [`${entries} entries with ${bytes} bytes are left in the spool`]),
        ...(files.length === 0 ? [] : [`${files.length} bodies of no entry are left`])
      ]
    })
  )

const carriedOut = Effect.fnUntraced(function* ({
  rounds
}: Plan): Effect.fn.Return<
  Outcome,
  BenchError | HcpError.HcpError | Config.ConfigError | SpoolError.SpoolInUse | SpoolError.SpoolUnusable,
  Simulator.Simulator | Scope.Scope
> {
  const env = yield* environment
  const directory = Path.join(yield* temporary("soak-spool-"), "spool")
  const accepted: Array<Write> = []
  const kills = { write: 0, fill: 0, drain: 0 }
  for (let round = 1; round <= rounds; round++) {
    const drawn = yield* Random.next
    const work: Work = round === 1 || drawn < 0.4 ? "write" : drawn < 0.65 ? "fill" : "drain"
    const lines = yield* Random.nextIntBetween(1, work === "drain" ? 60 : 90)
    const said = yield* killed(directory, round, work, lines, env)
    if (work !== "drain") accepted.push(...said.map(ofLine))
    kills[work]++
  }
  const client = Layer.provideMerge(Namespace.layer, Hcp.layerConfig()).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
  return yield* Effect.gen(function* () {
    const left = yield* leftIn(directory)
    const paths = Array.from(new Set(accepted.map(({ path }) => path)))
    const all = yield* Effect.forEach(paths, (path) =>
      judged(
        path,
        accepted.filter((write) => write.path === path)
      )
    )
    return {
      kills,
      accepted: accepted.length,
      versions: all.reduce((sum, { versions }) => sum + versions, 0),
      breaches: [...left, ...all.flatMap(({ breaches }) => breaches)]
    }
  }).pipe(Effect.provide(client))
})

/** Kills as many processes as the plan says. The same seed kills after the same number of writes. */
export const run = (
  plan: Plan
): Effect.Effect<
  Outcome,
  | BenchError
  | HcpError.HcpError
  | Config.ConfigError
  | SpoolError.SpoolInUse
  | SpoolError.SpoolUnusable
  | SimulatorError.SimulatorError
> => carriedOut(plan).pipe(Effect.scoped, Random.withSeed(plan.seed), Effect.provide(System))

/** The outcome as text. */
export const table = ({ accepted, breaches, kills, versions }: Outcome): string => {
  const { drain, fill, write } = kills
  return [
    `killed     ${write} while they wrote and were drained, ${fill} while they wrote, ${drain} while they were drained`,
    `accepted   ${accepted} writes, of which somebody learned`,
    `versions   ${versions} at HCP, each read and compared`,
    "",
    breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breaches.join("\n")}`
  ].join("\n")
}
