/**
 * Large objects in parts: sent several at a time, resumed after a failure, copied inside HCP, read back several at a
 * time.
 *
 * An upload begins at the system that the replica strategy names for writes, and all its calls go to that one, on any
 * of its nodes, as the other one of a replication pair knows nothing of its parts. Parts of a file are read where they
 * are in it, those of a stream are held in memory while they are sent: `concurrency` parts and one more.
 *
 * **Example** (a large file, resumed where it failed)
 *
 * ```ts
 * import { Multipart } from "@effect-hcp/s3"
 * import { HcpBody } from "@effect-hcp/sdk"
 * import { Effect } from "effect"
 *
 * const film = HcpBody.file("film.mp4")
 *
 * const program = Multipart.upload("video", "film.mp4", film, { keepOnFailure: true }).pipe(
 *   Effect.catchTag("UploadKept", ({ uploadId }) => Multipart.resume("video", "film.mp4", uploadId, film))
 * )
 * ```
 *
 * Limits of HCP: 10,000 parts of 1 MB (but for the last) to 5 GB, 5 TB in all. Retention and conditions are HCP's
 * business only when all parts are there. Source: "Using the Hitachi API for Amazon S3", chapter on multipart uploads.
 *
 * @since 0.1.0
 */

import * as BodySource from "@effect-hcp/sdk/BodySource"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { effectOf } from "@effect-hcp/sdk/OptionCheck"
import type { OnProgress } from "@effect-hcp/sdk/Progress"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { partsOf } from "./internal/bodyParts.ts"
import { callOf, checkedConcurrency } from "./internal/callOptions.ts"
import { checked, type Pair } from "./internal/gateway.ts"
import { type SentPart, sendParts, Tally } from "./internal/multipartRun.ts"
import { checkNoFolder, live, placed } from "./internal/multipartUpload.ts"
import * as Kind from "./internal/optionKinds.ts"
import { checkedPartSize, defaultPartSize, partSizeFor, partSizeOf } from "./internal/partPlan.ts"
import { begin, sendPart, type UploadRef } from "./internal/uploadCalls.ts"
import { UploadKept } from "./MultipartError.ts"
import { listAt } from "./Parts.ts"
import * as S3 from "./S3.ts"
import {
  conditionHeaders,
  type Description,
  descriptionHeaders,
  type Protection,
  protectionHeaders,
  type StoreConditions
} from "./Settings.ts"
import type { Uploaded } from "./Uploaded.ts"

export { type CopyOptions, type CopySource, copy } from "./MultipartCopy.ts"
export { type Downloaded, type DownloadOptions, download } from "./MultipartDownload.ts"

// The compiler says here which option has no kind.
const kinds: {
  readonly upload: KindsOf<UploadOptions>
  readonly resume: KindsOf<ResumeOptions>
  readonly complete: KindsOf<CompleteOptions>
} = { upload: Kind.uploadKinds, resume: Kind.resumeKinds, complete: Kind.completeKinds }

export { type Uploaded, UploadKept }

/**
 * What the last call of an upload may set.
 *
 * HCP's retention and holds belong there. Of `lock` and `legalHold` its manual does not say at which call it takes
 * them: look with `S3Object.head` whether they are set. A condition that does not hold fails with `UploadKept`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CompleteOptions extends Protection, CallOptions, StoreConditions {}

/**
 * How the parts of an upload are brought.
 *
 * @category models
 * @since 0.1.0
 */
