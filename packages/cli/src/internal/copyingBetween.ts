/**
 * From a place of HCP to another one.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { codes } from "../ExitCode.ts"
import { Failure, fromError, usage } from "../Failure.ts"
import { withNamespace } from "./connection.ts"
import { baseName, inside, type Options } from "./copyFlags.ts"
import { ofCopy, report, unfinished, type Words } from "./copyReport.ts"
import { Output } from "./output.ts"
import * as Place from "./place.ts"
import * as StoreFlags from "./storeFlags.ts"
import { settingsOf, settingsOfOne, storeSettingsOf } from "./transferSettings.ts"

/** An object, or a directory with everything in it. */
export const copyBetween = Effect.fnUntraced(function* (
  from: { readonly namespace: Shape; readonly place: Place.HcpPlace },
  to: { readonly namespace: Shape; readonly place: Place.HcpPlace },
  options: Options,
  words: Words & { readonly command: string; readonly deleteSource?: true | undefined }
) {
  const output = yield* Output
  if (Option.isSome(options.annotation)) {
    return yield* usage(
      "--annotation is for what comes from this computer",
      "copy, and add it with `hcp annotation put`"
    )
  }
  const { type } = yield* from.namespace.head(from.place.path)
  const path = inside(to.place.path, baseName(from.place.path))
  const settings = {
    ifExists: StoreFlags.toIfExists(options.ifExists),
    settings: yield* storeSettingsOf(options),
    versions: options.versions,
    owner: options.owner,
    deleteSource: words.deleteSource
  }
  const NamespaceCopy = yield* Effect.promise(() => import("@effect-hcp/sdk/NamespaceCopy"))
  const source = { namespace: from.namespace, path: from.place.path }
  const target = { namespace: to.namespace, path }
  if (type === "directory") {
    if (!options.recursive) {
      return yield* usage(`${from.place.path} is a directory`, `${words.plan} it with --recursive`)
    }
    const common = yield* settingsOf(options, words.command, from.place, { ...to.place, path })
    // Of a part of a directory only the objects are moved.
    const emptyFolders = words.deleteSource === true && options.include.length + options.exclude.length === 0
    const outcomes = NamespaceCopy.tree(source, target, { ...common, ...settings, emptyFolders })
    return yield* report(Stream.map(outcomes, ofCopy), { ...options, words })
  }
  const one = yield* settingsOfOne(options)
  const at = Place.print({ ...to.place, path })
  yield* output.remains(unfinished(at, words.done))
  const outcome = yield* NamespaceCopy.object(source, target, { ...settings, plan: options.dryRun, ...one })
  const what = `${Place.print(from.place)} to ${at}`
  if (outcome._tag === "Planned") return yield* output.note(`would ${words.plan} ${what}`)
  if (outcome._tag === "Skipped" && words.deleteSource !== true) return yield* output.note(`${at} is there`)
  const omitted = "omitted" in outcome && outcome.omitted.length > 0 ? `, without ${outcome.omitted.join(", ")}` : ""
  yield* output.note(`${words.done} ${what}${omitted}`)
}, Effect.scoped)

/** Opens the namespaces of two places: one, where they are of the same profile. */
export const withBoth = <A, E, R>(
  from: Place.HcpPlace,
  to: Place.HcpPlace,
  use: (from: Shape, to: Shape) => Effect.Effect<A, E, R>
) =>
  withNamespace(from, (one) =>
    Effect.gen(function* () {
      return isSameProfile(from, to) ? yield* use(one, one) : yield* withNamespace(to, (other) => use(one, other))
    })
  )

/** Says how a file of this computer is written, where one was meant. */
export const orLocal = <A, E, R>(place: Place.AnyPlace, effect: Effect.Effect<A, E, R>) =>
  Effect.tapError(effect, (error) =>
    Effect.gen(function* () {
      if (place._tag !== "Hcp") return
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
