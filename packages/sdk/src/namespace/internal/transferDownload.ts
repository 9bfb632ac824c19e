/**
 * Brings one entry of a directory into a local folder.
 *
 * @internal
 */
import * as path from "node:path"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DraftFile from "../../DraftFile.ts"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { algorithmOf } from "../../internal/body/integrity.ts"
import { isIncomplete } from "../../internal/request/retry.ts"
import { LocalError } from "../../LocalError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import { IncompleteBody, IntegrityError } from "../../WireReason.ts"
import * as ByteRange from "../ByteRange.ts"
import type { DirectoryEntry, Entry as RemoteEntry } from "../Directory.ts"
import type * as Namespace from "../Namespace.ts"
import type { Hash, ObjectMetadata } from "../ObjectMetadata.ts"
import { Counter, type OnProgress } from "../Progress.ts"
import type { HeadOptions } from "../ReadOptions.ts"
import type { DownloadOptions, NameRules } from "../TransferOptions.ts"
import type { DownloadOutcome, Entry, Kind } from "../TransferOutcome.ts"
import { digestIfKnown } from "./bodyStream.ts"
import { isDraftName } from "./draftName.ts"
import { markOf } from "./entryMark.ts"
import { restPath } from "./restPath.ts"
import { syncFile, syncNames } from "./syncDisk.ts"
import { draft, existing, type Folders, makeFolder } from "./transferDisk.ts"
import { problemOf } from "./transferNames.ts"

/** What was found in the directory. */
export interface Source extends Entry {
  readonly hash: Hash | undefined
  readonly mark: string | undefined
  /** Why nothing can be done about it. */
  readonly error: LocalError | HcpError | undefined
}

export interface Where {
  readonly ns: Namespace.Shape
  /** The local folder, without links in it. */
  readonly root: string
  readonly folders: Folders
}

const kinds: Readonly<Record<RemoteEntry["_tag"], Kind>> = { Object: "file", Directory: "folder", Symlink: "symlink" }

/** What a directory says of an entry. `top` is the path of the directory that is downloaded. */
export const toSource = (entry: RemoteEntry, top: string, root: string, rules: NameRules): Source => {
  const name = entry.path.slice(top === "/" ? 1 : top.length + 1)
  const kind = kinds[entry._tag]
  // An entry was found in a directory that was gone into, so the names above it are safe.
  const above = name.slice(0, Math.max(0, name.length - entry.name.length - 1))
  const folder = path.join(root, ...above.split("/"))
  const error = refusalOf(entry, folder, rules)
  return {
    kind,
    name,
    local: error === undefined ? path.join(folder, entry.name) : folder,
    path: entry.path,
    size: entry._tag === "Object" ? entry.size : 0,
    hash: entry._tag === "Object" ? entry.hash : undefined,
    mark: markOf(entry),
    error: kind === "symlink" ? undefined : error
  }
}

/** Why an entry cannot be had in a folder, by its name. */
const refusalOf = (entry: RemoteEntry, folder: string, rules: NameRules): LocalError | HcpError | undefined => {
  const refused = (detail: string) =>
    new LocalError({ operation: "download into", file: folder, reason: "UnsafeName", detail })
  if (entry.urlName !== undefined) {
    return refused(
      `the name ${JSON.stringify(entry.urlName)} in the namespace is no UTF-8; copy it to another name first`
    )
  }
  const problem = problemOf(entry.name, rules)
  if (problem !== undefined) return refused(`${problem} (${JSON.stringify(entry.path)}); copy it to another name first`)
  if (isDraftName(entry.name)) {
    return refused(
      `${JSON.stringify(entry.path)} has the name of an unfinished download; copy it to another name first`
    )
  }
  const rest = restPath(entry.path)
  return Result.isFailure(rest) ? new HcpError({ operation: "GET", path: entry.path, reason: rest.failure }) : undefined
}

/** Whether a directory may be gone into. */
export const isPassable = (directory: DirectoryEntry, rules: NameRules): boolean =>
  refusalOf(directory, "", rules) === undefined

/** @internal */
export const download = (
  where: Where,
  { error, hash, mark: _, ...entry }: Source,
  options: DownloadOptions,
  onProgress: OnProgress | undefined
): Effect.Effect<DownloadOutcome> => {
  if (error !== undefined) return Effect.succeed({ ...entry, _tag: "Failed", error })
  if (entry.kind === "symlink" || entry.kind === "special") {
    return Effect.succeed({ ...entry, _tag: "Skipped", reason: entry.kind })
  }
  const brought =
    entry.kind === "folder" ? folder(where, entry, options) : file(where, entry, hash, options, onProgress)
  return Effect.catch(brought, (error) => Effect.succeed<DownloadOutcome>({ ...entry, _tag: "Failed", error }))
}

const namesOf = (entry: Entry): ReadonlyArray<string> => entry.name.split("/")

