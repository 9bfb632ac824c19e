/**
 * The hash of a body, read through as one attempt would send it.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as HcpBody from "./HcpBody.ts"
import type { HcpError } from "./HcpError.ts"
import { doneWith } from "./internal/body/fileReader.ts"
import * as bodySource from "./internal/body/source.ts"

/**
 * The size of a body and its hash.
 *
 * @category models
 * @since 0.1.0
 */
export interface BodyDigest {
  /** In bytes. */
  readonly size: number
  readonly digest: Buffer
}

// Between two of these pieces other fibers may run.
const pieceBytes = 4 * 1024 * 1024

/**
 * Reads a body through and hashes it; `algorithm` is OpenSSL's name of one this Node.js has: `md5`, `sha256`.
 *
 * A body that can be read only once is gone afterwards. Fails with `BodySourceFailed`, `LengthMismatch`,
 * `InvalidInput`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const digest = (body: HcpBody.Input, algorithm: string): Effect.Effect<BodyDigest, HcpError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const hash = createHash(algorithm)
      const { content } = yield* bodySource.open(yield* bodySource.bodyOf(body))
      if (content === undefined) return { size: 0, digest: hash.digest() }
      if (content instanceof Uint8Array) {
        for (let at = 0; at < content.length; at += pieceBytes) {
          if (at > 0) yield* Effect.yieldNow
          hash.update(content.subarray(at, at + pieceBytes))
        }
        return { size: content.length, digest: hash.digest() }
      }
      let size = 0
      yield* Stream.runForEach(content, (chunk) =>
        Effect.sync(() => {
          hash.update(chunk)
          size += chunk.length
          doneWith(chunk)
        })
      )
      return { size, digest: hash.digest() }
    })
  )
