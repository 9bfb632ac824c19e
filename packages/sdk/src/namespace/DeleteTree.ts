/**
 * What deleting a directory with everything in it may set, and what came of each entry: `deleteTree` of a `Namespace`.
 *
 * **Example** (how many, and what stayed)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { DeleteTree, Namespace } from "@effect-hcp/sdk"
 *
 * const clean = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   const outcomes = ns.deleteTree("/scratch/2026").pipe(
 *     Stream.tap((one) => (one._tag === "Failed" ? Console.error(one.error.message) : Effect.void))
 *   )
 *   return yield* DeleteTree.count(outcomes)
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { DeleteOptions } from "./ChangeOptions.ts"

/**
 * What deleting a tree may set; `purge` and `privileged` are for each object in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<DeleteOptions, "versionId" | "query" | "deadline"> {
  /** How many objects are deleted at a time. Defaults to 8. */
  readonly concurrency?: number | undefined
  /**
   * How many directories may be known and not emptied yet: memory holds their paths. The directory in which there are
   * more fails with `UnexpectedAnswer`. Defaults to 1,000,000.
   */
  readonly maxPending?: number | undefined
}

/**
 * What came of one entry: it was `Deleted`, somebody else had deleted it (`Gone`), or it is still there (`Failed`). A
 * directory in which something stayed fails with `DirectoryNotEmpty` without being asked for.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Deleted" | "Gone"; readonly kind: Kind; readonly path: string }
  | { readonly _tag: "Failed"; readonly kind: Kind; readonly path: string; readonly error: HcpError }

/**
 * What an entry is.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "object" | "directory" | "symlink"

/**
 * How many entries came to what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counts {
  readonly deleted: number
  readonly gone: number
  readonly failed: number
}

/**
 * Runs it and counts what came of the entries.
 *
 * @category combinators
 * @since 0.1.0
 */
export const count = <E, R>(outcomes: Stream.Stream<Outcome, E, R>): Effect.Effect<Counts, E, R> =>
  Stream.runFold(
    outcomes,
    (): Counts => ({ deleted: 0, gone: 0, failed: 0 }),
    (counts, { _tag }) => ({
      deleted: counts.deleted + (_tag === "Deleted" ? 1 : 0),
      gone: counts.gone + (_tag === "Gone" ? 1 : 0),
      failed: counts.failed + (_tag === "Failed" ? 1 : 0)
    })
  )