const folder = (
  { root }: Where,
  entry: Entry,
  { plan, sync }: DownloadOptions
): Effect.Effect<DownloadOutcome, LocalError> =>
  plan === true
    ? Effect.succeed({ ...entry, _tag: "Planned" })
    : makeFolder(root, namesOf(entry)).pipe(
        Effect.tap(() => (sync === true ? syncNames(root, namesOf(entry)) : Effect.void)),
        Effect.map(({ isNew }) => (isNew ? { ...entry, _tag: "Made" } : { ...entry, _tag: "Skipped", reason: "same" }))
      )

const file = (
  where: Where,
  entry: Entry,
  hash: Hash | undefined,
  options: DownloadOptions,
  onProgress: OnProgress | undefined
): Effect.Effect<DownloadOutcome, HcpError | LocalError> =>
  Effect.gen(function* () {
    const { ifExists = "skip", plan = false, sync = false } = options
    const names = namesOf(entry)
    const isEmpty = yield* where.folders.isEmpty(names.slice(0, -1), plan)
    const found = isEmpty ? undefined : yield* existing(where.root, names)
    if (found !== undefined) {
      if (ifExists !== "fail" && (yield* isSame(found, entry, hash))) {
        if (sync && !plan) {
          // A run that was ended may have brought it, and not have waited yet.
          yield* syncFile(found.file)
          yield* syncNames(where.root, names.slice(0, -1))
        }
        return { ...entry, _tag: "Skipped", reason: "same" }
      }
      if (ifExists !== "replace") return yield* isTaken(entry, hash, ifExists)
    }
    if (plan) return { ...entry, _tag: "Planned" }
    const counter = new Counter(onProgress ?? (() => Effect.void), entry.size)
    const metadata = yield* Effect.retry(Effect.scoped(fetch(where, entry, options, counter)), {
      times: RetryPolicy.defaults.attempts - 1,
      while: isWorthAnother
    })
    return { ...entry, size: metadata.size ?? entry.size, _tag: "Fetched", metadata }
  })

/** Whether a local file has the bytes of the object. Not, if HCP gives no hash, or one nobody here can compute. */
const isSame = Effect.fnUntraced(function* (
  found: { readonly file: string; readonly size: number },
  { size }: Entry,
  hash: Hash | undefined
): Effect.fn.Return<boolean, HcpError> {
  if (hash === undefined || found.size !== size) return false
  const ours = yield* digestIfKnown(HcpBody.file(found.file), hash.algorithm)
  return ours?.hash.hex === hash.hex
})

const isTaken = ({ local }: Entry, hash: Hash | undefined, ifExists: "skip" | "fail"): LocalError => {
  const what =
    ifExists === "fail"
      ? "a file is there already"
      : hash === undefined
        ? "a file is there already, and HCP gives no hash to compare it with"
        : "another file is there already"
  return new LocalError({
    operation: "write",
    file: local,
    reason: "Exists",
    detail: `${what}; move it, or say \`ifExists: "replace"\``
  })
}

/** One attempt: into a file of its own, which gets its name when it is complete. */
const fetch = Effect.fnUntraced(function* (where: Where, entry: Entry, options: DownloadOptions, counter: Counter) {
  const { ns, root } = where
  const { ifExists, mode, mtime, sync } = options
  const draftOf = (size: number | undefined) =>
    draft(root, namesOf(entry), { replace: ifExists === "replace", size, mode, sync })
  const large = yield* findLarge(ns, entry, options)
  const { metadata, target } =
    large === undefined
      ? yield* asStream(ns, entry, options, counter, draftOf)
      : yield* Effect.map(draftOf(large.size), (target) => ({ metadata: large.metadata, target }))
  if (large !== undefined) yield* inRanges(ns, entry, options, counter, large, target)
  const at = timeOf(metadata, mtime)
  if (at !== undefined) yield* target.touch(at)
  yield* target.finish
  if (sync === true) yield* syncNames(root, namesOf(entry).slice(0, -1))
  yield* counter.done
  return metadata
})

type DraftOf = (size: number | undefined) => Effect.Effect<DraftFile.DraftFile, LocalError, Scope.Scope>

const asStream = Effect.fnUntraced(function* (
  ns: Namespace.Shape,
  entry: Entry,
  options: DownloadOptions,
  counter: Counter,
  draftOf: DraftOf
): Effect.fn.Return<
  { readonly metadata: ObjectMetadata; readonly target: DraftFile.DraftFile },
  HcpError | LocalError,
  Scope.Scope
> {
  const { metadata, stream } = yield* ns.open(entry.path, { ...options.get, resume: options.get?.resume ?? true })
  const { size } = metadata
  const target = yield* draftOf(size)
  const received = yield* target.append(
    counter.watch(limited(size === undefined ? stream : noMore(stream, size, entry), options))
  )
  if (size !== undefined && received !== size) return yield* incomplete(metadata, entry, size, received)
  return { metadata, target }
})

