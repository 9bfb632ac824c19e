/**
 * From this computer into a namespace.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { usage } from "../Failure.ts"
import { baseName, inside, type Options } from "./copyFlags.ts"
import { ofUpload, report, unfinished } from "./copyReport.ts"
import { Output } from "./output.ts"
import type * as Place from "./place.ts"
import * as StoreFlags from "./storeFlags.ts"
import { annotationOf, settingsOf, settingsOfOne, storeSettingsOf } from "./transferSettings.ts"

/** A file, or a folder with everything in it. */
export const upload = Effect.fnUntraced(function* (
  ns: Shape,
  from: Place.LocalPlace,
  to: Place.HcpPlace,
  options: Options
) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(from.path)
  const settings = yield* storeSettingsOf(options)
  const annotation = yield* annotationOf(options.annotation)
  const ifExists = StoreFlags.toIfExists(options.ifExists)
  const path = inside(to.path, baseName(from.path))
  if (type !== "Directory") return yield* one(ns, from.path, path, { ...settings, ifExists }, annotation, options)
  if (!options.recursive) return yield* usage(`${from.path} is a folder`, "copy it with --recursive")
  const Transfer = yield* Effect.promise(() => import("@effect-hcp/sdk/Transfer"))
  const common = yield* settingsOf(options, "cp", from, { ...to, path })
  const outcomes = Transfer.upload(from.path, path, { ...common, ifExists, put: { ...settings, annotation } })
  yield* report(Stream.map(outcomes, ofUpload), options)
}, Effect.scoped)

const one = Effect.fnUntraced(function* (
  ns: Shape,
  file: string,
  path: string,
  settings: Effect.Success<ReturnType<typeof storeSettingsOf>> & {
    readonly ifExists: "fail" | "skip" | "replace" | "newVersion"
  },
  annotation: Effect.Success<ReturnType<typeof annotationOf>>,
  options: Options
) {
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const { bandwidth, onProgress } = yield* settingsOfOne(options)
  if (options.dryRun) return yield* output.note(`would store ${path}`)
  yield* output.remains(unfinished(path, "stored"))
  const HcpBody = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
  const body =
    bandwidth === undefined
      ? HcpBody.file(file)
      : HcpBody.stream(() => bandwidth.limit(fs.stream(file)), { length: Number((yield* fs.stat(file)).size) })
  const { ifExists, ...rest } = settings
  if (annotation === undefined) {
    yield* ns.put(path, body, { ...settings, onProgress })
  } else if (ifExists === "skip" || ifExists === "replace") {
    return yield* usage(`--annotation is not together with --if-exists ${ifExists}`, "take fail or version")
  } else {
    const { content, name } = annotation
    yield* ns.putWithAnnotation(path, body, content, { ...rest, ifExists, name, onProgress })
  }
  yield* output.note(`stored ${path}`)
})
