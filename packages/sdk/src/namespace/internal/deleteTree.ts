/**
 * Deletes a directory with everything in it.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError } from "../../HcpError.ts"
import { DirectoryNotEmpty } from "../../ObjectReason.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import type { Kind, Options, Outcome } from "../DeleteTree.ts"
import type { Entry } from "../DirectoryEntry.ts"
import { invalid, misuse } from "./call.ts"
import { unreachable } from "./entries.ts"
import { list } from "./listDirectory.ts"
import { deleteTreeKinds } from "./optionKinds.ts"
import { maxPending, tooManyPending } from "./pending.ts"
import { remove } from "./removeObject.ts"

// The compiler says here which option has no kind.
const optionKinds: KindsOf<Options> = deleteTreeKinds

const kinds = { Object: "object", Directory: "directory", Symlink: "symlink" } as const

/** How many directories are known and not emptied yet. */
interface Waiting {
  directories: number
}

/** What is kept of an entry until its turn comes. */
interface Doomed extends Pick<Entry, "path" | "urlName"> {
  readonly kind: Kind
}

const toDoomed = ({ _tag, path, urlName }: Entry): Doomed => ({ kind: kinds[_tag], path, urlName })

/**
 * Deletes a directory with everything in it: first its objects and links, several at a time, then the directories in it
 * one after the other, then itself. Memory holds the names of one directory, and of the directories above it those that
 * are in them.
 */
export const deleteTree = (
  client: HcpClient.Shape,
  path: string,
  options: Options = {}
): Stream.Stream<Outcome, HcpError> => {
  const wrong = misuse("DELETE", path, options, optionKinds)
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { concurrency = 8, maxPending: most = maxPending, ...each } = options
  if (path === "/") {
    const detail = "is the root of the namespace, which nobody deletes by one call; delete the directories in it"
    return Stream.fail(invalid({ operation: "DELETE", path }, "path", detail))
  }
  const { bodyTimeout, minRate, responseTimeout } = options

  const deleted = (kind: Kind, path: string): Effect.Effect<Outcome> =>
    Effect.match(remove(client, path, kind === "directory" ? { bodyTimeout, responseTimeout } : each), {
      onSuccess: () => ({ _tag: "Deleted", kind, path }),
      onFailure: (error) =>
        error.reason._tag === "NotFound" ? { _tag: "Gone", kind, path } : { _tag: "Failed", kind, path, error }
    })

  const emptied = (path: string, waiting: Waiting): Stream.Stream<Outcome, HcpError> =>
    Stream.suspend(() => {
      const directories: Array<Doomed> = []
      let isEmpty = true
      const entries = list(client, path, { bodyTimeout, minRate, responseTimeout }).pipe(
        Stream.mapArray(Arr.map(toDoomed)),
        // The list is read to its end at once: HCP would not wait until everything in it is deleted.
        Stream.buffer({ capacity: "unbounded" }),
        Stream.filterEffect((entry) => {
          if (entry.kind !== "directory") return Effect.succeed(true)
          if (waiting.directories >= most) return Effect.fail(tooManyPending(path, most))
          waiting.directories++
          directories.push(entry)
          return Effect.succeed(false)
        }),
        Stream.mapEffect((entry) => lost(entry) ?? deleted(entry.kind, entry.path), { concurrency }),
        Stream.onError(() =>
          Effect.sync(() => {
            waiting.directories -= directories.length
          })
        )
      )
      const below = Stream.suspend(() => Stream.fromIterable(directories)).pipe(
        Stream.flatMap((directory) => {
          waiting.directories--
          const failed = lost(directory)
          if (failed !== undefined) return Stream.fromEffect(failed)
          return Stream.catch(emptied(directory.path, waiting), (error) =>
            Stream.succeed(unlisted(directory.path, error))
          )
        })
      )
      const itself = Effect.suspend(() => {
        if (isEmpty) return deleted("directory", path)
        const error = new HcpError({ operation: "DELETE", path, reason: new DirectoryNotEmpty({}) })
        return Effect.succeed<Outcome>({ _tag: "Failed", kind: "directory", path, error })
      })
      return Stream.concat(Stream.concat(entries, below), Stream.fromEffect(itself)).pipe(
        Stream.map((outcome) => {
          // What failed further down shows in the directory it is in, which failed too.
          if (outcome._tag === "Failed") isEmpty = false
          return outcome
        })
      )
    })

  return Stream.suspend(() => emptied(path, { directories: 0 }))
}

/** An entry whose name is no UTF-8: a DELETE would go to another path, and its 404 look as if it were gone. */
const lost = ({ kind, path, urlName }: Doomed): Effect.Effect<Outcome> | undefined =>
  urlName === undefined
    ? undefined
    : Effect.succeed({
        _tag: "Failed",
        kind,
        path,
        error: new HcpError({ operation: "DELETE", path, reason: unreachable(urlName) })
      })

const unlisted = (path: string, error: HcpError): Outcome =>
  error.reason._tag === "NotFound"
    ? { _tag: "Gone", kind: "directory", path }
    : { _tag: "Failed", kind: "directory", path, error }
