/**
 * How many queries a node works on at once. The others wait for their turn, and not for ever.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type Refusal, refusal } from "../gateway/exchange.ts"

/** @internal */
export interface Turns {
  /** Does something when it is its turn at a node. Fails with 503 if that takes too long. */
  readonly at: (node: string) => <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | Refusal>
}

/** @internal */
export const make = (
  options: { readonly atOnce?: number | undefined; readonly wait?: Duration.Input | undefined } = {}
): Turns => {
  const { atOnce = 5, wait = "30 seconds" } = options
  const nodes = new Map<string, Semaphore.Semaphore>()
  return {
    at: (node) => (effect) =>
      Effect.gen(function* () {
        const turns = nodes.get(node) ?? (yield* Semaphore.make(atOnce))
        nodes.set(node, turns)
        const begun = yield* Deferred.make<void>()
        const late = Effect.andThen(
          Effect.sleep(wait),
          Effect.flatMap(Deferred.isDone(begun), (isDone) =>
            isDone ? Effect.never : Effect.fail(refusal(503, "too many queries are running, try again later"))
          )
        )
        return yield* Effect.raceFirst(
          Semaphore.withPermit(turns, Effect.andThen(Deferred.succeed(begun, undefined), effect)),
          late
        )
      })
  }
}
