/**
 * The command `bench`: chooses suites, runs one after the other, prints what they found, and keeps what a whole run
 * found.
 */
import * as Os from "node:os"
import { fileURLToPath } from "node:url"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"
import { isMissed, jsonLine, tally } from "./figure.ts"
import * as PeersFolder from "./peersFolder.ts"
import * as Results from "./results.ts"
import { type Plan, Report, type Suite } from "./suite.ts"
import { guards, suites } from "./suites.ts"
import * as Table from "./table.ts"

const maxRounds = 50

const all = [...suites, ...guards]

const flags = {
  suites: Argument.Literals(
    "suite",
    all.map(({ name }) => name)
  ).pipe(
    Argument.variadic(),
    Argument.withDescription(
      `What to measure (default: everything). ${all.map(({ about, name }) => `${name}: ${about}`).join("; ")}`
    )
  ),
  quick: Flag.Boolean("quick").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Short slices and less of everything, for a first impression")
  ),
  rounds: Flag.Int("rounds").pipe(
    Flag.filter(
      (rounds) => rounds >= 1 && rounds <= maxRounds,
      (rounds) => `Expected 1 to ${maxRounds} rounds, got ${rounds}`
    ),
    Flag.withDefault(5),
    Flag.withDescription("How many slices each client gets; the figures are medians (default: 5)")
  ),
  save: Flag.Boolean("save").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Writes packages/bench/results, which otherwise only a whole and not quick run does")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Prints a line of JSON per figure on standard output, and everything else on standard error")
  )
}

/** Figures mean little without the machine they are of. */
const machine = (): string => {
  const cpus = Os.cpus()
  const load = Os.loadavg()[0] ?? 0
  const cores = `${cpus.length} cores (${cpus[0]?.model.trim()})`
  return `Node ${process.versions.node}, ${Os.platform()} ${Os.arch()}, ${cores}, load ${load.toFixed(2)}`
}

const suiteProcess = new URL("./suiteProcess.ts", import.meta.url)

const exitWithFailure = Effect.sync(() => {
  process.exitCode = 1
})

/** Without a registry there is less to compare with, but no reason to stop. */
const installPeers = Effect.gen(function* () {
  if (yield* PeersFolder.isInstalled) return
  yield* Console.error("Installing the peers, once...")
  yield* PeersFolder.install.pipe(
    Effect.catch((error) => Console.error(`The peers are skipped, as they cannot be installed: ${error.message}`))
  )
})

/** Runs a suite and tells what it found; fails if it could not be measured. */
const measure = Effect.fnUntraced(function* (
  suite: Suite,
  plan: Plan,
  print: (text: string) => Effect.Effect<void>
): Effect.fn.Return<Results.Result, BenchError> {
  const on = machine()
  yield* Console.error(`${suite.name}: ${suite.about}; about ${Math.ceil(suite.seconds(plan))} s`)
  const report = yield* ChildProcess.ask(suiteProcess, [suite.name, JSON.stringify(plan)], Report)
  for (const table of [...report.tables, ...Results.targetsTable(report.figures)]) {
    yield* print(`\n${Table.toText(table)}`)
  }
  for (const note of report.notes) yield* print(`\n${note}.`)
  yield* print("")
  return { suite, report, machine: on }
})

const bench = Effect.fnUntraced(function* (options: Command.Command.Config.Infer<typeof flags>) {
  const { json, quick, rounds, save } = options
  const plan: Plan = { quick, rounds }
  const isWhole = options.suites.length === 0
  const chosen = isWhole ? suites : all.filter(({ name }) => options.suites.includes(name))
  const print = json ? Console.error : Console.log
  yield* Console.error(`${machine()}\n`)
  if (chosen.some((suite) => suite.needsPeers === true)) yield* installPeers
  const results: Array<Results.Result> = []
  for (const suite of chosen) {
    const result = yield* Effect.result(measure(suite, plan, print))
    if (Result.isSuccess(result)) {
      results.push(result.success)
      if (json) for (const figure of result.success.report.figures) yield* Console.log(jsonLine(figure))
    } else {
      yield* Console.error(`${suite.name} could not be measured: ${result.failure.message}\n`)
      yield* exitWithFailure
    }
  }
  if (save || (isWhole && !quick)) yield* Results.write(results, fileURLToPath(Results.folder))
  const figures = results.flatMap(({ report }) => report.figures)
  const missed = figures.filter(isMissed)
  for (const { case: which, metric, suite, target, value } of missed) {
    yield* print(`missed: ${suite}, ${which}: ${metric} ${value}, target ${target}`)
  }
  if (missed.some((figure) => guards.some(({ name }) => name === figure.suite))) yield* exitWithFailure
  yield* print(`targets met: ${tally(figures)}`)
})

/** The command, as `npm run bench` runs it. */
export const command = Command.make("bench", flags, bench).pipe(
  Command.withDescription("Measures the SDK beside raw undici and its peers, and holds it against its targets")
)
