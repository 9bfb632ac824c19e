/**
 * Takes a whole body into memory, up to a limit.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * The bytes of a stream. Fails with `tooLong` as soon as there are more than `maxBytes`; the rest is not read.
 *
 * The time is linear in the number of bytes, however many pieces they come in.
 *
 * @internal
 */
export const collectBytes = <E, R, E2>(
  stream: Stream.Stream<Uint8Array, E, R>,
  maxBytes: number,
  tooLong: () => E2
): Effect.Effect<Buffer, E | E2, R> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return Effect.map(
      Stream.runForEach(stream, (chunk) => {
        size += chunk.length
        if (size > maxBytes) return Effect.fail(tooLong())
        chunks.push(chunk)
        return Effect.void
      }),
      () => Buffer.concat(chunks, size)
    )
  })
