/**
 * What HCP answered when it did not do what was asked: one class per status, or per group of statuses that mean the same.
 *
 * Every class here is a `reason` of {@link HcpError}. `detail` is HCP's own `X-HCP-ErrorMessage` where it sent one.
 * Source: "Using a Namespace", chapter on HTTP return codes.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

const fields = {
  status: Schema.Int,
  /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
  detail: Schema.optional(Schema.String)
}

/** What was asked: an object, or something of the management API. It only changes what the message suggests. */
const about = Schema.optional(Schema.Literals(["management"]))

/** As `about`; and `store` for what was to be stored below something that is no directory. */
const missing = Schema.optional(Schema.Literals(["management", "store"]))

const said = (detail: string | undefined): string => (detail === undefined ? "" : `, HCP says: ${detail}`)

/**
 * 400: HCP refuses the parameters, headers or body of the request.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("@effect-hcp/sdk/HcpError/BadRequest")(
  "BadRequest",
  fields
) {
  override get message(): string {
    return `HCP refuses the request as malformed (${this.status})${said(this.detail)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

// What a server or a device before it says of every refusal.
const saysNothing =
  /^(?:access (?:is )?denied|forbidden|not (?:allowed|authorized|permitted)|permission denied|unauthorized)[.!]?$/i

const namesCredentials = /\b(?:authenticat\w*|credentials?|log[- ]?in|passwords?)\b/i

const levels = "that the user is one of this host's level (system at admin.<domain>, tenant at <tenant>.<domain>)"

/** What to check after a refusal: everything where nobody said what it was, and nothing where that was said. */
const toCheck = (detail: string | undefined, about: "management" | undefined): string => {
  if (detail === undefined || saysNothing.test(detail)) {
    return about === "management"
      ? `; check user and password, ${levels} and has the role, and that the management API is enabled there`
      : "; check user and password, the user's permissions, that the namespace exists, and that no retention or hold protects the object"
  }
  if (!namesCredentials.test(detail)) return ""
  return about === "management" ? `; check user and password, and ${levels}` : "; check user and password"
}

/**
 * 401 or 403: wrong credentials, a missing permission, retention or hold, a protocol that is switched off, or a namespace that
 * does not exist. The status does not tell these apart, so the message says what to check, unless HCP has said what it was.
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@effect-hcp/sdk/HcpError/Forbidden")("Forbidden", {
  ...fields,
  about
}) {
  override get message(): string {
    return `not allowed (${this.status})${said(this.detail)}${toCheck(this.detail, this.about)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 404: there is no such object, directory or version.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>("@effect-hcp/sdk/HcpError/NotFound")("NotFound", {
  ...fields,
  about: missing
}) {
  override get message(): string {
    if (this.about === "store") {
      return `nothing can be stored there (${this.status})${said(this.detail)}; check that everything above it in the path is a directory, and no object`
    }
    return this.about === "management"
      ? `there is no such resource (${this.status})${said(this.detail)}; check the names, and that this HCP has what was asked for`
      : `nothing is stored there (${this.status})${said(this.detail)}; check path and namespace`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 409: the object exists already and the namespace keeps no versions, or somebody else is writing it.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends Schema.TaggedError<Conflict>("@effect-hcp/sdk/HcpError/Conflict")("Conflict", {
  ...fields,
  /** `true` where the namespace is known to keep versions: then it can only be that somebody else is writing. */
  keepsVersions: Schema.optional(Schema.Boolean)
}) {
  override get message(): string {
    if (this.keepsVersions === true) {
      return `somebody else is writing there at the same time (${this.status})${said(this.detail)}; try again a little later`
    }
    return `something is stored there already, or is being written (${this.status})${said(this.detail)}; HCP overwrites only in a namespace with versioning`
  }
  get isRetryable(): boolean {
    return this.keepsVersions === true
  }
}

/**
 * 410: the data is not on this system; another system of the replication topology has it.
 *
 * @category errors
 * @since 0.1.0
 */