export interface PartsOptions {
  /**
   * Bytes of every part but the last, 1 MiB to 5 GB. Defaults to 8 MiB, or more where the body is known to need more
   * than 9,000 of those. The parts of a stream of unknown length become larger with their number, so that 400 GiB fit
   * beginning with 8 MiB.
   */
  readonly partSize?: number | undefined
  /** How many parts are sent at a time. Defaults to `4`. */
  readonly concurrency?: number | undefined
  /** Runs for each part that HCP has, in order. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * When HCP aborts an upload by itself that was neither completed nor aborted: after the number of days its namespace
 * says, 30 by default.
 *
 * @category models
 * @since 0.1.0
 */
export interface Expiry {
  /** Milliseconds since 1970 UTC; `undefined` where HCP does not say, as where uploads are kept for ever. */
  readonly abortsAt: DateTime.Utc | undefined
  /** The rule that says so. HCP's manual knows none; `undefined` where the answer names none. */
  readonly ruleId: string | undefined
}

/**
 * What an upload may set. Type, metadata and access are said when it is begun, protection when it is completed.
 *
 * @category models
 * @since 0.1.0
 */
export interface UploadOptions extends Description, PartsOptions, CompleteOptions {
  /**
   * Whether the parts are kept when the upload fails or is interrupted before all of them are there. Defaults to
   * `false`: it is then aborted. Without an answer to the last call they are kept in any case.
   */
  readonly keepOnFailure?: boolean | undefined
  /**
   * Receives the id of the upload before its first part is sent, and how long HCP keeps its parts: for programs that
   * want to resume it after they were killed.
   */
  readonly onBegun?: ((uploadId: string, expiry: Expiry) => Effect.Effect<void>) | undefined
}

/**
 * What a resumed upload may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResumeOptions extends PartsOptions, CompleteOptions {
  /** As in {@link UploadOptions}, but defaults to `true`. */
  readonly keepOnFailure?: boolean | undefined
}

