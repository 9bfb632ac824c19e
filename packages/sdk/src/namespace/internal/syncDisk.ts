/**
 * Waits until the disk has what the operating system still keeps in memory.
 *
 * @internal
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { LocalError } from "../../LocalError.ts"
import { attempt } from "./localError.ts"

/** How systems and file systems say that names cannot be written down on demand; Windows with the first. */
const refusals: ReadonlySet<string> = new Set(["EPERM", "EISDIR", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EBADF"])

const sync = (place: string, flags: "r" | "r+"): Effect.Effect<void, LocalError> =>
  Effect.acquireUseRelease(
    attempt("write", place, () => fs.open(place, flags)),
    (handle) => attempt("write", place, () => handle.sync()),
    (handle) => Effect.ignore(attempt("close", place, () => handle.close()))
  )

/** The names in a folder, where the platform can. */
export const syncFolder = (folder: string): Effect.Effect<void, LocalError> =>
  Effect.catchIf(
    sync(folder, "r"),
    ({ code }) => code !== undefined && refusals.has(code),
    () => Effect.void
  )

/** The names of some folders below one, from the innermost outwards, where the platform can. */
export const syncNames = (root: string, names: ReadonlyArray<string>): Effect.Effect<void, LocalError> =>
  Effect.forEach(names, (_, depth) => syncFolder(path.join(root, ...names.slice(0, names.length - 1 - depth))), {
    discard: true
  })

/** A file that was written before, and its name. */
export const syncFile = (file: string): Effect.Effect<void, LocalError> =>
  // Windows does it only for those who may write.
  Effect.andThen(sync(file, path.sep === "\\" ? "r+" : "r"), syncFolder(path.dirname(file)))
