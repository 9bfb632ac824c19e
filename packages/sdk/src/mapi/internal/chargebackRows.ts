/**
 * The rows of a chargeback report, whether it is XML, JSON or CSV. XML and CSV are read as they arrive.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { HcpError, isHcpError } from "../../HcpError.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import { inexact, inexactField } from "../../internal/exactNumber.ts"
import { mediaType } from "../../internal/xml/plainAnswer.ts"
import * as xml from "../../internal/xml/reader.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { type ChargebackRow, type Column, type Format, systemColumns } from "../ChargebackRow.ts"
import * as csv from "./csv.ts"
import * as timestamp from "./timestamp.ts"

/** The media type of a format. */
export const mediaTypes: Readonly<Record<Format, string>> = { ...mediaType, csv: "text/csv" }

/** What a report was asked for with. */
export interface About {
  readonly operation: string
  readonly path: string
  /** The format that was asked for; what the answer says it is counts more. */
  readonly asked: Format
}

/** The rows of an answer. Fails with `InvalidXml` or `UnexpectedAnswer`, and as the answer's body does. */
export const rowsOf = (
  response: HcpResponse,
  { asked, operation, path }: About
): Stream.Stream<ChargebackRow, HcpError> => {
  const where = { operation, target: response.target, path }
  const unexpected = (detail: string): HcpError =>
    new HcpError({ ...where, reached: "answer", reason: new UnexpectedAnswer({ detail }) })
  switch (formatOf(response.headers.get("content-type")) ?? asked) {
    case "xml":
      return xml.elements(response.stream, 2, { ...where, root: "chargebackReport", redact: response.redact }).pipe(
        Stream.filter((element) => element.name === "chargebackData"),
        Stream.mapEffect((element) => {
          const row = checkedRow(
            element.children.map(({ name, text }) => [name, text] as const),
            unexpected
          )
          return isHcpError(row) ? Effect.fail(row) : Effect.succeed(row)
        })
      )
    case "json":
      return Stream.unwrap(
        Effect.map(
          Effect.flatMap(response.bytes(), (bytes) => fromJson(bytes, unexpected)),
          (rows) => Stream.fromIterable(rows)
        )
      )
    case "csv":
      return fromCsv(Stream.decodeText(response.stream), unexpected)
  }
}

const formatOf = (contentType: string | undefined): Format | undefined => {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  if (/[/+]xml$/.test(type)) return "xml"
  if (/[/+]json$/.test(type)) return "json"
  return type.endsWith("/csv") ? "csv" : undefined
}

type Unexpected = (detail: string) => HcpError

const byLowerName: ReadonlyMap<string, Column> = new Map(systemColumns.map((column) => [column.toLowerCase(), column]))

type Growing = { -readonly [K in keyof ChargebackRow]: ChargebackRow[K] }

// By hand, and not by a codec as other resources are: a report has up to a million rows.
const rowOf = (fields: Iterable<readonly [name: string, value: unknown]>): ChargebackRow => {
  const said: Partial<Record<Column, string>> = {}
  for (const [name, value] of fields) {
    const column = byLowerName.get(name.toLowerCase())
    const text = typeof value === "object" ? "" : String(value ?? "").trim()
    if (column !== undefined && text !== "") said[column] = text
  }
  unswap(said)
  const row: Growing = { kind: said.namespaceName === undefined ? "tenant" : "namespace" }
  for (const column of systemColumns) {
    const text = said[column]
    if (text !== undefined) setField(row, column, text)
  }
  return row
}

/** The row, or the error of one with a number that cannot be told exactly. */
const checkedRow = (
  fields: ReadonlyArray<readonly [name: string, value: unknown]>,
  unexpected: Unexpected
): ChargebackRow | HcpError => {
  const field = inexactField(fields.filter(([name]) => byLowerName.has(name.toLowerCase())))
  return field === undefined ? rowOf(fields) : unexpected(inexact(field))
}

