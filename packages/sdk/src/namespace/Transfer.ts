/**
 * Brings a folder into a namespace, or a directory of a namespace into a folder, and says of each file what came of it.
 *
 * Both ways can be run again after whatever went wrong: what is there with the same bytes is skipped, and nothing is
 * ever overwritten unless it is asked for. Every file is compared with the hash HCP gives for it. Both sides are walked
 * while files are under way, up to 16,384 entries ahead, so that a million files do not sit in memory. One file that
 * fails does not stop the others.
 *
 * **Example** (up, with progress, and what failed)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { Progress, Retention, Transfer } from "@effect-hcp/sdk"
 *
 * const archived = Transfer.upload("scans/2026", "/scans/2026", {
 *   put: { retention: Retention.years(10) },
 *   onProgress: (progress) => Console.log(Progress.print(progress))
 * }).pipe(
 *   Stream.tap((one) => (one._tag === "Failed" ? Console.error(one.name, one.error.message) : Effect.void)),
 *   Transfer.count
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import { LocalError } from "../LocalError.ts"
import type { KindsOf } from "../OptionCheck.ts"
import { misuse } from "./internal/call.ts"
import { withEmpty } from "./internal/emptyDirectories.ts"
import { OptimisticStore } from "./internal/optimisticStore.ts"
import { downloadFolderKinds, fileKinds, transferGetKinds, uploadKinds } from "./internal/optionKinds.ts"
import { childPath, restPath } from "./internal/restPath.ts"
import { SmallFilesLater } from "./internal/smallFiles.ts"
import { Folders, findRoot, makeRoot } from "./internal/transferDisk.ts"
import * as Download from "./internal/transferDownload.ts"
import { run } from "./internal/transferRun.ts"
import * as Upload from "./internal/transferUpload.ts"
import { type LocalEntry, walkLocal } from "./internal/transferWalk.ts"
import { Namespace } from "./Namespace.ts"
import type { DownloadOptions, FileOptions, UploadOptions } from "./TransferOptions.ts"
import type { DownloadOutcome, Entry, Outcome, Skipped, UploadOutcome } from "./TransferOutcome.ts"

export * from "./TransferOptions.ts"
export * from "./TransferOutcome.ts"
export { LocalError }

const places = { folder: "text", from: "text", to: "text" } as const

// The compiler says here which option has no kind.
const kinds: {
  readonly upload: KindsOf<UploadOptions>
  readonly download: KindsOf<DownloadOptions>
  readonly file: KindsOf<FileOptions>
  readonly get: KindsOf<NonNullable<DownloadOptions["get"]>>
} = { upload: uploadKinds, download: downloadFolderKinds, file: fileKinds, get: transferGetKinds }

/**
 * Stores the files of a local folder, and of all folders in it, below a directory of the namespace.
 *
 * With `ifExists: "skip"` a file of at most 64 KiB is sent at once, on the condition that nothing is there, which is
 * one request in place of two; larger ones look first, and so do all while more than four of the last 32 were there.
 *
 * Outcomes come as files are done, in no order. A file that changes while it is read, cannot be read, or has a name HCP
 * does not take (`.directory-metadata`, half a surrogate pair, more than 4,095 bytes) is a `Failed` outcome.
 *
 * Fails with {@link LocalError} if the folder itself cannot be read, and with `InvalidInput` for a path that cannot be
 * one. Fails early, after the outcome of the file that showed it, where every other file would fail too: the systems
 * are down, their name or certificate is wrong, there are no credentials, or HCP says `Forbidden` before it has allowed
 * anything. Files under way are then given up; what is stored stays stored.
 *
 * @category combinators
 * @since 0.1.0
 */
export const upload = (
  folder: string,
  to: string,
  options: UploadOptions = {}
): Stream.Stream<UploadOutcome, HcpError | LocalError, Namespace> => {
  const wrong = misuse("PUT", to, options, kinds.upload) ?? misuse("PUT", to, { folder, to }, places, ["folder", "to"])
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { emptyFolders = false, include = () => true, symlinks } = options
  const top = withoutSlash(to)
  const toSource = ({ error, identity, kind, local, modified, name, size }: LocalEntry): Upload.Source => ({
    kind,
    name,
    local,
    path: name === "" ? top : childPath(top, name),
    size,
    error,
    identity,
    mark: modified === undefined ? undefined : `${size} ${modified}`
  })
  const found = Stream.suspend(() =>
    walkLocal(path.resolve(folder), {
      follow: symlinks === "follow",
      include: (entry) => include(toPublic(toSource(entry)))
    })
  ).pipe(
    Stream.filter(({ error, kind }) => emptyFolders || kind !== "folder" || error !== undefined),
    Stream.map(toSource)
  )
  return checked(
    "PUT",
    to,
    Stream.unwrap(
      Effect.map(Namespace, (ns) => {
        const where: Upload.Where = { ns, optimistic: new OptimisticStore() }
        return run<Upload.Source, UploadOutcome, never>(
          found,
          options,
          (source, onProgress) => Upload.upload(where, source, options, onProgress),
          passedOver
        )
      })
    )
  )
}

