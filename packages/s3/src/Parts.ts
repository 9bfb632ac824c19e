/**
 * The parts of a multipart upload that HCP has.
 *
 * **Example** (how much of an upload is there)
 *
 * ```ts
 * import { Parts } from "@effect-hcp/s3"
 * import { Stream } from "effect"
 *
 * const bytes = (uploadId: string) =>
 *   Parts.list("video", "film.mp4", uploadId).pipe(Stream.runFold(() => 0, (sum, part) => sum + part.size))
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on multipart uploads.
 *
 * @since 0.1.0
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { askPage, checkedPageSize } from "./internal/askPage.ts"
import { checked, type S3Request } from "./internal/gateway.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { paged, unexpected } from "./internal/paging.ts"
import { Parameter } from "./internal/parameter.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = { ...callKinds, startAfter: "number", pageSize: "number" }

/**
 * One part.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredPart {
  /** 1 to 10,000; there may be gaps. */
  readonly number: number
  /** In bytes. */
  readonly size: number
  /** Without its quotes. The MD5 of the part on the systems that were seen. */
  readonly etag: string
  /** When it was stored. */
  readonly modifiedAt: DateTime.Utc | undefined
}

/**
 * What a list of parts may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CallOptions {
  /** Only parts with a higher number. Defaults to all. */
  readonly startAfter?: number | undefined
  /** Parts of one page, 1 to 1,000. Defaults to HCP's own 1,000. */
  readonly pageSize?: number | undefined
}

/**
 * The parts of an upload that HCP has, by number. Fails with `S3Refused` (`NoSuchUpload`) for an upload that was
 * completed or aborted, or is at another system, with `InvalidInput` for a `pageSize` out of range, and with
 * `UnexpectedAnswer` as `Listing.list` does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (
  bucket: string,
  key: string,
  uploadId: string,
  options: Options = {}
): Stream.Stream<StoredPart, HcpError, S3.S3> =>
  Stream.unwrap(
    Effect.map(S3.gatewayFor({ method: "GET", bucket, key, uploadId }, options, kinds), (gateway) =>
      listAt(gateway, { bucket, key, uploadId }, options)
    )
  )

const itemNames: ReadonlySet<string> = new Set(["Part"])

/** The parts, at a gateway that is known. Each page says which system answered. @internal */
export const listAt = (
  gateway: Gateway,
  { bucket, key, uploadId }: { readonly bucket: string; readonly key: string; readonly uploadId: string },
  options: Options = {},
  answeredBy: (target: string) => void = () => undefined
): Stream.Stream<StoredPart, HcpError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const request: S3Request = { method: "GET", bucket, key, options }
      const pageSize = yield* checked(request, checkedPageSize(options.pageSize))
      return paged(
        request,
        options.startAfter,
        String,
        Effect.fnUntraced(function* (marker: number | undefined) {
          const query = {
            [Parameter.uploadId]: uploadId,
            [Parameter.maxParts]: pageSize,
            [Parameter.partNumberMarker]: marker === undefined ? undefined : String(marker)
          }
          const { fields, items, target } = yield* askPage(gateway, { ...request, query }, "ListPartsResult", itemNames)
          answeredBy(target)
          const found: Array<StoredPart> = []
          for (const item of items) {
            const [number, size, etag] = [
              item.fields.count("PartNumber"),
              item.fields.count("Size"),
              item.fields.etag("ETag")
            ]
            if (number === undefined || size === undefined || etag === undefined) {
              return yield* unexpected(request, "a part of the list has no number, size or ETag")
            }
            found.push({ number, size, etag, modifiedAt: item.fields.time("LastModified") })
          }
          if (fields.boolean("IsTruncated") !== true) return { found, next: undefined }
          const next = fields.count("NextPartNumberMarker") ?? found.at(-1)?.number
          return next === undefined
            ? yield* unexpected(request, "there is more of the list, but nothing says where it goes on")
            : { found, next }
        })
      )
    })
  )
