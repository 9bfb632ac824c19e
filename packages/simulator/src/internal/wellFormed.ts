/**
 * Whether some bytes are an XML document.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/encoding/Xml"
import * as Stream from "effect/Stream"

/** @internal */
export interface Limits {
  readonly depth: number
  readonly elements: number
}

/**
 * What is wrong with the bytes; `undefined` if they are a document. Fails as the bytes do.
 *
 * @internal
 */
export const problemOf = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  { depth, elements }: Limits
): Effect.Effect<string | undefined, E> =>
  Effect.suspend(() => {
    let count = 0
    return bytes.pipe(
      Stream.pipeThroughChannel(Encoding.decode<E, unknown>({ maxDepth: depth, maxTokenSize: Infinity })),
      Stream.runForEachArray((events) => {
        for (const { _tag } of events) if (_tag === "StartElement") count++
        return count > elements ? Effect.fail(new TooManyElements()) : Effect.void
      }),
      Effect.as(undefined),
      Effect.catch((error) => {
        if (error instanceof TooManyElements) return Effect.succeed(`there are more than ${elements} elements`)
        if (!Encoding.isXmlError(error)) return Effect.fail(error)
        return Effect.succeed(
          error.kind === "Limit"
            ? `elements are nested more than ${depth} levels deep`
            : `not well-formed XML: ${error.message}`
        )
      })
    )
  })

class TooManyElements {}
