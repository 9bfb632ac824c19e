/**
 * Brings one entry of a local folder into a namespace.
 *
 * @internal
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { RequestOptions } from "../../HcpRequest.ts"
import type { LocalError } from "../../LocalError.ts"
import type { ObjectExists } from "../../ObjectReason.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import * as Progress from "../Progress.ts"
import type { IfExists, PutOptions, Stored } from "../StoreOptions.ts"
import type { FileOptions, UploadOptions } from "../TransferOptions.ts"
import type { Entry, UploadOutcome } from "../TransferOutcome.ts"
import { digestIfKnown, passedThrough } from "./bodyStream.ts"
import { invalid, misuse, sameTimes } from "./call.ts"
import { isDraftName } from "./draftName.ts"
import { onCondition, type Seen } from "./onCondition.ts"
import type { OptimisticStore } from "./optimisticStore.ts"
import { fileKinds } from "./optionKinds.ts"
import { taken } from "./refusals.ts"

/** What was found in the folder, and why nothing can be done about it, if that is so. */
export interface Source extends Entry {
  readonly error: LocalError | undefined
  /** The file that was found, where a link must not be followed. */
  readonly identity: HcpBody.FileIdentity | undefined
  readonly mark: string | undefined
}

export interface Where {
  readonly ns: Namespace.Shape
  readonly optimistic: OptimisticStore
}

