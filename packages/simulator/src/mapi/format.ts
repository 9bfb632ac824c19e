/**
 * XML and JSON of the management API: both are the same tree, XML has a root element around it.
 *
 * A list is an array under the name of its items: `{"tags":{"tag":["a","b"]}}` is
 * `<tags><tag>a</tag><tag>b</tag></tags>`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/encoding/Xml"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Document, isBranch, isDocument } from "../internal/document.ts"
import * as Xml from "../internal/xml.ts"

const isList = (document: Document): document is ReadonlyArray<Document> => Array.isArray(document)

const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

const element = (name: string, value: Document, pretty: boolean, depth: number): string => {
  const line = pretty ? `\n${"    ".repeat(depth)}` : ""
  if (isList(value)) return value.map((item) => element(name, item, pretty, depth)).join("")
  if (!isBranch(value)) return line + Xml.text(name, String(value))
  const children = Object.entries(value)
    .map(([child, content]) => (content === undefined ? "" : element(child, content, pretty, depth + 1)))
    .join("")
  return children === "" ? line + Xml.empty(name) : `${line}${Xml.open(name)}${children}${line}${Xml.close(name)}`
}

/** @internal */
export const toXml = (root: string, document: Document, pretty: boolean): string =>
  declaration + element(root, document, pretty, 0)

/**
 * JSON has no root element, unless there is nothing else to name the value by.
 *
 * @internal
 */
export const toJson = (root: string, document: Document, pretty: boolean): string =>
  JSON.stringify(isBranch(document) ? document : { [root]: document }, null, pretty ? 4 : undefined)

const malformed = (format: string): Refusal => refusal(400, `the body is not well-formed ${format}`)

/** An element while it is being read: either text or children, by what comes. */
interface Open {
  readonly name: string
  text: string
  readonly children: Map<string, Array<Document>>
}

const close = ({ children, text }: Open, keepBlanks: boolean): Document => {
  if (children.size === 0) return keepBlanks ? text : text.trim()
  return Object.fromEntries(
    [...children].map(([name, [only = "", ...more]]) => [name, more.length > 0 ? [only, ...more] : only])
  )
}

const maxDepth = 64

/** What an XML document holds. */
export interface XmlContent {
  readonly root: string
  readonly document: Document
}

/**
 * Reads XML. An element that comes once is a value, one that comes more often an array; all scalars are text, without
 * blanks around it unless they are to be kept. Fails with 400.
 *
 * @internal
 */
export const fromXml = (text: string, keepBlanks = false): Effect.Effect<XmlContent, Refusal> =>
  Stream.succeed(text).pipe(
    Stream.pipeThroughChannel(Encoding.decodeString({ maxDepth, maxTokenSize: Infinity })),
    Stream.runCollect,
    Effect.mapError(({ kind }) =>
      kind === "Limit" ? refusal(400, "the body is nested too deeply") : malformed("XML")
    ),
    Effect.flatMap((events) => Effect.fromResult(treeOf(events, keepBlanks)))
  )

const treeOf = (events: ReadonlyArray<Encoding.Event>, keepBlanks: boolean): Result.Result<XmlContent, Refusal> => {
  const top: Open = { name: "", text: "", children: new Map() }
  const open: Array<Open> = [top]
  for (const event of events) {
    const last = open.at(-1) ?? top
    if (event._tag === "Doctype") return Result.fail(refusal(400, "a document type is not allowed"))
    if (event._tag === "Text") last.text += event.text
    else if (event._tag === "StartElement") open.push({ name: event.name, text: "", children: new Map() })
    else if (event._tag === "EndElement") {
      open.pop()
      const parent = open.at(-1) ?? top
      const siblings = parent.children.get(last.name)
      if (siblings === undefined) parent.children.set(last.name, [close(last, keepBlanks)])
      else siblings.push(close(last, keepBlanks))
    }
  }
  for (const [root, [document = ""]] of top.children) return Result.succeed({ root, document })
  return Result.fail(malformed("XML"))
}

/** Reads JSON; what is null is taken as not there. Fails with 400. */
export const fromJson = (text: string): Result.Result<Document, Refusal> =>
  Result.flatMap(
    Result.try({
      try: (): unknown => JSON.parse(text, (_name, value: unknown) => (value === null ? undefined : value)),
      catch: () => malformed("JSON")
    }),
    (value) => (isDocument(value) ? Result.succeed(value) : Result.fail(malformed("JSON")))
  )
