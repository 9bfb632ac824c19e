/**
 * What faults do to the body of an answer: send it slowly, break it off, or put wrong bytes into it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { GatewayBody } from "../Gateway.ts"
import { bodyLength } from "../Gateway.ts"

type Bytes = Stream.Stream<Uint8Array, unknown>

/** The same body with other bytes in it, or with the same ones at another pace. An empty body stays as it is. */
const through = (body: GatewayBody, change: (bytes: Bytes) => Bytes): GatewayBody => {
  if (body._tag === "Empty") return body
  const stream = body._tag === "Bytes" ? Stream.succeed(body.bytes) : body.stream
  return { _tag: "Stream", length: bodyLength(body), stream: change(stream) }
}

const stepsPerSecond = 10

const pieces = (chunk: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(chunk.length / size) }, (_, index) => chunk.subarray(index * size, (index + 1) * size))

/**
 * Sends so many bytes per second, in steps of at most a tenth of them. A step that came late, as a timer does, takes
 * nothing from the pace: the next one comes the earlier for it, by one step at most.
 */
export const paced = (body: GatewayBody, bytesPerSecond: number): GatewayBody => {
  const step = Math.max(1, Math.ceil(bytesPerSecond / stepsPerSecond))
  const lag = 1000 / stepsPerSecond
  return through(body, (bytes) =>
    Stream.suspend(() => {
      let due = Number.NEGATIVE_INFINITY
      return bytes.pipe(
        Stream.flatMap((chunk) => Stream.fromIterable(pieces(chunk, step))),
        Stream.mapEffect((piece) =>
          Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => {
            const now = Number(nanos) / 1e6
            const begun = due === Number.NEGATIVE_INFINITY ? now : Math.max(due, now - lag)
            due = begun + (1000 * piece.length) / bytesPerSecond
            return due > now ? Effect.as(Effect.sleep(due - now), piece) : Effect.succeed(piece)
          })
        )
      )
    })
  )
}

/** Fails after so many bytes. A body that has no more than that is sent whole. */
export const cutShort = (body: GatewayBody, limit: number): GatewayBody =>
  through(body, (bytes) =>
    Stream.suspend(() => {
      let left = limit
      return Stream.flatMap(bytes, (chunk): Bytes => {
        const part = chunk.subarray(0, left)
        left -= chunk.length
        if (left >= 0) return Stream.succeed(part)
        const broken = Stream.fail("truncated")
        return part.length === 0 ? broken : Stream.concat(Stream.succeed(part), broken)
      })
    })
  )

/** Turns every bit of `count` bytes from `start` on. */
export const corrupted = (body: GatewayBody, start: number, count: number): GatewayBody =>
  through(body, (bytes) =>
    Stream.suspend(() => {
      let offset = 0
      return Stream.map(bytes, (chunk) => {
        const from = Math.max(0, start - offset)
        const to = Math.min(chunk.length, start + count - offset)
        offset += chunk.length
        // The bytes may be those of the store itself.
        return from < to ? chunk.map((byte, index) => (index >= from && index < to ? byte ^ 0xff : byte)) : chunk
      })
    })
  )
