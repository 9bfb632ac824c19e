/**
 * When a failed attempt is made again, after which delay, and what may be sent twice at all.
 *
 * A policy is data. Three questions are answered here, and nowhere else: {@link mayRepeat} (is it safe),
 * {@link RetryPolicy.delay} (when), and {@link Budget} (would it only add load to a system in trouble).
 *
 * Source of the defaults: full jitter and token bucket as in the AWS SDKs, transparent retry as in gRPC and Go's
 * `net/http`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { Reached, Reason } from "./HcpError.ts"
import { retryKinds } from "./internal/config/optionKinds.ts"
import * as OptionCheck from "./OptionCheck.ts"

/**
 * What a delay is computed from: the failure that is to be retried.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly reason: Reason
}

/**
 * How failed attempts are repeated.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetryPolicy {
  /**
   * Attempts in all, the first one included. A node that takes no connection does not use one up while there are nodes
   * that were not tried: nothing was sent there. `CannotOpenSocket` always uses one up: no other node would help.
   */
  readonly attempts: number
  /**
   * The delay before each further attempt; its end also ends the retrying. Another node after a broken connection is
   * asked at once.
   */
  readonly delay: Schedule.Schedule<unknown, Failure>
  /** The tokens of the {@link Budget}. `0` switches the budget off. */
  readonly budget: number
}

const transientBase = 100
const busyBase = 500
const maxDelay = 20_000
const maxHintExtra = 5_000

/**
 * Full jitter: a random part of `base * 2^n`, at most 20 seconds; the base is 100 ms, and 500 ms when HCP is busy. A
 * `Retry-After` can only lengthen the delay, by at most 5 seconds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fullJitter: Schedule.Schedule<unknown, Failure> = Schedule.forever.pipe(
  Schedule.setInputType<Failure>(),
  Schedule.modifyDelay(({ attempt, input }) =>
    Effect.map(Random.next, (random) => {
      const busy = input.reason._tag === "Busy"
      const ceiling = Math.min((busy ? busyBase : transientBase) * 2 ** (attempt - 1), maxDelay)
      const own = random * ceiling
      const hint = input.reason._tag === "Busy" ? input.reason.retryAfter : undefined
      const millis = hint === undefined ? own : Math.max(own, Math.min(Duration.toMillis(hint), own + maxHintExtra))
      return Duration.millis(millis)
    })
  )
)

const kinds: OptionCheck.KindsOf<RetryPolicy> = retryKinds

/**
 * A policy from its parts; what is left out is as in {@link defaults}. Throws a `RangeError` for an option that is
 * none or out of range, as a policy is only a value; `Target` and `Hcp` fail with `InvalidInput` for one made
 * otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: {
  /** Defaults to `3`. */
  readonly attempts?: number | undefined
  /** Defaults to {@link fullJitter}. */
  readonly delay?: Schedule.Schedule<unknown, Failure> | undefined
  /** Defaults to `500`. */
  readonly budget?: number | undefined
}): RetryPolicy => {
  const problem = OptionCheck.problemOf(options, kinds)
  if (problem !== undefined) throw new RangeError(`RetryPolicy.make: ${problem.message}`)
  return { attempts: options?.attempts ?? 3, delay: options?.delay ?? fullJitter, budget: options?.budget ?? 500 }
}

/**
 * Three attempts, full jitter, a budget of 500 tokens.
 *
 * @category constructors
 * @since 0.1.0
 */
export const defaults: RetryPolicy = make()

/**
 * One attempt, and that is it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const never: RetryPolicy = make({ attempts: 1 })

/**
 * What is known of an attempt that failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attempt {
  readonly method: string
  /** Whether the caller says that the request has the same effect once and twice. Overrules the method. */
  readonly idempotent: boolean | undefined
  /** Whether the body can still be sent: it can be made again, or was not begun. */
  readonly replayable: boolean
  readonly reached: Reached
}

const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE"])

/**
 * Whether sending the request once more is safe, as far as the request itself is concerned.
 *
 * It is safe if nothing was written, or if the method is GET, HEAD, PUT or DELETE or the caller says that it is
 * idempotent.
 * A body that can be read only once and was begun is never safe. A PUT that was done before it was repeated shows as
 * 409 or 412; whoever sent it then compares hashes.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mayRepeat = (attempt: Attempt): "yes" | "bodyIsGone" | "unsafe" => {
  if (!attempt.replayable) return "bodyIsGone"
  if (attempt.reached === "nothing") return "yes"
  return (attempt.idempotent ?? idempotentMethods.has(attempt.method)) ? "yes" : "unsafe"
}

const transientCost = 10
const busyCost = 5

/**
 * The token bucket of one system: retries take from it, successes fill it. While it is empty nothing is retried, so
 * that retries cannot multiply the load on a system that is down.
 *
 * @category models
 * @since 0.1.0
 */
export interface Budget {
  /** Takes what a retry of this failure costs; `false` if there is not enough. */
  readonly take: (reason: Reason) => boolean
  /** Gives one token back for a call that succeeded. */
  readonly credit: () => void
  readonly tokens: () => number
}

/**
 * Makes a full bucket.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeBudget = (policy: RetryPolicy): Budget => {
  const capacity = policy.budget
  if (capacity === 0) return { take: () => true, credit: () => {}, tokens: () => 0 }
  let tokens = capacity
  return {
    take: (reason) => {
      const cost = reason._tag === "Busy" ? busyCost : transientCost
      if (tokens < cost) return false
      tokens -= cost
      return true
    },
    credit: () => {
      if (tokens < capacity) tokens += 1
    },
    tokens: () => tokens
  }
}
