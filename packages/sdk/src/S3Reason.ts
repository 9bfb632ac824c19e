/**
 * Why the S3 gateway refused something: one class, with the gateway's own code and a category to decide by.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on error codes.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"

/**
 * What a refusal of the S3 gateway comes to, whatever its code.
 *
 * - `access`: wrong key or signature, a missing permission, a switched-off protocol, an expired URL. Often HCP says
 *   only `AccessDenied`.
 * - `clock`: the clock of this computer and that of HCP are too far apart, and correcting it once did not help.
 * - `notFound`: no such bucket, object, version or upload.
 * - `conflict`: it exists already and is not overwritten, is being written, or the bucket is not empty.
 * - `state`: retention, a hold or the object's state stands against it.
 * - `precondition`: a condition does not hold; `notModified`: neither does one of a read, as nothing changed.
 * - `range`: the part asked for is outside the object.
 * - `badRequest`: the request is malformed or breaks a limit.
 * - `integrity`: other bytes arrived than were announced.
 * - `unsupported`: this HCP does not do that.
 * - `quota`: there is no space left.
 * - `busy`: HCP is overloaded or something failed inside.
 * - `redirected`: HCP never redirects, so it is not followed.
 * - `unknown`: none of these.
 *
 * @category models
 * @since 0.1.0
 */
export type S3Category =
  | "access"
  | "clock"
  | "notFound"
  | "conflict"
  | "state"
  | "precondition"
  | "notModified"
  | "range"
  | "badRequest"
  | "integrity"
  | "unsupported"
  | "quota"
  | "busy"
  | "redirected"
  | "unknown"

/** What to try, by code. */
const hintsByCode: Readonly<Record<string, string>> = {
  AccessDenied:
    "check the user's permissions for the bucket, that S3 and the management API are enabled for bucket and tenant, " +
    "that the account is not disabled, that no retention or hold protects the object, " +
    "and that this system holds the data",
  InvalidAccessKeyId: "check the user name, and that the user belongs to this tenant",
  SignatureDoesNotMatch: "check the password, and that no proxy changes the Host or other signed headers",
  RequestTimeTooSkewed: "set the clocks of this computer and of HCP right",
  NoSuchBucket:
    "check the bucket's name, and that the endpoint is the tenant's host (<tenant>.<domain>), not the bucket's",
  NoSuchUpload: "the upload was completed or aborted, or HCP aborted it after its number of days",
  OperationAborted:
    "the object exists and the bucket keeps no versions, is protected by retention or a hold, " +
    "or is being written by somebody else",
  BucketNotEmpty: "delete what is in it first, versions, folders and uploads included",
  BucketAlreadyExists: "choose another name: it is unique within the tenant",
  NotImplemented: "this HCP does not do that",
  MissingContentLength: "give the body a length, or use a multipart upload",
  EntityTooLarge: "one request may bring 5 GB; use a multipart upload for more",
  EntityTooSmall: "every part but the last needs 1 MB; use larger parts",
  KeyTooLong: "a key may have 4,095 bytes in UTF-8; shorten it",
  InvalidPart: "a part is not there or was replaced meanwhile; resume the upload, which compares all of them",
  MetadataTooLarge: "user metadata may have 2 KB in all",
  OutOfSpace: "free space, or raise the quota of the namespace"
}

/** What to try, by category, where the code says no more. */
const hintsByCategory: Partial<Readonly<Record<S3Category, string>>> = {
  access:
    "check user, password and permissions, that S3 is enabled for the bucket, " +
    "that no retention or hold protects the object, and that this system holds the data",
  clock: "set the clocks of this computer and of HCP right",
  notFound: "check bucket and key, and that the endpoint is the tenant's host",
  conflict: "it exists already and the bucket keeps no versions, or is being written by somebody else",
  range: "ask HEAD for the size",
  busy: "try again later or lower the concurrency",
  redirected: "HCP does not redirect and nothing is followed; check that this host is an HCP",
  unsupported: "this HCP does not do that"
}

/**
 * The S3 gateway did not do what was asked.
 *
 * @category errors
 * @since 0.1.0
 */
export class S3Refused extends TaggedError("S3Refused")<{
  /** The gateway's code, e.g. `NoSuchKey`. Answers without a body, as to HEAD, have none: decide by `category`. */
  readonly code?: string | undefined
  readonly category: S3Category
  /** The status of the answer. May be 200: some operations fail after the status was sent. */
  readonly status: number
  /** What the gateway says in words. */
  readonly detail?: string | undefined
  /** What is to be tried here, where more is known than code and category say. */
  readonly hint?: string | undefined
  /** The gateway's own id of the request, for its support. */
  readonly requestId?: string | undefined
}> {
  override get message(): string {
    const what = this.code ?? this.category
    const said = this.detail === undefined || this.detail === "" ? "" : `, HCP says: ${this.detail.slice(0, 500)}`
    const hint = this.hint ?? hintsByCode[this.code ?? ""] ?? hintsByCategory[this.category]
    return `refused: ${what} (${this.status})${said}${hint === undefined ? "" : `; ${hint}`}`
  }
  get isRetryable(): boolean {
    return this.category === "busy" || this.category === "integrity"
  }
}

/**
 * All reasons of the S3 gateway.
 *
 * @category models
 * @since 0.1.0
 */
export type S3Reason = S3Refused
