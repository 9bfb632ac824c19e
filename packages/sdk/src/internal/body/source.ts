/**
 * Opens a body for one attempt.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as MutableRef from "effect/MutableRef"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Bytes, type Empty, type File, fromInput, type HcpBody, type Input, type Text } from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { shown } from "../../OptionCheck.ts"
import { InvalidInput, LengthMismatch } from "../../WireReason.ts"
import { broken, isBroken } from "../brokenText.ts"
import * as OnDemand from "../config/onDemand.ts"
import { fail, failure, isCount, isOfBody, notACount, sourceFailed, streamFailed } from "./bodyErrors.ts"
import { pullOf } from "./openedStream.ts"
import type { Chunks } from "./streamedBody.ts"

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
  const content = Stream.fromChannel(
    Channel.fromTransform((_upstream, scope) =>
      Effect.suspend(() => {
        const stream = make()
        if (!Stream.isStream(stream)) return Effect.fail(wrongSource(stream, "where a Stream of Uint8Array is due"))
        return Effect.map(pullOf(stream, scope), (pull) =>
          length === undefined ? checkedPull(pull, () => undefined) : exactly(pull, length)
        )
      })
    )
  )
  return Effect.succeed({ length, content })
}

const wrongSource = (given: unknown, due: string): HcpError =>
  failure(new InvalidInput({ field: "body", detail: `its source gave ${shown(given)} ${due}` }))

/**
 * The next chunks of a source, and its failures as errors of the client. What is no bytes would be sent as something
 * else, or end the fiber that asks it for its length.
 */
const checkedPull = (
  pull: Pull.Pull<Chunks, unknown>,
  onChunk: (chunk: Uint8Array) => void
): Pull.Pull<Chunks, HcpError> =>
  Effect.matchCauseEffect(pull, {
    onFailure: (cause): Pull.Pull<never, HcpError> =>
      Pull.isDoneCause(cause) ? Cause.done() : Effect.failCause(Cause.map(cause, sourceError)),
    onSuccess: (chunks) => {
      for (const chunk of chunks) {
        if (!(chunk instanceof Uint8Array)) {
          return Effect.fail(wrongSource(chunk, "where bytes are due; give Uint8Array, e.g. by Stream.encodeText"))
        }
        onChunk(chunk)
      }
      return Effect.succeed(chunks)
    }
  })

const sourceError = (error: unknown): HcpError => (isOfBody(error) ? error : failure(streamFailed(error)))

/**
 * Passes on exactly the declared bytes. The last of them wait until the source has ended, so that a source with too
 * many is found before HCP has a complete request and stores a cut-off object.
 */
const exactly = (pull: Pull.Pull<Chunks, unknown>, declared: number): Pull.Pull<Chunks, HcpError> => {
  let actual = 0
  let ended = false
  const mismatch = Effect.suspend(() => fail(new LengthMismatch({ declared, actual })))
  const counted = checkedPull(pull, (chunk) => {
    actual += chunk.length
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
  const next = Pull.matchEffect(counted, {
    onSuccess: (chunks) => (actual < declared ? Effect.succeed(chunks) : Effect.as(awaitEnd, chunks)),
    onFailure: Effect.failCause,
    onDone: (): Pull.Pull<never, HcpError> => (actual < declared ? mismatch : Cause.done())
  })
  return Effect.suspend((): Pull.Pull<Chunks, HcpError> => (ended ? Cause.done() : next))
}

const openFile = (body: File): Effect.Effect<OpenBody, HcpError, Scope.Scope> =>
  Effect.flatMap(OnDemand.localFile, ({ contentOf, openLocalFile }) => Effect.flatMap(openLocalFile(body), contentOf))
