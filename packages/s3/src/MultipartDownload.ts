/**
 * Large objects into files, several ranges at a time. `Multipart` offers it as `download`.
 *
 * @since 0.1.0
 */

import { dirname } from "node:path"
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import * as DraftFile from "@effect-hcp/sdk/DraftFile"
import { HcpError, IncompleteBody, IntegrityError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type { OnProgress } from "@effect-hcp/sdk/Progress"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./CallOptions.ts"
import { callOf, checkedConcurrency } from "./internal/callOptions.ts"
import { checked, refused } from "./internal/gateway.ts"
import { Tally } from "./internal/multipartRun.ts"
import { checkNoFolder } from "./internal/multipartUpload.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { checkedPartSize, likelyPartSize, rangeSizeFor } from "./internal/partPlan.ts"
import { head, open } from "./internal/readObject.ts"
import * as S3 from "./S3.ts"
import type { S3ObjectMetadata } from "./S3ObjectMetadata.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<DownloadOptions> = {
  ...callKinds,
  versionId: "text",
  partSize: "number",
  concurrency: "number",
  replace: "flag",
  mode: "count",
  sync: "flag",
  verify: "flag",
  onProgress: "function"
}

/**
 * What a download may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadOptions extends CallOptions {
  /** The version that is read. Defaults to the current one. */
  readonly versionId?: string | undefined
  /**
   * Bytes of one range, 1 MiB or more. Defaults to about 16 MiB: where the object was stored in parts, ranges begin
   * where parts seem to begin, which is cheapest for HCP.
   */
  readonly partSize?: number | undefined
  /** How many ranges are read at a time. Defaults to `4`. */
  readonly concurrency?: number | undefined
  /** Whether a file that is there is replaced. Defaults to `false`: the download fails with `LocalError` (`Exists`). */
  readonly replace?: boolean | undefined
  /**
   * Who may do what with the file, as `chmod` takes it: `0o600` is for its owner alone. Defaults to what the umask
   * leaves of `0o666`.
   */
  readonly mode?: number | undefined
  /**
   * Whether to wait until the file and its name are on the disk, so that a power failure takes nothing away any more.
   * Defaults to `false`, see `DraftFile.Options`.
   */
  readonly sync?: boolean | undefined
  /**
   * Whether the file is compared with the MD5 of the object, where the ETag is one.
   * Defaults to `true`. HCP gives no hash of objects that were stored in parts.
   */
  readonly verify?: boolean | undefined
  /** Receives the bytes that were written, in order. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * An object that is in a file now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Downloaded {
  readonly file: string
  /** In bytes. */
  readonly size: number
  /** Whether the bytes were compared with a hash HCP gives. */
  readonly verified: boolean
  readonly metadata: S3ObjectMetadata
}

const defaultRangeSize = 16 * 1024 * 1024

/**
 * Reads an object into a file, several ranges at a time. The file is written under a name of its own and gets its real
 * one when it is whole; nothing of it stays after a failure. A range that breaks off goes on where it broke, as often
 * as the retry policy of the client says. The folder must be there.
 *
 * All ranges are of one version: fails with `S3Refused` (`precondition`) when the object was replaced meanwhile (with
 * `PreconditionFailed` where a range that broke off cannot go on therefore), with `UnexpectedAnswer` where a range of
 * another version comes all the same, with `IntegrityError` where the bytes are not those HCP has, and with
 * `LocalError` for what goes wrong with the file.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download = (
  bucket: string,
  key: string,
  file: string,
  options: DownloadOptions = {}
): Effect.Effect<Downloaded, HcpError | DraftFile.LocalError, S3.S3> =>
  Effect.scoped(
    Effect.gen(function* () {
      const about = { method: "GET", bucket, key } as const
      const gateway = yield* S3.gatewayFor({ ...about, file }, options, kinds)
      yield* checkNoFolder(about)
      const concurrency = yield* checked(about, checkedConcurrency(options.concurrency))
      const wanted =
        options.partSize === undefined ? undefined : yield* checked(about, checkedPartSize(options.partSize))
      const metadata = yield* head(gateway, bucket, key, { ...callOf(options), versionId: options.versionId })
      const { etag, md5, size: whole } = metadata
      const path = `/${bucket}/${key}`
      if (whole === undefined || etag === undefined) {
        return yield* refused(about, new UnexpectedAnswer({ detail: "it has no size or no ETag" }))
      }
      const { mode, replace, sync } = options
      yield* DraftFile.deleteAbandoned(dirname(file))
      const draft = yield* DraftFile.make(file, { mode, replace, size: whole, sync })
      const tally = new Tally(options.onProgress, whole)
      const verified = options.verify !== false && md5 !== undefined
      const actual = yield* DraftFile.fill<HcpError, never>(draft, {
        size: whole,
        rangeSize: wanted ?? rangeSizeFor(partSizeOf(etag, whole), defaultRangeSize),
        concurrency,
        algorithm: verified ? "md5" : undefined,
        open: ({ offset, size }) =>
          Effect.flatMap(
            open(gateway, bucket, key, {
              ...callOf(options),
              versionId: options.versionId,
              range: ByteRange.between(offset, offset + size - 1),
              ifMatch: etag,
              verify: false,
              resume: true
            }),
            ({ metadata: part, stream }) =>
              // Whoever did not look at the condition would mix two versions, and HCP has no hash of the whole where
              // the object was stored in parts.
              part.etag === etag && (part.size ?? whole) === whole
                ? Effect.succeed(stream)
                : Effect.fail(unexpected(path, "a range came that is of another version than was asked for"))
          ),
        wrongLength: ({ size }, received) => wrongLength(path, metadata.servicedBy, size, received),
        onWritten: (bytes) => tally.add(bytes)
      })
      if (verified && actual !== undefined && actual !== md5) {
        return yield* refused(about, new IntegrityError({ algorithm: "MD5", expected: md5, actual }))
      }
      yield* draft.finish
      yield* tally.done
      return { file, size: whole, verified, metadata }
    })
  )

const partSizeOf = (etag: string, size: number): number | undefined => {
  const [, parts] = /-(\d{1,5})$/.exec(etag) ?? []
  return parts === undefined ? undefined : likelyPartSize(size, Number(parts))
}

const wrongLength = (path: string, address = "HCP", expected: number, received: number): HcpError =>
  received < expected
    ? answered(path, new IncompleteBody({ address, expected, received }))
    : unexpected(path, `more bytes came than the ${expected} that were asked for`)

const unexpected = (path: string, detail: string): HcpError => answered(path, new UnexpectedAnswer({ detail }))

const answered = (path: string, reason: IncompleteBody | UnexpectedAnswer): HcpError =>
  new HcpError({ operation: "GET", path, reached: "answer", reason })
