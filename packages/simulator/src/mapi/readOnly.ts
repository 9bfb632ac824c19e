/**
 * Properties that are shown but cannot be set.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Shape } from "./shape.ts"

/**
 * A property that a body must not have; what it holds does not matter.
 *
 * @internal
 */
export const shown: Shape<true> = { read: () => Result.succeed(true), write: () => "" }

/**
 * Fails with 403 if a body has one of these properties.
 *
 * @internal
 */
export const refuse = (body: object, names: ReadonlyArray<string>): Effect.Effect<void, Refusal> => {
  const found = names.find((name) => Reflect.get(body, name) !== undefined)
  return found === undefined ? Effect.void : Effect.fail(refusal(403, `the property ${found} cannot be set`))
}
