/**
 * The command of `npm run soak -- jobs --rounds 50 --objects 20000 --seed 7`: processes that run a job are killed, and
 * every object has to be there once.
 */
import { Console, Effect, Option, Random } from "effect"
import { Command, Flag } from "effect/cli"
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
  seed: Flag.Int("seed").pipe(
    Flag.optional,
    Flag.withDescription("Decides when processes are killed (default: one that is drawn, and printed)")
  )
}

const soak = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof flags>) {
  const { objects, rounds } = options
  const seed = Option.isSome(options.seed) ? options.seed.value : yield* Random.nextIntBetween(0, 1_000_000)
  yield* Console.error(`Seed ${seed}: ${rounds} processes are killed while they copy ${objects} objects.\n`)
  const { breaches, kills, summary } = yield* run({ seed, objects, rounds })
  yield* Console.log(
    [
      `killed     ${kills} processes`,
      `outcomes   ${summary.done} done, ${summary.skipped} found done, ${summary.failed} failed, of ${summary.total}`,
      `objects    ${objects}, each compared by hash and counted in versions`,
      "",
      breaches.length === 0 ? "No rule was broken." : `BROKEN:\n${breaches.slice(0, 20).join("\n")}`
    ].join("\n")
  )
  if (breaches.length > 0) {
    yield* Effect.sync(() => {
      process.exitCode = 1
    })
  }
})

export const command = Command.make("jobs", flags, soak).pipe(
  Command.withDescription("Kills processes that run a job, and checks that each object is there once")
)
