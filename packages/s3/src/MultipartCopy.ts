/**
 * Copies of large objects, made inside HCP in parts: nothing of the data goes over the network. `Multipart` offers it
 * as `copy`.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type { OnProgress } from "@effect-hcp/sdk/Progress"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { callOf, checkedConcurrency, quoted } from "./internal/callOptions.ts"
import { sourceHeader } from "./internal/copyObject.ts"
import { checked, type Pair, refused } from "./internal/gateway.ts"
import { type SentPart, Tally } from "./internal/multipartRun.ts"
import { checkNoFolder, live } from "./internal/multipartUpload.ts"
import * as Kind from "./internal/optionKinds.ts"
import { maxPartSize, partSizeFor, type Slice, slices } from "./internal/partPlan.ts"
import { head } from "./internal/readObject.ts"
import { begin, copyPart, type UploadRef } from "./internal/uploadCalls.ts"
import type { UploadKept } from "./MultipartError.ts"
import { listAt } from "./Parts.ts"
import * as S3 from "./S3.ts"
import type { Source } from "./S3Object.ts"
import { descriptionHeaders, protectionHeaders, type Settings } from "./Settings.ts"
import type { Uploaded } from "./Uploaded.ts"
import * as UserMetadata from "./UserMetadata.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<CopyOptions> = Kind.partedCopyKinds

/**
 * What is copied: an object, or one version of it.
 *
 * @category models
 * @since 0.1.0
 */
export type CopySource = Source

/**
 * What a copy in parts may set. Without `contentType` and `metadata` both are those of the source; with one of them the
 * other is not taken over. Access lists, retention and holds are never copied.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends Settings, CallOptions {
  /**
   * Bytes of every part but the last, 1 MiB to 5 GB. Defaults to 64 MiB, or more where that makes more than 10,000
   * parts.
   */
  readonly partSize?: number | undefined
  /** How many parts are copied at a time. Defaults to `4`. */
  readonly concurrency?: number | undefined
  /** Runs for each part that was copied, in order. */
  readonly onProgress?: OnProgress | undefined
  /** Whether the parts are kept when the copy fails or is interrupted. Defaults to `false`. */
  readonly keepOnFailure?: boolean | undefined
  /**
   * For how long HCP is given to end the copy of a part whose answer did not come: it goes on with it, and that is
   * looked up every two seconds before the part is asked for again. Defaults to 5 minutes.
   */
  readonly patience?: Duration.Input | undefined
}

const defaultCopySize = 64 * 1024 * 1024

/**
 * Copies an object in parts, within one tenant. It copies the version of the source that is current at the start: when
 * that is replaced meanwhile the copy fails with `S3Refused` (`precondition`).
 *
 * Fails as `Multipart.upload` does; with `S3Refused` (`notFound`) where there is no such source, and `access` also
 * where this system does not hold its data; with `UnexpectedAnswer` where user metadata would be lost, as HCP cannot
 * show it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const copy = (
  from: CopySource,
  bucket: string,
  key: string,
  options: CopyOptions = {}
): Effect.Effect<Uploaded, HcpError | UploadKept, S3.S3> =>
  Effect.gen(function* () {
    const about = { method: "PUT", bucket, key } as const
    const everywhere = yield* S3.gatewayFor(about, options, kinds)
    yield* checkNoFolder(about)
    const system = yield* everywhere.stay
    const call = callOf(options)
    const headers = yield* checked(about, protectionHeaders(options))
    const concurrency = yield* checked(about, checkedConcurrency(options.concurrency))
    const named = yield* sourceHeader(about, from)
    const { contentType, etag, metadata, missingMetadata, size } = yield* head(everywhere, from.bucket, from.key, {
      ...call,
      versionId: from.versionId
    })
    const own = options.contentType !== undefined || options.metadata !== undefined
    if (!own && missingMetadata > 0) {
      const detail = "HCP does not show all user metadata of the source, which the copy would lack; give `metadata`"
      return yield* refused(about, new UnexpectedAnswer({ detail }))
    }
    const description = [
      ...(yield* checked(about, descriptionHeaders(own ? options : { acl: options.acl, contentType }))),
      ...(yield* checked(about, UserMetadata.takenOver(own ? {} : metadata)))
    ]
    if (size === undefined)
      return yield* refused(about, new UnexpectedAnswer({ detail: "it has no size of the source" }))
    if (size === 0) {
      return yield* refused(
        about,
        new InvalidInput({ field: "from", detail: "is empty; copy it with `S3Object.copy`" })
      )
    }
    const smallest = Math.min(maxPartSize, Math.max(defaultCopySize, Math.ceil(size / 9_000)))
    const partSize = yield* checked(about, partSizeFor(size, options.partSize ?? smallest))
    const source: ReadonlyArray<Pair> =
      etag === undefined ? [named] : [named, ["x-amz-copy-source-if-match", quoted(etag)]]
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const { target, uploadId } = yield* restore(begin(system.first, { bucket, key }, description, call))
        const gateway = yield* system.at(target)
        const upload = { bucket, key, uploadId }
        const tally = new Tally(options.onProgress, size)
        const patience = Duration.fromInputUnsafe(options.patience ?? "5 minutes")
        const parts = Effect.forEach(
          slices(size, partSize),
          (slice) => Effect.tap(copySlice(gateway, upload, slice, source, patience, call), () => tally.add(slice.size)),
          { concurrency }
        ).pipe(Effect.tap(() => tally.done))
        const keepOnFailure = options.keepOnFailure ?? false
        return yield* live({ gateway, upload, keepOnFailure, options: call, headers, parts }, restore)
      })
    )
  })

const pause = Duration.seconds(2)

const copySlice = (
  gateway: Gateway,
  upload: UploadRef,
  slice: Slice,
  source: ReadonlyArray<Pair>,
  patience: Duration.Duration,
  options: CallOptions
): Effect.Effect<SentPart, HcpError> => {
  const { number, offset, size } = slice
  const range: Pair = ["x-amz-copy-source-range", `bytes=${offset}-${offset + size - 1}`]
  const attempt = Effect.map(copyPart(gateway, upload, number, [...source, range], options), (etag) => ({
    number,
    size,
    etag
  }))
  const found = Effect.map(
    Stream.runHead(listAt(gateway, upload, { ...options, startAfter: number - 1, pageSize: 1 })),
    Option.filter((part) => part.number === number && part.size === size)
  )
  const awaited = Effect.repeat(found, {
    schedule: Schedule.spaced(pause).pipe(Schedule.upTo({ duration: patience })),
    until: Option.isSome
  })
  // HCP goes on with a copy nobody waits for any more, so a second request would have it copied twice at the same time.
  return Effect.catchIf(attempt, isUnanswered, (error) =>
    Effect.flatMap(awaited, (part) =>
      Option.isSome(part)
        ? Effect.succeed(part.value)
        : Effect.mapError(attempt, (again) => (isUnanswered(again) ? error : again))
    )
  )
}

const isUnanswered = ({ reached }: HcpError): boolean => reached === "request"
