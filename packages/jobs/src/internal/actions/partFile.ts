/**
 * Files that an action writes, one for each manifest. A file gets its name when it is whole, and one that is written
 * again has the same name: a manifest never changes. Jobs that write into the same directory leave each other's alone.
 *
 * @internal
 */
import * as path from "node:path"
import * as DraftFile from "@effect-hcp/sdk/DraftFile"
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** @internal */
export const writePart = (
  directory: string,
  job: number,
  manifest: number,
  extension: string,
  lines: ReadonlyArray<string>
): Effect.Effect<void, LocalError> =>
  Effect.gen(function* () {
    const file = path.join(directory, `job-${job}-part-${String(manifest).padStart(6, "0")}.${extension}`)
    yield* DraftFile.makeFolder(directory)
    const draft = yield* DraftFile.make(file, { replace: true, sync: true })
    yield* draft.append(Stream.encodeText(Stream.fromIterable(lines.map((line) => `${line}\n`))))
    yield* draft.finish
  }).pipe(Effect.scoped)
