/**
 * The data of an object on its way from one namespace to another, and what is where it goes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { IntegrityError } from "../../WireReason.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectOptions } from "../NamespaceCopyOptions.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import type { PutOptions, Stored } from "../StoreOptions.ts"
import type { Pair } from "./carried.ts"
import { storedAgain } from "./passedOn.ts"
import { taken } from "./refusals.ts"

/** Sends the data of an object, and proves that it is what was stored. */
export const storeData = Effect.fnUntraced(function* (
  { from, source, target, to, versionId }: Pair,
  metadata: ObjectMetadata,
  { bandwidth }: ObjectOptions,
  put: PutOptions
): Effect.fn.Return<Stored, HcpError> {
  const ifMatch = versionId === undefined ? metadata.etag : undefined
  const read = () => {
    const stream = from.stream(source, { versionId, ifMatch, resume: true })
    return bandwidth === undefined ? stream : bandwidth.limit(stream)
  }
  const body = metadata.size === 0 ? HcpBody.empty : HcpBody.stream(read, { length: metadata.size })
  const stored = yield* storedAgain(from, to, to.put(target, body, put))
  yield* compare(metadata, stored, target)
  return stored
})

/** Fails where HCP says that other bytes were stored than there are at the source. */
export const compare = (
  { hash }: ObjectMetadata,
  { metadata }: Stored,
  path: string
): Effect.Effect<void, HcpError> => {
  const actual = metadata.hash
  return hash === undefined ||
    actual === undefined ||
    hash.algorithm !== actual.algorithm ||
    hash.hex.toLowerCase() === actual.hex.toLowerCase()
    ? Effect.void
    : Effect.fail(
        new HcpError({
          operation: "PUT",
          path,
          reached: "answer",
          reason: new IntegrityError({ algorithm: hash.algorithm, expected: hash.hex, actual: actual.hex })
        })
      )
}

/** What is stored at a path; `undefined` for nothing. */
export const find = (
  namespace: Namespace.Namespace["Service"],
  path: string
): Effect.Effect<ObjectMetadata | undefined, HcpError> =>
  Effect.catchReason(namespace.head(path), "HcpError", "NotFound", () => Effect.succeed(undefined))

export const exists = (path: string, found: ObjectMetadata): HcpError =>
  new HcpError({ operation: "PUT", path, reached: "answer", reason: taken(found) })
