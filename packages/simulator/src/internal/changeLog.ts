/**
 * The changes of a system in a file, one line of JSON each, so that a restart finds what was there.
 *
 * @internal
 */

import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Change } from "../Change.ts"
import { SimulatorError } from "../SimulatorError.ts"
import * as File from "./file.ts"

/** @internal */
export interface ChangeLog {
  /** Done when it returns, so that the order of the lines is that of the changes. */
  readonly append: (change: Change) => Result.Result<void, SimulatorError>
}

const Line = Schema.fromJsonString(Change)
const decode = Schema.decodeUnknownResult(Line)

const toLine = (change: Change): string => `${JSON.stringify(change)}\n`

const fileIn = (directory: string): string => Path.join(directory, "changes.ndjson")

/**
 * Calls `apply` with every change that was recorded, in order. A line that a crash tore off at the end is left out; a broken line
 * elsewhere is a failure, because what follows it cannot be trusted.
 *
 * @internal
 */
export const replay = Effect.fnUntraced(function* (
  directory: string,
  apply: (change: Change) => void
): Effect.fn.Return<void, SimulatorError> {
  const file = fileIn(directory)
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
            new SimulatorError({ reason: "storage", message: `${file}: line ${broken} is not a change record` })
          )
        }
        number++
        const change = decode(line)
        if (Result.isSuccess(change)) apply(change.success)
        else broken = number
      }
      return Effect.void
    })
  )
})

/**
 * Begins a new log with `changes`, puts it in the place of the old one, and keeps it open for more.
 *
 * @internal
 */
export const begin = Effect.fnUntraced(function* (
  directory: string,
  changes: Iterable<Change>
): Effect.fn.Return<ChangeLog, SimulatorError, Scope.Scope> {
  const file = fileIn(directory)
  const next = `${file}.next`
  yield* File.remove(next)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const fd = yield* File.openScoped(next, "wx")
      let batch = ""
      for (const change of changes) {
        batch += toLine(change)
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
  return { append: (change) => File.appendNow(fd, file, toLine(change)) }
})
