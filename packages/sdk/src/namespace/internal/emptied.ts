/**
 * What a move leaves behind: directories in which nothing is any more.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import type { Entry } from "../DirectoryEntry.ts"
import type * as Namespace from "../Namespace.ts"

/** A directory that could not be listed or deleted, though nothing is known to be in it. */
export interface Stuck {
  readonly path: string
  readonly error: HcpError
}

/**
 * Deletes a directory and those in it, the deepest first, as far as nothing is left in them, and gives what went wrong.
 * Each is deleted by a request that HCP refuses where anything is in it, so that nothing goes that came meanwhile.
 */
export const deleteEmptied = Effect.fnUntraced(function* (
  namespace: Namespace.Namespace["Service"],
  top: string,
  isWanted: (directory: Entry) => boolean
): Effect.fn.Return<ReadonlyArray<Stuck>> {
  const stuck: Array<Stuck> = []

  const isEmptied = (path: string): Effect.Effect<boolean> =>
    Effect.gen(function* (): Effect.fn.Return<boolean, HcpError> {
      const directories: Array<string> = []
      let isEmpty = true
      yield* Stream.runForEach(namespace.list(path), (entry) =>
        Effect.sync(() => {
          if (entry._tag === "Directory" && entry.urlName === undefined && isWanted(entry)) directories.push(entry.path)
          else isEmpty = false
        })
      )
      for (const directory of directories) if (!(yield* isEmptied(directory))) isEmpty = false
      if (!isEmpty) return false
      yield* namespace.delete(path)
      return true
    }).pipe(
      Effect.catch((error) => {
        // Somebody else was faster, in one way or the other.
        if (error.reason._tag === "NotFound") return Effect.succeed(true)
        if (error.reason._tag !== "DirectoryNotEmpty") stuck.push({ path, error })
        return Effect.succeed(false)
      })
    )

  yield* isEmptied(top)
  return stuck
})
