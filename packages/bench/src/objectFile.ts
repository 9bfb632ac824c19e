/**
 * A large object as a file.
 */
import { createWriteStream } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type BenchError, toBenchError } from "./benchError.ts"
import { blocksOf } from "./blocks.ts"

/**
 * A file of so many bytes, the same that the streamers send. It is alone in a folder, which is removed with the scope
 * and whatever else is put there.
 */
export const make = (bytes: number): Effect.Effect<string, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => Fs.mkdtemp(Path.join(Os.tmpdir(), "effect-hcp-bench-")), catch: toBenchError }),
      (folder) => Effect.promise(() => Fs.rm(folder, { recursive: true }))
    )
    const file = Path.join(folder, "object")
    yield* Effect.tryPromise({
      try: () => pipeline(blocksOf(bytes), createWriteStream(file)),
      catch: toBenchError
    })
    return file
  })
