/**
 * The SDK as users install it, compiled, and programs of the bench that run on it without their types: what Node takes
 * to strip types is neither memory nor time of the SDK.
 */
import * as Fs from "node:fs/promises"
import { stripTypeScriptTypes } from "node:module"
import * as Effect from "effect/Effect"
import { type BenchError, toBenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"

const repository = new URL("../../../", import.meta.url)
const folder = new URL("../dist/", import.meta.url)

const compiled = (packages: ReadonlyArray<string>): Effect.Effect<void, BenchError> =>
  Effect.asVoid(ChildProcess.command(process.execPath, [".ci/compile.ts", ...packages], { folder: repository }))

/** Compiles the SDK into its own folder. */
export const sdk: Effect.Effect<void, BenchError> = compiled(["sdk"])

/** Compiles all packages, with their programs. */
export const all: Effect.Effect<void, BenchError> = compiled([])

/**
 * Compiles the SDK or these packages, and a program of this folder that imports nothing but packages. Gives the program
 * as JavaScript.
 */
export const program = (name: string, packages: ReadonlyArray<string> = ["sdk"]): Effect.Effect<URL, BenchError> =>
  Effect.andThen(
    compiled(packages),
    Effect.tryPromise({
      try: async () => {
        const text = await Fs.readFile(new URL(`${name}.ts`, import.meta.url), "utf8")
        const compiled = new URL(`${name}.js`, folder)
        await Fs.mkdir(folder, { recursive: true })
        await Fs.writeFile(compiled, stripTypeScriptTypes(text))
        return compiled
      },
      catch: toBenchError
    })
  )
