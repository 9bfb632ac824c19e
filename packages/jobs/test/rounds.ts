/**
 * Processes that run one job are killed one after the other. At the end one finishes it, and every object has to be there
 * once.
 */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Random } from "effect"
import * as Killed from "../../bench/src/soak/killed.ts"
import { makeNamespaces, System } from "./copied.ts"
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

const runner = fileURLToPath(new URL("runnerProcess.ts", import.meta.url))

/** Lets a process run until it has said so many lines, and kills it; one that comes to its end before ends by itself. */
const ran = (directory: string, most: number, env: Readonly<Record<string, string>>) =>
  Effect.map(
    Killed.run({ program: runner, args: [directory], env, isLast: (_, count) => count === most }),
    ({ lines }) => lines.filter((line) => line.startsWith("begun") || line.startsWith("over"))
  )

const carriedOut = Effect.fnUntraced(function* ({ objects, rounds }: Plan) {
  const namespaces = yield* makeNamespaces(objects)
  const { env } = namespaces
  const directory = path.join(yield* temporaryDirectory, "jobs")
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
  breaches.push(...(yield* namespaces.breaches))
  const outcome: Outcome = { kills, summary, objects, breaches }
  return outcome
})

/** Kills as many processes as the plan says, at most. The same seed kills after the same number of steps. */
export const run = (plan: Plan) =>
  carriedOut(plan).pipe(Effect.scoped, Random.withSeed(plan.seed), Effect.provide(System))
