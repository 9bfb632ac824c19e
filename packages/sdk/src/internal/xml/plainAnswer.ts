/**
 * Reads an answer that may be XML or JSON: both become the same plain value, as JSON has it.
 *
 * The body itself says which of the two it is. In the plain value an element with children is a record, a repeated one
 * a list, any other a text; the root has no name, as in JSON. Only the reader of the value knows what a single child or
 * an empty element means.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import { type HcpReply, responseError } from "../../HcpResponse.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import type { Options, XmlElement } from "../../XmlDocument.ts"
import * as xml from "./reader.ts"

/** How documents are written. */
export type Format = "xml" | "json"

/** The media type of a format. */
export const mediaType: Readonly<Record<Format, string>> = { xml: "application/xml", json: "application/json" }

/** Where an answer comes from, for the error. */
export interface About {
  readonly operation: string
  readonly path: string
}

/** What a part of an XML document becomes. */
export interface Reading {
  /**
   * Whether attributes are values as well, beside the children of the same element. Defaults to `false`: they are left
   * out.
   */
  readonly attributes?: boolean | undefined
}

/** The plain value of an answer; an empty body is an empty text. Fails with `InvalidXml` or `UnexpectedAnswer`. */
export const plain = (reply: HcpReply, about: About, reading?: Reading): Effect.Effect<unknown, HcpError> => {
  const text = reply.text
  switch (/^\ufeff?\s*(\S?)/.exec(text)?.[1]) {
    case "":
      return Effect.succeed("")
    case "{":
    case "[":
      return Effect.try({
        try: (): unknown => JSON.parse(text),
        catch: () => unexpected(reply, about, "it is not the JSON it begins as")
      })
    default:
      return plainOfXml(reply.bytes, { ...about, target: reply.target, redact: reply.redact }, reading)
  }
}

/** The plain value of an XML document. */
export const plainOfXml = (
  bytes: Uint8Array,
  options: Options,
  reading: Reading = {}
): Effect.Effect<unknown, HcpError> =>
  Effect.map(Stream.runCollect(xml.elements(Stream.make(bytes), 1, { nodes: 1_000_000, ...options })), ([root]) =>
    root === undefined ? "" : plainOf(root, reading.attributes === true)
  )

const plainOf = (element: XmlElement, withAttributes: boolean): unknown => {
  const attributes = withAttributes ? Object.entries(element.attributes) : []
  if (element.children.length === 0 && attributes.length === 0) return element.text
  const values = new Map<string, unknown>(attributes)
  const lists = new Map<string, Array<unknown>>()
  for (const child of element.children) {
    const value = plainOf(child, withAttributes)
    const many = lists.get(child.name)
    if (many !== undefined) many.push(value)
    else if (values.has(child.name)) {
      const both = [values.get(child.name), value]
      lists.set(child.name, both)
      values.set(child.name, both)
    } else values.set(child.name, value)
  }
  return Object.fromEntries(values)
}

/** The error of an answer that has not the shape it should have. `detail` holds none of its values. */
export const unexpected = (reply: HcpReply, about: About, detail: string): HcpError =>
  responseError(about, reply, new UnexpectedAnswer({ detail }))
