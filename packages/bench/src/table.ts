/**
 * Rows of figures for people: as text on a screen, and as Markdown beside the charts.
 */
import * as Schema from "effect/Schema"
import { aligned } from "./aligned.ts"

/** A table; every row has as many cells as there are columns. */
export const Table = Schema.Struct({
  title: Schema.String,
  columns: Schema.Array(Schema.String),
  rows: Schema.Array(Schema.Array(Schema.String))
})

/** @see {@link Table} */
export interface Table extends Schema.Schema.Type<typeof Table> {}

/** Aligned text under its title. */
export const toText = ({ columns, rows, title }: Table): string => `${title}\n${aligned([columns, ...rows])}`

/** A Markdown table under its title; the first column is text, the others are numbers. */
export const toMarkdown = ({ columns, rows, title }: Table): string =>
  [
    `**${title}**`,
    "",
    line(columns),
    line(columns.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line)
  ].join("\n")

const line = (cells: ReadonlyArray<string>): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