/**
 * Stores a body of any size, or of unknown size, in parts. Every part is sent with its MD5, which HCP compares; a part
 * that fails is sent again, at another node.
 *
 * Fails with `InvalidInput` for options and bodies outside HCP's limits, with `BodySourceFailed` and `LengthMismatch`
 * for the body, and with `S3Refused`. With {@link UploadKept} where the parts are still there: with `keepOnFailure`,
 * where the abort failed too, and where the last call failed. There HCP says `conflict` for an object that exists in a
 * bucket without versions, and `access` for one under retention. When the answer to that call is lost, what is stored
 * is compared before it counts as failed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const upload = (
  bucket: string,
  key: string,
  body: HcpBody.Input,
  options: UploadOptions = {}
): Effect.Effect<Uploaded, HcpError | UploadKept, S3.S3> =>
  Effect.scoped(
    Effect.gen(function* () {
      const about = { method: "POST", bucket, key } as const
      yield* S3.gatewayFor(about, options, kinds.upload)
      yield* checkNoFolder(about)
      const system = yield* Effect.flatMap(S3.gateway, ({ stay }) => stay)
      const description = yield* checked(about, descriptionHeaders(options))
      const headers = yield* checked(about, completeHeaders(options))
      const concurrency = yield* checked(about, checkedConcurrency(options.concurrency))
      const source = yield* placed(about)(BodySource.open(body))
      const partSize = yield* checked(about, partSizeOfSource(source, options.partSize))
      const call = callOf(options)
      return yield* Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          restore(begin(system.first, { bucket, key }, description, call)),
          ({ abortRuleId, abortsAt, target, uploadId }) =>
            Effect.flatMap(system.at(target), (gateway) => {
              const { onBegun } = options
              const announced =
                onBegun === undefined
                  ? Effect.void
                  : Effect.suspend(() => effectOf("onBegun", onBegun(uploadId, { abortsAt, ruleId: abortRuleId })))
              const ref = { bucket, key, uploadId }
              const sent = send(gateway, ref, source, partSize, noParts, concurrency, options)
              const parts = Effect.andThen(announced, sent)
              const keepOnFailure = options.keepOnFailure ?? false
              return live({ gateway, upload: ref, keepOnFailure, options: call, headers, parts }, restore)
            })
        )
      )
    })
  )

/**
 * Goes on with an upload: parts HCP has are compared with the body by size and MD5, and what is missing or differs is
 * sent. The body must be the same one, and so must `partSize`, if the upload was begun with one of its own and none of
 * its parts is there to tell.
 *
 * Only the user who began the upload may go on with it. Fails as {@link upload} does, and with `S3Refused`
 * (`NoSuchUpload`) for one that was completed or aborted, or is at another system.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resume = (
  bucket: string,
  key: string,
  uploadId: string,
  body: HcpBody.Input,
  options: ResumeOptions = {}
): Effect.Effect<Uploaded, HcpError | UploadKept, S3.S3> =>
  Effect.scoped(
    Effect.gen(function* () {
      const about = { method: "POST", bucket, key } as const
      yield* S3.gatewayFor({ ...about, uploadId }, options, kinds.resume)
      const ref = { bucket, key, uploadId }
      const headers = yield* checked(about, completeHeaders(options))
      const concurrency = yield* checked(about, checkedConcurrency(options.concurrency))
      const source = yield* placed(about)(BodySource.open(body))
      const call = callOf(options)
      const { gateway, stored } = yield* begun(ref, call)
      const wanted = options.partSize ?? partSizeOf(stored, source.size)
      const partSize = yield* checked(about, partSizeOfSource(source, wanted))
      const known = new Map(stored.map((part) => [part.number, part] as const))
      const parts = send(gateway, ref, source, partSize, known, concurrency, options)
      const keepOnFailure = options.keepOnFailure ?? true
      const life = { gateway, upload: ref, keepOnFailure, options: call, headers, parts }
      return yield* Effect.uninterruptibleMask((restore) => live(life, restore))
    })
  )

/**
 * Makes the last call of an upload whose parts are all there: after `UploadKept` of the phase `complete`, once what
 * stood against it is gone.
 *
 * It takes the parts HCP lists, so make sure that they are all there. Fails as the end of {@link upload} does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const complete = (
  bucket: string,
  key: string,
  uploadId: string,
  options: CompleteOptions = {}
): Effect.Effect<Uploaded, HcpError | UploadKept, S3.S3> =>
  Effect.gen(function* () {
    const about = { method: "POST", bucket, key } as const
    yield* S3.gatewayFor({ ...about, uploadId }, options, kinds.complete)
    const ref = { bucket, key, uploadId }
    const headers = yield* checked(about, completeHeaders(options))
    const call = callOf(options)
    const { gateway, stored } = yield* begun(ref, call)
    const parts = Effect.succeed(stored)
    const life = { gateway, upload: ref, keepOnFailure: true, options: call, headers, parts }
    return yield* Effect.uninterruptibleMask((restore) => live(life, restore))
  })

/** The parts an upload has, and the system that has them. */
const begun = (ref: UploadRef, call: CallOptions) =>
  Effect.gen(function* () {
    const system = yield* Effect.flatMap(S3.gateway, ({ stay }) => stay)
    let answered = ""
    const parts = listAt(system.first, ref, call, (target) => {
      answered = target
    })
    const stored = yield* Stream.runCollect(parts)
    return { gateway: yield* system.at(answered), stored }
  })

const noParts: ReadonlyMap<number, SentPart> = new Map()

const send = (
  gateway: Gateway,
  ref: UploadRef,
  source: BodySource.BodySource,
  partSize: number,
  known: ReadonlyMap<number, SentPart>,
  concurrency: number,
  options: PartsOptions & CallOptions
): Effect.Effect<ReadonlyArray<SentPart>, HcpError> =>
  Effect.suspend(() => {
    const tally = new Tally(options.onProgress, source.size)
    const call = callOf(options)
    return Effect.tap(
      sendParts(partsOf(source, partSize), known, concurrency, tally, (part, loaded) =>
        sendPart(gateway, ref, part, loaded, call)
      ),
      () => tally.done
    )
  })

const partSizeOfSource = (
  { size }: BodySource.BodySource,
  wanted: number | undefined
): Result.Result<number, InvalidInput> =>
  size === undefined
    ? wanted === undefined
      ? Result.succeed(defaultPartSize)
      : checkedPartSize(wanted)
    : partSizeFor(size, wanted)

const completeHeaders = (options: CompleteOptions): Result.Result<ReadonlyArray<Pair>, InvalidInput> =>
  Result.map(protectionHeaders(options), (headers) => [...headers, ...conditionHeaders(options)])
