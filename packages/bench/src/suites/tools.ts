/**
 * The commands: how long whole processes of `hcp` and `hcp-simulator` take, beside an empty program of Node and the
 * import of the client. They are started many times a day, and what they do takes less than their start.
 *
 * What runs is the compiled packages, as a user installs them. The first start fills the cache of what Node compiles.
 */
import { fileURLToPath } from "node:url"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type BenchError, toBenchError } from "../benchError.ts"
import * as Compiled from "../compiled.ts"
import { atMost, plain } from "../figure.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import * as TimedCommand from "../timedCommand.ts"

const suite = "tools"

/** A process, and what it may take at most. */
interface Program {
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly target?: { readonly of: keyof TimedCommand.Took; readonly seconds: number } | undefined
}

const packages = new URL("../../../", import.meta.url)
const pathOf = (file: string): string => fileURLToPath(new URL(file, packages))
const hcp = pathOf("cli/bin/hcp.js")

const programs: ReadonlyArray<Program> = [
  { name: "node -e 0", args: ["-e", "0"] },
  {
    name: "import of Hcp and HcpClient",
    // A file of the package that has them beside it, as a program of a user has.
    args: [
      "--input-type=module",
      "-e",
      `await import(${JSON.stringify(pathOf("sdk/dist/Hcp.js"))}); ` +
        `await import(${JSON.stringify(pathOf("sdk/dist/HcpClient.js"))})`
    ]
  },
  { name: "hcp --version", args: [hcp, "--version"], target: { of: "wall", seconds: 0.2 } },
  { name: "hcp --help", args: [hcp, "--help"] },
  { name: "hcp stat", args: [hcp, "stat", "/a.txt"], target: { of: "wall", seconds: 0.4 } },
  {
    name: "hcp-simulator --help",
    args: [pathOf("simulator/bin/hcp-simulator.js"), "--help"],
    target: { of: "cpu", seconds: 0.25 }
  }
]

const timesOf = ({ quick, rounds }: Plan): number => (quick ? 5 : 2 * rounds + 5)

const took = Effect.fnUntraced(function* (
  times: number
): Effect.fn.Return<ReadonlyMap<Program, TimedCommand.Took>, BenchError, Scope.Scope> {
  const { nameServer, systems } = yield* Effect.mapError(
    Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: 4 }] }),
    toBenchError
  )
  const variables = Object.entries({
    HCP_FQDN: "n1.t1.hcp1.example.com",
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01",
    HCP_PORT: String(systems[0].ports.http),
    HCP_TLS: "false",
    HCP_NAME_SERVERS: nameServer
  }).map(([name, value]) => `${name}=${value}`)
  const run = (args: ReadonlyArray<string>) => TimedCommand.run("env", [...variables, process.execPath, ...args])
  yield* run([hcp, "cp", `file:${pathOf("cli/package.json")}`, "/a.txt", "-q"])
  const turns = programs.map((program) => ({ program, all: [] as Array<TimedCommand.Took> }))
  for (const { program } of turns) yield* run(program.args)
  for (let time = 0; time < times; time++) {
    for (const { all, program } of time % 2 === 0 ? turns : [...turns].reverse()) all.push(yield* run(program.args))
  }
  return new Map(
    turns.map(({ all, program }) => [
      program,
      { wall: median(all.map(({ wall }) => wall)), cpu: median(all.map(({ cpu }) => cpu)) }
    ])
  )
})

const reportOf = (measured: ReadonlyMap<Program, TimedCommand.Took>): Report => {
  const all = Array.from(measured)
  return {
    figures: all.flatMap(([{ name, target }, each]) =>
      (["wall", "cpu"] as const).map((of) => {
        const subject = { suite, case: name, metric: of === "wall" ? "seconds" : "CPU seconds" }
        return target?.of === of ? atMost(subject, each[of], target.seconds) : plain(subject, each[of])
      })
    ),
    tables: [
      {
        title: "Whole processes, milliseconds",
        columns: ["", "from start to end", "CPU time"],
        rows: all.map(([{ name }, { cpu, wall }]) => [name, (wall * 1000).toFixed(0), (cpu * 1000).toFixed(0)])
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link Program} */
export const tools: Suite = {
  name: suite,
  about: "the commands `hcp` and `hcp-simulator` as whole processes, beside an empty program",
  seconds: (plan) => (timesOf(plan) + 2) * programs.length * 0.3 + 25,
  run: (plan) => Effect.andThen(Compiled.all, Effect.map(took(timesOf(plan)), reportOf))
}
