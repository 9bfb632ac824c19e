/**
 * Lists a directory, and walks through what is below it.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError } from "../../HcpError.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import { NotADirectory } from "../../ObjectReason.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import type { ListOptions, WalkOptions } from "../Directory.ts"
import type { Entry } from "../DirectoryEntry.ts"
import { common, misuse } from "./call.ts"
import { toEntry, unreachable } from "./entries.ts"
import { entries } from "./listing.ts"
import { listKinds, walkKinds } from "./optionKinds.ts"
import { maxPending, tooManyPending } from "./pending.ts"
import { restPath } from "./restPath.ts"

// Data may well be XML, so the header is looked at before the body.
const problemOf = ({ headers }: HcpResponse): string | NotADirectory | undefined => {
  const type = headers.get("x-hcp-type")?.trim().toLowerCase()
  if (type === undefined || type === "" || type === "directory") return undefined
  return type === "object" ? new NotADirectory() : `the path is that of no directory (X-HCP-Type is another one)`
}

// The compiler says here which option has no kind.
const kinds: { readonly list: KindsOf<ListOptions>; readonly walk: KindsOf<WalkOptions> } = {
  list: listKinds,
  walk: walkKinds
}

/** The entries of a directory, in the order HCP gives them. */
export const list = (client: HcpClient.Shape, path: string, options?: ListOptions): Stream.Stream<Entry, HcpError> =>
  Stream.suspend(() => {
    const wrong = misuse("GET", path, options, kinds.list)
    if (wrong !== undefined) return Stream.fromEffect(wrong)
    const rest = restPath(path)
    if (Result.isFailure(rest)) {
      return Stream.fail(new HcpError({ operation: "GET", path, reason: rest.failure }))
    }
    const { deleted, mostRecentDirTimes } = options ?? {}
    return entries(client, {
      path: rest.success,
      query: {
        deleted: deleted === true ? "true" : undefined,
        mostRecentDirTimes: mostRecentDirTimes === true ? "true" : undefined
      },
      options: common(options ?? {}),
      root: "directory",
      problem: problemOf,
      read: toEntry(path.endsWith("/") ? path.slice(0, -1) : path)
    })
  })

/** A directory whose turn has not come yet. */
interface Pending {
  readonly path: string
  readonly urlName?: string | undefined
  readonly depth: number
}

/**
 * All entries of a directory and of the directories in it. A listing is read to its end before the next one is begun,
 * so that no connection waits while a subtree is walked.
 */
export const walk = (client: HcpClient.Shape, path: string, options?: WalkOptions): Stream.Stream<Entry, HcpError> => {
  const wrong = misuse("GET", path, options, kinds.walk)
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { concurrency = 1, descend, maxDepth, maxPending: most = maxPending, vanished, ...listOptions } = options ?? {}
  const deepest = maxDepth ?? Number.POSITIVE_INFINITY
  return Stream.suspend(() => {
    const pending: Array<Pending> = [{ path, depth: 1 }]
    /** How many are pending, or will be when the list they are in was read to its end. */
    let waiting = 1
    const changed = Latch.makeUnsafe(false)
    let active = 0

    const next: Effect.Effect<Pending, Cause.Done> = Effect.suspend(() => {
      const directory = pending.pop()
      if (directory !== undefined) {
        active++
        waiting--
        return Effect.succeed(directory)
      }
      if (active === 0) return Cause.done()
      // Those that are being listed may still find some.
      changed.closeUnsafe()
      return Effect.andThen(changed.await, next)
    })

    const listed = ({ depth, path, urlName }: Pending): Stream.Stream<Entry, HcpError> => {
      const found: Array<Pending> = []
      const entries =
        urlName === undefined
          ? list(client, path, listOptions)
          : Stream.fail(new HcpError({ operation: "GET", path, reason: unreachable(urlName) }))
      const all = Stream.mapArrayEffect(entries, (batch) => {
        if (depth >= deepest) return Effect.succeed(batch)
        for (const entry of batch) {
          if (entry._tag !== "Directory" || descend?.(entry) === false) continue
          if (++waiting > most) return Effect.fail(tooManyPending(path, most))
          found.push({ path: entry.path, urlName: entry.urlName, depth: depth + 1 })
        }
        return Effect.succeed(batch)
      })
      return Stream.ensuring(
        depth === 1 || vanished === "fail" ? all : Stream.catch(all, unlessVanished),
        Effect.sync(() => {
          // The last one is taken first.
          while (found.length > 0) {
            const last = found.pop()
            if (last !== undefined) pending.push(last)
          }
          active--
          changed.openUnsafe()
        })
      )
    }

    const directories = Stream.fromPull(Effect.succeed(Effect.map(next, (directory) => [directory] as const)))
    return Stream.flatMap(directories, listed, { concurrency })
  })
}

const unlessVanished = (error: HcpError): Stream.Stream<never, HcpError> => {
  const { reason } = error
  const isGone = reason._tag === "NotFound" || reason._tag === "NotADirectory"
  return isGone ? Stream.empty : Stream.fail(error)
}
