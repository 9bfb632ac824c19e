/**
 * XML and JSON of the management API: both are the same tree, XML has a root element around it.
 *
 * A list is an array under the name of its items: `{"tags":{"tag":["a","b"]}}` is
 * `<tags><tag>a</tag><tag>b</tag></tags>`.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { SaxesParser } from "saxes"
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

/**
 * Reads XML. An element that comes once is a value, one that comes more often an array; all scalars are text, without
 * blanks around it unless they are to be kept. Fails with 400.
 *
 * @internal
 */
export const fromXml = (
  text: string,
  keepBlanks = false
): Result.Result<{ readonly root: string; readonly document: Document }, Refusal> => {
  const parser = new SaxesParser()
  const open: Array<Open> = [{ name: "", text: "", children: new Map() }]
  let problem: Refusal | undefined
  let root = ""
  parser.on("error", () => {
    problem ??= malformed("XML")
  })
  parser.on("doctype", () => {
    problem ??= refusal(400, "a document type is not allowed")
  })
  parser.on("opentag", ({ name }) => {
    if (root === "") root = name
    if (open.length > maxDepth) problem ??= refusal(400, "the body is nested too deeply")
    else open.push({ name, text: "", children: new Map() })
  })
  const addText = (part: string) => {
    const last = open.at(-1)
    if (last !== undefined) last.text += part
  }
  parser.on("text", addText)
  parser.on("cdata", addText)
  parser.on("closetag", () => {
    const done = open.length > 1 ? open.pop() : undefined
    const parent = open.at(-1)
    if (done === undefined || parent === undefined) return
    const siblings = parent.children.get(done.name)
    if (siblings === undefined) parent.children.set(done.name, [close(done, keepBlanks)])
    else siblings.push(close(done, keepBlanks))
  })
  parser.write(text).close()
  if (problem !== undefined) return Result.fail(problem)
  const document = open[0]?.children.get(root)?.[0]
  return document === undefined ? Result.fail(malformed("XML")) : Result.succeed({ root, document })
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
