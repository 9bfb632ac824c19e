/**
 * A limit in bytes a second that several transfers share.
 *
 * All streams that are given one {@link Bandwidth} have this rate together, however many there are: each piece waits
 * until its bytes are due. The rate is that of the data as it is read or sent, without headers, and what is sent again
 * after a failure counts again. It holds from the first byte on. What is not used is saved up for a tenth of a second
 * and no longer, so that the time in which the next piece is read or sent is not lost.
 *
 * **Example** (two folders, 10 MB a second for both)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Bandwidth, Transfer } from "@effect-hcp/sdk"
 *
 * const both = Effect.gen(function* () {
 *   const bandwidth = yield* Bandwidth.make(10_000_000)
 *   const upload = (folder: string) => Transfer.count(Transfer.upload(folder, `/${folder}`, { bandwidth }))
 *   yield* Effect.all([upload("scans"), upload("mails")], { concurrency: 2 })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import { InvalidInput } from "../WireReason.ts"

/**
 * A limit that is shared by everything that is given it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bandwidth {
  readonly bytesPerSecond: number
  /** Waits until so many bytes more are due. Those who wait take their turns one after the other. */
  readonly take: (bytes: number) => Effect.Effect<void>
  /** The stream, each piece of it when it is due. */
  readonly limit: <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.Stream<Uint8Array, E, R>
}

/** Longer than it takes to read a piece or to wake up on a busy computer, and too short for anybody else to notice. */
const savedMillis = 100

/**
 * A limit of so many bytes a second. Fails with `InvalidInput` for a number that is not above 0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (bytesPerSecond: number): Effect.Effect<Bandwidth, HcpError> =>
  Effect.suspend(() => {
    if (!Number.isFinite(bytesPerSecond) || bytesPerSecond <= 0) {
      const detail = `must be a number of bytes above 0, got ${String(bytesPerSecond)}`
      return Effect.fail(
        new HcpError({ operation: "Bandwidth.make", reason: new InvalidInput({ field: "bytesPerSecond", detail }) })
      )
    }
    // The bucket as the time when it is empty again: one number, whatever waits.
    let free: number | undefined
    const take = (bytes: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        free = Math.max(free ?? now, now - savedMillis) + (bytes / bytesPerSecond) * 1000
        const wait = free - now
        // A timer is not finer than a millisecond; what is not waited for now is waited for by the next piece.
        return wait < 1 ? Effect.void : Effect.sleep(wait)
      })
    return Effect.succeed(makeWith(bytesPerSecond, take))
  })

/**
 * A limit whose turns somebody else gives, for instance one that several processes share: `take` waits until so many
 * bytes more are due.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeWith = (bytesPerSecond: number, take: Bandwidth["take"]): Bandwidth => ({
  bytesPerSecond,
  take,
  limit: (stream) =>
    Stream.mapArrayEffect(stream, (pieces) =>
      Effect.as(take(pieces.reduce((sum, { length }) => sum + length, 0)), pieces)
    )
})
