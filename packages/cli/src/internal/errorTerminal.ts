/**
 * The terminal that questions are asked at: they go to standard error, as everything that is no result does, so that
 * none of them ends in a file or in another program.
 *
 * Only a question opens standard input: that takes as long as a whole command does.
 *
 * @internal
 */
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"

/** In place of the one that writes to standard output. */
export const layer = Layer.effect(
  Terminal.Terminal,
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    const scope = yield* Effect.scope
    const opened = yield* Effect.cached(Scope.provide(NodeTerminal.make(), scope))
    return Terminal.make({
      columns: Effect.sync(() => process.stderr.columns ?? 0),
      rows: Effect.sync(() => process.stderr.rows ?? 0),
      size: Effect.flatMap(opened, ({ size }) => size),
      readInput: Effect.flatMap(opened, ({ readInput }) => readInput),
      readLine: Effect.flatMap(opened, ({ readLine }) => readLine),
      display: (text) => Stream.run(Stream.succeed(text), stdio.stderr())
    })
  })
)
