/**
 * The objects of one manifest, each done and written down.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { JobsUnusable } from "../JobError.ts"
import { type Attempts, Stopped } from "./attempts.ts"
import type { Ledger } from "./ledger.ts"
import type { Action, Item } from "./work.ts"

/** One object, and what came of it into the ledger. */
export const runItem = (
  action: Action,
  attempts: Attempts,
  ledger: Ledger,
  item: Item
): Effect.Effect<void, Stopped | JobsUnusable> =>
  Effect.flatMap(attempts.run(action, item), (outcome) => ledger.add({ item, outcome }))

/** For an action with one result for all of them: all objects, then their result, then the ledger. */
export const runPart = (
  action: Action & Required<Pick<Action, "part">>,
  attempts: Attempts,
  ledger: Ledger,
  number: number,
  items: ReadonlyArray<Item>,
  concurrency: number
): Effect.Effect<void, Stopped | JobsUnusable> =>
  Effect.gen(function* () {
    const settled = yield* Effect.forEach(
      items,
      (item) => Effect.map(attempts.run(action, item), (outcome) => ({ item, outcome })),
      { concurrency }
    )
    if (action.part !== undefined) {
      yield* Effect.mapError(action.part(number, items), ({ message }) => new Stopped({ message }))
    }
    yield* Effect.forEach(settled, ledger.add, { discard: true })
  })
