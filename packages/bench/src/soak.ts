/**
 * `npm run soak -- --minutes 5 --seed 7`: two systems, 64 fibers, and whatever can go wrong.
 *
 * Exits with 1 if a rule was broken: an acknowledged object lost, wrong bytes read, a call failed beside a healthy
 * node, or anything left behind; the history of what it happened to is printed. The same seed gives the same troubles
 * at the same times; without one it is drawn.
 *
 * - `npm run soak -- jobs --rounds 50 --seed 7`: processes that run a job are killed, and each object has to be there
 *   once.
 * - `npm run soak -- jobs --cluster --seed 7`: runners that share a PostgreSQL database are killed and frozen, and it
 *   crashes.
 * - `npm run soak -- spool --rounds 200 --seed 7`: processes with a spool are killed, and nothing may be lost.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as ClusterRounds from "./soak/jobs/ClusterRounds.ts"
import * as JobRounds from "./soak/jobs/JobRounds.ts"
import { findPrograms } from "./soak/jobs/postgres.ts"
import * as Plan from "./soak/Plan.ts"
import * as Report from "./soak/Report.ts"
import * as Soak from "./soak/Soak.ts"
import * as SpoolRounds from "./soak/spool/SpoolRounds.ts"

const endWithFailure = Effect.sync(() => {
  process.exitCode = 1
})

const maxMinutes = 24 * 60

const flags = {
  minutes: Flag.Finite("minutes").pipe(
    Flag.filter(
      (minutes) => minutes > 0 && minutes <= maxMinutes,
      (minutes) => `Expected up to ${maxMinutes} minutes, got ${minutes}`
    ),
    Flag.withDefault(5),
    Flag.withDescription("How long to work; looking at every object afterwards takes a while more (default: 5)")
  ),
  seed: Flag.Int("seed").pipe(
    Flag.optional,
    Flag.withDescription("Decides what goes wrong and when (default: one that is drawn, and printed)")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Prints a line of JSON on standard output; the table goes to standard error")
  )
}

const maxSeed = 1_000_000

const soak = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof flags>) {
  const { json, minutes } = options
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(0, maxSeed)
  const plan = yield* Plan.make(seed, minutes * 60_000)
  yield* Console.error(`Seed ${seed}: ${plan.episodes.length} troubles in ${minutes} min.\n`)
  const outcome = yield* Soak.run(plan)
  if (json) yield* Console.log(Report.jsonLine(outcome))
  yield* json ? Console.error(Report.table(outcome)) : Console.log(Report.table(outcome))
  if (outcome.ledger.breaches.length > 0) yield* endWithFailure
}, Effect.scoped)

const count = (name: string, byDefault: number, what: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value > 0,
      (value) => `Expected a number above 0, got ${value}`
    ),
    Flag.withDefault(byDefault),
    Flag.withDescription(`${what} (default: ${byDefault})`)
  )

/** Prints what came of killing processes; the last line has the seed, the time, and whether a rule was broken. */
const verdict = <O extends { readonly breaches: ReadonlyArray<string> }, E, R>(
  seed: number,
  run: Effect.Effect<O, E, R>,
  table: (outcome: O) => string
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    const [took, outcome] = yield* Effect.timed(run)
    const { length } = outcome.breaches
    const said = length === 0 ? "passed" : `FAILED, ${length} breaches`
    yield* Console.log(`${table(outcome)}\n\nSeed ${seed}, ${Math.round(Duration.toSeconds(took))} s: ${said}.`)
    if (length > 0) yield* endWithFailure
  })

const spoolFlags = { rounds: count("rounds", 200, "How many processes are killed"), seed: flags.seed }

const spool = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof spoolFlags>) {
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(0, maxSeed)
  yield* Console.error(`Seed ${seed}: ${options.rounds} processes are killed.\n`)
  yield* verdict(seed, SpoolRounds.run({ seed, rounds: options.rounds }), SpoolRounds.table)
})

const jobsFlags = {
  rounds: count("rounds", 50, "How many processes are killed at most"),
  objects: count("objects", 20_000, "How many objects are copied"),
  cluster: Flag.Boolean("cluster").pipe(
    Flag.withDefault(false),
    Flag.withDescription(
      "Three runners over PostgreSQL, of this machine or of npm; they are frozen too, and it crashes"
    )
  ),
  seed: flags.seed
}

const jobs = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof jobsFlags>) {
  const { objects, rounds } = options
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(0, maxSeed)
  if (options.cluster) {
    const programs = findPrograms()
    if (programs === undefined) {
      const skipped = Effect.succeed({ breaches: ["skipped"] })
      return yield* verdict(seed, skipped, () => "There is no PostgreSQL on this machine, and npm has brought none.")
    }
    yield* Console.error(`Seed ${seed}: three runners copy ${objects} objects.\n`)
    const run = ClusterRounds.run(programs, { ...ClusterRounds.full, seed, objects })
    return yield* verdict(seed, run, ClusterRounds.table)
  }
  yield* Console.error(`Seed ${seed}: ${rounds} processes are killed while they copy ${objects} objects.\n`)
  yield* verdict(seed, JobRounds.run({ seed, objects, rounds }), JobRounds.table)
})

const command = Command.make("soak", flags, soak).pipe(
  Command.withDescription("Works for minutes while everything goes wrong, and checks that nothing is lost"),
  Command.withSubcommands([
    Command.make("jobs", jobsFlags, jobs).pipe(
      Command.withDescription("Kills processes that run a job, and checks that each object is there once")
    ),
    Command.make("spool", spoolFlags, spool).pipe(
      Command.withDescription("Kills processes that have a spool, and checks that nothing is lost or stored twice")
    )
  ])
)

NodeRuntime.runMain(
  Command.run(command, { version: "0.1.0" }).pipe(
    Effect.provide(NodeServices.layer),
    // Fail-overs and refreshes that fail are what this is about.
    Effect.provideService(References.MinimumLogLevel, "Error")
  )
)
