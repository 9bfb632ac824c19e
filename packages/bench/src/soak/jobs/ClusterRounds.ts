/**
 * Runners copy objects while they are killed and frozen, while PostgreSQL crashes, and while nodes of HCP are down. The
 * job has to come to its end by itself, with each object once.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type * as JobProgress from "@effect-hcp/jobs/JobProgress"
import * as Jobs from "@effect-hcp/jobs/Jobs"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { makeNamespaces, root, System } from "./copied.ts"
import { client, freePort, makePostgres } from "./postgres.ts"

export interface Plan {
  readonly seed: number
  readonly objects: number
  /** Objects a second, so that the job lasts until there was trouble. */
  readonly rate: number
  /** How long a runner is frozen, and after how long that costs it its shards. In seconds. */
  readonly frozen: number
  readonly expires: number
  /** Seconds between troubles, about. */
  readonly pause: number
  /** How many troubles there are at most. */
  readonly most: number
}

export interface Outcome {
  readonly troubles: Readonly<Record<Trouble, number>>
  /** How many runners have ended by themselves, and with which codes. */
  readonly ended: ReadonlyArray<string>
  readonly seconds: number
  readonly summary: JobProgress.Summary
  /** What must not be, in words. */
  readonly breaches: ReadonlyArray<string>
}

const kinds = ["kill", "freeze", "database", "node"] as const

type Trouble = (typeof kinds)[number]

interface Step {
  readonly trouble: Trouble
  readonly runner: number
  readonly node: number
  readonly pause: number
}

const runners = 3

/** Far longer than a frozen runner or a crashed database holds up all others. */
const patienceMillis = 10 * 60_000

/** How often the progress is told. */
const tellMillis = 30_000

const program = fileURLToPath(new URL("clusterRunnerProcess.ts", import.meta.url))

/** All kinds first, then whatever comes. */
const makeSteps = ({ most, pause }: Plan) =>
  Effect.gen(function* () {
    const first = yield* Random.shuffle(kinds)
    return yield* Effect.forEach(
      Array.from({ length: most }, (_, index) => index),
      (index) =>
        Effect.gen(function* () {
          const drawn = kinds[yield* Random.nextIntBetween(0, kinds.length - 1)]
          const step: Step = {
            trouble: first[index] ?? drawn ?? "kill",
            runner: yield* Random.nextIntBetween(0, runners - 1),
            node: yield* Random.nextIntBetween(1, 2),
            pause: yield* Random.nextIntBetween(pause * 500, pause * 1_500)
          }
          return step
        })
    )
  })

/** Keeps a runner alive, as a supervisor does, until the scope closes. */
const supervised = Effect.fnUntraced(function* (env: Readonly<Record<string, string>>, args: ReadonlyArray<string>) {
  const ended: Array<string> = []
  let child: ChildProcess | undefined
  let isClosing = false
  const start = () => {
    child = spawn(process.execPath, ["--conditions=@effect-hcp/source", program, ...args], {
      env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env },
      stdio: "pipe"
    })
    let complaints = ""
    for (const output of [child.stdout, child.stderr]) {
      output?.on("data", (text) => {
        complaints = (complaints + String(text)).slice(-2_000)
      })
    }
    child.once("exit", (code, signal) => {
      if (isClosing) return
      if (signal !== "SIGKILL") ended.push(`${code ?? signal}: ${complaints}`)
      start()
    })
  }
  yield* Effect.acquireRelease(Effect.sync(start), () =>
    Effect.sync(() => {
      isClosing = true
      child?.kill("SIGKILL")
    })
  )
  const signal = (name: "SIGKILL" | "SIGSTOP" | "SIGCONT") => Effect.sync(() => void child?.kill(name))
  return { ended, signal }
})

