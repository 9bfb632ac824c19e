/**
 * Reading and writing XML: a reader that follows a stream and bounds what it takes, and a writer that escapes.
 *
 * Reading refuses DOCTYPE, bounds depth and sizes, and fails with `InvalidXml` for anything that is not well formed or breaks off.
 *
 * @since 0.1.0
 */

export { elements, events, type Limits, type Options, type XmlElement, type XmlEvent } from "./internal/xml/reader.ts"
export { document, type Element, element, type Node, type Value } from "./internal/xml/writer.ts"
