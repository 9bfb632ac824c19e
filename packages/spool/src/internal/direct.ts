/**
 * The mode `whenAway`: a write goes to HCP, and to the spool only where the systems are away, or where others of its
 * path wait there.
 *
 * @internal
 */
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Receipt } from "../SpoolEntry.ts"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { Content } from "./accept.ts"
import { deliver } from "./deliver.ts"
import type { Operation } from "./operation.ts"
import type { Store } from "./store.ts"
import { isAway } from "./verdict.ts"

type Spooled<E> = (
  path: string,
  operation: Operation,
  content?: Content,
  sent?: boolean
) => Effect.Effect<Receipt, E | HcpError | SpoolUnusable>

/** Writes of one path wait for each other: one that fails late would come after those that were faster. */
class PathLocks {
  readonly #locks = new Map<string, { readonly semaphore: Semaphore.Semaphore; users: number }>()

  readonly with =
    (path: string) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const lock = this.#locks.get(path) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 }
          lock.users++
          this.#locks.set(path, lock)
          return lock
        }),
        ({ semaphore }) => Semaphore.withPermit(semaphore, effect),
        (lock) =>
          Effect.sync(() => {
            lock.users--
            if (lock.users === 0) this.#locks.delete(path)
          })
      )
}

/** @internal */
export const makeDirect = <E>(store: Store, ns: Shape, spool: Spooled<E>) => {
  const locks = new PathLocks()
  return (
    path: string,
    operation: Operation,
    content: Content = {}
  ): Effect.Effect<Receipt, E | HcpError | SpoolUnusable> =>
    locks.with(path)(
      Effect.gen(function* () {
        const waits = store.counts.entries > 0 && (yield* store.ofPath(path)).length > 0
        const { annotation = new Uint8Array(), body = HcpBody.empty } = content
        // What can be read only once is kept first: it is gone after an attempt.
        if (waits || body._tag === "StreamedOnce") return yield* spool(path, operation, content)
        const row = { ...nothingKept, path }
        return yield* deliver(ns, row, operation, { body, annotation }, Effect.void).pipe(
          Effect.map((stored): Receipt => ({ _tag: "Stored", path, stored })),
          Effect.catchIf(
            (error) => error._tag === "HcpError" && isAway(error),
            () => spool(path, operation, content, true)
          )
        )
      })
    )
}

/** What {@link deliver} is told of a write that is in no spool. */
const nothingKept = {
  id: 0,
  operation: "",
  size: 0,
  sha256: null,
  file: null,
  at: 0,
  trace: null,
  sent: false,
  parked: null
}
