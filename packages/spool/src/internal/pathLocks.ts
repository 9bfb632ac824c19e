/**
 * Writes of one path wait for each other: one that fails late would come after those that were faster.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/** @internal */
export class PathLocks {
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
