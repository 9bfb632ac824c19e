/**
 * What is in a directory, and in everything below it, as streams of typed entries.
 *
 * HCP has no pages: a directory is one XML document, however many entries it has. It is parsed while it arrives, so a hundred thousand
 * entries take no more memory than ten, and HCP sends no faster than they are used.
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
import { common } from "./internal/call.ts"
import type { ChangeTime } from "./internal/changeTime.ts"
import { toEntry, unreachable } from "./internal/entries.ts"
import type { AnnotationSize } from "./internal/lenient.ts"
import { entries } from "./internal/listing.ts"
import { restPath } from "./internal/restPath.ts"
import type { Hash } from "./ObjectMetadata.ts"
import type * as Retention from "./Retention.ts"

export type { ChangeTime } from "./internal/changeTime.ts"
export type { AnnotationSize } from "./internal/lenient.ts"

/**
 * What every entry has.
 *
 * @category models
 * @since 0.1.0
 */
export interface Named {
  readonly name: string
  /** The whole path, as every operation takes it: `/invoices/2026/42.pdf`. */
  readonly path: string
  /**
   * The percent-encoded name, only where it stands for bytes that are no UTF-8. `name` is then a likeness, and `path` leads nowhere.
   */
  readonly urlName: string | undefined
  /** `deleted` only where deleted entries were asked for. */
  readonly state: "created" | "deleted"
  /** When anything about it was changed last. */
  readonly changedAt: ChangeTime | undefined
}

/**
 * An object in a directory. What HCP does not say, or says in a form that is not understood, is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry extends Named {
  readonly _tag: "Object"
  /** In bytes. */
  readonly size: number | undefined
  /** Absent for objects that were stored in parts. */
  readonly hash: Hash | undefined
  /** Without the quotes of the header. */
  readonly etag: string | undefined
  readonly versionId: string | undefined
  /** When this version was stored, in milliseconds since 1970 UTC; of systems before release 8 to the second. */
  readonly createdAt: number | undefined
  readonly retention: Retention.Stored
  /** As HCP says it: a date and time, `Deletion Allowed`, `Deletion Prohibited`, `Initial Unspecified`. */
  readonly retentionText: string | undefined
  readonly hold: boolean | undefined
  readonly shred: boolean | undefined
  readonly index: boolean | undefined
  /** The number of copies, or a word such as `Dynamic` where the system decides. */
  readonly dpl: number | string | undefined
  readonly hasAnnotations: boolean | undefined
  /** Names and sizes of the annotations. */
  readonly annotations: ReadonlyArray<AnnotationSize>
  readonly replicated: boolean | undefined
  readonly owner: string | undefined
  /** The Active Directory domain of the owner. */
  readonly domain: string | undefined
  readonly hasAcl: boolean | undefined
}

/**
 * A directory in a directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectoryEntry extends Named {
  readonly _tag: "Directory"
}

/**
 * A symbolic link, made through another protocol.
 *
 * @category models
 * @since 0.1.0
 */
export interface SymlinkEntry extends Named {
  readonly _tag: "Symlink"
  /** Where it points, as whoever made it wrote it. */
  readonly target: string
}

/**
 * Something in a directory.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = ObjectEntry | DirectoryEntry | SymlinkEntry

/**
 * What a listing may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {
  /** Whether deleted entries are listed too, where the namespace keeps versions. Defaults to `false`. */
  readonly deleted?: boolean | undefined
  /** Whether the change times of directories are those of the last change in them. Costs HCP time. Defaults to `false`. */
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
   * What to do about a directory that was listed, and is gone when its turn comes: leave it out (`skip`), or fail with `NotFound`. The
   * top directory must be there in any case. Defaults to `skip`.
   */
  readonly vanished?: "skip" | "fail" | undefined
}

// Data may well be XML, so the header is looked at before the body.
const problemOf = ({ headers }: HcpResponse): string | NotADirectory | undefined => {
  const type = headers.get("x-hcp-type")?.trim().toLowerCase()
  if (type === undefined || type === "" || type === "directory") return undefined
  return type === "object" ? new NotADirectory() : `the path is that of no directory (X-HCP-Type is another one)`
}

/**
 * The entries of a directory, in the order HCP gives them.
 *
 * Fails with `InvalidInput` for a path that cannot be one, with `NotFound`, with `NotADirectory` where the path is that of an object,
 * and with `InvalidXml`, `IncompleteBody` or `Timeout` where the list breaks off: then what came before is not all there is. The
 * deadline ends with the head of the answer; a link is followed if HCP follows it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (client: HcpClient.Shape, path: string, options?: ListOptions): Stream.Stream<Entry, HcpError> =>
  Stream.suspend(() => {
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
 * All entries of a directory and of the directories in it: those of one directory first, then those of the directories in it, one after
 * the other, depth first.
 *
 * A listing is read to its end before the next one is begun, so that no connection waits while a subtree is walked. Memory holds
 * the paths of the directories that are still to come. Links are given out, and never followed.
 *
 * Fails as {@link list} does; with `InvalidInput` for a directory whose name is no UTF-8, unless `descend` leaves it out; and throws a
 * `RangeError` if `concurrency` or `maxDepth` is no integer above 0.
 *
 * @category combinators
 * @since 0.1.0
 */
export const walk = (client: HcpClient.Shape, path: string, options?: WalkOptions): Stream.Stream<Entry, HcpError> => {
  const { concurrency = 1, descend, maxDepth, vanished, ...listOptions } = options ?? {}
  positive("concurrency", concurrency)
  if (maxDepth !== undefined) positive("maxDepth", maxDepth)
  const deepest = maxDepth ?? Number.POSITIVE_INFINITY
  return Stream.suspend(() => {
    const pending: Array<Pending> = [{ path, depth: 1 }]
    const changed = Latch.makeUnsafe(false)
    let active = 0

    const next: Effect.Effect<Pending, Cause.Done> = Effect.suspend(() => {
      const directory = pending.pop()
      if (directory !== undefined) {
        active++
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
      const all = Stream.mapArray(entries, (batch) => {
        if (depth >= deepest) return batch
        for (const entry of batch) {
          if (entry._tag === "Directory" && descend?.(entry) !== false)
            found.push({ path: entry.path, urlName: entry.urlName, depth: depth + 1 })
        }
        return batch
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

const positive = (name: string, value: number): void => {
  if (Number.isInteger(value) && value > 0) return
  throw new RangeError(`Directory.walk: ${name} must be an integer above 0, got ${value}`)
}
