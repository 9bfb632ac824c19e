/**
 * Lets others work while a query looks at many objects.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** About ten milliseconds of work, in characters that are looked at. */
const maxSpent = 500_000

/** @internal */
export interface Pacing {
  /** Says that work of this cost follows; every now and then it waits until others have had their turn. */
  readonly spend: (cost: number) => Effect.Effect<void>
  /** Does work that says its cost before each step. */
  readonly run: <A>(steps: Generator<number, A, undefined>) => Effect.Effect<A>
}

/**
 * The pace of one query.
 *
 * @internal
 */
export const make = (): Pacing => {
  let spent = 0
  const spend = (cost: number): boolean => {
    spent += cost
    if (spent < maxSpent) return false
    spent = 0
    return true
  }
  return {
    spend: (cost) => (spend(cost) ? Effect.yieldNow : Effect.void),
    run: Effect.fnUntraced(function* <A>(steps: Generator<number, A, undefined>): Effect.fn.Return<A> {
      for (;;) {
        const step = steps.next()
        if (step.done === true) return step.value
        if (spend(step.value)) yield* Effect.yieldNow
      }
    })
  }
}
