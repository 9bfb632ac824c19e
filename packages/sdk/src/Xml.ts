/**
 * Reading and writing XML: a reader that follows a stream and bounds what it takes, and a writer that escapes.
 *
 * Reading refuses DOCTYPE, bounds depth and sizes, and fails with `InvalidXml` for anything that is not well formed or
 * breaks off.
 *
 * @since 0.1.0
 */
import type * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import type { HcpError } from "./HcpError.ts"
import * as reader from "./internal/xml/reader.ts"
import * as writer from "./internal/xml/writer.ts"
import type { InvalidInput } from "./WireReason.ts"
import type { Element, Options, Value, XmlElement, XmlEvent } from "./XmlDocument.ts"

export type * from "./XmlDocument.ts"

/**
 * The events of a document, as they are read.
 *
 * Fails with `InvalidXml` for anything but one whole document within the limits (`isTruncated` where only the end is
 * missing), and as the source does. Whoever needs all or nothing must not act before the end of the stream.
 *
 * @category reading
 * @since 0.1.0
 */
export const events: (
  source: Stream.Stream<Uint8Array, HcpError>,
  options: Options
) => Stream.Stream<XmlEvent, HcpError> = reader.events

/**
 * The elements of one level (1 is the root, 2 its children), each with everything in it, as soon as it is closed.
 *
 * Fails as {@link events} does.
 *
 * @category reading
 * @since 0.1.0
 */
export const elements: (
  source: Stream.Stream<Uint8Array, HcpError>,
  level: number,
  options: Options
) => Stream.Stream<XmlElement, HcpError> = reader.elements

/**
 * An element with its attributes and what is in it.
 *
 * @category writing
 * @since 0.1.0
 */
export const element: (
  name: string,
  attributes?: Element["attributes"],
  ...children: ReadonlyArray<Element | Value | undefined>
) => Element = writer.element

/**
 * The whole document, declaration included. Fails with `InvalidInput`, its field the path to the value
 * (`acl/grant@id`), where a value has a character that XML 1.0 cannot carry even as a reference (section 2.2), or half
 * a surrogate pair.
 *
 * Throws a `RangeError` for a name that is none: names are never a user's.
 *
 * @category writing
 * @since 0.1.0
 */
export const document: (root: Element) => Result.Result<string, InvalidInput> = writer.document
