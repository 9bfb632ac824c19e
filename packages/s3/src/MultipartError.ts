/**
 * A multipart upload that failed, and whose parts are still there.
 *
 * @since 0.1.0
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Schema from "effect/Schema"

/**
 * The upload failed and its parts are kept: `Multipart.resume` sends what is missing, `Multipart.complete` only makes the last call once more,
 * `Uploads.abort` deletes them.
 *
 * @category errors
 * @since 0.1.0
 */
export class UploadKept extends Schema.TaggedError<UploadKept>("@effect-hcp/s3/UploadKept")("UploadKept", {
  bucket: Schema.String,
  key: Schema.String,
  uploadId: Schema.String,
  /**
   * `parts`: not every part is there. `complete`: all of them are, but HCP did not put them together. That is where it says that the object exists
   * and is not overwritten (409), or is under retention (403).
   */
  phase: Schema.Literals(["parts", "complete"]),
  /** What went wrong. */
  reason: HcpError
}) {
  override readonly cause = this.reason
  override get message(): string {
    const next =
      this.phase === "parts"
        ? "`Multipart.resume` sends what is missing"
        : "all parts are there, `Multipart.complete` makes the last call once more"
    return `${this.reason.message}; the upload ${this.uploadId} of ${this.bucket}/${this.key} is kept: ${next}`
  }
  /** Whether the same call may well succeed a little later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
}