/** @internal */
export const upload = (
  { ns, optimistic }: Where,
  { error, identity, mark: _, ...entry }: Source,
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
  const brought =
    entry.kind === "folder"
      ? folder(ns, entry, options)
      : watchedFile({ ns, optimistic }, entry, identity, options, onProgress)
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

/** What has no more bytes is one piece of a body. */
const pieceBytes = 256 * 1024

/**
 * A file of one piece is told when it is stored: to watch its bytes would make a stream of it, which costs as much as
 * all the rest.
 */
const watchedFile = (
  where: Where,
  entry: Entry,
  identity: HcpBody.FileIdentity | undefined,
  options: UploadOptions,
  onProgress: Progress.OnProgress | undefined
): Effect.Effect<UploadOutcome, HcpError | LocalError> => {
  const { size } = entry
  if (onProgress === undefined || size === undefined || size > pieceBytes) {
    return file(where, entry, identity, options, onProgress)
  }
  return Effect.tap(file(where, entry, identity, options, undefined), ({ _tag }) =>
    _tag === "Stored" ? new Progress.Counter(onProgress, size).done : Effect.void
  )
}

const file = (
  { ns, optimistic }: Where,
  entry: Entry,
  identity: HcpBody.FileIdentity | undefined,
  options: UploadOptions,
  onProgress: Progress.OnProgress | undefined
): Effect.Effect<UploadOutcome, HcpError | LocalError> =>
  Effect.gen(function* () {
    const { bandwidth, compare = false, ifExists = "skip", plan = false } = options
    const { annotation, ...put } = yield* optionsOf(entry, options)
    const body = HcpBody.file(entry.local, { identity })
    const limited = bandwidth === undefined ? body : passedThrough(body, bandwidth.limit, entry.size)
    // To compare is to read the file, which takes nothing of the bandwidth.
    const looksFirst = plan || (ifExists === "skip" ? annotation !== undefined || limited !== body : compare)
    const found = looksFirst ? yield* look(ns, entry, body, ifExists, compare) : undefined
    if (found?.isSame === true) return { ...entry, _tag: "Skipped", reason: "same" }
    if (plan) return { ...entry, _tag: "Planned" }
    if (annotation === undefined) {
      const result = yield* ifExists === "skip" && !looksFirst
        ? storeOrSkip({ ns, optimistic }, entry, body, { ...put, onProgress })
        : ns.put(entry.path, limited, { ...put, ...onCondition(ifExists, found), onProgress })
      return result === undefined
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
    const result = yield* ns.putWithAnnotation(entry.path, limited, content, {
      ...rest,
      name,
      ifExists: ifExists === "skip" ? "fail" : ifExists,
      onProgress
    })
    return { ...entry, _tag: "Stored", stored: result }
  })

/**
 * Stores it if nothing is there; `undefined` if the same bytes are.
 *
 * A small file is sent at once, as long as that is rarely refused: HCP then stores it only where there is nothing, with
 * versioning too. Whatever a refusal says, what is there decides, as if it had been looked at first.
 */
const storeOrSkip = (
  where: Where,
  entry: Entry,
  body: HcpBody.HcpBody,
  options: PutOptions
): Effect.Effect<Stored | undefined, HcpError> => {
  const { ns, optimistic } = where
  if (!optimistic.isDue(entry.size ?? 0)) {
    return ns.put(entry.path, body, { ...options, ifExists: "skip" }).pipe(
      Effect.tapError(({ reason }) => Effect.sync(() => reason._tag === "ObjectExists" && optimistic.note(true))),
      Effect.map((result) => {
        optimistic.note(result.outcome === "skipped")
        return result.outcome === "skipped" ? undefined : result
      })
    )
  }
  return ns.put(entry.path, body, { ...options, ifExists: "fail" }).pipe(
    Effect.tap(() => Effect.sync(() => optimistic.note(false))),
    Effect.catchIf(isRefusal, (error) => afterRefusal(where, entry, body, error, options))
  )
}

/** `undefined` if the same bytes are there; fails if others are, and with the refusal if nothing is. */
const afterRefusal = Effect.fnUntraced(function* (
  { ns, optimistic }: Where,
  entry: Entry,
  body: HcpBody.HcpBody,
  refusal: HcpError,
  options: PutOptions
): Effect.fn.Return<undefined, HcpError> {
  const error =
    refusal.reason._tag === "ObjectExists"
      ? refusal
      : yield* Effect.match(stored(ns, entry, sameTimes(options)), {
          onFailure: () => refusal,
          onSuccess: (found) => (found === undefined ? refusal : exists(entry, found))
        })
  const { reason } = error
  if (reason._tag !== "ObjectExists") return yield* error
  optimistic.note(true)
  return (yield* isSame(reason, entry, body)) ? undefined : yield* error
})

/** Whether HCP refused it, for a reason that an object that is there may be behind. */
const isRefusal = ({ reached, reason }: HcpError): boolean => reached === "answer" && refusals.has(reason._tag)

const refusals: ReadonlySet<HcpError["reason"]["_tag"]> = new Set([
  "ObjectExists",
  "Conflict",
  "PreconditionFailed",
  "OnHold",
  "UnderRetention",
  "Forbidden",
  "BadRequest",
  "TooLarge"
])

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

const stored = (
  ns: Namespace.Shape,
  { path }: Entry,
  options?: RequestOptions
): Effect.Effect<ObjectMetadata | undefined, HcpError> =>
  Effect.catchReason(ns.head(path, options), "HcpError", "NotFound", () => Effect.succeed(undefined))

const exists = ({ path }: Entry, found: ObjectMetadata): HcpError =>
  new HcpError({ operation: "PUT", path, reached: "answer", reason: taken(found) })

/** What is stored, and whether it has the same bytes. Fails where something is there that must stay. */
const look = Effect.fnUntraced(function* (
  ns: Namespace.Shape,
  entry: Entry,
  body: HcpBody.HcpBody,
  ifExists: IfExists,
  compare: boolean
): Effect.fn.Return<Seen & { readonly isSame: boolean }, HcpError> {
  const found = yield* stored(ns, entry)
  if (found === undefined) return { isSame: false, stored: undefined }
  if ((ifExists === "skip" || (compare && ifExists !== "fail")) && (yield* isSame(taken(found), entry, body))) {
    return { isSame: true, stored: found }
  }
  if (found.type !== "directory" && (ifExists === "newVersion" || ifExists === "replace")) {
    return { isSame: false, stored: found }
  }
  return yield* exists(entry, found)
})

const isSame = Effect.fnUntraced(function* (
  { hash, kind, size }: ObjectExists,
  entry: Entry,
  body: HcpBody.HcpBody
): Effect.fn.Return<boolean, HcpError> {
  if (kind !== "object" || hash === undefined || size !== entry.size) return false
  const ours = yield* digestIfKnown(body, hash.algorithm)
  return ours?.hash.hex === hash.hex
})
