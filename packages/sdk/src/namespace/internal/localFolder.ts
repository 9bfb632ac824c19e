/**
 * Folders of this computer that are made with those above them.
 *
 * One by one: Node's own way of making all of them does not end where a file system says that a folder is missing
 * whatever is above it, as `/proc` does.
 *
 * @internal
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { codeOf } from "../../internal/body/fileErrors.ts"
import { LocalError } from "../../LocalError.ts"
import { attempt } from "./localError.ts"

const isFolder = (folder: string): Promise<boolean> =>
  fs.stat(folder).then(
    (found) => found.isDirectory(),
    () => false
  )

/** Makes one folder, and says whether it is new. */
const makeOne = async (folder: string, mode: number | undefined): Promise<boolean> => {
  try {
    await fs.mkdir(folder, { mode })
    return true
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && (await isFolder(folder))) return false
    throw error
  }
}

/** The first folder that was made. */
const makeWithAbove = async (folder: string, mode: number | undefined): Promise<string | undefined> => {
  try {
    return (await makeOne(folder, mode)) ? folder : undefined
  } catch (error) {
    const above = path.dirname(folder)
    if (codeOf(error) !== "ENOENT" || above === folder) throw error
    const first = await makeWithAbove(above, mode)
    const isNew = await makeOne(folder, mode)
    return first ?? (isNew ? folder : undefined)
  }
}

const inVain = "nothing is missing above it, and yet no folder can be made there; choose another place"

/** Makes a folder with those above it, and gives the first one that was made; `undefined` where it is there. */
export const makeLocalFolder = (folder: string, mode?: number): Effect.Effect<string | undefined, LocalError> =>
  Effect.mapError(
    attempt("make", folder, () => makeWithAbove(path.resolve(folder), mode)),
    (error) =>
      error.reason === "NotFound"
        ? new LocalError({ operation: "make", file: folder, reason: "NotFound", detail: inVain, code: error.code })
        : error
  )
