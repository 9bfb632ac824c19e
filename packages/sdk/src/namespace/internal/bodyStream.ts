/**
 * Bodies made of other bodies: the same bytes counted, hashed, packed or put together while they are sent.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BodyDigest from "../../BodyDigest.ts"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { algorithmOf, SentHashes } from "../../internal/body/integrity.ts"
import * as bodySource from "../../internal/body/source.ts"

type Bytes = Stream.Stream<Uint8Array, HcpError>

// Small enough that progress is seen, large enough to cost nothing.
const pieceBytes = 256 * 1024

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** The bytes of a body, opened when the stream is run. */
export const bytesOf = (body: HcpBody.HcpBody): Bytes =>
  Stream.scoped(
    Stream.unwrap(
      Effect.map(bodySource.open(body), ({ content }) =>
        content === undefined
          ? Stream.empty
          : content instanceof Uint8Array
            ? Stream.fromIterable(pieces(content))
            : content
      )
    )
  )

/** How many bytes a body will have; `undefined` if only its end will tell. Nothing of a stream is read. */
export const lengthOf = (body: HcpBody.HcpBody): Effect.Effect<number | undefined, HcpError> =>
  Effect.scoped(Effect.map(bodySource.open(body), ({ length }) => length))

/**
 * The body whose bytes are those of another one passed through something, anew for each attempt. It can be sent again
 * if the other one can. `length` is that of the result.
 */
export const passedThrough = (
  body: HcpBody.HcpBody,
  through: (bytes: Bytes) => Bytes,
  length: number | undefined
): HcpBody.HcpBody => {
  if (body._tag !== "StreamedOnce") return HcpBody.stream(() => through(bytesOf(body)), { length })
  // The mark of having been read stays the caller's, so that a second call with the same body is refused as ever.
  const source = HcpBody.streamOnce(body.stream, { length: body.length })
  return { _tag: "StreamedOnce", stream: through(bytesOf(source)), length, begun: body.begun }
}

/** The bytes, and their hashes once they have passed. */
export const hashed = (bytes: Bytes): { readonly content: Bytes; readonly hashes: SentHashes } => {
  const hashes = new SentHashes({ scheme: undefined, length: undefined })
  const content = Stream.map(bytes, (chunk) => {
    hashes.update(chunk)
    return chunk
  })
  return { content, hashes }
}

/** What `BodyDigest` finds, of an algorithm that an answer named: `undefined` for one that nobody here knows. */
export const digestIfKnown = (
  body: HcpBody.HcpBody,
  algorithm: string
): Effect.Effect<BodyDigest.BodyDigest | undefined, HcpError> =>
  algorithmOf(algorithm) === undefined ? Effect.succeed(undefined) : BodyDigest.digest(body, algorithm)
