/**
 * Processes that run one job are killed one after the other. At the end one finishes it, and every object has to be there
 * once.
 */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Context, Effect, Layer, Random, Stream } from "effect"
import * as Killed from "../../bench/src/soak/killed.ts"
import { temporaryDirectory } from "./working.ts"

export interface Plan {
  readonly seed: number
  readonly objects: number
  readonly rounds: number
}

export interface Outcome {
  readonly kills: number
  /** What the last process said of the job. */
  readonly summary: Readonly<Record<string, unknown>>
  readonly objects: number
  /** What must not be, in words. */
  readonly breaches: ReadonlyArray<string>
}

const domain = "hcp1.example.com"
const runner = fileURLToPath(new URL("runnerProcess.ts", import.meta.url))

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", versioning: true },
        { tenant: "t1", name: "n2", versioning: true }
      ]
    }
  ]
})

const environment = Effect.map(Simulator.Simulator, ({ nameServer, systems }) => {
  const of = (prefix: string, name: string) => ({
    [`${prefix}_FQDN`]: `${name}.t1.${domain}`,
    [`${prefix}_USERNAME`]: "n",
    [`${prefix}_PASSWORD`]: "n01",
    [`${prefix}_PORT`]: String(systems[0].ports.http),
    [`${prefix}_TLS`]: "false",
    [`${prefix}_NAME_SERVERS`]: nameServer
  })
  return { ...of("OLD_HCP", "n1"), ...of("NEW_HCP", "n2") }
})

/** Lets a process run until it has said so many lines, and kills it; one that comes to its end before ends by itself. */
const ran = (directory: string, most: number, env: Readonly<Record<string, string>>) =>
  Effect.map(
    Killed.run({ program: runner, args: [directory], env, isLast: (_, count) => count === most }),
    ({ lines }) => lines.filter((line) => line.startsWith("begun") || line.startsWith("over"))
  )

const carriedOut = Effect.fnUntraced(function* ({ objects, rounds }: Plan) {
  const env = yield* environment
  const directory = path.join(yield* temporaryDirectory, "jobs")
  const open = (prefix: string) =>
    Effect.map(
      Layer.build(
        Layer.provide(Namespace.layerConfig({ prefix }), ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      ),
      (built) => Context.get(built, Namespace.Namespace)
    )
  const [from, to] = [yield* open("OLD_HCP"), yield* open("NEW_HCP")]
  const paths = Array.from({ length: objects }, (_, index) => `/killed/${index % 7}/${index}`)
  yield* Effect.forEach(paths, (at, index) => from.put(at, `object ${index}`), { concurrency: 24, discard: true })

  const breaches: Array<string> = []
  let kills = 0
  let settled = 0
  let over: string | undefined
  while (over === undefined) {
    // Two lines for each object: most rounds end in the middle of one.
    const most = kills < rounds ? yield* Random.nextIntBetween(2, Math.ceil((3.5 * objects) / rounds)) : -1
    const said = yield* ran(directory, most, env)
    const before = Number(said.find((line) => line.startsWith("begun"))?.slice("begun ".length) ?? settled)
    if (before < settled) breaches.push(`${settled} objects had an outcome, and then ${before}`)
    settled = before
    over = said.find((line) => line.startsWith("over"))
    if (over === undefined) kills++
  }
  const summary: Readonly<Record<string, unknown>> = JSON.parse(over.slice("over ".length))
  const sum = Number(summary.done) + Number(summary.skipped)
  if (summary.state !== "finished" || summary.total !== objects || sum !== objects || summary.failed !== 0) {
    breaches.push(`the counts are wrong: ${over}`)
  }
  yield* Effect.forEach(
    paths,
    Effect.fnUntraced(function* (at) {
      const [versions, one, other] = yield* Effect.all([Stream.runCollect(to.versions(at)), from.head(at), to.head(at)])
      if (versions.length !== 1) breaches.push(`${at} has ${versions.length} versions`)
      if (one.hash?.hex !== other.hash?.hex) breaches.push(`${at} has other bytes`)
    }),
    { concurrency: 24, discard: true }
  )
  const found = yield* Stream.runCount(Stream.filter(to.walk("/"), ({ _tag }) => _tag === "Object"))
  if (found !== objects) breaches.push(`${found} objects were copied, and ${objects} there are`)
  const outcome: Outcome = { kills, summary, objects, breaches }
  return outcome
})

/** Kills as many processes as the plan says, at most. The same seed kills after the same number of steps. */
export const run = (plan: Plan) =>
  carriedOut(plan).pipe(Effect.scoped, Random.withSeed(plan.seed), Effect.provide(System))
