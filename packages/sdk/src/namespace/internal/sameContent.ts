/**
 * Whether two objects or files have the same bytes.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as BodyDigest from "../../BodyDigest.ts"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { algorithmOf } from "../../internal/body/integrity.ts"
import type { Hash } from "../../ObjectHash.ts"
import type * as Namespace from "../Namespace.ts"
import type { TreeEntry } from "../TreeEntry.ts"

/** What is known of some bytes, and how to read them. */
export interface Content {
  readonly size: number | undefined
  /** Those that are known without reading the bytes. */
  readonly hashes: ReadonlyArray<Hash>
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
  const algorithm = commonOf(one.hashes, other.hashes)
  const [first, second] = yield* Effect.all([hexOf(one, algorithm, read), hexOf(other, algorithm, read)], {
    concurrency: 2
  })
  return first === second
})

/** An algorithm that both sides know, else one of a side, which the other one is read for. */
const commonOf = (one: ReadonlyArray<Hash>, other: ReadonlyArray<Hash>): string => {
  const shared = other.filter(({ algorithm }) => of(one, algorithm) !== undefined)
  for (const { algorithm } of [...shared, ...other, ...one]) if (algorithmOf(algorithm) !== undefined) return algorithm
  return shared[0]?.algorithm ?? withoutHash
}

const of = (hashes: ReadonlyArray<Hash>, algorithm: string): string | undefined =>
  hashes.find((hash) => hash.algorithm.toUpperCase() === algorithm.toUpperCase())?.hex.toLowerCase()

const hexOf = ({ body, hashes }: Content, algorithm: string, read: boolean): Effect.Effect<string, HcpError> => {
  const known = read ? undefined : of(hashes, algorithm)
  return known === undefined
    ? Effect.map(BodyDigest.digest(body, algorithm), (found) => found.hash.hex.toLowerCase())
    : Effect.succeed(known)
}

/**
 * Whether a copy may be left as it is, without reading anything but files of this computer: by size and hash, or by
 * time where no hash tells.
 */
export const isSameByHashOrTime = Effect.fnUntraced(function* (
  source: TreeEntry,
  copy: TreeEntry
): Effect.fn.Return<boolean, HcpError> {
  if (source.size !== copy.size) return false
  const shared = copy.hashes.find(({ algorithm }) => of(source.hashes, algorithm) !== undefined)
  if (shared !== undefined) return of(source.hashes, shared.algorithm) === shared.hex.toLowerCase()
  const isReadable = (one: TreeEntry, other: TreeEntry): boolean =>
    one.body._tag === "File" && other.hashes.some(({ algorithm }) => algorithmOf(algorithm) !== undefined)
  if (isReadable(source, copy) || isReadable(copy, source)) return yield* hasSameContent(source, copy)
  if (source.modifiedAt === undefined || copy.modifiedAt === undefined) return false
  return secondOf(copy.modifiedAt) >= secondOf(source.modifiedAt)
})

/** Headers say times to the second. */
const secondOf = (at: DateTime.Utc): number => Math.floor(at.epochMilliseconds / 1000)

/** The bytes of an object, read anew and compared with its hash whenever they are asked for. */
export const contentOf = (
  namespace: Namespace.Namespace["Service"],
  path: string,
  { hash, size }: { readonly size: number | undefined; readonly hash: Hash | undefined },
  versionId?: string
): Content => ({
  size,
  hashes: hash === undefined ? [] : [hash],
  body: HcpBody.stream(() => namespace.stream(path, { versionId, resume: true }))
})
