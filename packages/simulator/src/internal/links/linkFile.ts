/**
 * Keeps the links of a simulator in its data folder: what became of them, and what is on its way that no namespace
 * shows any more.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../../SimulatorError.ts"
import * as File from "../file.ts"
import { PairRecord } from "./linkRecord.ts"

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(PairRecord)))

/** @internal */
export interface LinkFile {
  /** What a former run has kept. */
  readonly pairs: ReadonlyArray<PairRecord>
  /** Writes it if it has changed. That it cannot be written is logged. */
  readonly save: (pairs: ReadonlyArray<PairRecord>) => Effect.Effect<void>
}

/**
 * The links that a folder has kept; without a folder none, and nothing is kept. Fails with reason `storage` if what is
 * there cannot be read.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  directory: string | undefined
): Effect.fn.Return<LinkFile, SimulatorError> {
  if (directory === undefined) return { pairs: [], save: () => Effect.void }
  const file = Path.join(directory, "links.json")
  let written = "[]"
  if (yield* File.exists(file)) written = yield* File.read(file).pipe(Stream.decodeText(), Stream.mkString)
  const pairs = decode(written)
  if (Result.isFailure(pairs)) {
    return yield* new SimulatorError({
      reason: "storage",
      message: `${file} is not a record of replication links; move it away to begin anew`
    })
  }
  return {
    pairs: pairs.success,
    save: (next) =>
      Effect.suspend(() => {
        const text = JSON.stringify(next)
        if (text === written) return Effect.void
        const saved = File.replaceNow(file, text)
        if (Result.isFailure(saved)) {
          return Effect.logWarning(`the replication links are not kept: ${saved.failure.message}`)
        }
        written = text
        return Effect.void
      })
  }
})
