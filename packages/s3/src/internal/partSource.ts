/**
 * A body as parts: of bytes and files any part can be read at any time, of a stream one after the other.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import { type FileHandle, open } from "node:fs/promises"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { BodySourceFailed, HcpError, InvalidInput, isHcpError, LengthMismatch } from "@effect-hcp/sdk/HcpError"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as MutableRef from "effect/MutableRef"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
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

/** A body that was opened. */
export interface Source {
  /** Bytes in all, if that is known. */
  readonly size: number | undefined
  /** The parts, if all but the last have this size; those of a stream of unknown length become larger after a while. */
  readonly parts: (partSize: number) => Stream.Stream<Part, HcpError>
}

/** Opens a body; what is opened is closed with the scope. Fails with `BodySourceFailed` and `InvalidInput`. */
export const openSource = (body: HcpBody.HcpBody): Effect.Effect<Source, HcpError, Scope.Scope> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(ofBytes(new Uint8Array()))
    case "Bytes":
      return Effect.succeed(ofBytes(body.bytes))
    case "Text":
      return /\p{Surrogate}/u.test(body.text)
        ? Effect.fail(invalid("the text holds half a surrogate pair, which has no UTF-8 form"))
        : Effect.succeed(ofBytes(new TextEncoder().encode(body.text)))
    case "File":
      return ofFile(body)
    case "Streamed":
      return ofStream(() => body.make(), body.length)
    case "StreamedOnce":
      return ofStream(
        () =>
          MutableRef.getAndSet(body.begun, true)
            ? Stream.fail(sourceFailed("stream", "it can be read only once and was read before"))
            : body.stream,
        body.length
      )
  }
}

const failed = (reason: HcpError["reason"]): HcpError => new HcpError({ operation: "PUT", reason })

const invalid = (detail: string): HcpError => failed(new InvalidInput({ field: "body", detail }))

const sourceFailed = (source: string, detail: string, error?: unknown): HcpError =>
  failed(new BodySourceFailed({ source, detail, error }))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "it failed")

const ofSlices =
  (size: number, load: (slice: Slice) => Effect.Effect<Loaded, HcpError>): Source["parts"] =>
  (partSize) =>
    Stream.fromIterable(slices(size, partSize)).pipe(Stream.map((slice) => ({ ...slice, load: load(slice) })))

const ofBytes = (bytes: Uint8Array): Source => ({
  size: bytes.length,
  parts: ofSlices(bytes.length, ({ offset, size }) => loaded(bytes.subarray(offset, offset + size)))
})

// Between two of these pieces other fibers may run.
const pieceBytes = 4 * 1024 * 1024

const loaded = Effect.fnUntraced(function* (bytes: Uint8Array): Effect.fn.Return<Loaded> {
  const hash = createHash("md5")
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (at > 0) yield* Effect.yieldNow
    hash.update(bytes.subarray(at, at + pieceBytes))
  }
  return { body: HcpBody.bytes(bytes), md5: hash.digest() }
})

// A part up to this size is read into memory once; of a larger one the file is read twice, to hash it and to send it.
const maxBuffered = 16 * 1024 * 1024

const ofFile = Effect.fnUntraced(function* (body: HcpBody.File): Effect.fn.Return<Source, HcpError, Scope.Scope> {
  const { offset, path } = body
  const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, HcpError> =>
    Effect.tryPromise({ try: run, catch: (error) => sourceFailed(path, messageOf(error), error) })
  const handle = yield* Effect.acquireRelease(
    attempt(() => open(path, "r")),
    (opened) => Effect.ignore(attempt(() => opened.close()))
  )
  const stats = yield* attempt(() => handle.stat())
  if (!stats.isFile()) return yield* sourceFailed(path, "it is not a regular file")
  if (offset > stats.size)
    return yield* sourceFailed(path, `it has ${stats.size} bytes, fewer than the offset ${offset}`)
  const size = body.length ?? stats.size - offset
  if (!isCount(size) || !isCount(offset)) return yield* invalid("offset and length must be counts of bytes")
  if (offset + size > stats.size) {
    return yield* sourceFailed(path, `it has ${stats.size} bytes, fewer than offset and length ask for`)
  }

  const fill = Effect.fnUntraced(function* (into: Uint8Array, from: number): Effect.fn.Return<void, HcpError> {
    let at = 0
    while (at < into.length) {
      const { bytesRead } = yield* readAt(handle, into, at, from + at, attempt)
      if (bytesRead === 0) return yield* failed(new LengthMismatch({ declared: into.length, actual: at }))
      at += bytesRead
    }
  })
  const load = Effect.fnUntraced(function* (slice: Slice): Effect.fn.Return<Loaded, HcpError> {
    const from = offset + slice.offset
    if (slice.size <= maxBuffered) {
      const bytes = Buffer.allocUnsafeSlow(slice.size)
      yield* fill(bytes, from)
      return yield* loaded(bytes)
    }
    const hash = createHash("md5")
    const piece = Buffer.allocUnsafeSlow(1024 * 1024)
    for (let at = 0; at < slice.size; at += piece.length) {
      const next = piece.subarray(0, Math.min(piece.length, slice.size - at))
      yield* fill(next, from + at)
      hash.update(next)
    }
    return { body: HcpBody.file(path, { offset: from, length: slice.size }), md5: hash.digest() }
  })
  return { size, parts: ofSlices(size, load) }
})

const readAt = (
  handle: FileHandle,
  into: Uint8Array,
  at: number,
  from: number,
  attempt: <A>(run: () => Promise<A>) => Effect.Effect<A, HcpError>
) => attempt(() => handle.read(into, at, into.length - at, from))

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

const ofStream = (
  make: () => Stream.Stream<Uint8Array, unknown>,
  length: number | undefined
): Effect.Effect<Source, HcpError> => {
  if (length !== undefined && !isCount(length)) return Effect.fail(invalid("length must be a count of bytes"))
  const source = Stream.suspend(make).pipe(
    Stream.mapError((error) => (isHcpError(error) ? error : sourceFailed("stream", messageOf(error), error)))
  )
  return Effect.succeed({
    size: length,
    parts: (partSize) =>
      cut(source, length, (number) => (length === undefined ? growingPartSize(number, partSize) : partSize))
  })
}

type Parts = Pull.Pull<Arr.NonEmptyReadonlyArray<Part>, HcpError>

/**
 * Cuts a stream into parts, one for each pull: no more of the source is read than the parts that are asked for need. An empty stream is one
 * empty part. Fails with `LengthMismatch` where the stream does not have the bytes it was declared to have.
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
      // A declared length spares the last part a buffer that is too large.
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
      const mismatch = (actual: number): Effect.Effect<never, HcpError> =>
        Effect.fail(failed(new LengthMismatch({ declared: declared ?? 0, actual })))

      /** Fills one part from what waits and what is pulled. */
      const next: Parts = Effect.suspend((): Parts => {
        if (isOver) return Cause.done()
        const buffer = begin()
        const hash = createHash("md5")
        let filled = 0
        const end: Parts = Effect.suspend((): Parts => {
          isOver = true
          if (declared !== undefined && offset + filled !== declared) return mismatch(offset + filled)
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
              if (declared !== undefined && offset + filled >= declared) return mismatch(declared + 1)
              return Effect.succeed([emit(buffer, filled, hash)] as const)
            }
          }
          // A full part goes out only when it is known whether it is the last: a stream that ends here has no empty part after it.
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
