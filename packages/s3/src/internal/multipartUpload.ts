/**
 * The life of one multipart upload: begun, sent, completed; aborted or kept where that does not come about.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import { UploadKept } from "../MultipartError.ts"
import type { Uploaded } from "../Uploaded.ts"
import { abortAt } from "../Uploads.ts"
import { type About, invalid, type Pair } from "./gateway.ts"
import type { SentPart } from "./multipartRun.ts"
import { complete, type UploadRef } from "./uploadCalls.ts"

/** One upload, from the moment it has an id. */
interface Life {
  readonly gateway: Gateway
  readonly upload: UploadRef
  readonly keepOnFailure: boolean
  readonly options: CallOptions
  /** Headers of the last call: what is about the object as a whole and could not be said before. */
  readonly headers: ReadonlyArray<Pair>
  /** Brings every part to HCP. */
  readonly parts: Effect.Effect<ReadonlyArray<SentPart>, HcpError>
}

// For who was interrupted does not want to wait for long.
const abortDeadline = "10 seconds"

/** The errors of a body, which knows nothing of the object it is for, as errors about that object. */
export const placed =
  ({ bucket, key }: Pick<UploadRef, "bucket" | "key">) =>
  <A, R>(effect: Effect.Effect<A, HcpError, R>): Effect.Effect<A, HcpError, R> =>
    Effect.mapError(effect, (error) => {
      const { failedAttempts, path, reached, reason } = error
      return path === undefined
        ? new HcpError({ failedAttempts, operation: "PUT", path: `/${bucket}/${key}`, reached, reason })
        : error
    })

/** Fails with `InvalidInput` for the key of a folder: it has no data to be brought or fetched. */
export const checkNoFolder = (about: About): Effect.Effect<void, HcpError> =>
  about.key?.endsWith("/") === true
    ? Effect.fail(invalid(about, "key", "ends in a slash: it is that of a folder, which has no data"))
    : Effect.void

/** Makes an effect interruptible again, inside of `Effect.uninterruptibleMask`. */
type Restore = <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

/**
 * Brings the parts and completes the upload. Whatever ends it before that (an error, a defect of the body's source, an
 * interruption) aborts the upload, unless it is to be kept; from the last call on the parts are kept in any case.
 *
 * Runs where it cannot be interrupted, so that there is no moment in which the upload has an id and nobody aborts it;
 * only the parts and the last call can be.
 */
export const live = (
  { gateway, headers, keepOnFailure, options, parts, upload }: Life,
  restore: Restore
): Effect.Effect<Uploaded, HcpError | UploadKept> => {
  const kept = (phase: UploadKept["phase"]) => (reason: HcpError) => new UploadKept({ ...upload, phase, reason })
  const abort = abortAt(gateway, upload, { ...options, deadline: abortDeadline })
  const bringing = restore(placed(upload)(parts))
  const brought: Effect.Effect<ReadonlyArray<SentPart>, HcpError | UploadKept> = keepOnFailure
    ? Effect.mapError(bringing, kept("parts"))
    : Effect.catchCause(bringing, (cause) =>
        Effect.flatMap(Effect.exit(abort), (aborted) =>
          // What could not be aborted is still there, and somebody has to know.
          Effect.failCause<HcpError | UploadKept>(Exit.isSuccess(aborted) ? cause : Cause.map(cause, kept("parts")))
        )
      )
  return Effect.flatMap(brought, (sent) =>
    restore(complete(gateway, upload, sent, headers, options)).pipe(
      Effect.mapError(kept("complete")),
      Effect.map((stored) => ({
        ...upload,
        ...stored,
        size: sent.reduce((sum, part) => sum + part.size, 0),
        parts: sent.length
      }))
    )
  )
}