/**
 * Brings the objects of a directory, and of all directories in it, into a local folder, which is made if it is not
 * there.
 *
 * No object ever gets outside the folder: names such as `..`, and on Windows `C:` or `a\b`, are `Failed` outcomes, and
 * no link that is in the folder is written through. (Somebody else who may write into the folder could put a link there
 * in the very moment between look and use.) A file is written beside its own name, as a draft (see `DraftFile.make`),
 * and gets its own when it is complete and its hash is right; whatever ends the stream removes those that are not, and
 * what killed processes left is removed by the next run (see `DraftFile.deleteAbandoned`). An object with more bytes
 * than HCP says it has ends at the first one beyond, with `UnexpectedAnswer`. Where the file system takes two names for
 * one, the second is a `Failed` outcome with `Exists`.
 *
 * Outcomes come as files are done, in no order. Links of the namespace are skipped.
 *
 * Fails as `walk` of a `Namespace` does if a directory cannot be listed, once all files found until then are done: what
 * came is then not all there is. Fails with {@link LocalError} if the folder cannot be made. Fails early, after the
 * outcome of the file that showed it, where every other file would fail too: no space is left, the systems are down,
 * their name or certificate is wrong, there are no credentials, or HCP says `Forbidden` before it has allowed any file.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download = (
  from: string,
  folder: string,
  options: DownloadOptions = {}
): Stream.Stream<DownloadOutcome, HcpError | LocalError, Namespace> => {
  const wrong =
    misuse("GET", from, options, kinds.download) ?? misuse("GET", from, { from, folder }, places, ["from", "folder"])
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { emptyFolders = false, include = () => true, names = path.sep === "\\" ? "windows" : "posix", plan } = options
  const top = withoutSlash(from)
  const opened = Effect.gen(function* () {
    const ns = yield* Namespace
    const root = yield* plan === true ? findRoot(folder) : makeRoot(folder, options.sync ?? false)
    const folders = new Folders(root)
    const small = new SmallFilesLater(yield* Effect.scope)
    const isWanted = (source: Download.Source) => include(toPublic(source))
    const walked = ns
      .walk(top, {
        responseTimeout: options.get?.responseTimeout,
        bodyTimeout: options.get?.bodyTimeout,
        descend: (directory) =>
          Download.isPassable(directory, names) && isWanted(Download.toSource(directory, top, root, names))
      })
      .pipe(Stream.map((entry) => Download.toSource(entry, top, root, names)))
    const wanted = Stream.filter(walked, isWanted)
    const found = emptyFolders
      ? withEmpty(wanted, top)
      : Stream.filter(wanted, ({ error, kind }) => kind !== "folder" || error !== undefined)
    return run<Download.Source, DownloadOutcome, never>(
      found,
      options,
      (source, onProgress) => Download.download({ ns, root, folders, small }, source, options, onProgress),
      passedOver
    )
  })
  return checked("GET", from, Stream.unwrap(opened))
}

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)

const toPublic = ({ kind, local, name, path, size }: Entry): Entry => ({ kind, name, local, path, size })

const passedOver = (source: Entry): Skipped => ({ ...toPublic(source), _tag: "Skipped", reason: "journal" })

/** Fails before anything is looked at for a path that cannot be one. */
const checked = <A, R>(
  operation: string,
  path: string,
  stream: Stream.Stream<A, HcpError | LocalError, R>
): Stream.Stream<A, HcpError | LocalError, R> => {
  const rest = restPath(path)
  return Result.isFailure(rest) ? Stream.fail(new HcpError({ operation, path, reason: rest.failure })) : stream
}

/**
 * How many entries came to what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counts {
  readonly stored: number
  readonly fetched: number
  readonly made: number
  readonly planned: number
  readonly skipped: number
  readonly failed: number
  /** Bytes of the files that were stored, fetched or planned. */
  readonly bytes: number
}

/**
 * Runs it and counts what came of the entries.
 *
 * @category combinators
 * @since 0.1.0
 */
export const count = <E, R>(outcomes: Stream.Stream<Outcome, E, R>): Effect.Effect<Counts, E, R> =>
  Stream.runFold(
    outcomes,
    (): Counts => ({ stored: 0, fetched: 0, made: 0, planned: 0, skipped: 0, failed: 0, bytes: 0 }),
    (counts, { _tag, size }) => {
      const field = fields[_tag]
      const moved = _tag === "Stored" || _tag === "Fetched" || _tag === "Planned" ? (size ?? 0) : 0
      return { ...counts, [field]: counts[field] + 1, bytes: counts.bytes + moved }
    }
  )

const fields = {
  Stored: "stored",
  Fetched: "fetched",
  Made: "made",
  Planned: "planned",
  Skipped: "skipped",
  Failed: "failed"
} as const
