/**
 * Keeps the usage figures of a system in its data folder: read when it begins, written now and then and when it ends.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../SimulatorError.ts"
import * as File from "./file.ts"
import * as Usage from "./usage.ts"

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Usage.Snapshot))

const load = Effect.fnUntraced(function* (file: string): Effect.fn.Return<Usage.Snapshot | undefined, SimulatorError> {
  if (!(yield* File.exists(file))) return undefined
  const text = yield* File.read(file).pipe(Stream.decodeText(), Stream.mkString)
  const snapshot = decode(text)
  return Result.isSuccess(snapshot)
    ? snapshot.success
    : yield* new SimulatorError({
        reason: "storage",
        message: `${file} is not a record of usage; move it away to begin anew`
      })
})

/**
 * Usage figures that outlive the run if there is a folder for them; a crash loses the last minute. Fails with reason
 * `storage` if what is there cannot be read.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  directory: string | undefined,
  now: number,
  holdings: (namespace: string) => Usage.Holdings | undefined
): Effect.fn.Return<Usage.Usage, SimulatorError, Scope.Scope> {
  if (directory === undefined) return Usage.make(now, holdings)
  const file = Path.join(directory, "usage.json")
  const usage = Usage.make(now, holdings, yield* load(file))
  let written = usage.revision()
  const save = Effect.suspend(() => {
    const revision = usage.revision()
    if (revision === written) return Effect.void
    const saved = File.replaceNow(file, JSON.stringify(usage.snapshot()))
    if (Result.isFailure(saved)) return Effect.logWarning(`the usage figures are not kept: ${saved.failure.message}`)
    written = revision
    return Effect.void
  })
  yield* Effect.addFinalizer(() => save)
  yield* Effect.forkScoped(Effect.repeat(save, Schedule.spaced("1 minute")))
  return usage
})
