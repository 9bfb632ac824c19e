/**
 * Starts and ends the processes that answer.
 */
import { fork } from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const startProcess = (program: URL): Effect.Effect<number, Error, Scope.Scope> =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => fork(program)),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    return yield* Effect.callback<number, Error>((resume) => {
      child.once("message", (message) => {
        if (typeof message === "number") resume(Effect.succeed(message))
      })
      child.once("error", (error) => resume(Effect.fail(error)))
      child.once("exit", (code) => resume(Effect.fail(new Error(`the responder ended with exit code ${code}`))))
    })
  })

/** Starts the responder for small objects and gives its port on 127.0.0.1; it ends with the scope. */
export const start: Effect.Effect<number, Error, Scope.Scope> = startProcess(new URL("./responder.ts", import.meta.url))

/** Starts the streamer for large objects and gives its port on 127.0.0.1; it ends with the scope. */
export const startStreamer: Effect.Effect<number, Error, Scope.Scope> = startProcess(
  new URL("./streamer.ts", import.meta.url)
)

/** Starts the lister of large directories and gives its port on 127.0.0.1; it ends with the scope. */
export const startLister: Effect.Effect<number, Error, Scope.Scope> = startProcess(
  new URL("./lister.ts", import.meta.url)
)
