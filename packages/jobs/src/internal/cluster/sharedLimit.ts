/**
 * The limits of a job that many runners do together. The bucket is a row in the database; each runner takes from it
 * what lasts for a tenth of a second, so that not every object is a statement.
 *
 * @internal
 */
import * as Bandwidth from "@effect-hcp/sdk/Bandwidth"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Options } from "../../Job.ts"
import type { JobsUnusable } from "../../JobError.ts"
import type { Limits } from "../limits.ts"

/**
 * Takes so many milliseconds' worth of a bucket, in which as much as `saved` milliseconds has gathered at most, and
 * gives when they begin: in milliseconds from now, or before.
 */
export type Lease = (cost: number, saved: number) => Effect.Effect<number, JobsUnusable>

/** As long as one that a process has alone. */
const savedMillis = 100

/** The limits of a job; `leaseOf` asks the bucket of this kind. */
export const makeSharedLimits = (
  { bandwidth, rate }: Options,
  leaseOf: (kind: "rate" | "bandwidth") => Lease
): Limits => ({
  rate: rate === undefined ? undefined : makeShared(rate, leaseOf("rate")),
  bandwidth: bandwidth === undefined ? undefined : makeShared(bandwidth, leaseOf("bandwidth"))
})

/** @internal */
export const makeShared = (perSecond: number, lease: Lease): Bandwidth.Bandwidth => {
  const turn = Semaphore.makeUnsafe(1)
  const millisOf = (units: number): number => (units / perSecond) * 1_000
  // What was leased and is not used yet, and when the next unit of it is due.
  let left = 0
  let due = 0
  const next = (units: number): Effect.Effect<number, JobsUnusable> =>
    Effect.gen(function* () {
      if (left < units) {
        const wanted = Math.max(units - left, perSecond / 10, 1)
        const wait = yield* lease(millisOf(wanted), savedMillis)
        const now = yield* Clock.currentTimeMillis
        // What is left of the lease before comes before this one.
        due = Math.max(due, now + wait - millisOf(left))
        left += wanted
      }
      left -= units
      due += millisOf(units)
      return due
    })
  const take = (units: number): Effect.Effect<void> =>
    turn
      .withPermits(1)(next(units))
      .pipe(
        Effect.flatMap((at) => Effect.map(Clock.currentTimeMillis, (now) => at - now)),
        Effect.flatMap((wait) => (wait < 1 ? Effect.void : Effect.sleep(wait))),
        // Whoever runs jobs waits for its database; what else can happen to a bucket is a fault of this program.
        Effect.orDie
      )
  return Bandwidth.makeWith(perSecond, take)
}
