/**
 * Names of buckets and keys: what HCP could never have is refused here, before anything is sent.
 *
 * @internal
 */
import { placeProblem } from "@effect-hcp/sdk/ObjectName"

export { keyProblem } from "@effect-hcp/sdk/ObjectName"

/** What is wrong with the name of a bucket that may exist. */
export const bucketProblem = (name: unknown): string | undefined => placeProblem(name, "bucket")

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