const carriedOut = Effect.fnUntraced(function* (bin: string, plan: Plan) {
  const { faults } = yield* Simulator.Simulator
  const postgres = yield* makePostgres(bin)
  const url = yield* postgres.makeDatabase
  const { breaches: compared, env } = yield* makeNamespaces(plan.objects)
  const members = yield* Effect.forEach(Array.from({ length: runners }), () =>
    Effect.flatMap(freePort, (port) => supervised({ ...env, JOBS_DATABASE: url }, [String(port), String(plan.expires)]))
  )
  const jobs = yield* Effect.provide(Jobs.makeCluster({}), yield* Layer.build(client(url)))
  const begun = yield* Clock.currentTimeMillis
  const id = yield* jobs.submit({
    source: { _tag: "Walk", namespace: "old", path: root },
    action: { _tag: "Copy", to: { namespace: "new", path: root } },
    options: { manifestSize: 100, rate: plan.rate }
  })

  const breaches: Array<string> = []
  let settled = 0
  let changedAt = begun
  let toldAt = begun
  /** Ends when no object has got an outcome for so long that none will. */
  const stuck = Effect.gen(function* () {
    while (true) {
      const { summary } = yield* jobs.show(id)
      const now = summary.done + summary.skipped + summary.failed
      const at = yield* Clock.currentTimeMillis
      if (now !== settled) changedAt = at
      if (at - changedAt > patienceMillis) {
        breaches.push(`no object has got an outcome for ${patienceMillis / 60_000} minutes`)
        return summary
      }
      if (at - toldAt > tellMillis) {
        toldAt = at
        yield* Console.error(`${Math.round((at - begun) / 1_000)} s: ${now} of ${summary.total}`)
      }
      if (now < settled) breaches.push(`${settled} objects had an outcome, and then ${now}`)
      if (now > summary.total) breaches.push(`${now} objects have an outcome, of ${summary.total}`)
      settled = now
      yield* Effect.sleep(200)
    }
  })

  const troubles: Record<Trouble, number> = { kill: 0, freeze: 0, database: 0, node: 0 }
  const happens = ({ node, runner, trouble }: Step) =>
    Effect.gen(function* () {
      troubles[trouble]++
      const member = members[runner]
      switch (trouble) {
        case "kill":
          return yield* member?.signal("SIGKILL") ?? Effect.void
        case "freeze": {
          if (member === undefined) return
          yield* member.signal("SIGSTOP")
          return yield* Effect.forkScoped(Effect.andThen(Effect.sleep(plan.frozen * 1_000), member.signal("SIGCONT")))
        }
        case "database":
          return yield* postgres.restart(1_000)
        case "node":
          return yield* Effect.scoped(
            Effect.andThen(faults.during({ fault: "refuse", node, system: "hcp1.example.com" }), Effect.sleep(2_000))
          )
      }
    })
  const steps = yield* makeSteps(plan)
  const trouble = Effect.gen(function* () {
    // Until the first objects are done.
    while (settled === 0) yield* Effect.sleep(100)
    yield* Effect.forEach(steps, (step) => Effect.andThen(happens(step), Effect.sleep(step.pause)), { discard: true })
  })
  const summary = yield* Effect.raceFirst(
    Effect.raceFirst(jobs.await(id), stuck),
    Effect.andThen(trouble, Effect.never)
  )
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1_000
  // Those that are frozen go on, and must not do anything any more that counts.
  yield* Effect.forEach(members, ({ signal }) => signal("SIGCONT"))
  yield* Effect.sleep("3 seconds")

  const sum = summary.done + summary.skipped
  if (summary.state !== "finished" || summary.total !== plan.objects || sum !== plan.objects || summary.failed !== 0) {
    breaches.push(`the counts are wrong: ${JSON.stringify(summary)}`)
    yield* Stream.runForEach(Stream.take(jobs.failures(id), 5), ({ message }) =>
      Effect.sync(() => void breaches.push(`failed: ${message}`))
    )
  }
  breaches.push(...(yield* compared))
  const outcome: Outcome = { troubles, ended: members.flatMap(({ ended }) => ended), seconds, summary, breaches }
  return outcome
})

/** One that ends within a minute. */
export const short = { objects: 800, rate: 60, frozen: 6, expires: 4, pause: 2, most: 5 }

/** As long as runners are frozen in earnest. */
export const full = { objects: 20_000, rate: 100, frozen: 60, expires: 35, pause: 12, most: 1_000 }

/** The same seed brings the same troubles in the same order. */
export const run = (bin: string, plan: Plan) =>
  carriedOut(bin, plan).pipe(Effect.scoped, Random.withSeed(plan.seed), Effect.provide(System))

/** What came of it, for people. */
export const table = ({ breaches, ended, seconds, summary, troubles }: Outcome): string =>
  [
    `troubles   ${kinds.map((kind) => `${kind} ${troubles[kind]}`).join(", ")}`,
    `runners    ${ended.length} ended by themselves${ended.map((text) => `\n  ${text}`).join("")}`,
    `outcomes   ${summary.done} done, ${summary.skipped} found done, ${summary.failed} failed, of ${summary.total}`,
    `took       ${Math.round(seconds)} s`,
    "",
    breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breaches.slice(0, 20).join("\n")}`
  ].join("\n")
