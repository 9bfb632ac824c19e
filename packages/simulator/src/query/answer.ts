/**
 * Writes the answer to a query, in XML and JSON, piece by piece while it is sent.
 *
 * @internal
 */
import * as Stream from "effect/Stream"
import type { GatewayBody } from "../Gateway.ts"
import * as Xml from "../internal/xml.ts"
import type { Scalar } from "./matching.ts"
import { basic, type Found, names, shown } from "./properties.ts"
import type { Format } from "./request.ts"

/** A property and how often its values occur. */
export interface Facet {
  readonly property: string
  readonly frequency: ReadonlyArray<{ readonly value: string; readonly count: number }>
}

/** An answer as data. */
export interface Answer {
  /** What was asked, in short: the expression, or the time that was looked at. */
  readonly query: { readonly expression: string } | { readonly start: number; readonly end: number }
  readonly records: ReadonlyArray<Found>
  /** The properties that each record has. */
  readonly properties: ReadonlyArray<string>
  /** How many match in all, of objects. */
  readonly total?: number | undefined
  readonly isComplete: boolean
  readonly facets?: ReadonlyArray<Facet> | undefined
  readonly hasContentProperties?: boolean | undefined
}

/**
 * The properties that were asked for; the basic ones always come.
 *
 * @internal
 */
export const chosen = (verbose: boolean | undefined, list: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...basic,
  ...(list.length > 0 ? names.filter((name) => list.includes(name)) : verbose === true ? names : []).filter(
    (name) => !basic.some((each) => each === name)
  )
]

const pieceSize = 64

const xmlPieces = function* (answer: Answer, domain: string, pretty: boolean): IterableIterator<string> {
  const line = (depth: number, text: string) => (pretty ? `${"  ".repeat(depth)}${text}\n` : text)
  const { facets, hasContentProperties, isComplete, properties, query, records, total } = answer
  yield Xml.declaration + line(0, Xml.open("queryResult", Xml.schemaLocation("query-result-9.0.xsd")))
  yield "expression" in query
    ? line(1, `${Xml.open("query")}${Xml.text("expression", query.expression)}${Xml.close("query")}`)
    : line(1, Xml.empty("query", Object.entries(query)))
  if (records.length === 0) yield line(1, Xml.empty("resultSet"))
  else {
    yield line(1, Xml.open("resultSet"))
    for (const found of records) {
      const attributes = properties.map((name) => [name, shown(name, found, domain)] as const)
      yield line(2, Xml.empty("object", attributes))
    }
    yield line(1, Xml.close("resultSet"))
  }
  yield line(
    1,
    Xml.empty("status", [
      ...(total === undefined ? [] : [["totalResults", total] as const]),
      ["results", records.length],
      ["message", ""],
      ["code", isComplete ? "COMPLETE" : "INCOMPLETE"]
    ])
  )
  if (hasContentProperties === true) yield line(1, Xml.empty("contentProperties"))
  if (facets !== undefined) {
    yield line(1, Xml.open("facets"))
    for (const { frequency, property } of facets) {
      yield line(2, Xml.open("facet", [["property", property]]))
      for (const { count, value } of frequency) {
        yield line(
          3,
          Xml.empty("frequency", [
            ["value", value],
            ["count", count]
          ])
        )
      }
      yield line(2, Xml.close("facet"))
    }
    yield line(1, Xml.close("facets"))
  }
  yield line(0, Xml.close("queryResult"))
}

/** Which values are numbers and which texts is not the same everywhere on an HCP either. */
const jsonValue = (name: string, value: Scalar): Scalar => (name === "retention" ? String(value) : value)

const jsonPieces = function* (answer: Answer, domain: string, pretty: boolean): IterableIterator<string> {
  const { facets, hasContentProperties, isComplete, properties, query, records, total } = answer
  const print = (value: unknown) => JSON.stringify(value, null, pretty ? 2 : undefined)
  const break_ = pretty ? "\n" : ""
  yield `{"queryResult":{${break_}"query":${print(query)},${break_}"resultSet":[`
  for (const [index, found] of records.entries()) {
    const entries = properties.map((name) => [name, jsonValue(name, shown(name, found, domain))] as const)
    yield (index === 0 ? break_ : `,${break_}`) + print(Object.fromEntries(entries))
  }
  const status = {
    totalResults: total,
    results: records.length,
    message: "",
    code: isComplete ? "COMPLETE" : "INCOMPLETE"
  }
  yield `],${break_}"status":${print(status)}`
  if (hasContentProperties === true) yield `,${break_}"contentProperties":${print({ contentProperty: [] })}`
  if (facets !== undefined) yield `,${break_}"facets":${print({ facet: facets })}`
  yield `}}${break_}`
}

const batches = function* (pieces: IterableIterator<string>): IterableIterator<Uint8Array> {
  const encoder = new TextEncoder()
  let batch: Array<string> = []
  for (const piece of pieces) {
    batch.push(piece)
    if (batch.length === pieceSize) {
      yield encoder.encode(batch.join(""))
      batch = []
    }
  }
  yield encoder.encode(batch.join(""))
}

/**
 * The body, whose length nobody knows before it is sent.
 *
 * @internal
 */
export const body = (answer: Answer, format: Format, domain: string, pretty: boolean): GatewayBody => ({
  _tag: "Stream",
  stream: Stream.suspend(() =>
    Stream.fromIterable(batches((format === "xml" ? xmlPieces : jsonPieces)(answer, domain, pretty))).pipe(
      Stream.rechunk(1),
      Stream.filter((bytes) => bytes.length > 0)
    )
  )
})
