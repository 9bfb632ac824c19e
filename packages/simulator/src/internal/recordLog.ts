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
  /** Done when it returns, so that the order of the lines is that of the records. */
  readonly append: (record: A) => Result.Result<void, SimulatorError>
}

const toLine = (record: unknown): string => `${JSON.stringify(record)}\n`

/**
 * Calls `apply` with every record of a file, in order; there need not be one. A line that a crash tore off at the end is left out; a broken line
 * elsewhere is a failure, because what follows it cannot be trusted.
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
  yield* File.read(file).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEachArray((lines) => {
      for (const line of lines) {
        if (broken !== undefined) {
          return Effect.fail(
            new SimulatorError({ reason: "storage", message: `${file}: line ${broken} is not a record of it` })
          )
        }
        number++
        const record = decode(line)
        if (Result.isSuccess(record)) apply(record.success)
        else broken = number
      }
      return Effect.void
    })
  )
})

/**
 * Begins a new log with `records`, puts it in the place of the old one, and keeps it open for more. They must be what JSON can hold.
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
  )
  yield* File.rename(next, file)
  const fd = yield* File.openScoped(file, "a")
  return { append: (record) => File.appendNow(fd, file, toLine(record)) }
})