export class Gone extends Schema.TaggedError<Gone>("@effect-hcp/sdk/HcpError/Gone")("Gone", fields) {
  override get message(): string {
    return `the data is not on this system (${this.status})${said(this.detail)}; ask the other system: configure a replica`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 412: a precondition (`If-Match`, `If-None-Match`, `If-Unmodified-Since`) does not hold.
 *
 * @category errors
 * @since 0.1.0
 */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>(
  "@effect-hcp/sdk/HcpError/PreconditionFailed"
)("PreconditionFailed", fields) {
  override get message(): string {
    return `a precondition does not hold (${this.status})${said(this.detail)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 304: the object was not changed since the given time, or has the given ETag.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotModified extends Schema.TaggedError<NotModified>("@effect-hcp/sdk/HcpError/NotModified")(
  "NotModified",
  fields
) {
  override get message(): string {
    return `not modified (${this.status})`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 413 or 414: the body, an annotation or the path is larger than HCP takes, or there is no space left.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooLarge extends Schema.TaggedError<TooLarge>("@effect-hcp/sdk/HcpError/TooLarge")("TooLarge", fields) {
  override get message(): string {
    return `too large, or no space left (${this.status})${said(this.detail)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 416: the asked range is outside the object.
 *
 * @category errors
 * @since 0.1.0
 */
export class RangeNotSatisfiable extends Schema.TaggedError<RangeNotSatisfiable>(
  "@effect-hcp/sdk/HcpError/RangeNotSatisfiable"
)("RangeNotSatisfiable", fields) {
  override get message(): string {
    return `the range is outside the object (${this.status})${said(this.detail)}; ask HEAD for its size`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * 503 or 429: HCP is overloaded or in maintenance, or the data would be slow to fetch.
 *
 * @category errors
 * @since 0.1.0
 */
export class Busy extends Schema.TaggedError<Busy>("@effect-hcp/sdk/HcpError/Busy")("Busy", {
  ...fields,
  /** `Retry-After`, where the answer had a readable one. */
  retryAfter: Schema.optional(Schema.Duration)
}) {
  override get message(): string {
    const when = this.retryAfter === undefined ? "" : `, asks to wait ${Duration.format(this.retryAfter)}`
    return `HCP is busy (${this.status})${said(this.detail)}${when}; try again later or lower the concurrency`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * 500, 502 or 504: something failed inside HCP or in a device before it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ServerError extends Schema.TaggedError<ServerError>("@effect-hcp/sdk/HcpError/ServerError")(
  "ServerError",
  fields
) {
  override get message(): string {
    return `HCP failed (${this.status})${said(this.detail)}; try again, and look at the node's logs if it lasts`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * 3xx other than 304. HCP never redirects data calls, so a redirect is not followed and no credentials are sent on.
 *
 * @category errors
 * @since 0.1.0
 */
export class Redirected extends Schema.TaggedError<Redirected>("@effect-hcp/sdk/HcpError/Redirected")("Redirected", {
  ...fields,
  /** Where it leads to, without the query: HCP wants some passwords there, and whoever redirects repeats them. */
  location: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `redirected (${this.status}) and not followed, as HCP does not redirect; check that this host is an HCP`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Any other status.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedStatus extends Schema.TaggedError<UnexpectedStatus>("@effect-hcp/sdk/HcpError/UnexpectedStatus")(
  "UnexpectedStatus",
  fields
) {
  override get message(): string {
    return `unexpected status ${this.status}${said(this.detail)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * All reasons that are a status of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export const StatusReason = Schema.Union([
  BadRequest,
  Forbidden,
  NotFound,
  Conflict,
  Gone,
  PreconditionFailed,
  NotModified,
  TooLarge,
  RangeNotSatisfiable,
  Busy,
  ServerError,
  Redirected,
  UnexpectedStatus
])

/**
 * All reasons that are a status of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export type StatusReason = typeof StatusReason.Type
