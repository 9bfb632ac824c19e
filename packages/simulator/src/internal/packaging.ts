/**
 * A package that an administrator orders, waits for, and downloads once: log packages and health check reports.
 *
 * There is one at a time. Preparing takes a time that is known when it begins, so nothing runs in the background: a
 * state is a matter of comparing the clock.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"

/** The four flags that a status shows. */
export interface PackageStatus {
  readonly readyForStreaming: boolean
  readonly streamingInProgress: boolean
  readonly started: boolean
  readonly error: boolean
}

/** An order that may be downloaded. */
export interface Ready<Order> {
  readonly order: Order
  readonly orderedAt: number
  /**
   * Passes a download through and marks it as such: complete, it ends the package; broken off, the package can be had
   * again; it fails with `"cancelled"` when the package is cancelled meanwhile.
   */
  readonly deliver: <E>(download: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E | "cancelled">
}

/** @internal */
export interface Packaging<Order> {
  /**
   * It is ready after so many milliseconds, and takes the place of a finished one, whose downloads go on. Fails while
   * another one is being prepared.
   */
  readonly prepare: (order: Order, millis: number) => Effect.Effect<void, "busy">
  readonly status: Effect.Effect<PackageStatus>
  /** Ends a preparation, a package that waits, and its downloads. */
  readonly cancel: Effect.Effect<void>
  /** Fails if nothing is ready, or a download runs. */
  readonly take: Effect.Effect<Ready<Order>, "notReady" | "busy">
}

/** A package that nobody fetches is dropped after a day. */
const keptMillis = 24 * 3_600_000

interface Package<Order> {
  readonly order: Order
  readonly orderedAt: number
  readonly readyAt: number
  readonly cancelled: Deferred.Deferred<never, "cancelled">
  isStreaming: boolean
}

/** @internal */
export const make = <Order>(): Packaging<Order> => {
  let present: Package<Order> | undefined

  const at = (now: number): Package<Order> | undefined => {
    if (present !== undefined && !present.isStreaming && now >= present.readyAt + keptMillis) present = undefined
    return present
  }

  const deliver =
    (one: Package<Order>) =>
    <E>(download: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E | "cancelled"> =>
      Stream.suspend(() => {
        one.isStreaming = true
        return download.pipe(
          Stream.interruptWhen(Deferred.await(one.cancelled)),
          Stream.onExit((exit) =>
            Effect.sync(() => {
              one.isStreaming = false
              if (Exit.isSuccess(exit) && present === one) present = undefined
            })
          )
        )
      })

  return {
    prepare: (order, millis) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const former = at(now)
        if (former !== undefined && now < former.readyAt) return Effect.fail("busy")
        present = {
          order,
          orderedAt: now,
          readyAt: now + millis,
          cancelled: Deferred.makeUnsafe(),
          isStreaming: false
        }
        return Effect.void
      }),
    status: Effect.map(Clock.currentTimeMillis, (now) => {
      const one = at(now)
      return {
        readyForStreaming: one !== undefined && !one.isStreaming && now >= one.readyAt,
        streamingInProgress: one?.isStreaming ?? false,
        started: one !== undefined,
        error: false
      }
    }),
    cancel: Effect.suspend(() => {
      const one = present
      present = undefined
      return one === undefined ? Effect.void : Effect.asVoid(Deferred.fail(one.cancelled, "cancelled"))
    }),
    take: Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const one = at(now)
      if (one === undefined || now < one.readyAt) return Effect.fail("notReady")
      if (one.isStreaming) return Effect.fail("busy")
      return Effect.succeed({ order: one.order, orderedAt: one.orderedAt, deliver: deliver(one) })
    })
  }
}
