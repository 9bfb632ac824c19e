/**
 * Records in a file, one line of JSON each, so that a restart finds what was there.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../SimulatorError.ts"
import * as File from "./file.ts"

/** @internal */
export interface RecordLog<A> {
  /**
   * Appends all of some records or none of them. Done when it returns, so that the order of the lines is that of the
   * records. Fails with reason `space` where the file system is full, and the log is then as before; `makesRoom` says
   * that what the records stand for frees space, and for these some is kept back.
   */
  readonly append: (
    records: ReadonlyArray<A>,
    options?: { readonly makesRoom: boolean }
  ) => Result.Result<void, SimulatorError>
}

/** How a record is written as a line, without the end of the line. */
export interface Format<A> {
  /** `bytes` are those of the line, in UTF-8. */
  readonly read: (line: string, bytes: Buffer) => Result.Result<A, unknown>
  readonly write: (record: A) => string
}

/**
 * A line is the JSON of a record, which must be what JSON can hold.
 *
 * @internal
 */
export const jsonFormat = <A, I>(schema: Schema.Codec<A, I>): Format<A> => ({
  read: jsonReader(schema),
  write: (record) => JSON.stringify(record)
})

const jsonReader = <A, I>(schema: Schema.Codec<A, I>): ((line: string) => Result.Result<A, unknown>) => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema))
  return (line) => decode(line)
}

const newline = 10

/** Else nothing could be deleted on a full file system, as a deletion has to be recorded before it is done. */
const reserveSize = 64 * 1024

const brokenLine = (file: string, line: number): SimulatorError =>
  new SimulatorError({
    reason: "storage",
    message:
      `${file}: line ${line} is no record, so the lines after it cannot be trusted. To repair it: keep a copy of the ` +
      "file, remove from the line what is not a whole record (each is one JSON object on a line of its own), or the " +
      "line as a whole, which loses the change it stood for; then start again"
  })

/** Cuts what a file holds, piece by piece, into its lines; each goes to `take` with its number, from 1 on. */
const lineReader = (take: (line: Buffer, number: number) => void) => {
  let rest: Uint8Array = new Uint8Array()
  let number = 0
  const takeBytes = (bytes: Uint8Array): void => {
    number++
    take(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), number)
  }
  return {
    add: (bytes: Uint8Array): void => {
      let start = 0
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        const line = bytes.subarray(start, end)
        takeBytes(rest.length === 0 ? line : Buffer.concat([rest, line]))
        if (rest.length > 0) rest = new Uint8Array()
        start = end + 1
      }
      if (start < bytes.length) rest = Buffer.concat([rest, bytes.subarray(start)])
    },
    /** The last line, if it has no end; says whether there was one. */
    finish: (): boolean => {
      const isOpen = rest.length > 0
      if (isOpen) takeBytes(rest)
      return isOpen
    }
  }
}

/** What there was in a file. */
interface Replayed {
  readonly records: number
  /** Whether the file has to be begun anew before anything can be appended: it is not there, or its end is torn. */
  readonly needsRewrite: boolean
}

/**
 * Calls `apply` with every record of a file, in order; there need not be one. A last line without an end was torn off
 * by a crash before anybody was told that it is done: it is left out. A broken line elsewhere is a failure that says
 * how to repair it, because what follows it cannot be trusted.
 *
 * @internal
 */
export const replay = Effect.fnUntraced(function* <A>(
  file: string,
  format: Format<A>,
  apply: (record: A) => void
): Effect.fn.Return<Replayed, SimulatorError> {
  if (!(yield* File.exists(file))) return { records: 0, needsRewrite: true }
  let records = 0
  let broken: number | undefined
  const reader = lineReader((line, number) => {
    if (broken !== undefined) return
    const record = format.read(line.toString(), line)
    if (Result.isFailure(record)) broken = number
    else {
      records++
      apply(record.success)
    }
  })
  yield* Stream.runForEach(File.read(file), (bytes) => {
    reader.add(bytes)
    // A line that has an end was not torn off.
    return broken === undefined ? Effect.void : Effect.fail(brokenLine(file, broken))
  })
  return { records, needsRewrite: reader.finish() }
})

/**
 * Begins a new log with `records`, puts it in the place of the old one, and keeps it open for more.
 *
 * @internal
 */
export const begin = Effect.fnUntraced(function* <A>(
  file: string,
  format: Format<A>,
  records: Iterable<A>
): Effect.fn.Return<RecordLog<A>, SimulatorError, Scope.Scope> {
  const next = `${file}.next`
  yield* File.remove(next)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const fd = yield* File.openScoped(next, "wx")
      let batch = ""
      for (const record of records) {
        batch += `${format.write(record)}\n`
        if (batch.length > 1024 ** 2) {
          yield* File.write(fd, next, [new TextEncoder().encode(batch)])
          batch = ""
        }
      }
      if (batch !== "") yield* File.write(fd, next, [new TextEncoder().encode(batch)])
    })
  ).pipe(Effect.onError(() => Effect.ignore(File.remove(next))))
  yield* File.rename(next, file)
  return yield* resume(file, format)
})

/**
 * Goes on with a log that is there, whole.
 *
 * @internal
 */
export const resume = Effect.fnUntraced(function* <A>(
  file: string,
  format: Format<A>
): Effect.fn.Return<RecordLog<A>, SimulatorError, Scope.Scope> {
  const appender = yield* File.openAppender(file)
  const reserve = `${file}.reserve`
  const keepBack = (): boolean => Result.isSuccess(File.createNow(reserve, new Uint8Array(reserveSize)))
  let hasReserve = keepBack()
  return {
    append: (records, { makesRoom } = { makesRoom: false }) => {
      const text = records.map((record) => `${format.write(record)}\n`).join("")
      const appended = appender.append(text)
      if (Result.isSuccess(appended)) {
        // A reserve that was used is filled again as soon as there is room.
        hasReserve ||= keepBack()
        return appended
      }
      if (!makesRoom || !hasReserve || appended.failure.reason !== "space") return appended
      hasReserve = false
      return Result.flatMap(File.removeNow(reserve), () => appender.append(text))
    }
  }
})
