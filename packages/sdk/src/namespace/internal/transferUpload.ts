/**
 * Brings one entry of a local folder into a namespace.
 *
 * @internal
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { LocalError } from "../../LocalError.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import type * as Progress from "../Progress.ts"
import type { IfExists } from "../StoreOptions.ts"
import type { FileOptions, UploadOptions } from "../TransferOptions.ts"
import type { Entry, UploadOutcome } from "../TransferOutcome.ts"
import { digest } from "./bodyStream.ts"
import { invalid, misuse } from "./call.ts"
import { isDraftName } from "./draftName.ts"
import { fileKinds } from "./optionKinds.ts"
import { taken } from "./refusals.ts"

/** What was found in the folder, and why nothing can be done about it, if that is so. */
export interface Source extends Entry {
  readonly error: LocalError | undefined
  /** The file that was found, where a link must not be followed. */
  readonly identity: HcpBody.FileIdentity | undefined
}

/** @internal */
export const upload = (
  ns: Namespace.Shape,
  { error, identity, ...entry }: Source,
  options: UploadOptions,
  onProgress: Progress.OnProgress | undefined
): Effect.Effect<UploadOutcome> => {
  // Whoever makes it may have finished or removed it meanwhile, which is nobody's failure.
  if (entry.kind === "file" && isDraftName(path.posix.basename(entry.name))) {
    return Effect.succeed({ ...entry, _tag: "Skipped", reason: "draft" })
  }
  if (error !== undefined) return Effect.succeed({ ...entry, _tag: "Failed", error })
  if (entry.kind === "symlink" || entry.kind === "special") {
    return Effect.succeed({ ...entry, _tag: "Skipped", reason: entry.kind })
  }
  const brought = entry.kind === "folder" ? folder(ns, entry, options) : file(ns, entry, identity, options, onProgress)
  return Effect.catch(brought, (error) => Effect.succeed<UploadOutcome>({ ...entry, _tag: "Failed", error }))
}

const folder = (ns: Namespace.Shape, entry: Entry, { plan }: UploadOptions): Effect.Effect<UploadOutcome, HcpError> => {
  const made: UploadOutcome = { ...entry, _tag: plan === true ? "Planned" : "Made" }
  const same: UploadOutcome = { ...entry, _tag: "Skipped", reason: "same" }
  if (plan !== true) return Effect.map(ns.makeDirectory(entry.path), (isNew) => (isNew ? made : same))
  return Effect.flatMap(stored(ns, entry), (found) =>
    found === undefined
      ? Effect.succeed(made)
      : found.type === "directory"
        ? Effect.succeed(same)
        : Effect.fail(exists(entry, found))
  )
}

const file = (
  ns: Namespace.Shape,
  entry: Entry,
  identity: HcpBody.FileIdentity | undefined,
  options: UploadOptions,
  onProgress: Progress.OnProgress | undefined
): Effect.Effect<UploadOutcome, HcpError | LocalError> =>
  Effect.gen(function* () {
    const { ifExists = "skip", plan = false } = options
    const { annotation, ...put } = yield* optionsOf(entry, options)
    const body = HcpBody.file(entry.local, { identity })
    if (plan || (annotation !== undefined && ifExists === "skip")) {
      if (yield* isThere(ns, entry, body, ifExists)) return { ...entry, _tag: "Skipped", reason: "same" }
      if (plan) return { ...entry, _tag: "Planned" }
    }
    if (annotation === undefined) {
      const result = yield* ns.put(entry.path, body, { ...put, ifExists, onProgress })
      return result.outcome === "skipped"
        ? { ...entry, _tag: "Skipped", reason: "same" }
        : { ...entry, _tag: "Stored", stored: result }
    }
    const about = { operation: "PUT", path: entry.path }
    const { gzip, ...rest } = put
    if (gzip === true) return yield* invalid(about, "gzip", "cannot be together with an annotation; leave one out")
    if (ifExists === "replace") {
      return yield* invalid(about, "ifExists", '"replace" cannot be together with an annotation; use another way')
    }
    const { content, name } = annotation
    const result = yield* ns.putWithAnnotation(entry.path, body, content, {
      ...rest,
      name,
      ifExists: ifExists === "skip" ? "fail" : ifExists,
      onProgress
    })
    return { ...entry, _tag: "Stored", stored: result }
  })

const optionsOf = (entry: Entry, { put }: UploadOptions): Effect.Effect<FileOptions, HcpError | LocalError> => {
  const given = typeof put === "function" ? put(entry) : put
  if (!Effect.isEffect(given)) return checkedOptions(entry, given)
  return Effect.catchTag(given, "InvalidInput", (reason) =>
    Effect.fail(new HcpError({ operation: "PUT", path: entry.path, reason }))
  ).pipe(Effect.flatMap((options) => checkedOptions(entry, options)))
}

// A promise, or anything else without options in it, would store the file without its retention.
const checkedOptions = ({ path }: Entry, options: FileOptions = {}): Effect.Effect<FileOptions, HcpError> =>
  misuse("PUT", path, options, fileKinds) ?? Effect.succeed(options)

const stored = (ns: Namespace.Shape, { path }: Entry): Effect.Effect<ObjectMetadata | undefined, HcpError> =>
  Effect.catchReason(ns.head(path), "HcpError", "NotFound", () => Effect.succeed(undefined))

const exists = ({ path }: Entry, found: ObjectMetadata): HcpError =>
  new HcpError({ operation: "PUT", path, reached: "answer", reason: taken(found) })

/** Whether the same bytes are stored. Fails where something is there and the mode forbids to store. */
const isThere = Effect.fnUntraced(function* (
  ns: Namespace.Shape,
  entry: Entry,
  body: HcpBody.HcpBody,
  ifExists: IfExists
): Effect.fn.Return<boolean, HcpError> {
  const found = yield* stored(ns, entry)
  if (found === undefined) return false
  if (found.type !== "directory" && (ifExists === "newVersion" || ifExists === "replace")) return false
  if (ifExists === "skip" && found.type === "object" && found.hash !== undefined && found.size === entry.size) {
    const ours = yield* digest(body, found.hash.algorithm)
    if (ours?.hex === found.hash.hex) return true
  }
  return yield* exists(entry, found)
})
