/**
 * What is in a directory, and in everything below it, as streams of typed entries.
 *
 * HCP has no pages: a directory is one XML document, however many entries it has. It is parsed while it arrives, so a
 * hundred thousand entries take no more memory than ten, and HCP sends no faster than they are used.
 *
 * **Example** (the bytes of all PDF files below a folder)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Directory, HcpClient } from "@effect-hcp/sdk"
 *
 * const bytes = (client: HcpClient.Shape) =>
 *   Directory.walk(client, "/invoices").pipe(
 *     Stream.filter((entry) => entry._tag === "Object" && entry.name.endsWith(".pdf")),
 *     Stream.runFold(() => 0, (sum, entry) => sum + (entry._tag === "Object" ? (entry.size ?? 0) : 0))
 *   )
 * ```
 *
 * Source: "Using a Namespace", chapter on directories.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../HcpClient.ts"
import { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type { HcpResponse } from "../HcpResponse.ts"
import { NotADirectory } from "../ObjectReason.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { DirectoryEntry, Entry } from "./DirectoryEntry.ts"
import { common, misuse } from "./internal/call.ts"
import { toEntry, unreachable } from "./internal/entries.ts"
import { entries } from "./internal/listing.ts"
import { listKinds, walkKinds } from "./internal/optionKinds.ts"
import { maxPending, tooManyPending } from "./internal/pending.ts"
import { restPath } from "./internal/restPath.ts"

export type { AnnotationSize } from "./AnnotationInfo.ts"
export type { ChangeTime } from "./ChangeTime.ts"
export * from "./DirectoryEntry.ts"

/**
 * What a listing may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {
  /** Whether deleted entries are listed too, where the namespace keeps versions. Defaults to `false`. */
  readonly deleted?: boolean | undefined
  /**
   * Whether the change times of directories are those of the last change in them. Costs HCP time. Defaults to `false`.
   */
  readonly mostRecentDirTimes?: boolean | undefined
}

/**
 * What a walk may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface WalkOptions extends ListOptions {
  /** How deep to go: 1 is the directory itself alone. Defaults to all the way down. */
  readonly maxDepth?: number | undefined
  /** Whether to go into a directory; its own entry is given out in any case. Defaults to all. */
  readonly descend?: ((directory: DirectoryEntry) => boolean) | undefined
  /** How many directories are listed at a time. Defaults to 1, which is the only one with a certain order. */
  readonly concurrency?: number | undefined
  /**
   * How many directories may be known and not listed yet: memory holds their paths. One more fails with
   * `UnexpectedAnswer`, so that a tree without end ends. Defaults to 1,000,000.
   */
  readonly maxPending?: number | undefined
  /**
   * What to do about a directory that was listed, and is gone when its turn comes: leave it out (`skip`), or fail with
   * `NotFound`. The top directory must be there in any case. Defaults to `skip`.
   */
  readonly vanished?: "skip" | "fail" | undefined
}

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

/**
 * The entries of a directory, in the order HCP gives them.
 *
 * Fails with `InvalidInput` for a path that cannot be one, with `NotFound`, with `NotADirectory` where the path is that
 * of an object, and with `InvalidXml`, `IncompleteBody` or `Timeout` where the list breaks off: then what came before
 * is not all there is. The deadline ends with the head of the answer; a link is followed if HCP follows it.
 *
 * @category combinators
 * @since 0.1.0
 */
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
 * All entries of a directory and of the directories in it: those of one directory first, then those of the directories
 * in it, one after the other, depth first.
 *
 * A listing is read to its end before the next one is begun, so that no connection waits while a subtree is walked.
 * Memory holds the paths of the directories that are still to come, `maxPending` at most. Links are given out, and
 * never followed.
 *
 * Fails as {@link list} does, and with `InvalidInput` for a directory whose name is no UTF-8, unless `descend` leaves it
 * out.
 *
 * @category combinators
 * @since 0.1.0
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
