/**
 * Values as the text of an annotation.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { whereOf } from "../internal/schemaIssue.ts"
import * as xmlReader from "../internal/xml/reader.ts"
import * as xmlWriter from "../internal/xml/writer.ts"
import { UnexpectedAnswer } from "../ObjectReason.ts"
import { InvalidInput } from "../WireReason.ts"
import { toElement, toRecord } from "./internal/xmlRecord.ts"

/**
 * How values become the text of an annotation, and come back.
 *
 * @category models
 * @since 0.1.0
 */
export interface Codec<A> {
  readonly encode: (value: A) => Effect.Effect<string, InvalidInput>
  readonly decode: (text: string) => Effect.Effect<A, UnexpectedAnswer>
}

const unreadable = (detail: string): UnexpectedAnswer => new UnexpectedAnswer({ detail: `in the annotation ${detail}` })

const unwritable = (detail: string): InvalidInput => new InvalidInput({ field: "annotation", detail })

/**
 * Values of a schema as JSON. HCP stores it as it is and does not index it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const json = <A>(schema: Schema.Codec<A, unknown>): Codec<A> => {
  const codec = Schema.toCodecJson(schema)
  const encode = Schema.encodeEffect(codec)
  const decode = Schema.decodeUnknownEffect(codec)
  return {
    encode: (value) =>
      encode(value).pipe(
        Effect.mapError((error) => unwritable(whereOf(error))),
        Effect.map((encoded) => JSON.stringify(encoded))
      ),
    decode: (text) =>
      Effect.fromResult(
        Result.try({ try: (): unknown => JSON.parse(text), catch: () => unreadable("is something that is not JSON") })
      ).pipe(Effect.flatMap((value) => Effect.mapError(decode(value), (error) => unreadable(whereOf(error)))))
  }
}

/**
 * Values of a schema as XML with a root of this name, which HCP can index and search.
 *
 * A property is a child element; `@name` is an attribute, `#text` the text of an element that has attributes or
 * children besides. A list is its element repeated, and an absent or empty one leaves nothing behind. Leaves are text:
 * numbers, booleans, dates and the like are written as Effect writes them. Text is kept to the last blank; elements
 * that the schema does not know are passed over.
 *
 * There is no form for a list inside a list, and for a list as the whole. `null` is the text `null`. A schema that is
 * no record is the text of the root.
 *
 * @category constructors
 * @since 0.1.0
 */
export const xml = <A>(root: string, schema: Schema.Codec<A, unknown>): Codec<A> => {
  const codec = Schema.toCodecStringTree(schema)
  const encode = Schema.encodeEffect(codec)
  const decode = Schema.decodeUnknownEffect(codec)
  return {
    encode: (value) =>
      encode(value).pipe(
        Effect.mapError((error) => unwritable(whereOf(error))),
        Effect.flatMap((tree) => Effect.fromResult(Result.mapError(toElement(root, tree), unwritable))),
        Effect.flatMap((element) => Effect.fromResult(xmlWriter.document(element)))
      ),
    decode: (text) =>
      Stream.runCollect(
        xmlReader.elements(Stream.succeed(new TextEncoder().encode(text)), 1, { operation: "decode", depth: 100 })
      ).pipe(
        Effect.mapError(({ reason }) =>
          unreadable(`is something that is not XML: ${reason._tag === "InvalidXml" ? reason.detail : reason._tag}`)
        ),
        Effect.flatMap(([element]) =>
          element?.name === root
            ? Effect.mapError(decode(toRecord(codec.ast, element)), (error) => unreadable(whereOf(error)))
            : Effect.fail(unreadable(`the root is not the element ${root}`))
        )
      )
  }
}
