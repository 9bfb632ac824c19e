/**
 * Multipart uploads that were begun and neither completed nor aborted. Their parts take space: HCP aborts an upload by
 * itself only after the number of days its namespace says, 30 by default.
 *
 * **Example** (clear away what nobody goes on with)
 *
 * ```ts
 * import { Uploads } from "@effect-hcp/s3"
 * import { Stream } from "effect"
 *
 * const tidy = Uploads.abortAll("video", { olderThan: "7 days" }).pipe(Stream.runCount)
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on multipart uploads.
 *
 * @since 0.1.0
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { callOf, checkedConcurrency } from "./internal/callOptions.ts"
import { checked, type S3Request, send } from "./internal/gateway.ts"
import { entriesOf, type MarkerList } from "./internal/markerList.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { Parameter, SubResource } from "./internal/parameter.ts"
import type { Keyed, Owner, PrefixEntry } from "./Listing.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: { readonly list: KindsOf<Options>; readonly abortAll: KindsOf<AbortOptions> } = {
  list: { ...callKinds, prefix: "text", delimiter: "text", pageSize: "number" },
  abortAll: { ...callKinds, prefix: "text", olderThan: "duration", concurrency: "number" }
}

/**
 * An upload that is under way.
 *
 * @category models
 * @since 0.1.0
 */
export interface Upload extends Keyed {
  readonly _tag: "Upload"
  readonly uploadId: string
  /** When it was begun. */
  readonly beganAt: DateTime.Utc | undefined
  /** Who began it: nobody else may send parts. */
  readonly initiator: Owner | undefined
  /** Who will own the object. */
  readonly owner: Owner | undefined
}

/**
 * One entry of a list of uploads.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = Upload | PrefixEntry

/**
 * What a list of uploads may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CallOptions {
  /** Only keys that begin so. Defaults to all. */
  readonly prefix?: string | undefined
  /** Puts keys together that are equal up to it, after the prefix; mostly `/`. Defaults to none. */
  readonly delimiter?: string | undefined
  /** Uploads of one page, 1 to 1,000. Defaults to HCP's own 1,000. */
  readonly pageSize?: number | undefined
}

/**
 * Which uploads are to be aborted.
 *
 * @category models
 * @since 0.1.0
 */
export interface AbortOptions extends CallOptions {
  /** Only uploads of keys that begin so. Defaults to all. */
  readonly prefix?: string | undefined
  /**
   * Only uploads that were begun at least so long ago; those HCP gives no time for stay. Not optional, as somebody may
   * be at it right now: `0` aborts them all.
   */
  readonly olderThan: Duration.Input
  /** How many are aborted at a time. Defaults to `4`. */
  readonly concurrency?: number | undefined
}

/**
 * The uploads of a bucket that are under way, those of one key in the order they were begun. Fails as `Listing.list`
 * does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (bucket: string, options: Options = {}): Stream.Stream<Entry, HcpError, S3.S3> =>
  Stream.unwrap(
    Effect.map(S3.gatewayFor({ method: "GET", bucket }, options, kinds.list), (gateway) =>
      entriesOf(gateway, bucket, uploads, options)
    )
  )

/**
 * Aborts one upload: its parts are deleted, a little later. One that is not there any more counts as done.
 *
 * @category combinators
 * @since 0.1.0
 */
export const abort = (
  bucket: string,
  key: string,
  uploadId: string,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "DELETE", bucket, key, uploadId }, options, callKinds), (gateway) =>
    abortAt(gateway, { bucket, key, uploadId }, options)
  )

/**
 * Aborts the uploads of a bucket that are old enough, and gives each that was aborted. Fails as {@link list} and {@link
 * abort} do, and with `InvalidInput` for the options; uploads after the one that failed stay.
 *
 * @category combinators
 * @since 0.1.0
 */
export const abortAll = (bucket: string, options: AbortOptions): Stream.Stream<Upload, HcpError, S3.S3> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const gateway = yield* S3.gatewayFor({ method: "DELETE", bucket }, options, kinds.abortAll, ["olderThan"])
      const { olderThan, prefix } = options
      const call = callOf(options)
      const concurrency = yield* checked({ method: "DELETE", bucket }, checkedConcurrency(options.concurrency))
      const latest = (yield* Clock.currentTimeMillis) - Duration.toMillis(Duration.fromInputUnsafe(olderThan))
      return entriesOf(gateway, bucket, uploads, { ...call, prefix }).pipe(
        Stream.filter((entry) => entry._tag === "Upload"),
        Stream.filter(
          ({ beganAt, rawKey }) =>
            rawKey === undefined && beganAt !== undefined && DateTime.toEpochMillis(beganAt) <= latest
        ),
        Stream.mapEffect(
          (upload) => Effect.as(abortAt(gateway, { bucket, key: upload.key, uploadId: upload.uploadId }, call), upload),
          { concurrency }
        )
      )
    })
  )

/** Aborts an upload, at a gateway that is known. @internal */
export const abortAt = (
  gateway: Gateway,
  { bucket, key, uploadId }: { readonly bucket: string; readonly key: string; readonly uploadId: string },
  options?: CallOptions
): Effect.Effect<void, HcpError> => {
  const request: S3Request = { method: "DELETE", bucket, key, query: { [Parameter.uploadId]: uploadId }, options }
  return send(gateway, request).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "S3Refused" && reason.status === 404 && reason.code !== "NoSuchBucket",
      () => Effect.void
    ),
    Effect.asVoid
  )
}

const uploads: MarkerList<Upload> = {
  subResource: SubResource.uploads,
  pageSize: Parameter.maxUploads,
  idMarker: Parameter.uploadIdMarker,
  nextIdMarker: "NextUploadIdMarker",
  roots: "ListMultipartUploadsResult",
  itemNames: new Set(["Upload"]),
  idName: "upload id",
  idOf: ({ uploadId }) => uploadId,
  read: ({ fields }) => {
    const key = fields.key("Key")
    const uploadId = fields.text("UploadId")
    return key === undefined || uploadId === undefined
      ? undefined
      : {
          _tag: "Upload",
          key: key.text,
          rawKey: key.raw,
          uploadId,
          beganAt: fields.time("Initiated"),
          initiator: fields.person("Initiator"),
          owner: fields.person("Owner")
        }
  }
}
