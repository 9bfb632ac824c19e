/**
 * Actions: what a POST asks for by a query parameter alone, `?suspend` or `?suspend=`, without a body.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Call } from "./router.ts"
import type { Shape } from "./shape.ts"

/**
 * Which of these actions is asked for; undefined if none is. Fails with 400 for two at once.
 *
 * @internal
 */
export const find = <Action extends string>(
  { parameters }: Call,
  actions: ReadonlyArray<Action>
): Effect.Effect<Action | undefined, Refusal> => {
  const [first, second] = actions.filter((action) => parameters.has(action))
  return second === undefined
    ? Effect.succeed(first)
    : Effect.fail(refusal(400, `${first} and ${second} cannot be asked for at the same time`))
}

/**
 * The body of a POST that may as well come without one: with a parameter that nobody knows it does nothing, and is
 * answered 200.
 *
 * @internal
 */
export const bodyIfAny = <A>(call: Call, root: string, shape: Shape<A>): Effect.Effect<A | undefined, Refusal> => {
  const { "content-length": length = "0", "content-type": type, "transfer-encoding": coding } = call.request.headers
  const hasBody = type !== undefined || coding !== undefined || length !== "0"
  return hasBody || call.parameters.size === 0 ? call.body(root, shape) : Effect.undefined
}
