/**
 * The limit of a whole call, with an error that tells how its attempts went.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { FailedAttempt, HcpError } from "../../HcpError.ts"
import { Timeout } from "../../WireReason.ts"
import { type Timed, type Timeouts, unwatched } from "../pool/timeouts.ts"

/** What a call with a deadline has come to. */
export interface Notes {
  /** The attempts that failed, oldest first. */
  readonly failed: Array<FailedAttempt>
  /** The node whose answer is waited for. */
  asked: string | undefined
  /** Leaves the watch over the time to those of a pool, if they go by the clock of the call. */
  readonly watchBy: (timeouts: Timeouts) => void
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
    return Effect.callback<A, HcpError>((resume) => {
      const run = Effect.runForkWith(context)
      const watch = new Watch(Context.get(context, Clock.Clock), duration, run, () =>
        // What the call holds is free before it fails. Later: the time may be up before the call has come to wait.
        resume(
          Effect.flatMap(
            Effect.suspend(() => Fiber.interrupt(call)),
            () => Effect.fail(toError(new Timeout({ phase: "deadline", limit: duration }), all(watch)))
          )
        )
      )
      // No observer of the fiber: once a program has had a hundred fibers that live long, V8 allocates the lists of
      // observers in the old space, and with each of them all that its call made lives until the next full collection.
      const watched = Effect.onExit(effect, (exit) =>
        Effect.sync(() => {
          watch.end()
          resume(exit)
        })
      )
      const call = Effect.runForkWith(Context.add(context, CurrentNotes, watch))(watched)
      watch.begin()
      return Effect.suspend(() => {
        watch.end()
        return Fiber.interrupt(call)
      })
    })
  })

const all = ({ asked, failed }: Notes): ReadonlyArray<FailedAttempt> =>
  asked === undefined ? failed : [...failed, { address: asked, failure: `${asked} had not answered yet` }]

/**
 * The time of one call. A pool that it reaches looks after it together with all its other times: a fiber for each call
 * costs as much as a fifth of the call. Where there is no pool, or it is closed, or goes by another clock, it is a fiber.
 */
class Watch implements Notes, Timed {
  readonly failed: Array<FailedAttempt> = []
  asked: string | undefined
  dueAt: number
  watchedAt = unwatched
  readonly #clock: Clock.Clock
  readonly #run: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  readonly #onOver: () => void
  #timeouts: Timeouts | undefined
  #sleeper: Fiber.Fiber<void> | undefined
  #isOver = false

  constructor(
    clock: Clock.Clock,
    duration: Duration.Duration,
    run: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>,
    onOver: () => void
  ) {
    this.#clock = clock
    this.#run = run
    this.#onOver = onOver
    this.dueAt = this.#now() + Duration.toMillis(duration)
  }

  watchBy(timeouts: Timeouts): void {
    if (this.#timeouts !== undefined || this.#sleeper !== undefined || this.#isOver) return
    if (timeouts.isClosed || !timeouts.goesBy(this.#clock)) return
    this.#timeouts = timeouts
    timeouts.watch(this)
  }

  /** The call waits for something. */
  begin(): void {
    if (this.#timeouts !== undefined || this.#isOver) return
    const left = Duration.millis(Math.max(0, this.dueAt - this.#now()))
    this.#sleeper = this.#run(Effect.sleep(left))
    this.#sleeper.addObserver((exit) => {
      if (Exit.isSuccess(exit)) this.onDue()
    })
  }

  onDue(): void {
    if (this.#isOver) return
    this.end()
    this.#onOver()
  }

  onClosed(): void {
    this.#timeouts = undefined
    this.begin()
  }

  /** Nobody waits any more. */
  end(): void {
    this.#isOver = true
    this.#timeouts?.remove(this)
    this.#sleeper?.interruptUnsafe()
  }

  #now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}
