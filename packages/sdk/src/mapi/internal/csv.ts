/**
 * Comma-separated values as RFC 4180 has them: read as they arrive, and written.
 *
 * @internal
 */
import * as Encoding from "effect/encoding/Csv"
import * as Stream from "effect/Stream"

/** One line: its fields, unquoted. */
export type Row = ReadonlyArray<string>

/**
 * The lines of a text that arrives in parts. Lines end with CRLF, LF or CR; blank lines are left out; a byte order mark
 * is skipped.
 *
 * Fails, by `onBad` with the line and what is wrong there, where a quoted field is not closed or is followed by
 * anything but a separator, where a quote stands in a field without quotes, and where a line is longer than a million
 * characters.
 */
export const rows = <E, E2>(
  source: Stream.Stream<string, E>,
  onBad: (problem: string) => E2
): Stream.Stream<Row, E | E2> =>
  source.pipe(
    Stream.pipeThroughChannel(Encoding.decodeString<E>({ ignoreEmptyLines: true })),
    Stream.mapError((error) =>
      Encoding.isCsvError(error) ? onBad(`line ${error.line ?? 1}: ${error.message}`) : error
    )
  )

/** One line with its CRLF. Fields are quoted where they have to be. */
export const line = (fields: Row): string => `${fields.map(field).join(",")}\r\n`

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
