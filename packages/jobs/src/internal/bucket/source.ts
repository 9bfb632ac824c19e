/**
 * A version of an object of HCP, and whether an object in a bucket has its bytes.
 *
 * @internal
 */
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type { Hash } from "@effect-hcp/sdk/ObjectHash"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as Effect from "effect/Effect"
import { type Refusal, refused } from "../work.ts"
import type { Bucket } from "./bucket.ts"
import * as Envelope from "./envelope.ts"

/** A version that is copied. */
export interface Source {
  readonly path: string
  readonly key: string
  /** What it is read by; `undefined` for the current one. */
  readonly versionId: string | undefined
  readonly metadata: ObjectMetadata
  readonly hash: Hash
}

/** What is needed to find the version at its source. */
export const sourceOf = (
  from: Namespace,
  path: string,
  key: string,
  versionId: string | undefined
): Effect.Effect<Source, Refusal> =>
  Effect.gen(function* () {
    const metadata = yield* from.head(path, { versionId })
    if (metadata.type === "directory") return yield* refused("IsADirectory", `${path} is a directory, and no object`)
    // HCP has none of what was stored in parts.
    const hash =
      metadata.hash ??
      (yield* BodyDigest.digest(
        HcpBody.stream(() => from.stream(path, { versionId, resume: true })),
        "SHA-256"
      )).hash
    return { path, key, versionId, metadata, hash }
  })

/** Whether an object in a bucket has the bytes of the version. */
export const hasSameBytes = (
  bucket: Bucket,
  { hash, key, metadata }: Source,
  there: S3ObjectMetadata
): Effect.Effect<boolean, HcpError> => {
  if (there.size !== undefined && metadata.size !== undefined && there.size !== metadata.size) {
    return Effect.succeed(false)
  }
  const known = Envelope.read(there.metadata)?.hash
  if (known !== undefined && known.algorithm === hash.algorithm) {
    return Effect.succeed(known.hex === hash.hex.toLowerCase())
  }
  if (hash.algorithm === "MD5" && there.md5 !== undefined) {
    return Effect.succeed(there.md5 === hash.hex.toLowerCase())
  }
  const body = HcpBody.stream(() => bucket.stream(key, { versionId: there.versionId, resume: true }))
  return Effect.map(
    BodyDigest.digest(body, hash.algorithm),
    (read) => read.hash.hex.toLowerCase() === hash.hex.toLowerCase()
  )
}
