/**
 * What a command prints: its results to standard output, in the format that was asked for, and everything else to
 * standard error.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import type * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

import type { Failure } from "../Failure.ts"
import type { Column, Row } from "./row.ts"
import * as Table from "./table.ts"

export type * from "./row.ts"

/**
 * The formats: a `table` for people, one `json` document, `ndjson` with a JSON object on each line, or `csv` with a
 * header. The names of the fields are the same in the last three.
 */
export type Format = "table" | "json" | "ndjson" | "csv"

/**
 * The output of one run.
 */
export class Output extends Context.Service<
  Output,
  {
    readonly format: Format
    readonly quiet: boolean
    /** Prints results as they come. A reader that has gone away ends the stream, and that is no failure. */
    readonly rows: <E, R>(
      columns: ReadonlyArray<Column>,
      rows: Stream.Stream<Row, E, R>
    ) => Effect.Effect<void, E | PlatformError, R>
    /** Prints one result: in a table a field on each line. */
    readonly record: (columns: ReadonlyArray<Column>, row: Row) => Effect.Effect<void, PlatformError>
    /** Writes bytes or text to standard output as they are. */
    readonly raw: <E, R>(content: Stream.Stream<Uint8Array | string, E, R>) => Effect.Effect<void, E | PlatformError, R>
    /** Tells people what was done. Nothing with `--quiet`. */
    readonly note: (text: string) => Effect.Effect<void>
    /** Tells why it failed: with `json` and `ndjson` as one JSON object. */
    readonly failure: (failure: Failure) => Effect.Effect<void>
  }
>()("@effect-hcp/cli/Output") {}

/**
 * The output to the standard streams.
 */
export const make = (options: {
  readonly format: Format
  readonly quiet: boolean
}): Effect.Effect<Output["Service"], never, Stdio.Stdio> =>
  Effect.map(Stdio.Stdio, (stdio) => {
    const { format, quiet } = options
    const run = <E, R>(
      content: Stream.Stream<Uint8Array | string, E, R>,
      sink: Sink.Sink<void, string | Uint8Array, never, PlatformError>
    ): Effect.Effect<void, E | PlatformError, R> =>
      Effect.catchIf(Stream.run(content, sink), isClosedPipe, () => Effect.void)
    const raw = <E, R>(content: Stream.Stream<Uint8Array | string, E, R>) => run(content, stdio.stdout())
    // Nobody is left to be told that standard error is closed.
    const tell = (...lines: ReadonlyArray<string>) =>
      Effect.ignore(run(Stream.succeed(lines.map((line) => `${line}\n`).join("")), stdio.stderr()))
    return Output.of({
      format,
      quiet,
      rows: (columns, rows) => raw(print[format](columns, rows)),
      record: (columns, row) =>
        raw(
          format === "table"
            ? Stream.succeed(Table.record(columns, row))
            : format === "json"
              ? Stream.succeed(`${JSON.stringify(row, null, 2)}\n`)
              : print[format](columns, Stream.succeed(row))
        ),
      raw,
      note: (text) => (quiet ? Effect.void : tell(Table.printable(text))),
      failure: ({ error, hint, message, node, requestId, status }) => {
        if (format === "json" || format === "ndjson") {
          return tell(JSON.stringify({ error, message, hint, status, node, requestId }))
        }
        // Many messages say already what to try.
        const isNew = hint !== undefined && !message.includes(hint)
        return tell(Table.printable(`hcp: ${message}`), ...(isNew ? [Table.printable(`     ${hint}`)] : []))
      }
    })
  })

const isClosedPipe = (error: unknown): boolean =>
  Predicate.isTagged(error, "PlatformError") &&
  Predicate.hasProperty(error, "cause") &&
  Predicate.hasProperty(error.cause, "code") &&
  error.cause.code === "EPIPE"

type Printer = <E, R>(
  columns: ReadonlyArray<Column>,
  rows: Stream.Stream<Row, E, R>
) => Stream.Stream<string, E | PlatformError, R>

const print: Readonly<Record<Format, Printer>> = {
  table: Table.rows,
  ndjson: (_, rows) => lines(rows, (row) => `${JSON.stringify(row)}\n`),
  json: (_, rows) =>
    Stream.suspend(() => {
      // A failure before the first row leaves standard output empty.
      let before = "["
      const items = lines(rows, (row) => {
        const text = `${before}\n  ${JSON.stringify(row)}`
        before = ","
        return text
      })
      const end = Stream.suspend(() => Stream.succeed(before === "[" ? "[]\n" : "\n]\n"))
      return Stream.concat(items, end)
    }),
  csv: (columns, rows) =>
    Stream.concat(
      Stream.succeed(`${columns.map(({ name }) => csvField(name)).join(",")}\r\n`),
      lines(rows, (row) => `${columns.map(({ name }) => csvField(String(row[name] ?? ""))).join(",")}\r\n`)
    )
}

/** One text for the rows that came together: to write each alone would be ten times slower. */
const lines = <E, R>(rows: Stream.Stream<Row, E, R>, line: (row: Row) => string): Stream.Stream<string, E, R> =>
  Stream.mapArray(rows, (batch) => Arr.of(batch.map(line).join("")))

const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
