/**
 * `npm run bench`: what the SDK costs above raw undici, the memory that large objects take, and how fast a large directory is listed,
 * measured on this machine.
 */
import * as Os from "node:os"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Figure, Plan } from "./measure.ts"
import * as Responder from "./responderProcess.ts"
import * as Listing from "./suites/listing.ts"
import * as Memory from "./suites/memory.ts"
import * as Small from "./suites/small.ts"
import { jsonLine, table } from "./table.ts"

const maxRounds = 50

const flags = {
  suite: Argument.Literals("suite", ["small", "memory", "listing"]).pipe(
    Argument.withDefault("small"),
    Argument.withDescription(
      "small: 1 KiB objects beside undici (the default); memory: the peak of large transfers; listing: a directory of 100,000 entries"
    )
  ),
  quick: Flag.Boolean("quick").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Short slices: a first impression in about 10 seconds")
  ),
  rounds: Flag.Int("rounds").pipe(
    Flag.filter(
      (rounds) => rounds >= 1 && rounds <= maxRounds,
      (rounds) => `Expected 1 to ${maxRounds} rounds, got ${rounds}`
    ),
    Flag.withDefault(5),
    Flag.withDescription("How many slices each client gets; the figures are medians (default: 5)")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Prints a line of JSON per figure on standard output; the table goes to standard error")
  )
}

const planOf = (quick: boolean, rounds: number): Plan =>
  quick ? { heat: 500, warmUp: 80, slice: 70, rounds } : { heat: 1000, warmUp: 300, slice: 400, rounds }

/** Figures mean little without the machine they are of. */
const machine = (): string => {
  const cpus = Os.cpus()
  const load = Os.loadavg()[0] ?? 0
  return `Node ${process.versions.node}, ${Os.platform()} ${Os.arch()}, ${cpus.length} cores (${cpus[0]?.model}), load ${load.toFixed(2)}`
}

const small = Effect.fnUntraced(function* (plan: Plan, json: boolean) {
  const seconds = Small.millis(plan) / 1000
  yield* Console.error(
    `${machine()}\n1 KiB objects on loopback, ${plan.rounds} rounds; this takes ${seconds.toFixed(0)} s.\n`
  )
  const port = yield* Responder.start
  const figures = yield* Small.run(port, plan).pipe(
    Stream.tap((figure: Figure) => (json ? Console.log(jsonLine(figure)) : Effect.void)),
    Stream.runCollect
  )
  yield* json ? Console.error(table(figures)) : Console.log(table(figures))
}, Effect.scoped)

const exitWithFailure = Effect.sync(() => {
  process.exitCode = 1
})

const memory = Effect.fnUntraced(function* (json: boolean) {
  yield* Console.error(`${machine()}\n1 and 5 GiB up and down against a slow peer; this takes about a minute.\n`)
  const port = yield* Responder.startStreamer
  const figures = yield* Memory.run(port).pipe(
    Stream.tap((figure) => Console.log(json ? Memory.jsonLine(figure) : Memory.line(figure))),
    Stream.runCollect
  )
  if (!figures.every(Memory.isWithin)) yield* exitWithFailure
}, Effect.scoped)

const listing = Effect.fnUntraced(function* (rounds: number, json: boolean) {
  yield* Console.error(`${machine()}\nA directory of 100,000 entries, ${rounds} times; this takes some seconds.\n`)
  const port = yield* Responder.startLister
  const figure = yield* Listing.run(port, rounds)
  yield* Console.log(json ? Listing.jsonLine(figure) : Listing.line(figure))
  if (!Listing.isWithin(figure)) yield* exitWithFailure
}, Effect.scoped)

const bench = ({ json, quick, rounds, suite }: Command.Command.Config.Infer<typeof flags>) =>
  suite === "small"
    ? small(planOf(quick, rounds), json)
    : suite === "memory"
      ? memory(json)
      : listing(quick ? 1 : rounds, json)

const command = Command.make("bench", flags, bench).pipe(
  Command.withDescription("Measures the SDK beside raw undici, the memory of large objects, or a large listing")
)

NodeRuntime.runMain(Command.run(command, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer)))
