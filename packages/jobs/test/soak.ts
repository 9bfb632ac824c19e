/**
 * The command of `npm run soak -- jobs --rounds 50 --objects 20000 --seed 7`: processes that run a job are killed, and
 * every object has to be there once. With `--cluster` it is three runners that share a PostgreSQL database; they are
 * frozen too, PostgreSQL crashes, and nodes of HCP are down.
 */
import { Console, Effect, Option, Random } from "effect"
import { Command, Flag } from "effect/cli"
import * as Cluster from "./clusterRounds.ts"
import { programs } from "./postgres.ts"
import { run } from "./rounds.ts"

const positive = (name: string, byDefault: number, text: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value > 0,
      (value) => `Expected a number above 0, got ${value}`
    ),
    Flag.withDefault(byDefault),
    Flag.withDescription(`${text} (default: ${byDefault})`)
  )

const flags = {
  rounds: positive("rounds", 50, "How many processes are killed at most"),
  objects: positive("objects", 20_000, "How many objects are copied"),
  cluster: Flag.Boolean("cluster").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Three runners over PostgreSQL; needs the one of this machine, or that of npm")
  ),
  seed: Flag.Int("seed").pipe(
    Flag.optional,
    Flag.withDescription("Decides when processes are killed (default: one that is drawn, and printed)")
  )
}

const report = (lines: ReadonlyArray<string>, breaches: ReadonlyArray<string>) =>
  Effect.andThen(
    Console.log(
      [
        ...lines,
        "",
        breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breaches.slice(0, 20).join("\n")}`
      ].join("\n")
    ),
    Effect.sync(() => {
      if (breaches.length > 0) process.exitCode = 1
    })
  )

const soakCluster = Effect.fnUntraced(function* (seed: number, objects: number) {
  if (programs === undefined)
    return yield* Console.error("There is no PostgreSQL on this machine, and npm has brought none.")
  yield* Console.error(`Seed ${seed}: three runners copy ${objects} objects.\n`)
  const { breaches, ended, seconds, summary, troubles } = yield* Cluster.run(programs, {
    ...Cluster.full,
    seed,
    objects
  })
  yield* report(
    [
      `troubles   ${Object.entries(troubles)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(", ")}`,
      `runners    ${ended.length} ended by themselves${ended.map((text) => `\n  ${text}`).join("")}`,
      `outcomes   ${summary.done} done, ${summary.skipped} found done, ${summary.failed} failed, of ${summary.total}, in ${Math.round(seconds)} s`,
      `objects    ${objects}, each compared by hash and counted in versions`
    ],
    breaches
  )
})

const soak = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof flags>) {
  const { objects, rounds } = options
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(0, 1_000_000)
  if (options.cluster) return yield* soakCluster(seed, objects)
  yield* Console.error(`Seed ${seed}: ${rounds} processes are killed while they copy ${objects} objects.\n`)
  const { breaches, kills, summary } = yield* run({ seed, objects, rounds })
  yield* report(
    [
      `killed     ${kills} processes`,
      `outcomes   ${summary.done} done, ${summary.skipped} found done, ${summary.failed} failed, of ${summary.total}`,
      `objects    ${objects}, each compared by hash and counted in versions`
    ],
    breaches
  )
})

export const command = Command.make("jobs", flags, soak).pipe(
  Command.withDescription("Kills processes that run a job, and checks that each object is there once")
)
