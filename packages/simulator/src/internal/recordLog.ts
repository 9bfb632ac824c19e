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

const toLine = (record: unknown): string => `${JSON.stringify(record)}\n`

const newline = 10

/** Else nothing could be deleted on a full file system, as a deletion has to be recorded before it is done. */
const reserveSize = 64 * 1024

const brokenLine = (file: string, line: number): SimulatorError =>
  new SimulatorError({
    reason: "storage",
    message:
      `${file}: line ${line} is no record, so the lines after it cannot be trusted. To repair it: keep a copy of the file, remove from the line what is not a ` +
      `whole record (each is one JSON object on a line of its own), or the line as a whole, which loses the change it stood for; then start again`
  })

/**
 * Calls `apply` with every record of a file, in order; there need not be one. A last line without an end was torn off
 * by a crash before anybody was told that it is done: it is left out. A broken line elsewhere is a failure that says
 * how to repair it, because what follows it cannot be trusted.
 *
 * @internal
 */
export const replay = Effect.fnUntraced(function* <A, I>(
  file: string,
  schema: Schema.Codec<A, I>,
  apply: (record: A) => void
): Effect.fn.Return<void, SimulatorError> {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema))
  if (!(yield* File.exists(file))) return
  let number = 0
  let broken: number | undefined
  let lastByte = newline
  yield* File.read(file).pipe(
    Stream.tap((bytes) =>
      Effect.sync(() => {
        lastByte = bytes.at(-1) ?? lastByte
      })
    ),
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEachArray((lines) => {
      for (const line of lines) {
        if (broken !== undefined) return Effect.fail(brokenLine(file, broken))
        number++
        const record = decode(line)
        if (Result.isSuccess(record)) apply(record.success)
        else broken = number
      }
      return Effect.void
    })
  )
  if (broken !== undefined && lastByte === newline) return yield* brokenLine(file, broken)
})

/**
 * Begins a new log with `records`, puts it in the place of the old one, and keeps it open for more. They must be what
 * JSON can hold.
 *
 * @internal
 */
export const begin = Effect.fnUntraced(function* <A>(
  file: string,
  records: Iterable<A>
): Effect.fn.Return<RecordLog<A>, SimulatorError, Scope.Scope> {
  const next = `${file}.next`
  yield* File.remove(next)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const fd = yield* File.openScoped(next, "wx")
      let batch = ""
      for (const record of records) {
        batch += toLine(record)
        if (batch.length > 1024 ** 2) {
          yield* File.write(fd, next, [new TextEncoder().encode(batch)])
          batch = ""
        }
      }
      if (batch !== "") yield* File.write(fd, next, [new TextEncoder().encode(batch)])
    })
  ).pipe(Effect.onError(() => Effect.ignore(File.remove(next))))
  yield* File.rename(next, file)
  const appender = yield* File.openAppender(file)
  const reserve = `${file}.reserve`
  const keepBack = (): boolean => Result.isSuccess(File.fillNow(reserve, reserveSize))
  let hasReserve = keepBack()
  return {
    append: (records, { makesRoom } = { makesRoom: false }) => {
      const text = records.map(toLine).join("")
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
