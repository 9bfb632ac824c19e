/**
 * The hash of a body, read through as one attempt would send it.
 *
 * @since 0.1.0
 */
import { hash as hashOf } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "./HcpBody.ts"
import { HcpError } from "./HcpError.ts"
import { doneWith } from "./internal/body/fileReader.ts"
import { hasher } from "./internal/body/integrity.ts"
import * as bodySource from "./internal/body/source.ts"
import type { Hash } from "./ObjectHash.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * The size of a body and its hash.
 *
 * @category models
 * @since 0.1.0
 */
export interface BodyDigest {
  /** In bytes. */
  readonly size: number
  readonly hash: Hash
}

// Between two of these pieces other fibers may run.
const pieceBytes = 4 * 1024 * 1024

/**
 * Reads a body through and hashes it; `algorithm` is one of HCP's: `MD5`, `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`,
 * `RIPEMD-160`.
 *
 * A body that can be read only once is gone afterwards. Fails with `BodySourceFailed`, `LengthMismatch`,
 * and with `InvalidInput` for another algorithm, or one that this Node.js lacks.
 *
 * @category constructors
 * @since 0.1.0
 */
export const digest = (body: HcpBody.Input, algorithm: string): Effect.Effect<BodyDigest, HcpError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const hash = hasher(algorithm)
      if (hash === undefined) {
        const reason = new InvalidInput({
          field: "algorithm",
          detail: `${JSON.stringify(algorithm)} cannot be computed here; give "MD5" or "SHA-256"`
        })
        return yield* new HcpError({ operation: "digest", reason })
      }
      const result = (size: number): BodyDigest => ({ size, hash: { algorithm, hex: hash.digest("hex") } })
      const { content } = yield* bodySource.open(yield* bodySource.bodyOf(body))
      if (content === undefined) return result(0)
      if (content instanceof Uint8Array) {
        for (let at = 0; at < content.length; at += pieceBytes) {
          if (at > 0) yield* Effect.yieldNow
          hash.update(content.subarray(at, at + pieceBytes))
        }
        return result(content.length)
      }
      let size = 0
      yield* Stream.runForEach(content, (chunk) =>
        Effect.sync(() => {
          hash.update(chunk)
          size += chunk.length
          doneWith(chunk)
        })
      )
      return result(size)
    })
  )

// Hashing more than that takes long enough to let other fibers run in between.
const maxBytesAtOnce = 1024 * 1024

/**
 * The MD5 of a body in hex, as S3 and Swift announce it. Fails as {@link digest}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const md5 = (body: HcpBody.HcpBody): Effect.Effect<string, HcpError> =>
  body._tag === "Bytes" && body.bytes.length <= maxBytesAtOnce
    ? Effect.sync(() => hashOf("md5", body.bytes, "hex"))
    : Effect.map(digest(body, "MD5"), ({ hash }) => hash.hex)

/**
 * Whether a body is what is stored, by size and MD5; `false` where nobody can tell, as the body was read already, or
 * nothing is known of what is stored. Fails as {@link digest}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const isStored = (
  body: HcpBody.Input,
  stored: { readonly size: number | undefined; readonly md5: string | undefined }
): Effect.Effect<boolean, HcpError> =>
  stored.md5 === undefined || !HcpBody.isReplayable(body)
    ? Effect.succeed(false)
    : Effect.map(digest(body, "MD5"), ({ hash, size }) => size === stored.size && hash.hex === stored.md5)
