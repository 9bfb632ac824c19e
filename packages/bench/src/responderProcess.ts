/**
 * Starts and ends the processes that answer.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"

const startProcess = (program: URL): Effect.Effect<number, BenchError, Scope.Scope> =>
  Effect.flatMap(ChildProcess.start(program, []), ({ next }) => next(Schema.Int))

/** Starts the responder for small objects and gives its port on 127.0.0.1; it ends with the scope. */
export const start: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./responder.ts", import.meta.url)
)

/** Starts the streamer for large objects and gives its port on 127.0.0.1; it ends with the scope. */
export const startStreamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./streamer.ts", import.meta.url)
)

/** Starts the streamer that speaks S3 and gives its port on 127.0.0.1; it ends with the scope. */
export const startS3Streamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./s3Streamer.ts", import.meta.url)
)

/** Starts the lister of large directories and gives its port on 127.0.0.1; it ends with the scope. */
export const startLister: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./lister.ts", import.meta.url)
)
