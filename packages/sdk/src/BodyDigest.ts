/**
 * The hash of a body, read through as one attempt would send it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as HcpBody from "./HcpBody.ts"
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