const limited = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  { bandwidth }: DownloadOptions
): Stream.Stream<Uint8Array, E> => (bandwidth === undefined ? stream : bandwidth.limit(stream))

/** Fails at the first byte beyond the size, before it is written: the size is what was looked at to begin this. */
const noMore = (
  stream: Stream.Stream<Uint8Array, HcpError>,
  size: number,
  { path }: Entry
): Stream.Stream<Uint8Array, HcpError> =>
  Stream.transformPull(stream, (pull) =>
    Effect.sync(() => {
      let received = 0
      return Effect.flatMap(pull, (pieces) => {
        for (const { length } of pieces) received += length
        if (received <= size) return Effect.succeed(pieces)
        return Effect.fail(unexpected(path, `more bytes came than the ${size} that HCP says the object has`))
      })
    })
  )

const unexpected = (path: string, detail: string): HcpError =>
  new HcpError({ operation: "GET", path, reached: "answer", reason: new UnexpectedAnswer({ detail }) })

const incomplete = ({ servicedBy }: ObjectMetadata, { path }: Entry, expected: number, received: number): HcpError =>
  new HcpError({
    operation: "GET",
    path,
    reached: "answer",
    reason: new IncompleteBody({ address: servicedBy ?? "HCP", expected, received })
  })

const mebi = 1024 * 1024

/** What has no more bytes is read as one stream: a look would cost a request. */
const largestOfOneStream = 64 * mebi
const rangeBytes = 16 * mebi

/** An object that is read in ranges. */
interface Large {
  readonly metadata: ObjectMetadata
  readonly size: number
  readonly etag: string
}

/** What is read in ranges, if it is: its versions have to be told apart, and its bytes must not come packed. */
const findLarge = (
  ns: Namespace.Shape,
  { path, size }: Entry,
  { get = {}, ranges = defaultRanges }: DownloadOptions
): Effect.Effect<Large | undefined, HcpError> =>
  ranges === 1 || size === undefined || size <= largestOfOneStream || get.gzip === true
    ? Effect.succeed(undefined)
    : Effect.map(ns.head(path, timesOf(get)), (metadata) =>
        metadata.size === undefined || metadata.size <= largestOfOneStream || metadata.etag === undefined
          ? undefined
          : { metadata, size: metadata.size, etag: metadata.etag }
      )

const defaultRanges = 4

/** What a look takes of the options of a read. */
const timesOf = ({
  gzip,
  minRate,
  nowait,
  resume,
  verify,
  ...look
}: NonNullable<DownloadOptions["get"]>): HeadOptions => look

/** Every range is of the version that was looked at, and the whole is compared with the hash of that. */
const inRanges = Effect.fnUntraced(function* (
  ns: Namespace.Shape,
  entry: Entry,
  options: DownloadOptions,
  counter: Counter,
  { etag, metadata, size }: Large,
  target: DraftFile.DraftFile
): Effect.fn.Return<void, HcpError | LocalError> {
  const { get = {}, ranges = defaultRanges } = options
  const { path } = entry
  const { hash } = metadata
  const algorithm = get.verify === false || hash === undefined ? undefined : algorithmOf(hash.algorithm)
  let written = 0
  const actual = yield* DraftFile.fill<HcpError, never>(target, {
    size,
    rangeSize: rangeBytes,
    concurrency: ranges,
    algorithm,
    open: ({ offset, size: length }) =>
      Effect.flatMap(
        ns.open(path, {
          ...get,
          resume: get.resume ?? true,
          range: ByteRange.between(offset, offset + length - 1),
          ifMatch: etag
        }),
        (part) =>
          // Whoever did not look at the condition would mix two versions.
          part.metadata.etag === etag && part.metadata.size === size
            ? Effect.succeed(limited(part.stream, options))
            : Effect.fail(unexpected(path, "a range came that is of another version than was asked for"))
      ),
    wrongLength: ({ size: expected }, received) =>
      received < expected
        ? incomplete(metadata, entry, expected, received)
        : unexpected(path, `more bytes came than the ${expected} of a range`),
    onWritten: (bytes) => {
      written += bytes
      return counter.reach(written)
    }
  })
  if (hash !== undefined && actual !== undefined && actual !== hash.hex) {
    const reason = new IntegrityError({ algorithm: hash.algorithm, expected: hash.hex, actual })
    return yield* new HcpError({ operation: "GET", path, reached: "answer", reason })
  }
})

const timeOf = (metadata: ObjectMetadata, mtime: DownloadOptions["mtime"]): DateTime.Utc | undefined =>
  mtime === "created" ? metadata.createdAt : mtime === "changed" ? metadata.changedAt?.at : undefined

const isWorthAnother = (error: HcpError | LocalError): boolean =>
  error._tag === "HcpError" && (isIncomplete(error.reason) || error.reason._tag === "IntegrityError")
