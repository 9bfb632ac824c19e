/**
 * The short way of a call as an effect: it begins the one attempt, opens a connection for it if it must, and goes on in the long way where that
 * was not enough.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { HcpError } from "../../HcpError.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import type { Watch } from "./observe.ts"
import type { Outcome } from "./quickAttempt.ts"
import type { Execute } from "./resume.ts"

/** An outcome that is the end of an attempt. */
type End = Exclude<Outcome, { readonly _tag: "Opening" }>

/** Goes the short way if that can be begun, or else another one. */
export const shortly = <A, E>(
  begin: (done: (outcome: Outcome) => void) => (() => void) | undefined,
  ended: (outcome: End) => Effect.Effect<A, E>,
  otherwise: () => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.callback<A, E>((resume) => {
    let leave: (() => void) | undefined
    let tell = resume
    const going = (outcome: Outcome): Effect.Effect<A, E> => {
      if (outcome._tag !== "Opening") return ended(outcome)
      const opened = Effect.callback<A, E>((resumeOpened) => {
        tell = resumeOpened
        outcome.goOn()
      })
      // To leave what is over already does nothing.
      return Effect.onError(Effect.andThen(outcome.open, opened), () => Effect.sync(() => leave?.()))
    }
    leave = begin((outcome) => tell(going(outcome)))
    if (leave !== undefined) return Effect.sync(leave)
    resume(otherwise())
    return undefined
  })

/** What the short way came to, as an effect; where it was not enough the long one goes on. */
export const ending = (
  outcome: End,
  watch: Watch,
  slowly: (options?: Parameters<Execute>[1]) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply, HcpError> => {
  const ended = endingOf(outcome, watch, slowly)
  return outcome.told === undefined ? ended : Effect.andThen(outcome.told, ended)
}

const endingOf: typeof ending = (outcome, watch, slowly) => {
  switch (outcome._tag) {
    case "Reply":
      watch.answered(outcome.reply, outcome.at)
      return Effect.succeed(outcome.reply)
    case "Broken":
      watch.answered(outcome.reply, outcome.at)
      return Effect.fail(outcome.error)
    case "Refused":
      watch.failed(outcome.error)
      return Effect.fail(outcome.error)
    case "Failed":
      return slowly({ first: outcome.failed })
    case "Again":
      return slowly()
  }
}
