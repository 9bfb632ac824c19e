/**
 * Whether two objects or files have the same bytes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as BodyDigest from "../../BodyDigest.ts"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { algorithmOf } from "../../internal/body/integrity.ts"
import type { Hash } from "../../ObjectHash.ts"
import type * as Namespace from "../Namespace.ts"

/** What is known of some bytes, and how to read them. */
export interface Content {
  readonly size: number | undefined
  readonly hash: Hash | undefined
  readonly body: HcpBody.HcpBody
}

const withoutHash = "SHA-256"

/**
 * Compares sizes, and then hashes: those that HCP gives where they are of one kind, else what has none is read. With
 * `read` both are read, whatever HCP says.
 */
export const hasSameContent = Effect.fnUntraced(function* (
  one: Content,
  other: Content,
  read = false
): Effect.fn.Return<boolean, HcpError> {
  if (one.size !== undefined && other.size !== undefined && one.size !== other.size) return false
  const algorithm = commonOf(one.hash, other.hash)
  const [first, second] = yield* Effect.all([hexOf(one, algorithm, read), hexOf(other, algorithm, read)], {
    concurrency: 2
  })
  return first === second
})

const commonOf = (one: Hash | undefined, other: Hash | undefined): string => {
  for (const hash of [other, one]) {
    if (hash !== undefined && algorithmOf(hash.algorithm) !== undefined) return hash.algorithm
  }
  return one !== undefined && one.algorithm === other?.algorithm ? one.algorithm : withoutHash
}

const hexOf = ({ body, hash }: Content, algorithm: string, read: boolean): Effect.Effect<string, HcpError> =>
  !read && hash?.algorithm.toUpperCase() === algorithm.toUpperCase()
    ? Effect.succeed(hash.hex.toLowerCase())
    : Effect.map(BodyDigest.digest(body, algorithm), (found) => found.hash.hex.toLowerCase())

/** The bytes of an object, read anew and compared with its hash whenever they are asked for. */
export const contentOf = (
  namespace: Namespace.Namespace["Service"],
  path: string,
  { hash, size }: { readonly size: number | undefined; readonly hash: Hash | undefined },
  versionId?: string
): Content => ({
  size,
  hash,
  body: HcpBody.stream(() => namespace.stream(path, { versionId, resume: true }))
})
