/**
 * Is it XML that a namespace takes which checks its annotations?
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import * as xml from "../../internal/xml/reader.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { About } from "./call.ts"

const maxDepth = 100
const maxElements = 10_000

/**
 * Fails with `InvalidInput` (field `annotation`) for a text that is not well-formed XML with at most 100 elements
 * inside each other and 10,000 in all. A DOCTYPE is refused too.
 */
export const checkXml = ({ operation, path }: About, text: string): Effect.Effect<void, HcpError> => {
  const bytes = new TextEncoder().encode(text)
  const fail = (detail: string) =>
    Effect.fail(new HcpError({ operation, path, reason: new InvalidInput({ field: "annotation", detail }) }))
  let elements = 0
  return Stream.runForEachArray(
    xml.events(Stream.succeed(bytes), {
      operation,
      path,
      depth: maxDepth,
      markup: bytes.length,
      bytes: bytes.length,
      // HCP checks what is stored, and takes none.
      leadingBlanks: false
    }),
    (events) => {
      for (const event of events) if (event._tag === "Open") elements++
      return elements > maxElements ? fail(`its XML has more than ${maxElements} elements`) : Effect.void
    }
  ).pipe(Effect.catchReason("HcpError", "InvalidXml", ({ detail }) => fail(`its XML is not well-formed: ${detail}`)))
}
