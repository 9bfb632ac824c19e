/**
 * The start of a program: how long it takes to import the client in a fresh process, beside the package it stands on,
 * and to have the first answer. What connects is loaded with the first connection: only the answer shows it.
 *
 * What is imported is the compiled package, as a user installs it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type BenchError, toBenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import { fqdn, password, path, username } from "../clients/verbs.ts"
import * as Compiled from "../compiled.ts"
import { atMost, plain } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "start"

/** In milliseconds, beyond what `effect/Effect` takes. */
const target = 110

/** What a fresh process does before it looks at the time. */
interface Program {
  readonly name: string
  readonly modules: ReadonlyArray<string>
  /** Statements that run then. Defaults to none. */
  readonly program?: ((port: number) => string) | undefined
}

const bare: Program = { name: "bare Node", modules: [] }
const base: Program = { name: "effect/Effect", modules: ["effect/Effect"] }
const clients: ReadonlyArray<Program> = [
  { name: "Hcp and HcpClient", modules: ["@effect-hcp/sdk/Hcp", "@effect-hcp/sdk/HcpClient"] },
  { name: "@effect-hcp/sdk", modules: ["@effect-hcp/sdk"] }
]
const withUndici: Program = { name: "effect/Effect and undici", modules: ["effect/Effect", "undici"] }
const firstAnswer: Program = {
  name: "Hcp and HcpClient, first answer",
  modules: ["@effect-hcp/sdk/Hcp", "@effect-hcp/sdk/HcpClient", "effect/Effect"],
  program: (port) => `
    const [Hcp, { HcpClient }, Effect] = modules
    const options = ${JSON.stringify({ fqdn, port, tls: false, addresses: ["127.0.0.1"], credentials: { username, password } })}
    const call = Effect.flatMap(HcpClient, (client) => client.get(${JSON.stringify(path)}))
    await Effect.runPromise(Effect.provide(call, Hcp.layer(options)))`
}

const programs: ReadonlyArray<Program> = [bare, base, ...clients, withUndici, firstAnswer]

const here = new URL("../../", import.meta.url)

const look = `const millis = performance.now();const { user, system } = process.cpuUsage();
  process.stdout.write(JSON.stringify({ millis, cpuMillis: (user + system) / 1000 }))`

/** What it took from the start of the process until everything was done, in milliseconds. */
const Took = Schema.Struct({ millis: Schema.Finite, cpuMillis: Schema.Finite })

const once = ({ modules, program }: Program, port: number): Effect.Effect<typeof Took.Type, BenchError> => {
  const imports = modules.map((module) => `modules.push(await import("${module}"));`).join("")
  const text = `const modules = [];${imports}${program?.(port) ?? ""};${look}`
  return Effect.flatMap(
    ChildProcess.command(process.execPath, ["--input-type=module", "--eval", text], {
      folder: here,
      environment: { ...process.env, NODE_OPTIONS: "" }
    }),
    (text) => Effect.mapError(Schema.decodeEffect(Schema.fromJsonString(Took))(text), toBenchError)
  )
}

const timesOf = ({ quick, rounds }: Plan): number => (quick ? 5 : 2 * rounds + 5)

/** What each of {@link programs} takes. */
type Measured = ReadonlyMap<Program, typeof Took.Type>

const measure = Effect.fnUntraced(function* (times: number): Effect.fn.Return<Measured, BenchError, Scope.Scope> {
  const port = yield* Responder.start
  const turns = programs.map((program) => ({ program, all: [] as Array<typeof Took.Type> }))
  // The first time the files come from the disk.
  for (const { program } of turns) yield* once(program, port)
  for (let time = 0; time < times; time++) {
    for (const { all, program } of time % 2 === 0 ? turns : [...turns].reverse()) {
      all.push(yield* once(program, port))
    }
  }
  return new Map(
    turns.map(({ all, program }) => [
      program,
      { millis: median(all.map((one) => one.millis)), cpuMillis: median(all.map((one) => one.cpuMillis)) }
    ])
  )
})

const reportOf = (measured: Measured): Report => {
  const millisOf = (program: Program) => measured.get(program)?.millis ?? Number.NaN
  const beyond = (program: Program, other: Program) => millisOf(program) - millisOf(other)
  return {
    figures: [
      ...[base, withUndici].map((program) =>
        plain({ suite, case: `import of ${program.name}`, metric: "ms over bare Node" }, beyond(program, bare))
      ),
      ...clients.map((program) =>
        atMost(
          { suite, case: `import of ${program.name}`, metric: `ms over ${base.name}` },
          beyond(program, base),
          target
        )
      ),
      plain({ suite, case: firstAnswer.name, metric: "ms over bare Node" }, beyond(firstAnswer, bare))
    ],
    tables: [
      {
        title: "A fresh process, milliseconds",
        columns: ["", "from the start", `over ${bare.name}`, `over ${base.name}`, "CPU time"],
        rows: programs.map((program) => [
          program.name,
          millisOf(program).toFixed(0),
          beyond(program, bare).toFixed(0),
          beyond(program, base).toFixed(0),
          measured.get(program)?.cpuMillis.toFixed(0) ?? ""
        ])
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link target} */
export const start: Suite = {
  name: suite,
  about: "the import of the client in a fresh process, and its first answer",
  seconds: (plan) => (timesOf(plan) + 1) * programs.length * 0.25 + 2,
  run: (plan) => Effect.andThen(Compiled.sdk, Effect.map(measure(timesOf(plan)), reportOf))
}
