/**
 * The mode `whenAway`: a write goes to HCP, and to the spool only where the systems are away, or where others of its
 * path wait there.
 *
 * @internal
 */
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { PathLocks } from "./pathLocks.ts"
import type { Store } from "./store.ts"
import { isUnreachable } from "./verdict.ts"

/** How a write goes. */
export interface Attempt<A, E> {
  readonly path: string
  readonly body: HcpBody.HcpBody | undefined
  /** To HCP. */
  readonly send: Effect.Effect<A, HcpError | SpoolUnusable>
  /** To the spool. `sent`: HCP may have it already. */
  readonly keep: (sent: boolean) => Effect.Effect<A, E>
}

/** @internal */
export const makeDirect =
  (store: Store, locks: PathLocks) =>
  <A, E>({ body, keep, path, send }: Attempt<A, E>): Effect.Effect<A, E | HcpError | SpoolUnusable> =>
    locks.with(path)(
      Effect.gen(function* () {
        const waits = store.counts.entries > 0 && (yield* store.ofPath(path)).length > 0
        // What can be read only once is kept first: it is gone after an attempt.
        if (waits || body?._tag === "StreamedOnce") return yield* keep(false)
        return yield* Effect.catch(
          send,
          (error): Effect.Effect<A, E | HcpError | SpoolUnusable> =>
            error._tag === "HcpError" && isUnreachable(error) ? keep(error.reached !== "nothing") : Effect.fail(error)
        )
      })
    )
