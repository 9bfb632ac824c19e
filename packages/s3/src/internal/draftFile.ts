/**
 * A file that is written in many places at once under a name of its own, and gets its real one when it is whole.
 *
 * @internal
 */
import { createHash, randomBytes } from "node:crypto"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { LocalError } from "@effect-hcp/sdk/namespace/Transfer"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A file in the making. It is gone with the scope, unless it was given its name. */
export interface Draft {
  /** Writes all of these bytes from this position on. */
  readonly write: (bytes: Uint8Array, at: number) => Effect.Effect<void, LocalError>
  /** The MD5 of what was written, in hex. */
  readonly md5: Effect.Effect<string, LocalError>
  /** Gives it its name. Fails with `Exists` if there is something, unless it is a file that may be replaced. */
  readonly finish: Effect.Effect<void, LocalError>
}

const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** Begins a file of this size. Fails early where something is in its place. */
export const draftFile = Effect.fnUntraced(function* (
  file: string,
  size: number,
  replace: boolean
): Effect.fn.Return<Draft, LocalError, Scope.Scope> {
  yield* checkPlace(file, replace)
  const temporary = path.join(path.dirname(file), `.${randomBytes(8).toString("hex")}.part`)
  const unlink = Effect.ignore(attempt("remove", temporary, () => fs.unlink(temporary)))
  const handle = yield* Effect.acquireRelease(
    attempt("write", file, () => fs.open(temporary, flags, 0o666)),
    (opened) => Effect.andThen(Effect.ignore(attempt("close", temporary, () => opened.close())), unlink)
  )
  yield* attempt("write", file, () => handle.truncate(size))
  return {
    write: Effect.fnUntraced(function* (bytes, at) {
      let written = 0
      while (written < bytes.length) {
        const { bytesWritten } = yield* attempt("write", file, () =>
          handle.write(bytes, written, bytes.length - written, at + written)
        )
        written += bytesWritten
      }
    }),
    md5: Effect.gen(function* () {
      const hash = createHash("md5")
      const piece = Buffer.allocUnsafeSlow(1024 * 1024)
      for (let at = 0; at < size; ) {
        const { bytesRead } = yield* attempt("read", file, () => handle.read(piece, 0, piece.length, at))
        if (bytesRead === 0) break
        hash.update(piece.subarray(0, bytesRead))
        at += bytesRead
      }
      return hash.digest("hex")
    }),
    finish: Effect.gen(function* () {
      // A link fails where there is something, a renaming would replace it.
      const isPlaced = yield* attempt("write", file, () => fs.link(temporary, file)).pipe(
        Effect.as(true),
        Effect.catchIf(
          ({ code }) => code === "EEXIST" || (code !== undefined && withoutLinks.has(code)),
          () => Effect.succeed(false)
        )
      )
      if (isPlaced) return
      yield* checkPlace(file, replace)
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

const checkPlace = Effect.fnUntraced(function* (file: string, replace: boolean): Effect.fn.Return<void, LocalError> {
  const stats = yield* attempt("read", file, () => fs.lstat(file)).pipe(
    Effect.catchIf(
      ({ code }) => code === "ENOENT",
      () => Effect.succeed(undefined)
    )
  )
  if (stats === undefined) return
  if (!stats.isFile()) {
    return yield* local("write", file, "WrongKind", "there is something that is no file; choose another place")
  }
  if (!replace) return yield* local("write", file, "Exists", "a file is there already; move it, or say `replace`")
})

const local = (
  operation: string,
  file: string,
  reason: LocalError["reason"],
  detail: string,
  code?: string
): LocalError => new LocalError({ operation, file, reason, detail, code })

const known: Readonly<Record<string, readonly [reason: LocalError["reason"], detail: string]>> = {
  ENOENT: ["NotFound", "there is no such file or folder"],
  ENOTDIR: ["WrongKind", "something above it is not a folder"],
  EACCES: ["NoPermission", "this user has no permission; check the permissions of the folder"],
  EPERM: ["NoPermission", "this user has no permission; check the permissions of the folder"],
  ENOSPC: ["NoSpace", "there is no space left; free some and run it again"],
  EDQUOT: ["NoSpace", "the quota is used up; free some space and run it again"],
  EROFS: ["NoSpace", "the file system is read-only; choose another folder"]
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const attempt = <A>(operation: string, file: string, run: () => Promise<A>): Effect.Effect<A, LocalError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => {
      const code = codeOf(error)
      const [reason, detail] = known[code ?? ""] ?? ["Failed", error instanceof Error ? error.message : "it failed"]
      return local(operation, file, reason, detail, code)
    }
  })
