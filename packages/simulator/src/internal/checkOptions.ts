/**
 * Refuses options that there are not, or that are of another kind, by the rules of the SDK.
 *
 * @internal
 */
import { type Kinds, problemOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import { SimulatorError } from "../SimulatorError.ts"

interface About {
  /** What must be there. */
  readonly required?: ReadonlyArray<string> | undefined
  /** What the options are of, for the message. */
  readonly within?: string
}

/** Fails with reason `specification`, and a message that names the option and what was meant. */
export const checkOptions = (given: unknown, kinds: Kinds, about?: About): Effect.Effect<void, SimulatorError> => {
  const problem = problemOf(given, kinds, about)
  return problem === undefined
    ? Effect.void
    : Effect.fail(new SimulatorError({ reason: "specification", message: problem.message }))
}

/** The same where there is no error channel: throws a `RangeError`. */
export const assertOptions = (given: unknown, kinds: Kinds, about?: About): void => {
  const problem = problemOf(given, kinds, about)
  if (problem !== undefined) throw new RangeError(problem.message)
}
