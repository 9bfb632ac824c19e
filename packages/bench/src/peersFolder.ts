/**
 * The folder `peers`: clients and tools that only the bench needs. It is no workspace, so `npm install` of the
 * repository stays lean; the first bench that needs it installs it.
 */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as OwnLockFile from "../../../.ci/ownLockFile.ts"
import { BenchError, toBenchError } from "./benchError.ts"

const folder = new URL("../peers/", import.meta.url)
const path = fileURLToPath(folder)

/** Whether everything in the folder is installed, in the versions of its lock file. */
export const isInstalled: Effect.Effect<boolean> = Effect.sync(() => OwnLockFile.isInstalled(path))

/** Installs what is in the lock file. Fails where the registry cannot be reached. */
export const install: Effect.Effect<void, BenchError> = Effect.tryPromise({
  try: (signal) => OwnLockFile.install(path, signal),
  catch: toBenchError
})

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
