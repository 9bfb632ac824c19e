/**
 * Comma-separated values as RFC 4180 has them: read as they arrive, and written.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"

/** One line: its fields, unquoted. */
export type Row = ReadonlyArray<string>

/** Where a text is no CSV. */
class NotCsv extends Error {}

// Longer ones are no line of a report, but something else.
const maxLine = 1024 * 1024

/**
 * The lines of a text that arrives in parts. Lines end with CRLF, LF or CR; blank lines are left out; a byte order mark
 * is skipped.
 *
 * A quote inside a field without quotes is a character like any other, as RFC 4180 leaves it open. Fails, by `onBad`,
 * where a quoted field is not closed or is followed by anything but a separator, and where a line is longer than a
 * million characters.
 */
export const rows = <E, E2>(
  source: Stream.Stream<string, E>,
  onBad: (error: NotCsv) => E2
): Stream.Stream<Row, E | E2> =>
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      const reader = new Reader()
      let isOver = false
      const emit = (rows: ReadonlyArray<Row>): Rows<E | E2> =>
        Arr.isReadonlyArrayNonEmpty(rows) ? Effect.succeed(rows) : isOver ? Cause.done() : next
      const read = (step: () => ReadonlyArray<Row>): Rows<E | E2> =>
        Effect.flatMap(
          Effect.try({
            try: step,
            catch: (error) => onBad(error instanceof NotCsv ? error : new NotCsv(String(error)))
          }),
          emit
        )
      const waiting: Array<string> = []
      const next: Rows<E | E2> = Effect.suspend(() => {
        if (isOver) return Cause.done()
        const part = waiting.shift()
        if (part !== undefined) return read(() => reader.read(part))
        return Pull.matchEffect(pull, {
          onSuccess: (parts) => {
            waiting.push(...parts)
            return next
          },
          onFailure: Effect.failCause,
          onDone: () => {
            isOver = true
            return read(() => reader.end())
          }
        })
      })
      return next
    })
  )

type Rows<E> = Pull.Pull<Arr.NonEmptyReadonlyArray<Row>, E>

type State = "start" | "plain" | "quoted" | "closed"

/** One text in the making. */
class Reader {
  #state: State = "start"
  #field = ""
  #fields: Array<string> = []
  #line = 1
  #length = 0
  #isFirst = true
  #afterCr = false

  read(part: string): ReadonlyArray<Row> {
    const found: Array<Row> = []
    for (const char of this.#isFirst && part.startsWith("\ufeff") ? part.slice(1) : part) this.#take(char, found)
    if (part !== "") this.#isFirst = false
    return found
  }

  end(): ReadonlyArray<Row> {
    if (this.#state === "quoted") throw new NotCsv(`line ${this.#line}: a quoted field is not closed`)
    const found: Array<Row> = []
    this.#endLine(found)
    return found
  }

  #take(char: string, found: Array<Row>): void {
    if (++this.#length > maxLine) throw new NotCsv(`line ${this.#line} has more than ${maxLine} characters`)
    const isLf = char === "\n"
    const wasCr = this.#afterCr
    this.#afterCr = char === "\r"
    if (this.#state === "quoted") {
      if (char === '"') this.#state = "closed"
      else this.#field += char
    } else if (char === ",") this.#endField()
    else if (isLf || char === "\r") {
      if (!(isLf && wasCr)) this.#endLine(found)
    } else if (char === '"' && this.#state !== "plain") {
      if (this.#state === "closed") this.#field += char
      this.#state = "quoted"
    } else if (this.#state === "closed") {
      throw new NotCsv(`line ${this.#line}: there is something behind the closing quote of a field`)
    } else {
      this.#state = "plain"
      this.#field += char
    }
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ""
    this.#state = "start"
  }

  #endLine(found: Array<Row>): void {
    const isBlank = this.#state === "start" && this.#fields.length === 0
    if (!isBlank) {
      this.#endField()
      found.push(this.#fields)
    }
    this.#fields = []
    this.#line++
    this.#length = 0
  }
}

/** One line with its CRLF. Fields are quoted where they have to be. */
export const line = (fields: Row): string => `${fields.map(field).join(",")}\r\n`

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
