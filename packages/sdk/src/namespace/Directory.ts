/**
 * What lists of directories may set, and what they give: `list` and `walk` of a `Namespace` are streams of typed
 * entries.
 *
 * HCP has no pages: a directory is one XML document, however many entries it has. It is parsed while it arrives, so a
 * hundred thousand entries take no more memory than ten, and HCP sends no faster than they are used.
 *
 * **Example** (the bytes of all PDF files below a folder)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Namespace } from "@effect-hcp/sdk"
 *
 * const bytes = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   return yield* ns.walk("/invoices").pipe(
 *     Stream.filter((entry) => entry._tag === "Object" && entry.name.endsWith(".pdf")),
 *     Stream.runFold(() => 0, (sum, entry) => sum + (entry._tag === "Object" ? (entry.size ?? 0) : 0))
 *   )
 * })
 * ```
 *
 * Source: "Using a Namespace", chapter on directories.
 *
 * @since 0.1.0
 */
import type { RequestOptions } from "../HcpRequest.ts"
import type { DirectoryEntry } from "./DirectoryEntry.ts"

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
