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
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
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
 * What is to be said when the command is interrupted.
 */
export interface Remains {
  /** At once: how far it is, and how to go on. */
  readonly now?: (() => ReadonlyArray<string>) | undefined
  /** Where it does not end in time: what it could not clean up any more. */
  readonly late?: (() => ReadonlyArray<string>) | undefined
}

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
    /** Whether standard error is a terminal, where lines of progress can change. */
    readonly isTerminal: boolean
    /**
     * Shows these lines at the end of what is on the terminal, in place of those before. What is printed meanwhile goes
     * above them. Nothing with `--quiet`; where there is no terminal each is a plain line.
     */
    readonly progress: (lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** What an interruption says, as long as the scope is open. */
    readonly remains: (remains: Remains) => Effect.Effect<void, never, Scope.Scope>
    /** Says `now` or `late` of all that is under way. */
    readonly interrupted: (when: keyof Remains) => Effect.Effect<void>
  }
>()("@effect-hcp/cli/Output") {}

/**
 * The output to the standard streams.
 */
export const make = (options: {
  readonly format: Format
  readonly quiet: boolean
}): Effect.Effect<Output["Service"], never, Stdio.Stdio> =>
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    const { format, quiet } = options
    const isTerminal = yield* stdio.stderrIsTerminal
    // Both streams are one terminal then.
    const isShared = isTerminal && (yield* stdio.stdoutIsTerminal)
    const turn = Semaphore.makeUnsafe(1)
    const underway = new Set<Remains>()
    let shown = 0
    const run = <E, R>(
      content: Stream.Stream<Uint8Array | string, E, R>,
      sink: Sink.Sink<void, string | Uint8Array, never, PlatformError>
    ): Effect.Effect<void, E | PlatformError, R> =>
      Effect.catchIf(Stream.run(content, sink), isClosedPipe, () => Effect.void)
    // Nobody is left to be told that standard error is closed.
    const write = (text: string) => Effect.ignore(run(Stream.succeed(text), stdio.stderr()))
    const erased = Effect.suspend(() => {
      const lines = shown
      shown = 0
      return lines === 0 ? Effect.void : write(erase(lines))
    })
    const raw = <E, R>(content: Stream.Stream<Uint8Array | string, E, R>): Effect.Effect<void, E | PlatformError, R> =>
      isShared && !quiet
        ? Stream.runForEach(content, (part) =>
            turn.withPermit(Effect.andThen(erased, run(Stream.succeed(part), stdio.stdout())))
          )
        : run(content, stdio.stdout())
    const tell = (...lines: ReadonlyArray<string>) =>
      turn.withPermit(Effect.andThen(erased, write(lines.map((line) => `${line}\n`).join(""))))
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
      isTerminal,
      progress: (lines) => {
        if (quiet) return Effect.void
        if (!isTerminal) return lines.length === 0 ? Effect.void : tell(...lines.map(Table.printable))
        return turn.withPermit(
          Effect.suspend(() => {
            const before = shown
            shown = lines.length
            const text = `${before === 0 ? "" : erase(before)}${lines.map(Table.printable).join("\n")}`
            return text === "" ? Effect.void : write(text)
          })
        )
      },
      remains: (remains) =>
        Effect.asVoid(
          Effect.acquireRelease(
            Effect.sync(() => underway.add(remains)),
            () => Effect.sync(() => underway.delete(remains))
          )
        ),
      interrupted: (when) =>
        Effect.suspend(() => {
          const lines = [...underway].reverse().flatMap((one) => one[when]?.() ?? [])
          return quiet || lines.length === 0 ? Effect.void : tell(...lines.map(Table.printable))
        }),
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

/** Goes back to the first of so many lines, and clears them. */
const erase = (lines: number): string => `\r${lines > 1 ? `\u001b[${lines - 1}A` : ""}\u001b[J`

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
