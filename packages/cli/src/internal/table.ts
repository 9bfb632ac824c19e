/**
 * Results as a table for people.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import { displayWidth } from "effect/cli/CliOutput"
import * as Stream from "effect/Stream"
import type { Column, Row } from "./row.ts"

/** A name may hold signs that move the cursor or change colours. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)

const cell = ({ name, show }: Column, row: Row): string => {
  const value = row[name] ?? null
  if (value === null) return "-"
  return printable(show === undefined ? String(value) : show(value))
}

const pad = (text: string, width: number, isRight: boolean): string => {
  const blanks = " ".repeat(Math.max(0, width - displayWidth(text)))
  return isRight ? blanks + text : text + blanks
}

/** Rows under a header. Widths are those of the rows that came together, and never become less. */
export const rows = <E, R>(
  columns: ReadonlyArray<Column>,
  source: Stream.Stream<Row, E, R>
): Stream.Stream<string, E, R> =>
  Stream.suspend(() => {
    const titles = columns.map(({ name }) => name.toUpperCase())
    const widths = columns.map(({ width = 0 }, at) => Math.max(width, displayWidth(titles[at] ?? "")))
    const isRight = columns.map(({ align }) => align === "right")
    let isFirst = true
    const print = (cells: ReadonlyArray<string>): string =>
      `${cells
        .map((text, at) => pad(text, widths[at] ?? 0, isRight[at] ?? false))
        .join("  ")
        .trimEnd()}\n`
    return Stream.mapArray(source, (batch) => {
      const cells = batch.map((row) =>
        columns.map((column, at) => {
          const text = cell(column, row)
          widths[at] = Math.max(widths[at] ?? 0, displayWidth(text))
          return text
        })
      )
      const header = isFirst ? print(titles) : ""
      isFirst = false
      return Arr.of(header + cells.map(print).join(""))
    })
  })

/** One result with a field on each line. What is not known is left out. */
export const record = (columns: ReadonlyArray<Column>, row: Row): string => {
  const known = columns.filter(({ name }) => (row[name] ?? null) !== null)
  const width = Math.max(0, ...known.map(({ name }) => name.length))
  return known.map((column) => `${column.name.padEnd(width)}  ${cell(column, row)}\n`).join("")
}
