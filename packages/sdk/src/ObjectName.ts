/**
 * Names of what the S3 and the Swift gateway address: what HCP could never have is refused before anything is sent. For
 * packages that build on this one.
 *
 * A bucket of S3 and a container of Swift are a namespace of HCP, and keys are paths in it.
 *
 * @since 0.1.0
 */
import { encodingProblem, shown } from "./OptionCheck.ts"

/**
 * What is wrong with the name of a namespace that may exist; `kind` is what the gateway calls one. Namespaces made in
 * the console may have one or two characters.
 *
 * @category combinators
 * @since 0.1.0
 */
export const placeProblem = (name: unknown, kind: "bucket" | "container"): string | undefined => {
  if (typeof name !== "string") return `is ${shown(name)}; give the name of a ${kind}`
  if (name.length > 63 || !/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name)) {
    return `is no name of a ${kind}: 1 to 63 letters, digits and hyphens, no hyphen at the ends`
  }
  return undefined
}

const encoder = new TextEncoder()

const maxKeyBytes = 4095

// No UTF-16 code unit needs more in UTF-8, so most keys need not be counted.
const mostBytesPerUnit = 3

/**
 * What is wrong with a key. Other than in other stores, keys are paths of a file system.
 *
 * @category combinators
 * @since 0.1.0
 */
export const keyProblem = (key: unknown): string | undefined => {
  if (typeof key !== "string") return `is ${shown(key)}; give the key of an object`
  if (key === "") return "is empty"
  if (key === ".") return 'is ".", which HCP does not store'
  if (key.startsWith("/")) return "begins with a slash; leave it out"
  if (key.includes("\0")) return "holds a NUL character"
  const broken = encodingProblem(key)
  if (broken !== undefined) return broken
  const bytes = key.length <= maxKeyBytes / mostBytesPerUnit ? 0 : encoder.encode(key).length
  if (bytes > maxKeyBytes) return `has ${bytes} bytes, HCP takes ${maxKeyBytes}; shorten it`
  const segments = key.split("/")
  if (segments.at(-1) === "") segments.pop()
  for (const segment of segments) {
    if (segment === "") return "has an empty segment (`//`), which HCP would silently drop; write a single `/`"
    if (segment === "." || segment === "..") return `has a \`${segment}\` segment, which HCP does not store`
    if (segment === ".directory-metadata") return "uses the name `.directory-metadata`, which HCP reserves"
  }
  return undefined
}
