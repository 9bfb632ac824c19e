/**
 * Reads one object into a file of this computer.
 *
 * @internal
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as DraftFile from "../../DraftFile.ts"
import type { HcpError } from "../../HcpError.ts"
import type { LocalError } from "../../LocalError.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import { Counter } from "../Progress.ts"
import type { DownloadToFileOptions } from "../ReadOptions.ts"
import { sweep } from "./draftName.ts"
import { intoFile, type Reader } from "./intoFile.ts"

/** @internal */
export const downloadFile = (
  reader: Reader,
  from: string,
  file: string,
  options: DownloadToFileOptions = {}
): Effect.Effect<ObjectMetadata, HcpError | LocalError> =>
  Effect.suspend(() => {
    const { bandwidth, mode, mtime, onProgress, ranges, replace = false, sync = false, ...get } = options
    const counter = new Counter(onProgress, undefined)
    const local = path.resolve(file)
    // What killed processes left in the folder.
    const read = Effect.andThen(
      sweep(path.dirname(local)),
      intoFile(reader, { path: from, size: undefined }, { get, ranges, mtime, bandwidth }, counter, (size) =>
        DraftFile.make(local, { replace, size, mode, sync })
      )
    )
    return Effect.tap(read, counter.done)
  })
