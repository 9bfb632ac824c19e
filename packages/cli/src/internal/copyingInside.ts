/**
 * From a place of HCP to another one.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { codes } from "../ExitCode.ts"
import { Failure, fromError, usage } from "../Failure.ts"
import { baseName, inside, type Options } from "./copyFlags.ts"
import type * as Place from "./place.ts"
import * as StoreFlags from "./storeFlags.ts"

/** An object inside a namespace: its data does not travel. */
export const copyInside = Effect.fnUntraced(function* (ns: Shape, from: string, to: string, options: Options) {
  const { ifExists } = options
  if (ifExists === "skip" || ifExists === "replace") {
    return yield* usage(`--if-exists ${ifExists} is not for copies inside HCP`, "take fail or version")
  }
  const retention = yield* StoreFlags.parseRetention(options.retention)
  const path = inside(to, baseName(from))
  if (!options.dryRun) {
    yield* ns.copy(from, path, {
      ifExists: ifExists === "version" ? "newVersion" : "fail",
      metadata: "all",
      retention,
      index: Option.getOrUndefined(options.index)
    })
  }
  return path
})

/** Says how a file of this computer is written, where one was meant. */
export const orLocal = <A, E, R>(place: Place.HcpPlace, effect: Effect.Effect<A, E, R>) =>
  Effect.tapError(effect, (error) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { code, message } = fromError(error)
      if (code !== codes.notFound || place.profile !== undefined || !(yield* fs.exists(place.path))) return
      return yield* new Failure({
        error: "NotFound",
        message,
        hint: `for the file of this computer write file:${place.path}`,
        code
      })
    })
  )

/** Whether two places are of one profile, and so of one namespace. */
export const isSameProfile = (a: Place.HcpPlace, b: Place.HcpPlace): boolean => a.profile === b.profile
