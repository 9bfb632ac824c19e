/**
 * What HCP answered when it did not do what was asked: one class per status, or per group of statuses that mean the
 * same.
 *
 * Every class here is a `reason` of {@link HcpError}. `detail` is HCP's own `X-HCP-ErrorMessage` where it sent one.
 * Source: "Using a Namespace", chapter on HTTP return codes.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { TaggedError } from "./internal/error/taggedError.ts"

/** What every answer with a status has. */
type Fields = {
  readonly status: number
  /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
  readonly detail?: string | undefined
}

/** What to try, where more is known than the status says. */
type Hinted = { readonly hint?: string | undefined }

const said = (detail: string | undefined): string => (detail === undefined ? "" : `, HCP says: ${detail}`)

/**
 * 400: HCP refuses the parameters, headers or body of the request.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends TaggedError("BadRequest")<Fields & Hinted> {
  override get message(): string {
    const advice =
      this.hint ??
      (this.detail === undefined
        ? "check parameters and headers, and that the namespace has what they need (versions, access lists, " +
          "a retention class)"
        : undefined)
    return `HCP refuses the request (${this.status})${said(this.detail)}${advice === undefined ? "" : `; ${advice}`}`
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
      : "; check user and password, the user's permissions, that the namespace exists, " +
          "and that no retention or hold protects the object"
  }
  if (!namesCredentials.test(detail)) return ""
  return about === "management" ? `; check user and password, and ${levels}` : "; check user and password"
}

/**
 * 401 or 403: wrong credentials, a missing permission, retention or hold, a protocol that is switched off, or a
 * namespace that does not exist. The status does not tell these apart, so the message says what to check, unless HCP
 * has said what it was.
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends TaggedError("Forbidden")<
  Fields &
    Hinted & {
      /** What was asked: an object, or something of the management API. It only changes what the message suggests. */
      readonly about?: "management" | undefined
    }
> {
  override get message(): string {
    const advice = this.hint === undefined ? toCheck(this.detail, this.about) : `; ${this.hint}`
    return `not allowed (${this.status})${said(this.detail)}${advice}`
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
export class NotFound extends TaggedError("NotFound")<
  Fields &
    Hinted & {
      /**
       * What was asked: an object, or something of the management API; `store` for what was to be stored below
       * something that is no directory. It only changes what the message suggests.
       */
      readonly about?: "management" | "store" | undefined
    }
> {
  override get message(): string {
    if (this.hint !== undefined) return `nothing is found there (${this.status})${said(this.detail)}; ${this.hint}`
    if (this.about === "store") {
      const advice = "check that everything above it in the path is a directory, and no object"
      return `nothing can be stored there (${this.status})${said(this.detail)}; ${advice}`
    }
    return this.about === "management"
      ? `there is no such resource (${this.status})${said(this.detail)}; ` +
          "check the names, and that this HCP has what was asked for"
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
export class Conflict extends TaggedError("Conflict")<
  Fields &
    Hinted & {
      /** `true` where the namespace is known to keep versions: then it can only be that somebody else is writing. */
      readonly keepsVersions?: boolean | undefined
    }
> {
  override get message(): string {
    if (this.keepsVersions === true) {
      return (
        `somebody else is writing there at the same time (${this.status})${said(this.detail)}; ` +
        "try again a little later"
      )
    }
    if (this.hint !== undefined)
      return `it conflicts with what is there (${this.status})${said(this.detail)}; ${this.hint}`
    const why = "HCP overwrites only in a namespace with versioning"
    return `something is stored there already, or is being written (${this.status})${said(this.detail)}; ${why}`
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
export class Gone extends TaggedError("Gone")<Fields> {
  override get message(): string {
    return (
      `the data is not on this system (${this.status})${said(this.detail)}; ` +
      "ask the other system: configure a replica"
    )
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
export class PreconditionFailed extends TaggedError("PreconditionFailed")<Fields> {
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
export class NotModified extends TaggedError("NotModified")<
  Fields & {
    /** `ETag` of what is stored, quotes included, if HCP sent it. */
    readonly etag?: string | undefined
  }
> {
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
export class TooLarge extends TaggedError("TooLarge")<Fields> {
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
export class RangeNotSatisfiable extends TaggedError("RangeNotSatisfiable")<
  Fields & {
    /** Bytes of the whole object, if HCP said so (`Content-Range`). */
    readonly size?: number | undefined
  }
> {
  override get message(): string {
    const object = this.size === undefined ? "the object" : `the object, which has ${this.size} bytes`
    const advice = this.size === undefined ? "; ask HEAD for its size" : ""
    return `the range is outside ${object} (${this.status})${said(this.detail)}${advice}`
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
export class Busy extends TaggedError("Busy")<
  Fields & {
    /** `Retry-After`, where the answer had a readable one. */
    readonly retryAfter?: Duration.Duration | undefined
  }
> {
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
export class ServerError extends TaggedError("ServerError")<Fields> {
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
export class Redirected extends TaggedError("Redirected")<
  Fields & {
    /** Where it leads to, without the query: HCP wants some passwords there, and whoever redirects repeats them. */
    readonly location?: string | undefined
    /** What to try, where more is known than the status says. */
    readonly hint?: string | undefined
  }
> {
  override get message(): string {
    const advice = this.hint ?? "check that this host is an HCP"
    return `redirected (${this.status}) and not followed, as HCP does not redirect; ${advice}`
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
export class UnexpectedStatus extends TaggedError("UnexpectedStatus")<Fields> {
  override get message(): string {
    return `unexpected status ${this.status}${said(this.detail)}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * An error that HCP did not send: the answer has no mark of it. A proxy, load balancer or firewall on the way answered
 * in its place, so it says nothing about the object.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFromHcp extends TaggedError("NotFromHcp")<Fields & Hinted> {
  override get message(): string {
    const advice =
      this.status === 407
        ? "it wants credentials of its own: give them with the proxy"
        : (this.hint ?? "ask whoever runs it; if it strips HCP's headers, see acceptUnmarkedAnswers")
    return `a proxy or load balancer in front of HCP answered ${this.status}, not HCP itself; ${advice}`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * All reasons that are a status of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export type StatusReason =
  | BadRequest
  | Forbidden
  | NotFound
  | Conflict
  | Gone
  | PreconditionFailed
  | NotModified
  | TooLarge
  | RangeNotSatisfiable
  | Busy
  | ServerError
  | Redirected
  | UnexpectedStatus
  | NotFromHcp
