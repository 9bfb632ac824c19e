/**
 * What is in the place of a file, seen as it is: links are not followed, and names that differ only for other file
 * systems are kept apart.
 *
 * @internal
 */
import { lstat, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { LocalError } from "../../LocalError.ts"
import { attempt, orAbsent } from "./localError.ts"

/** Whether two names are the same but for how accents are written, which macOS may change by itself. */
export const isSameName = (left: string, right: string): boolean => left.normalize("NFC") === right.normalize("NFC")

/** The file that is there already. Fails where it is something else, or was meant to have another name. */
export const fileAt = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<{ readonly file: string; readonly size: number } | undefined, LocalError> {
  const stats = yield* orAbsent<Stats>("read", file, (callback) => lstat(file, callback))
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

/** @internal */
export const throughLink = (operation: string, file: string): LocalError =>
  new LocalError({
    operation,
    file,
    reason: "ThroughSymlink",
    detail: "it is, or is reached through, a symbolic link, which could lead anywhere; remove the link"
  })

/** @internal */
export const collision = (operation: string, file: string, real: string): LocalError =>
  new LocalError({
    operation,
    file,
    reason: "Exists",
    detail:
      `${JSON.stringify(real)} is there, which this file system does not tell from it; ` +
      "download one of the two into another folder"
  })
