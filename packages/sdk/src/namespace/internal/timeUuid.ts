/**
 * UUIDs of version 1 (RFC 9562 section 5.1) from Effect's clock and random numbers, no two of one maker alike.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Uuid from "uuid"

/** Intervals of 100 ns in a millisecond. */
const ticksPerMilli = 10_000
const clockSequences = 0x4000

const randomByte = Random.nextIntBetween(0, 256, { halfOpen: true })

/**
 * A maker of UUIDs. Each has a random node id of its own, marked as not being the address of a network card (section
 * 6.10), and a random clock sequence.
 *
 * Within a millisecond it counts up to 10,000; beyond that, and where the clock was set back, it goes on counting from
 * where it was: its time then runs ahead of the clock by as much as is needed, and never repeats.
 */
export const make: Effect.Effect<Effect.Effect<string>> = Effect.gen(function* () {
  const node = new Uint8Array(6)
  for (let at = 0; at < node.length; at++) node[at] = yield* randomByte
  node[0] = (node[0] ?? 0) | 0x01
  const clockseq = yield* Random.nextIntBetween(0, clockSequences, { halfOpen: true })
  // uuid wants random bytes even where it needs none of them.
  const random = new Uint8Array(16)
  let msecs = Number.NEGATIVE_INFINITY
  let nsecs = 0
  return Effect.map(Clock.currentTimeMillis, (now) => {
    if (now > msecs) {
      msecs = now
      nsecs = 0
    } else if (++nsecs === ticksPerMilli) {
      msecs++
      nsecs = 0
    }
    return Uuid.v1({ msecs, nsecs, clockseq, node, random })
  })
})
