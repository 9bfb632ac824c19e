/**
 * Opens a body for one attempt.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as MutableRef from "effect/MutableRef"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Bytes, type Empty, type File, fromInput, type HcpBody, type Input, type Text } from "../../HcpBody.ts"
import { type HcpError, isHcpError } from "../../HcpError.ts"
import { shown } from "../../OptionCheck.ts"
import { BodySourceFailed, InvalidInput, LengthMismatch } from "../../WireReason.ts"
import { broken, isBroken } from "../brokenText.ts"
import * as OnDemand from "../config/onDemand.ts"
import { fail, failure, isCount, notACount, sourceFailed } from "./bodyErrors.ts"

/** A body opened for one attempt. */
export interface OpenBody {
  /** Bytes to come; `undefined` when unknown: send it chunked. */
  readonly length: number | undefined
  /** The bytes, at once or as they are pulled; a stream gives exactly `length` bytes or fails. `undefined` for none. */
  readonly content: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
}

/** The body of what was given as one. Fails with `InvalidInput`. */
export const bodyOf = (given: Input): Effect.Effect<HcpBody, HcpError> =>
  Effect.mapError(Effect.fromResult(fromInput(given)), failure)

/**
 * Opens a body that is in memory: nothing, bytes, text. `undefined` for the others, which {@link open} opens.
 * Fails with `InvalidInput` for text without UTF-8 form.
 */
export const openNow = (body: HcpBody): Result.Result<OpenBody, HcpError> | undefined => {
  switch (body._tag) {
    case "Empty":
    case "Bytes":
    case "Text":
      return inMemory(body)
    default:
      return undefined
  }
}

/**
 * Opens a body. Whatever is opened is closed with the scope. Fails with `BodySourceFailed`, `InvalidInput` (a length
 * that is not a count of bytes, text without UTF-8 form) and, while the content flows, `LengthMismatch`.
 */
export const open = (body: HcpBody): Effect.Effect<OpenBody, HcpError, Scope.Scope> => {
  switch (body._tag) {
    case "Empty":
    case "Bytes":
    case "Text":
      return Effect.fromResult(inMemory(body))
    case "File":
      return openFile(body)
    case "Streamed":
      return openStream(() => body.make(), body.length)
    case "StreamedOnce":
      return openStream(
        () =>
          MutableRef.getAndSet(body.begun, true)
            ? Stream.fail(
                failure(
                  sourceFailed("stream", "it can be read only once and was read before; use HcpBody.stream(() => ...)")
                )
              )
            : body.stream,
        body.length
      )
  }
}

const nothing: OpenBody = { length: 0, content: undefined }

const inMemory = (body: Empty | Bytes | Text): Result.Result<OpenBody, HcpError> => {
  switch (body._tag) {
    case "Empty":
      return Result.succeed(nothing)
    case "Bytes":
      return Result.succeed({ length: body.bytes.length, content: body.bytes })
    case "Text": {
      if (isBroken(body.text)) return Result.fail(failure(new InvalidInput({ field: "body", detail: broken })))
      const bytes = Buffer.from(body.text, "utf8")
      return Result.succeed({ length: bytes.length, content: bytes })
    }
  }
}

const openStream = (
  make: () => Stream.Stream<Uint8Array, unknown>,
  length: number | undefined
): Effect.Effect<OpenBody, HcpError> => {
  if (!isCount(length)) return notACount("body.length")
  const made = Stream.suspend((): Stream.Stream<Uint8Array, unknown> => {
    const stream = make()
    return Stream.isStream(stream) ? stream : Stream.fail(wrongSource(stream, "where a Stream of Uint8Array is due"))
  })
  const source = onlyBytes(
    Stream.mapError(made, (error) =>
      isHcpError(error) ? error : failure(new BodySourceFailed({ source: "stream", detail: messageOf(error), error }))
    )
  )
  return Effect.succeed({ length, content: length === undefined ? source : exactly(source, length) })
}

const wrongSource = (given: unknown, due: string): HcpError =>
  failure(new InvalidInput({ field: "body", detail: `its source gave ${shown(given)} ${due}` }))

/** What is no bytes would be sent as something else, or end the fiber that asks it for its length. */
const onlyBytes = (source: Stream.Stream<Uint8Array, HcpError>): Stream.Stream<Uint8Array, HcpError> =>
  Stream.transformPull(source, (pull) =>
    Effect.succeed(
      Effect.flatMap(pull, (chunks) => {
        for (const chunk of chunks) {
          if (!(chunk instanceof Uint8Array)) {
            return Effect.fail(wrongSource(chunk, "where bytes are due; give Uint8Array, e.g. by Stream.encodeText"))
          }
        }
        return Effect.succeed(chunks)
      })
    )
  )

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

/**
 * Passes on exactly the declared bytes. The last of them wait until the source has ended, so that a source with too
 * many is found before HCP has a complete request and stores a cut-off object.
 */
const exactly = (source: Stream.Stream<Uint8Array, HcpError>, declared: number): Stream.Stream<Uint8Array, HcpError> =>
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      let actual = 0
      let ended = false
      const mismatch = Effect.suspend(() => fail(new LengthMismatch({ declared, actual })))
      const counted = Effect.map(pull, (chunks) => {
        for (const chunk of chunks) actual += chunk.length
        return chunks
      })
      const awaitEnd: Effect.Effect<void, HcpError> = Effect.suspend(() =>
        actual > declared
          ? mismatch
          : Pull.matchEffect(counted, {
              onSuccess: () => awaitEnd,
              onFailure: Effect.failCause,
              onDone: () =>
                Effect.sync(() => {
                  ended = true
                })
            })
      )
      return Effect.suspend((): Pull.Pull<Chunks, HcpError> => {
        if (ended) return Cause.done()
        return Pull.matchEffect(counted, {
          onSuccess: (chunks) => (actual < declared ? Effect.succeed(chunks) : Effect.as(awaitEnd, chunks)),
          onFailure: Effect.failCause,
          onDone: (): Pull.Pull<never, HcpError> => (actual < declared ? mismatch : Cause.done())
        })
      })
    })
  )

const openFile = (body: File): Effect.Effect<OpenBody, HcpError, Scope.Scope> =>
  Effect.flatMap(OnDemand.localFile, ({ contentOf, openLocalFile }) => Effect.flatMap(openLocalFile(body), contentOf))

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === "string" ? error : "it failed"
