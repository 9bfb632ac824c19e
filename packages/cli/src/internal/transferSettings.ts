/**
 * What the flags of a transfer mean to the SDK.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { usage } from "../Failure.ts"
import type { Options, TransferOptions } from "./copyFlags.ts"
import { journalOf } from "./journal.ts"
import { matcher } from "./patterns.ts"
import type * as Place from "./place.ts"
import * as ProgressLine from "./progressLine.ts"
import * as ProgressLines from "./progressLines.ts"
import * as StoreFlags from "./storeFlags.ts"
import { ofThisComputer } from "./words.ts"

/**
 * What all directions have in common, with the progress of this command. Fails with a usage failure before anything is
 * sent. The journal is held until the scope closes.
 */
export const settingsOf = Effect.fnUntraced(function* (
  options: TransferOptions,
  name: string,
  ...places: ReadonlyArray<Place.AnyPlace>
) {
  const progress = yield* ProgressLines.make
  return {
    concurrency: options.concurrency,
    plan: options.dryRun,
    include: selectionOf(options),
    bandwidth: yield* bandwidthOf(options.bandwidth),
    journal: options.dryRun ? undefined : yield* journalOf(options, name, places),
    onProgress: progress.onProgress,
    onEntryProgress: progress.onEntryProgress
  }
})

/**
 * The same for one file or object. Fails with a usage failure for flags that are of many, so that none is passed over
 * in silence.
 */
export const settingsOfOne = Effect.fnUntraced(function* (options: TransferOptions) {
  const { exclude, failures, include, resume } = options
  const ofMany = [
    ["--resume", Option.isSome(resume)],
    ["--failures", Option.isSome(failures)],
    ["--include", include.length > 0],
    ["--exclude", exclude.length > 0]
  ] as const
  const given = ofMany.find(([, isGiven]) => isGiven)
  if (given !== undefined) return yield* usage(`${given[0]} is for folders and directories`, "leave it out")
  return { bandwidth: yield* bandwidthOf(options.bandwidth), onProgress: yield* ProgressLine.make }
})

/** A folder is gone into whatever its name is, unless it is excluded. */
export const selectionOf = ({ exclude, include }: Pick<TransferOptions, "exclude" | "include">) => {
  const isIncluded = matcher(include)
  const isExcluded = matcher(exclude)
  return ({ kind, name }: { readonly kind: string; readonly name: string }): boolean =>
    !isExcluded(name) && (include.length === 0 || kind === "folder" || isIncluded(name))
}

const bandwidthOf = Effect.fnUntraced(function* (text: Option.Option<string>) {
  if (Option.isNone(text)) return undefined
  const size = Option.flatMap(ByteSize.fromString(text.value.replace(/\/s$/, "")), ByteSize.toNumber)
  if (Option.isNone(size) || size.value <= 0) {
    return yield* usage(
      `--bandwidth ${text.value} is no rate`,
      "write bytes a second with their unit, such as 20MB or 512KiB"
    )
  }
  const Bandwidth = yield* Effect.promise(() => import("@effect-hcp/sdk/Bandwidth"))
  return yield* Bandwidth.make(size.value)
})

/** How objects are stored. */
export const storeSettingsOf = Effect.fnUntraced(function* (options: Pick<Options, "index" | "retention">) {
  return {
    retention: yield* StoreFlags.parseRetention(options.retention),
    index: Option.getOrUndefined(options.index)
  }
})

/** The annotation that objects are stored with. Fails with a usage failure where its file cannot be read. */
export const annotationOf = Effect.fnUntraced(function* (text: Option.Option<string>) {
  if (Option.isNone(text)) return undefined
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text.value) ?? []
  if (name === undefined || file === undefined) {
    return yield* usage(`--annotation ${text.value} names no file`, "write NAME=FILE")
  }
  const fs = yield* FileSystem.FileSystem
  const content = yield* Effect.mapError(fs.readFile(file), (error) => usage(`--annotation: ${ofThisComputer(error)}`))
  return { name, content }
})
