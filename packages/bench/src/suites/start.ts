/**
 * The start of a program: how long it takes to import the client in a fresh process, over bare Node, beside the two packages it stands on.
 *
 * What is imported is the compiled package, as a user installs it.
 */
import * as Effect from "effect/Effect"
import type { BenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atMost, plain } from "../figure.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "start"

/** In milliseconds, beyond what the base takes. */
const target = 60

/** What a fresh process imports. */
const programs = [
  { name: "bare Node", modules: [] },
  { name: "effect/Effect and undici", modules: ["effect/Effect", "undici"] },
  { name: "Hcp and HcpClient", modules: ["@effect-hcp/sdk/Hcp", "@effect-hcp/sdk/HcpClient"] },
  { name: "@effect-hcp/sdk", modules: ["@effect-hcp/sdk"] }
] as const

type Program = (typeof programs)[number]

const here = new URL("../../", import.meta.url)
/** Milliseconds from the start of the process until everything is imported. */
const once = ({ modules }: Program): Effect.Effect<number, BenchError> => {
  const imports = modules.map((module) => `await import("${module}");`).join("")
  const text = `${imports}process.stdout.write(String(performance.now()))`
  return Effect.map(
    ChildProcess.command(process.execPath, ["--input-type=module", "--eval", text], {
      folder: here,
      environment: { ...process.env, NODE_OPTIONS: "" }
    }),
    Number
  )
}

const timesOf = ({ quick, rounds }: Plan): number => (quick ? 5 : 2 * rounds + 5)

const measure = Effect.fnUntraced(function* (
  times: number
): Effect.fn.Return<ReadonlyArray<{ readonly name: string; readonly millis: number }>, BenchError> {
  const turns = programs.map((program) => ({ program, millis: [] as number[] }))
  // The first time the files come from the disk.
  for (const { program } of turns) yield* once(program)
  for (let time = 0; time < times; time++) {
    for (const { millis, program } of time % 2 === 0 ? turns : [...turns].reverse()) millis.push(yield* once(program))
  }
  return turns.map(({ millis, program }) => ({ name: program.name, millis: median(millis) }))
})

const reportOf = (measured: Effect.Success<ReturnType<typeof measure>>): Report => {
  const [bare, base, ...others] = measured.map(({ millis }) => millis)
  const overNode = (millis: number) => millis - (bare ?? Number.NaN)
  return {
    figures: [
      plain({ suite, case: "effect/Effect and undici", metric: "ms over bare Node" }, overNode(base ?? Number.NaN)),
      ...others.map((millis, index) =>
        atMost(
          { suite, case: `import of ${measured[index + 2]?.name}`, metric: "ms over effect/Effect and undici" },
          millis - (base ?? Number.NaN),
          target
        )
      )
    ],
    tables: [
      {
        title: "Import in a fresh process, milliseconds",
        columns: ["", "from the start", "over bare Node"],
        rows: measured.map(({ millis, name }) => [name, millis.toFixed(0), overNode(millis).toFixed(0)])
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link target} */
export const start: Suite = {
  name: suite,
  about: "the import of the client in a fresh process",
  seconds: (plan) => (timesOf(plan) + 1) * programs.length * 0.25 + 2,
  run: (plan) => Effect.andThen(Compiled.sdk, Effect.map(measure(timesOf(plan)), reportOf))
}
