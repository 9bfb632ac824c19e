/**
 * The pull of a body that keeps nothing of the body once it has ended.
 *
 * V8 allocates the function that every channel of Effect holds in the old space at once, and whatever such a function
 * reaches stays until the next full garbage collection, however short it was needed. A stream of a body reaches the
 * whole exchange: without this, all objects of a call with its headers survived, and reading a short body cost twice as
 * much.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type { HcpError } from "../../HcpError.ts"
import { fail, readBefore } from "./bodyErrors.ts"
import type { Chunks } from "./streamedBody.ts"

/** @internal */
export class EndingPull {
  #current: Pull.Pull<Chunks, HcpError>
  #isRead = false

  /** `onEnd` is told once how the body ended: with `Cause.Done`, or with what was wrong. */
  constructor(pull: Pull.Pull<Chunks, HcpError>, onEnd?: (cause: Cause.Cause<HcpError | Cause.Done>) => void) {
    this.#current = Effect.onError(pull, (cause) => {
      // Whoever was interrupted may pull again.
      if (!Cause.hasInterrupts(cause)) {
        this.#current = Effect.failCause(cause)
        this.#isRead = Pull.isDoneCause(cause)
        onEnd?.(cause)
      }
      return Effect.void
    })
  }

  /** The same bytes; whoever pulls again after the end learns the same. */
  readonly pull: Pull.Pull<Chunks, HcpError> = Effect.suspend(() => this.#current)

  /** The pull for whoever begins to read. Behind the end it would be that of an empty body, so it fails there. */
  readonly begun: Effect.Effect<Pull.Pull<Chunks, HcpError>, HcpError> = Effect.suspend(() =>
    this.#isRead ? fail(readBefore()) : Effect.succeed(this.pull)
  )
}
