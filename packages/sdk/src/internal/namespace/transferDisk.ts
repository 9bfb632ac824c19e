/**
 * Puts files into a folder without ever leaving it, and without ever showing half a file.
 *
 * Links that are there are not followed. Between a look at a folder and the use of it somebody else who may write there could replace it by a
 * link: the operating system offers Node no way to close that gap.
 *
 * @internal
 */
import { randomBytes } from "node:crypto"
import { constants, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { attempt, LocalError, orAbsent } from "./localError.ts"
import { folded, isSameName } from "./transferNames.ts"

/** The folder everything goes below, without links in it; made if it is not there. */
export const makeRoot = (folder: string): Effect.Effect<string, LocalError> =>
  Effect.andThen(
    attempt("make", folder, () => fs.mkdir(folder, { recursive: true })),
    attempt("open", folder, () => fs.realpath(folder))
  )

/** The same without making it. */
export const findRoot = (folder: string): Effect.Effect<string, LocalError> =>
  Effect.map(orAbsent(attempt("open", folder, () => fs.realpath(folder))), (real) => real ?? path.resolve(folder))

/** The folder at these names below the root, if it is there, and is reached without a link. */
const findFolder = (root: string, names: ReadonlyArray<string>): Effect.Effect<string | undefined, LocalError> => {
  const folder = path.join(root, ...names)
  return Effect.flatMap(orAbsent(attempt("open", folder, () => fs.realpath(folder))), (real) => {
    if (real === undefined || isSameName(real, folder)) return Effect.succeed(real)
    return Effect.fail(folded(real) === folded(folder) ? collision("open", folder, real) : throughLink("open", folder))
  })
}

/** The same, made where it is not there. */
export const makeFolder = (
  root: string,
  names: ReadonlyArray<string>
): Effect.Effect<{ readonly folder: string; readonly isNew: boolean }, LocalError> =>
  Effect.gen(function* () {
    const found = yield* findFolder(root, names)
    if (found !== undefined) return { folder: found, isNew: false }
    const folder = path.join(root, ...names)
    // The root itself was there a moment ago.
    if (names.length > 0) yield* makeFolder(root, names.slice(0, -1))
    const isNew = yield* attempt("make", folder, () => fs.mkdir(folder)).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ code }) => code === "EEXIST",
        () => Effect.succeed(false)
      )
    )
    const made = yield* findFolder(root, names)
    // There is something, and it leads nowhere.
    if (made === undefined) return yield* throughLink("make", folder)
    return { folder: made, isNew }
  })

/** The file that is at a place already. Fails where it is something else, or was meant to have another name. */
export const existing = Effect.fnUntraced(function* (
  root: string,
  names: ReadonlyArray<string>
): Effect.fn.Return<{ readonly file: string; readonly size: number } | undefined, LocalError> {
  if ((yield* findFolder(root, names.slice(0, -1))) === undefined) return undefined
  const file = path.join(root, ...names)
  const stats: Stats | undefined = yield* orAbsent(attempt("read", file, () => fs.lstat(file)))
  if (stats === undefined) return undefined
  if (stats.isSymbolicLink()) return yield* throughLink("write", file)
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? "a folder" : "something that is no file"
    return yield* new LocalError({ operation: "write", file, reason: "WrongKind", detail: `${what} is there already` })
  }
  const real = yield* attempt("read", file, () => fs.realpath(file))
  if (!isSameName(path.basename(real), path.basename(file))) return yield* collision("write", file, real)
  return { file, size: stats.size }
})

const throughLink = (operation: string, file: string): LocalError =>
  new LocalError({
    operation,
    file,
    reason: "ThroughSymlink",
    detail: "it is, or is reached through, a symbolic link, which could lead anywhere; remove the link"
  })

const collision = (operation: string, file: string, real: string): LocalError =>
  new LocalError({
    operation,
    file,
    reason: "Exists",
    detail: `${JSON.stringify(real)} is there, which this file system does not tell from it; download one of the two into another folder`
  })

/** A file that is being written under a name of its own. It is gone with the scope, unless it was given its name. */
export interface Draft {
  readonly write: <E>(bytes: Stream.Stream<Uint8Array, E>) => Effect.Effect<number, E | LocalError>
  /** Sets the time of the last change, in milliseconds since 1970. */
  readonly setTime: (millis: number) => Effect.Effect<void, LocalError>
  /** Gives it its name. Fails with `Exists` if there is something, unless it is a file that may be replaced. */
  readonly finish: (replace: boolean) => Effect.Effect<void, LocalError>
}

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** Begins a file at a place below the root. */
export const draft = Effect.fnUntraced(function* (
  root: string,
  names: ReadonlyArray<string>
): Effect.fn.Return<Draft, LocalError, Scope.Scope> {
  const file = path.join(root, ...names)
  const { folder } = yield* makeFolder(root, names.slice(0, -1))
  const temporary = path.join(folder, `.hcp-${randomBytes(8).toString("hex")}.part`)
  const unlink = Effect.ignore(attempt("remove", temporary, () => fs.unlink(temporary)))
  // What is opened after an interruption has to be removed too.
  const handle = yield* Effect.acquireRelease(
    attempt("write", file, () => fs.open(temporary, flags, 0o666)),
    (opened) => Effect.andThen(Effect.ignore(attempt("close", temporary, () => opened.close())), unlink)
  )
  const append = Effect.fnUntraced(function* (chunk: Uint8Array): Effect.fn.Return<void, LocalError> {
    let at = 0
    while (at < chunk.length) {
      const { bytesWritten } = yield* attempt("write", file, () => handle.write(chunk, at))
      at += bytesWritten
    }
  })
  return {
    write: (bytes) =>
      Stream.runFoldEffect(
        bytes,
        () => 0,
        (size, chunk) => Effect.as(append(chunk), size + chunk.length)
      ),
    setTime: (millis) => attempt("write", file, () => handle.utimes(millis / 1000, millis / 1000)),
    finish: Effect.fnUntraced(function* (replace) {
      // A link fails where there is something, a renaming would replace it.
      const isPlaced = yield* attempt("write", file, () => fs.link(temporary, file)).pipe(
        Effect.as(true),
        Effect.catchIf(
          ({ code }) => code === "EEXIST" || (code !== undefined && withoutLinks.has(code)),
          () => Effect.succeed(false)
        )
      )
      if (isPlaced) return
      if ((yield* existing(root, names)) !== undefined && !replace) return yield* appeared(file)
      yield* attempt("write", file, () => fs.rename(temporary, file))
    })
  }
})

/** How file systems without hard links refuse one. */
const withoutLinks: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EINVAL",
  "EISDIR"
])

const appeared = (file: string): LocalError =>
  new LocalError({
    operation: "write",
    file,
    reason: "Exists",
    detail: "somebody else has put a file there meanwhile; move it, or say `replace`"
  })
