/**
 * Brings one entry of a directory into a local folder.
 *
 * @internal
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { LocalError } from "../../LocalError.ts"
import type { DirectoryEntry, Entry as RemoteEntry } from "../Directory.ts"
import type * as Namespace from "../Namespace.ts"
import type { Hash } from "../ObjectMetadata.ts"
import { Counter, type OnProgress } from "../Progress.ts"
import type { DownloadOptions, NameRules } from "../TransferOptions.ts"
import type { DownloadOutcome, Entry, Kind } from "../TransferOutcome.ts"
import { digestIfKnown } from "./bodyStream.ts"
import { isDraftName } from "./draftName.ts"
import { markOf } from "./entryMark.ts"
import { intoFile } from "./intoFile.ts"
import { restPath } from "./restPath.ts"
import type { SmallFilesLater } from "./smallFiles.ts"
import { syncFile, syncNames } from "./syncDisk.ts"
import { draft, existing, type Folders, makeFolder, wholeDraft } from "./transferDisk.ts"
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
  readonly small: SmallFilesLater
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
): Effect.Effect<DownloadOutcome, HcpError | LocalError> => {
  const plan = options.plan === true
  // Most files of a plan end here. A generator for each of a million would stay in memory until all of it is looked
  // through, as nothing is waited for.
  return Effect.flatMap(where.folders.isEmpty(namesOf(entry).slice(0, -1), plan), (isEmpty) =>
    isEmpty && plan
      ? Effect.succeed<DownloadOutcome>({ ...entry, _tag: "Planned" })
      : fetched(where, entry, hash, options, onProgress, isEmpty)
  )
}

const fetched = (
  where: Where,
  entry: Entry,
  hash: Hash | undefined,
  options: DownloadOptions,
  onProgress: OnProgress | undefined,
  isEmpty: boolean
): Effect.Effect<DownloadOutcome, HcpError | LocalError> =>
  Effect.gen(function* () {
    const { ifExists = "skip", mode, plan = false, sync = false } = options
    const names = namesOf(entry)
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
    const counter = new Counter(onProgress, entry.size)
    const source = { path: entry.path, size: entry.size ?? 0 }
    const wanted = { replace: ifExists === "replace", mode, sync }
    const isPlain = !wanted.replace && mode === undefined && !sync
    const read = intoFile(
      where.ns,
      source,
      options,
      counter,
      (size) => draft(where.root, names, { ...wanted, size }),
      isPlain ? (size) => wholeDraft(where.root, names, { size }, where.small) : undefined
    )
    const metadata = yield* ifExists === "skip" ? unlessSame(read, where, entry, hash) : read
    if (metadata === undefined) return { ...entry, _tag: "Skipped", reason: "same" }
    if (sync) yield* syncNames(where.root, names.slice(0, -1))
    yield* counter.done
    return { ...entry, size: metadata.size ?? entry.size, _tag: "Fetched", metadata }
  })

/** `undefined` where somebody else has brought the same file meanwhile. */
const unlessSame = <A>(
  read: Effect.Effect<A, HcpError | LocalError>,
  { root }: Where,
  entry: Entry,
  hash: Hash | undefined
): Effect.Effect<A | undefined, HcpError | LocalError> =>
  Effect.catchIf(
    read,
    (error) => error._tag === "LocalError" && error.reason === "Exists",
    (error) =>
      Effect.gen(function* () {
        const found = yield* existing(root, namesOf(entry))
        return found !== undefined && (yield* isSame(found, entry, hash)) ? undefined : yield* Effect.fail(error)
      })
  )

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
