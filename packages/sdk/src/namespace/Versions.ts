/**
 * The versions of an object, its deletions among them: what `versions` of a `Namespace` may set, and what it gives.
 *
 * **Example** (all versions, newest or oldest first as HCP gives them)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Namespace } from "@effect-hcp/sdk"
 *
 * const versions = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   return yield* Stream.runCollect(ns.versions("/invoices/2026/42.pdf"))
 * })
 * ```
 *
 * Source: "Using a Namespace", chapter on object versions.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type { RequestOptions } from "../HcpRequest.ts"
import type { ChangeTime } from "./ChangeTime.ts"
import type { ObjectEntry } from "./DirectoryEntry.ts"

/**
 * Data that was stored at some time. Everything about it is as of an {@link ObjectEntry}.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectVersion extends Omit<ObjectEntry, "_tag" | "versionId" | "state"> {
  readonly _tag: "Version"
  /** What `versionId` of reading and deleting takes. */
  readonly versionId: string
}

/**
 * The object was deleted: from here on it was not there, until a newer version.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteMarker {
  readonly _tag: "DeleteMarker"
  readonly name: string
  readonly path: string
  readonly versionId: string
  /** When it was deleted. */
  readonly createdAt: DateTime.Utc | undefined
  readonly changedAt: ChangeTime | undefined
}

/**
 * One version of an object.
 *
 * @category models
 * @since 0.1.0
 */
export type Version = ObjectVersion | DeleteMarker

/**
 * What a list of versions may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {
  /**
   * Whether deletions are listed too; needed also for the versions of an object that is deleted now. Defaults to
   * `false`.
   */
  readonly deleted?: boolean | undefined
}
