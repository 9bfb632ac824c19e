/**
 * A multipart upload that failed, and whose parts are still there.
 *
 * @since 0.1.0
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Data from "effect/Data"

/**
 * The upload failed and its parts are kept: `Multipart.resume` sends what is missing, `Multipart.complete` only makes
 * the last call once more, `Uploads.abort` deletes them.
 *
 * @category errors
 * @since 0.1.0
 */
export class UploadKept extends Data.TaggedError("UploadKept")<{
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /**
   * `parts`: not every part is there. `complete`: all of them are, but HCP did not put them together. That is where it
   * says that the object exists and is not overwritten (409), or is under retention (403).
   */
  readonly phase: "parts" | "complete"
  /** What went wrong. */
  readonly reason: HcpError
}> {
  override get cause(): HcpError {
    return this.reason
  }
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
  /** The message, and the fields for programs. */
  override toJSON(): { readonly message: string } & Readonly<Record<string, unknown>> {
    const { bucket, key, phase, uploadId } = this
    // The message says what the reason says.
    const { message: _, ...reason } = this.reason.toJSON()
    return { message: this.message, _tag: this._tag, bucket, key, uploadId, phase, reason }
  }
}
