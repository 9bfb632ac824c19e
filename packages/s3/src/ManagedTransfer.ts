/**
 * Objects of any size: small ones go at once, large ones and those of unknown size in parts.
 *
 * **Example** (whatever comes out of a pipe)
 *
 * ```ts
 * import { ManagedTransfer } from "@effect-hcp/s3"
 * import { HcpBody } from "@effect-hcp/sdk"
 * import { Effect, Stdio } from "effect"
 *
 * const program = Effect.flatMap(Stdio.Stdio, ({ stdin }) =>
 *   ManagedTransfer.put("backup", "db.sql", HcpBody.streamOnce(stdin))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as BodySource from "@effect-hcp/sdk/BodySource"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./CallOptions.ts"
import { sourceHeader } from "./internal/copyObject.ts"
import { checked } from "./internal/gateway.ts"
import { placed } from "./internal/multipartUpload.ts"
import * as Kind from "./internal/optionKinds.ts"
import * as Multipart from "./Multipart.ts"
import * as S3 from "./S3.ts"
import * as S3Object from "./S3Object.ts"
import type { Settings, StoreConditions } from "./Settings.ts"

/**
 * What storing an object may set. How parts are brought counts only where there are some.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions
  extends Settings,
    CallOptions,
    StoreConditions,
    Multipart.PartsOptions,
    Pick<Multipart.UploadOptions, "keepOnFailure" | "onBegun"> {
  /** Bytes of the body, for one that is known to whoever calls. Defaults to what the body or its file says. */
  readonly size?: number | undefined
  /**
   * Says whether a body that goes at once is sent again where an attempt may have taken effect. In a bucket that keeps
   * versions that may store two; a part that is sent again cannot. Defaults to `true`.
   */
  readonly idempotent?: boolean | undefined
  /**
   * What has more bytes, or nobody knows how many, is sent in parts: a lost answer sends one of them again, and not
   * everything. Defaults to 64 MiB; HCP takes 5 GB at once.
   */
  readonly partsFrom?: number | undefined
}

/**
 * What copying an object may set. How parts are copied counts only where there are some.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends Multipart.CopyOptions {
  /** Bytes of the source, for one that is known to whoever calls. Defaults to what HCP says of it. */
  readonly size?: number | undefined
}

// The compiler says here which option has no kind.
const kinds: { readonly put: KindsOf<PutOptions>; readonly copy: KindsOf<CopyOptions> } = {
  put: Kind.managedPutKinds,
  copy: Kind.managedCopyKinds
}

const largestAtOnce = 64 * 1024 * 1024

/** HCP copies no more at once. */
const largestCopy = 5_000_000_000

/**
 * Stores a body of any size, or of unknown size. What is sent at once is compared by its MD5, and so is each part.
 *
 * Fails as `S3Object.put` does, and as `Multipart.upload` where the body goes in parts: with `UploadKept` where they
 * are still there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const put = (
  bucket: string,
  key: string,
  body: HcpBody.Input,
  options: PutOptions = {}
): Effect.Effect<S3Object.Stored | Multipart.Uploaded, HcpError | Multipart.UploadKept, S3.S3> =>
  Effect.gen(function* () {
    const about = { method: "PUT", bucket, key } as const
    yield* S3.gatewayFor(about, options, kinds.put)
    const { concurrency, idempotent, keepOnFailure, onBegun, onProgress, partSize, partsFrom, size, ...common } =
      options
    const given = yield* checked(about, HcpBody.fromInput(body))
    const bytes = size ?? (yield* placed(about)(sizeOf(given)))
    if (bytes !== undefined && bytes <= (partsFrom ?? largestAtOnce)) {
      return yield* S3Object.put(bucket, key, withLength(given, bytes), { ...common, idempotent })
    }
    const parts = { concurrency, keepOnFailure, onBegun, onProgress, partSize }
    return yield* Multipart.upload(bucket, key, given, { ...common, ...parts })
  })

/** HCP takes no stream at once that does not say how long it is. */
const withLength = (body: HcpBody.HcpBody, length: number): HcpBody.HcpBody =>
  body._tag === "Streamed" || body._tag === "StreamedOnce" ? { ...body, length: body.length ?? length } : body

/** Bytes of a body; `undefined` for a stream that does not say. */
const sizeOf = (body: HcpBody.HcpBody): Effect.Effect<number | undefined, HcpError> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(0)
    case "Bytes":
      return Effect.succeed(body.bytes.length)
    case "Text":
      return Effect.succeed(Buffer.byteLength(body.text))
    case "File":
      return body.length === undefined
        ? Effect.scoped(Effect.map(BodySource.open(body), ({ size }) => size))
        : Effect.succeed(body.length)
    case "Streamed":
    case "StreamedOnce":
      return Effect.succeed(body.length)
  }
}

/**
 * Copies an object of any size, within one tenant: up to 5 GB at once, and more in parts. Nothing of the data goes over
 * the network.
 *
 * Fails as `S3Object.copy` does, and as `Multipart.copy` where it goes in parts.
 *
 * @category combinators
 * @since 0.1.0
 */
export const copy = (
  from: S3Object.Source,
  bucket: string,
  key: string,
  options: CopyOptions = {}
): Effect.Effect<S3Object.Copied | Multipart.Uploaded, HcpError | Multipart.UploadKept, S3.S3> =>
  Effect.gen(function* () {
    const about = { method: "PUT", bucket, key } as const
    yield* S3.gatewayFor(about, options, kinds.copy)
    yield* sourceHeader(about, from)
    const { concurrency, keepOnFailure, onProgress, partSize, patience, size, ...common } = options
    const bytes = size ?? (yield* S3Object.head(from.bucket, from.key, { versionId: from.versionId })).size
    if ((bytes ?? 0) <= largestCopy) return yield* S3Object.copy(from, bucket, key, common)
    const parts = { concurrency, keepOnFailure, onProgress, partSize, patience }
    return yield* Multipart.copy(from, bucket, key, { ...common, ...parts })
  })
