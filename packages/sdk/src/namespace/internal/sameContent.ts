/**
 * Whether two objects have the same bytes.
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

/** An object, and what is known of its bytes. */
export interface Content {
  readonly namespace: Namespace.Namespace["Service"]
  readonly path: string
  readonly versionId?: string | undefined
  readonly size: number | undefined
  readonly hash: Hash | undefined
}

const withoutHash = "SHA-256"

/**
 * Compares sizes, and then hashes: those that HCP gives where they are of one kind, else an object is read for the one
 * that the other has.
 */
export const hasSameContent = Effect.fnUntraced(function* (
  one: Content,
  other: Content
): Effect.fn.Return<boolean, HcpError> {
  if (one.size !== undefined && other.size !== undefined && one.size !== other.size) return false
  const algorithm = commonOf(one.hash, other.hash)
  const [first, second] = yield* Effect.all([hexOf(one, algorithm), hexOf(other, algorithm)], { concurrency: 2 })
  return first === second
})

const commonOf = (one: Hash | undefined, other: Hash | undefined): string => {
  for (const hash of [other, one]) {
    if (hash !== undefined && algorithmOf(hash.algorithm) !== undefined) return hash.algorithm
  }
  return one !== undefined && one.algorithm === other?.algorithm ? one.algorithm : withoutHash
}

const hexOf = (content: Content, algorithm: string): Effect.Effect<string, HcpError> =>
  content.hash?.algorithm.toUpperCase() === algorithm.toUpperCase()
    ? Effect.succeed(content.hash.hex.toLowerCase())
    : Effect.map(BodyDigest.digest(bodyOf(content), algorithm), ({ hash }) => hash.hex.toLowerCase())

/** The bytes of an object, read anew whenever they are asked for. */
const bodyOf = ({ namespace, path, versionId }: Content): HcpBody.HcpBody =>
  HcpBody.stream(() => namespace.stream(path, { versionId, resume: true }))
