/**
 * What is in a local folder and below it.
 *
 * @internal
 */
import type { BigIntStats, Dirent } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FileIdentity } from "../../HcpBody.ts"
import { LocalError } from "../../LocalError.ts"
import type { Kind } from "../TransferOutcome.ts"
import { throughLink } from "./fileAt.ts"
import { attempt } from "./localError.ts"

/** Something in a local folder. A folder is given out only if there is nothing in it, or if it cannot be read. */
export interface LocalEntry {
  readonly kind: Kind
  /** Below the folder that is walked, with `/` between; empty for that folder itself. */
  readonly name: string
  readonly local: string
  /** Bytes of a file, 0 of anything else. */
  readonly size: number
  /** When a file was written last, in nanoseconds. */
  readonly modified?: bigint | undefined
  /** Which file it is, where links are not followed. */
  readonly identity?: FileIdentity | undefined
  /** Why nothing can be done about it. */
  readonly error?: LocalError | undefined
}

export interface WalkOptions {
  readonly follow: boolean
  readonly include: (entry: LocalEntry) => boolean
}

interface Folder {
  readonly name: string
  readonly local: string
  /** Which folders it is in, as far as a link could lead back to them. */
  readonly above: ReadonlyArray<string>
}

type Found = LocalEntry | (LocalEntry & { readonly folder: Folder })

/**
 * Walks a folder: what is in it first, then the folders in it, one after the other, depth first. Memory holds the names
 * of the folders that are still to come, and one of them is open at a time.
 *
 * Fails only if the folder itself cannot be read; one below it is given out with its error.
 */
export const walkLocal = (root: string, options: WalkOptions): Stream.Stream<LocalEntry, LocalError> =>
  Stream.suspend(() => {
    const pending: Array<Folder> = [{ name: "", local: root, above: [] }]
    const next: Pull.Pull<Arr.NonEmptyReadonlyArray<Folder>> = Effect.suspend(() => {
      const folder = pending.pop()
      return folder === undefined ? Cause.done() : Effect.succeed([folder])
    })
    return Stream.flatMap(Stream.fromPull(Effect.succeed(next)), (folder) => {
      const entries = listed(folder, options, (below) => {
        // One after the other: a call takes fewer arguments than a folder may hold folders. The last one is taken
        // first.
        for (const each of below.reverse()) pending.push(each)
      })
      return folder.name === "" ? entries : Stream.catch(entries, (error) => Stream.succeed(unreadable(folder, error)))
    })
  })

const unreadable = ({ local, name }: Folder, error: LocalError): LocalEntry => ({
  kind: "folder",
  name,
  local,
  size: 0,
  error
})

const batchSize = 64

const listed = (
  folder: Folder,
  options: WalkOptions,
  onEnd: (below: Array<Folder>) => void
): Stream.Stream<LocalEntry, LocalError> =>
  Stream.scoped(
    Stream.fromPull(
      Effect.gen(function* (): Effect.fn.Return<
        Pull.Pull<Arr.NonEmptyReadonlyArray<LocalEntry>, LocalError>,
        LocalError,
        Scope.Scope
      > {
        const above = options.follow ? [...folder.above, identityOf(yield* statOf(folder.local, true))] : []
        const directory = yield* Effect.acquireRelease(
          attempt("list", folder.local, () => fs.opendir(folder.local, { bufferSize: batchSize })),
          (opened) => Effect.ignore(Effect.tryPromise(() => opened.close()))
        )
        // A link that has taken the place of the folder would lead elsewhere.
        if (!options.follow && folder.name !== "" && !(yield* statOf(folder.local, false)).isDirectory()) {
          return yield* throughLink("list", folder.local)
        }
        const below: Array<Folder> = []
        let isEmpty = true
        let isOver = false
        const batch = Effect.gen(function* () {
          const listed: Array<Dirent> = []
          while (!isOver && listed.length < batchSize) {
            const entry = yield* attempt("list", folder.local, () => directory.read())
            if (entry === null) isOver = true
            else listed.push(entry)
          }
          if (listed.length > 0) isEmpty = false
          const entries: Array<LocalEntry> = []
          // All at once: each that is looked at alone wakes one of Node's threads.
          for (const found of yield* Effect.forEach(listed, (entry) => look(folder, above, entry, options.follow), {
            concurrency: "unbounded"
          })) {
            if (!options.include(found)) continue
            if ("folder" in found) below.push(found.folder)
            else entries.push(found)
          }
          if (isOver) onEnd(below)
          if (isOver && isEmpty) entries.push({ kind: "folder", name: folder.name, local: folder.local, size: 0 })
          return entries
        })
        const pull: Pull.Pull<Arr.NonEmptyReadonlyArray<LocalEntry>, LocalError> = Effect.suspend(() =>
          isOver
            ? Cause.done()
            : Effect.flatMap(batch, ([first, ...others]) =>
                first === undefined ? pull : Effect.succeed([first, ...others] as const)
              )
        )
        return pull
      })
    )
  )

const look = (folder: Folder, above: ReadonlyArray<string>, entry: Dirent, follow: boolean): Effect.Effect<Found> => {
  const name = folder.name === "" ? entry.name : `${folder.name}/${entry.name}`
  const local = path.join(folder.local, entry.name)
  if (entry.isDirectory()) return Effect.succeed(folderAt(name, local, above))
  if (!entry.isFile() && !(follow && entry.isSymbolicLink())) {
    return Effect.succeed({ kind: entry.isSymbolicLink() ? "symlink" : "special", name, local, size: 0 })
  }
  return Effect.match(statOf(local, follow), {
    onFailure: (error) => ({ kind: "file", name, local, size: 0, error: unnamed(entry.name, error) }),
    onSuccess: (stats) => {
      if (stats.isFile()) {
        const identity = follow ? undefined : { device: stats.dev, inode: stats.ino }
        return { kind: "file", name, local, size: Number(stats.size), modified: stats.mtimeNs, identity }
      }
      if (!stats.isDirectory()) return { kind: stats.isSymbolicLink() ? "symlink" : "special", name, local, size: 0 }
      // A link to a folder it is in would lead round and round.
      return above.includes(identityOf(stats))
        ? { kind: "symlink", name, local, size: 0 }
        : folderAt(name, local, above)
    }
  })
}

const folderAt = (name: string, local: string, above: ReadonlyArray<string>): Found => ({
  kind: "folder",
  name,
  local,
  size: 0,
  folder: { name, local, above }
})

const statOf = (local: string, follow: boolean): Effect.Effect<BigIntStats, LocalError> =>
  attempt("read", local, () => (follow ? fs.stat(local, { bigint: true }) : fs.lstat(local, { bigint: true })))

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

/** A name whose bytes are no UTF-8 arrives with replacement characters, and there is no file of that name. */
const unnamed = (name: string, error: LocalError): LocalError =>
  error.reason === "NotFound" && name.includes("\ufffd")
    ? new LocalError({
        operation: error.operation,
        file: error.file,
        reason: "UnsafeName",
        detail: "its name is no UTF-8; rename it"
      })
    : error
