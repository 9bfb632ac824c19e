/**
 * The folder `peers`: clients and tools that only the bench needs. It is no workspace, so `npm install` of the
 * repository stays lean; the first bench that needs it installs it.
 */
import { copyFileSync, existsSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { BenchError, toBenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"

const folder = new URL("../peers/", import.meta.url)
const installed = new URL("node_modules/.bench-lock.json", folder)
const wanted = new URL("package-lock.json", folder)

const contentOf = (file: URL): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined)

/** Whether everything in the folder is installed, in the versions of its lock file. */
export const isInstalled: Effect.Effect<boolean> = Effect.sync(() => {
  const lock = contentOf(installed)
  return lock !== undefined && lock === contentOf(wanted)
})

/** Installs what is in the lock file. Fails where the registry cannot be reached. */
export const install: Effect.Effect<void, BenchError> = Effect.gen(function* () {
  const npm = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
  yield* ChildProcess.command("npm", npm, { folder, environment: outsideOfNpm(process.env) })
  yield* Effect.try({ try: () => copyFileSync(wanted, installed), catch: toBenchError })
})

// The npm that runs the bench tells its children which package and which workspace they belong to.
const isOfNpm = (name: string): boolean => /^npm_(package_|lifecycle_|config_(local_prefix|workspace))/.test(name)

const outsideOfNpm = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfNpm(name)))

/** Loads a module of the folder. Fails if the folder is not installed. */
export const load = (file: string): Effect.Effect<Readonly<Record<string, unknown>>, BenchError> =>
  Effect.gen(function* () {
    if (!(yield* isInstalled)) return yield* new BenchError({ what: "packages/bench/peers is not installed" })
    const module: unknown = yield* Effect.tryPromise({
      try: () => import(new URL(file, folder).href),
      catch: toBenchError
    })
    return Predicate.isReadonlyObject(module) ? { ...module } : {}
  })

/** A file of the folder. */
export const fileOf = (name: string): URL => new URL(name, folder)
