/**
 * Which names of objects may become names of local files.
 *
 * @internal
 */

import type { NameRules } from "../TransferOptions.ts"

// "Naming Files, Paths, and Namespaces" of Microsoft; the superscript digits count as digits there.
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?: *[.:].*| *)$/i
// `:` would be a drive letter or an alternate stream, `\` leads into another folder.
const refusedOnWindows = /[\\/:*?"<>|\p{Cc}]/u

/** Why a segment of a path must not, or cannot, become the name of a local file; `undefined` if it can. */
export const problemOf = (name: string, rules: NameRules): string | undefined => {
  if (name === "") return "the name is empty"
  if (name === "." || name === "..") return `the name \`${name}\` leads to another folder`
  if (name.includes("/")) return "the name holds a `/`, which leads to another folder"
  if (name.includes("\0")) return "the name holds a NUL character"
  if (rules === "posix") return undefined
  const found = refusedOnWindows.exec(name)?.[0]
  if (found !== undefined) return `the name holds ${JSON.stringify(found)}, which Windows does not take in a name`
  if (device.test(name)) return "the name is that of a device on Windows"
  if (/[. ]$/.test(name)) return "the name ends with a dot or blank, which Windows would leave out"
  return undefined
}

/** Equal for names that some file system does not tell apart: by case, or by how accents are written. */
export const folded = (name: string): string => name.normalize("NFC").toLowerCase().normalize("NFC")
