/**
 * The terminal that questions are asked at: they go to standard error, as everything that is no result does, so that
 * none of them ends in a file or in another program.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"

/** In place of the one that writes to standard output. */
export const layer = Layer.effect(
  Terminal.Terminal,
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const stdio = yield* Stdio.Stdio
    return Terminal.make({
      ...terminal,
      columns: Effect.sync(() => process.stderr.columns ?? 0),
      rows: Effect.sync(() => process.stderr.rows ?? 0),
      display: (text) => Stream.run(Stream.succeed(text), stdio.stderr())
    })
  })
)
