/**
 * From a namespace to this computer.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { usage } from "../Failure.ts"
import { baseName, type Options } from "./copyFlags.ts"
import { drafts, ofDownload, report, unfinished } from "./copyReport.ts"
import { Output } from "./output.ts"
import type * as Place from "./place.ts"
import { settingsOf, settingsOfOne } from "./transferSettings.ts"

/** An object, or a directory with everything in it. */
export const download = Effect.fnUntraced(function* (
  ns: Shape,
  from: Place.HcpPlace,
  to: Place.LocalPlace,
  options: Options
) {
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const destination = to.path
  if (options.ifExists === "version") return yield* usage("--if-exists version is for HCP: a file has no versions")
  if (Option.isSome(options.retention)) return yield* usage("--retention is for what is stored in HCP")
  if (Option.isSome(options.annotation)) return yield* usage("--annotation is for what is stored in HCP")
  const { type } = yield* ns.head(from.path)
  const isFolder =
    destination.endsWith(path.sep) ||
    (yield* Effect.orElseSucceed(
      Effect.map(fs.stat(destination), (found) => found.type === "Directory"),
      () => false
    ))
  if (type === "directory") {
    if (!options.recursive) return yield* usage(`${from.path} is a directory`, "copy it with --recursive")
    const Transfer = yield* Effect.promise(() => import("@effect-hcp/sdk/Transfer"))
    const folder = isFolder ? path.join(destination, baseName(from.path)) : destination
    const common = yield* settingsOf(options, "cp", from, { ...to, path: folder })
    yield* output.remains(drafts(folder))
    const outcomes = Transfer.download(from.path, folder, { ...common, ifExists: options.ifExists })
    return yield* report(Stream.map(outcomes, ofDownload), options)
  }
  const one = yield* settingsOfOne(options)
  const file = isFolder ? path.join(destination, baseName(from.path)) : destination
  if (options.dryRun) return yield* output.note(`would write ${file}`)
  if (options.ifExists === "skip" && (yield* fs.exists(file))) return yield* output.note(`${file} is there`)
  yield* output.remains({
    ...unfinished(file, "written"),
    ...drafts(path.dirname(file))
  })
  yield* ns.download(from.path, file, { replace: options.ifExists === "replace", resume: true, ...one })
  yield* output.note(`wrote ${file}`)
}, Effect.scoped)
