/**
 * The limit of a whole call, with an error that tells how its attempts went.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { FailedAttempt, HcpError } from "../../HcpError.ts"
import { Timeout } from "../../WireReason.ts"

/** What a call with a deadline has come to. */
export interface Notes {
  /** The attempts that failed, oldest first. */
  readonly failed: Array<FailedAttempt>
  /** The node whose answer is waited for. */
  asked: string | undefined
}

/**
 * Where attempts are noted; nowhere without a deadline.
 *
 * @internal
 */
export const CurrentNotes: Context.Reference<Notes | undefined> = Context.Reference<Notes | undefined>(
  "@effect-hcp/sdk/internal/deadline/CurrentNotes",
  { defaultValue: () => undefined }
)

/** Fails with what `toError` makes of the timeout, and of the attempts until then. */
export const withDeadline = <A, R>(
  effect: Effect.Effect<A, HcpError, R>,
  deadline: Duration.Input,
  toError: (reason: Timeout, attempts: ReadonlyArray<FailedAttempt>) => HcpError
): Effect.Effect<A, HcpError, R> =>
  Effect.flatMap(Effect.context<R>(), (context) => {
    const duration = Duration.fromInputUnsafe(deadline)
    const notes: Notes = { failed: [], asked: undefined }
    return Effect.callback<A, HcpError>((resume) => {
      const run = Effect.runForkWith(Context.add(context, CurrentNotes, notes))
      const call = run(effect)
      const ended = call.pollUnsafe()
      if (ended !== undefined) return resume(ended)
      const timer = run(Effect.sleep(duration))
      call.addObserver((exit) => {
        timer.interruptUnsafe()
        resume(exit)
      })
      timer.addObserver((exit) => {
        if (Exit.isFailure(exit)) return
        // What the call holds is free before it fails.
        resume(
          Effect.flatMap(Fiber.interrupt(call), () =>
            Effect.fail(toError(new Timeout({ phase: "deadline", limit: duration }), all(notes)))
          )
        )
      })
      return Effect.suspend(() => {
        timer.interruptUnsafe()
        return Fiber.interrupt(call)
      })
    })
  })

const all = ({ asked, failed }: Notes): ReadonlyArray<FailedAttempt> =>
  asked === undefined ? failed : [...failed, { address: asked, failure: `${asked} had not answered yet` }]