/** What cannot be read is left out, as in all answers. */
const setField = (row: Growing, column: Column, text: string): void => {
  switch (column) {
    case "systemName":
    case "tenantName":
    case "namespaceName":
    case "deleted":
      row[column] = text
      return
    case "startTime":
    case "endTime": {
      const time = timestamp.parse(text)
      if (time !== undefined) row[column] = time
      return
    }
    case "valid":
      row.valid = /^(?:true|t|1)$/i.test(text)
      return
    default: {
      const number = Number(text)
      if (Number.isFinite(number)) row[column] = number
    }
  }
}

// The manual's own report of a namespace has these two in each other's column.
const unswap = (said: Partial<Record<Column, string>>): void => {
  const { endTime, objectCount } = said
  if (endTime === undefined || objectCount === undefined || !/^\d+$/.test(endTime)) return
  if (timestamp.parse(objectCount) === undefined) return
  said.endTime = objectCount
  said.objectCount = endTime
}

const fromJson = (bytes: Uint8Array, unexpected: Unexpected): Effect.Effect<ReadonlyArray<ChargebackRow>, HcpError> =>
  Effect.flatMap(
    Effect.try({
      try: (): unknown => JSON.parse(new TextDecoder().decode(bytes)),
      catch: () => unexpected("it is no JSON")
    }),
    (value) => {
      // A report without rows may be an empty record, but not one of other things.
      const isEmpty = Predicate.isReadonlyObject(value) && Object.keys(value).length === 0
      const data = Predicate.hasProperty(value, "chargebackData")
        ? (value.chargebackData ?? [])
        : isEmpty
          ? []
          : [value]
      const rows: ReadonlyArray<unknown> = Array.isArray(data) ? data : [data]
      if (!rows.every(isRow)) return Effect.fail(unexpected("it is no list of rows"))
      return Effect.forEach(rows, (row) => {
        const checked = checkedRow(Object.entries(row), unexpected)
        return isHcpError(checked) ? Effect.fail(checked) : Effect.succeed(checked)
      })
    }
  )

const isRow = (row: unknown): row is object =>
  Predicate.isReadonlyObject(row) && Object.keys(row).some((name) => byLowerName.has(name.toLowerCase()))

const fromCsv = (
  source: Stream.Stream<string, HcpError>,
  unexpected: Unexpected
): Stream.Stream<ChargebackRow, HcpError> =>
  Stream.suspend(() => {
    let header: ReadonlyArray<Column | undefined> | undefined
    let line = 1
    const take = (fields: csv.Row): ChargebackRow | HcpError | undefined => {
      if (header === undefined) {
        header = columnsOf(fields)
        return header.some((column) => column !== undefined)
          ? undefined
          : unexpected("its first line names no column of a chargeback report")
      }
      line++
      const names = header
      // Figures in a wrong column are worse than none.
      return fields.length === names.length
        ? checkedRow(
            fields.map((field, at) => [names[at] ?? "", field] as const),
            unexpected
          )
        : unexpected(`line ${line} has ${fields.length} fields, its header ${names.length}`)
    }
    return csv
      .rows(source, (problem) => unexpected(`it is no CSV, ${problem}`))
      .pipe(
        Stream.chunks,
        Stream.mapEffect((lines) => {
          const rows: Array<ChargebackRow> = []
          for (const fields of lines) {
            const row = take(fields)
            if (isHcpError(row)) return Effect.fail(row)
            if (row !== undefined) rows.push(row)
          }
          return Effect.succeed(rows)
        }),
        Stream.flattenIterable,
        Stream.onEnd(
          Effect.suspend(() =>
            header === undefined ? Effect.fail(unexpected("it is empty, without a header")) : Effect.void
          )
        )
      )
  })

/** The columns by their names. A name that is cut short, as in the manual, is the one it can only be. */
const columnsOf = (names: csv.Row): ReadonlyArray<Column | undefined> => {
  const exact = names.map((name) => byLowerName.get(name.trim().toLowerCase()))
  const missing = systemColumns.filter((column) => !exact.includes(column))
  return exact.map((column, at) => {
    const name = names[at]?.trim().toLowerCase() ?? ""
    if (column !== undefined || name.length < 4) return column
    const [only, ...others] = missing.filter((each) => each.toLowerCase().startsWith(name))
    return others.length === 0 ? only : undefined
  })
}
