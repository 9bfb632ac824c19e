/**
 * A body as parts: of bytes and files any part can be read at any time, of a stream one after the other.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import type { BodySource, Sized } from "@effect-hcp/sdk/BodySource"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { growingPartSize, type Slice, slices } from "./partPlan.ts"

/** One part. Nothing of it is read before `load`. */
export interface Part extends Slice {
  readonly load: Effect.Effect<Loaded, HcpError>
}

/** What one part sends. */
export interface Loaded {
  readonly body: HcpBody.HcpBody
  readonly md5: Uint8Array
}

/**
 * The parts of a body, if all but the last have this size; those of a body of unknown size become larger after a while.
 */
export const partsOf = (source: BodySource, partSize: number): Stream.Stream<Part, HcpError> =>
  source._tag === "Sized"
    ? Stream.map(Stream.fromIterable(slices(source.size, partSize)), (slice) => ({
        ...slice,
        load: load(source, slice)
      }))
    : cut(source.stream, source.size, (number) =>
        source.size === undefined ? growingPartSize(number, partSize) : partSize
      )

// A part up to this size is read into memory once; of a larger one the body is read twice, to hash it and to send it.
const maxBuffered = 16 * 1024 * 1024

const load = Effect.fnUntraced(function* (source: Sized, { offset, size }: Slice): Effect.fn.Return<Loaded, HcpError> {
  const body = size <= maxBuffered ? HcpBody.bytes(yield* source.load(offset, size)) : source.part(offset, size)
  const { hash } = yield* BodyDigest.digest(body, "MD5")
  return { body, md5: Buffer.from(hash.hex, "hex") }
})

type Parts = Pull.Pull<Arr.NonEmptyReadonlyArray<Part>, HcpError>

/**
 * Cuts a stream into parts, one for each pull: no more of the source is read than the parts that are asked for need. An
 * empty stream is one empty part. A declared size only spares the last part a buffer that is too large: the source
 * itself fails where it has another.
 */
export const cut = (
  source: Stream.Stream<Uint8Array, HcpError>,
  declared: number | undefined,
  sizeOf: (number: number) => number
): Stream.Stream<Part, HcpError> =>
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      const waiting: Array<Uint8Array> = []
      let number = 0
      let offset = 0
      let isOver = false
      const begin = (): Buffer =>
        Buffer.allocUnsafeSlow(
          Math.min(sizeOf(number + 1), Math.max(0, (declared ?? Number.POSITIVE_INFINITY) - offset))
        )
      const emit = (buffer: Buffer, filled: number, hash: ReturnType<typeof createHash>): Part => {
        const bytes = filled === buffer.length ? buffer : buffer.subarray(0, filled)
        const load = Effect.succeed({ body: HcpBody.bytes(bytes), md5: hash.digest() })
        const part = { number: ++number, offset, size: filled, load }
        offset += filled
        return part
      }

      /** Fills one part from what waits and what is pulled. */
      const next: Parts = Effect.suspend((): Parts => {
        if (isOver) return Cause.done()
        const buffer = begin()
        const hash = createHash("md5")
        let filled = 0
        const end: Parts = Effect.suspend((): Parts => {
          isOver = true
          return filled === 0 && number > 0 ? Cause.done() : Effect.succeed([emit(buffer, filled, hash)] as const)
        })
        const step: Parts = Effect.suspend((): Parts => {
          for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
            if (chunk.length === 0) continue
            const fits = chunk.subarray(0, buffer.length - filled)
            buffer.set(fits, filled)
            hash.update(fits)
            filled += fits.length
            if (fits.length < chunk.length) waiting.unshift(chunk.subarray(fits.length))
            if (filled === buffer.length && waiting.length > 0) {
              return Effect.succeed([emit(buffer, filled, hash)] as const)
            }
          }
          // A full part goes out only when it is known whether it is the last: a stream that ends here has no empty
          // part after it.
          return Pull.matchEffect(pull, {
            onSuccess: (chunks) => {
              waiting.push(...chunks.filter((chunk) => chunk.length > 0))
              return step
            },
            onFailure: Effect.failCause,
            onDone: () => end
          })
        })
        return step
      })
      return next
    })
  )
