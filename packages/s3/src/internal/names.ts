/**
 * Names of buckets and keys: what HCP could never have is refused here, before anything is sent.
 *
 * @internal
 */
import { encodingProblem, shown } from "@effect-hcp/sdk/OptionCheck"

/**
 * What is wrong with the name of a bucket that may exist. Namespaces made in the console may have one or two
 * characters.
 */
export const bucketProblem = (name: unknown): string | undefined => {
  if (typeof name !== "string") return `is ${shown(name)}; give the name of a bucket`
  if (name.length > 63 || !/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name)) {
    return "is no name of a bucket: 1 to 63 letters, digits and hyphens, no hyphen at the ends"
  }
  return undefined
}

// Their first segment belongs to other gateways of the tenant's host, and CORS does not work with them anywhere in a
// URL.
const reserved: ReadonlySet<string> = new Set(["rest", "webdav", "fcfs_data", "browser", "hs3", "swift"])

/** What is wrong with the name of a bucket that is to be made. */
export const newBucketProblem = (name: unknown): string | undefined => {
  if (typeof name !== "string") return bucketProblem(name)
  if (name.length < 3 || bucketProblem(name) !== undefined) {
    return "is no name for a bucket: 3 to 63 letters, digits and hyphens, no hyphen at the ends"
  }
  const lower = name.toLowerCase()
  if (lower.startsWith("xn--")) return "begins with `xn--`, which is reserved"
  if (reserved.has(lower)) return `is reserved: HCP has another gateway at /${lower}`
  return undefined
}

const encoder = new TextEncoder()

const maxKeyBytes = 4095

// No UTF-16 code unit needs more in UTF-8, so most keys need not be counted.
const mostBytesPerUnit = 3

/** What is wrong with a key. Other than in AWS, keys are paths of a file system. */
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
