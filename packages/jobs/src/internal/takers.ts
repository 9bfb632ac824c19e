/**
 * Many objects, so many of them at a time.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Item } from "./work.ts"

/**
 * Does something with the objects of all lists that `next` gives, until it gives none. An object is begun as soon as
 * one before it is done, whichever list it is of. As many fibers as are worth it take the objects in turn: one of its
 * own for each of a million would be garbage that outlives the objects.
 */
export const forEachItem = <E, F, R>(
  next: Effect.Effect<ReadonlyArray<Item> | undefined, E>,
  concurrency: number,
  use: (item: Item) => Effect.Effect<void, F, R>
): Effect.Effect<void, E | F, R> =>
  Effect.suspend(() => {
    const turn = Semaphore.makeUnsafe(1)
    let items: ReadonlyArray<Item> = []
    let at = 0
    let isOver = false
    const more = turn.withPermits(1)(
      Effect.suspend(() =>
        // Another one may have asked meanwhile.
        at < items.length || isOver
          ? Effect.void
          : Effect.map(next, (found) => {
              items = found ?? []
              at = 0
              isOver = found === undefined
            })
      )
    )
    const taker: Effect.Effect<void, E | F, R> = Effect.gen(function* () {
      while (true) {
        const item = items[at]
        if (item !== undefined) {
          at++
          yield* use(item)
        } else if (isOver) return
        else yield* more
      }
    })
    return Effect.all(
      Array.from({ length: concurrency }, () => taker),
      { concurrency: "unbounded", discard: true }
    )
  })
