/**
 * From this computer into a namespace.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { usage } from "../Failure.ts"
import { baseName, common, inside, type Options } from "./copyFlags.ts"
import { report } from "./copyReport.ts"
import { Output } from "./output.ts"
import type * as Place from "./place.ts"
import * as ProgressLine from "./progressLine.ts"
import * as StoreFlags from "./storeFlags.ts"

/** A file, or a folder with everything in it. */
export const upload = Effect.fnUntraced(function* (ns: Shape, source: string, to: Place.HcpPlace, options: Options) {
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(source)
  const settings = {
    retention: yield* StoreFlags.parseRetention(options.retention),
    index: Option.getOrUndefined(options.index)
  }
  const onProgress = yield* ProgressLine.make
  const ifExists = StoreFlags.toIfExists(options.ifExists)
  if (type !== "Directory") {
    const path = inside(to.path, baseName(source))
    if (options.dryRun) return yield* output.note(`would store ${path}`)
    const { file } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
    yield* ns.put(path, file(source), { ...settings, ifExists, onProgress })
    return yield* output.note(`stored ${path}`)
  }
  if (!options.recursive) return yield* usage(`${source} is a folder`, "copy it with --recursive")
  const Transfer = yield* Effect.promise(() => import("@effect-hcp/sdk/Transfer"))
  yield* report(
    Transfer.upload(source, inside(to.path, baseName(source)), {
      ...common(options),
      ifExists,
      put: settings,
      onProgress
    })
  )
})
