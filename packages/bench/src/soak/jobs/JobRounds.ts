/**
 * Processes that run one job are killed one after the other. At the end one finishes it, and every object has to be
 * there once.
 */
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Killed from "../killed.ts"
import { temporary } from "../temporary.ts"
import { makeNamespaces, System } from "./copied.ts"

/** What to do. */
export interface Plan {
  readonly seed: number
  readonly objects: number
  readonly rounds: number
}

/** What came of it. */
export interface Outcome {
  readonly kills: number
  /** What the last process said of the job. */
  readonly summary: Readonly<Record<string, unknown>>
  readonly objects: number
  /** What must not be, in words. */
  readonly breaches: ReadonlyArray<string>
}

const runner = fileURLToPath(new URL("runnerProcess.ts", import.meta.url))

/**
 * Lets a process run until it has said so many lines, and kills it; one that comes to its end before ends by itself.
 */
const ran = (directory: string, most: number, env: Readonly<Record<string, string>>) =>
  Effect.map(
    Killed.run({ program: runner, args: [directory], env, isLast: (_, count) => count === most }),
    ({ lines }) => lines.filter((line) => line.startsWith("begun") || line.startsWith("over"))
  )

const carriedOut = Effect.fnUntraced(function* ({ objects, rounds }: Plan) {
  const namespaces = yield* makeNamespaces(objects)
  const { env } = namespaces
  const directory = Path.join(yield* temporary("soak-jobs-"), "jobs")
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

/** What came of it, for people. */
export const table = ({ breaches, kills, objects, summary }: Outcome): string =>
  [
    `killed     ${kills} processes`,
    `outcomes   ${summary.done} done, ${summary.skipped} found done, ${summary.failed} failed, of ${summary.total}`,
    `objects    ${objects}, each compared by hash and counted in versions`,
    "",
    breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breaches.slice(0, 20).join("\n")}`
  ].join("\n")
