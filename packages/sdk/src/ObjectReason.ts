/**
 * Why HCP refused something about an object, where a status alone does not say: what stands in the way was looked up.
 *
 * Every class here is a `reason` of {@link HcpError}. The operations of `Namespace` fail with them; all gateways fail
 * with `UnexpectedAnswer`, and the metadata query alone with `IncompleteResults`. Source: "Using a Namespace", chapters
 * on retention, holds and HTTP return codes.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"
import type { Hash } from "./ObjectHash.ts"

/**
 * The path is taken: there is an object, and the namespace does not overwrite it, or it is a directory.
 *
 * @category errors
 * @since 0.1.0
 */
export class ObjectExists extends TaggedError("ObjectExists")<{
  readonly kind: "object" | "directory" | "symlink" | "unknown"
  /** Bytes of what is stored there, if HCP said so. */
  readonly size?: number | undefined
  /** Of what is stored there, if HCP said so. */
  readonly hash?: Hash | undefined
  /** The version that is stored there, if HCP said so. */
  readonly versionId?: string | undefined
  /** `false` where a new version was asked for, and the namespace turned out to keep none. */
  readonly keepsVersions?: boolean | undefined
}> {
  override get message(): string {
    const what = this.kind === "unknown" ? "something" : `${this.kind === "object" ? "an" : "a"} ${this.kind}`
    const size = this.size === undefined ? "" : ` of ${this.size} bytes`
    const advice =
      this.keepsVersions === false && this.kind === "object"
        ? "the namespace keeps no versions; choose another path, have versioning switched on, " +
          'or take `ifExists: "replace"`'
        : "choose another path, or say what to do with `ifExists`"
    return `${what}${size} is stored there already; ${advice}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Retention protects the object: it may not be deleted or replaced yet, nor may its annotations where the namespace
 * says so.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnderRetention extends TaggedError("UnderRetention")<{
  /**
   * A text, as HCP says it (`X-HCP-RetentionString`): a date and time such as `2036-01-31T12:00:00+0000`,
   * `Deletion Prohibited` or `Initial Unspecified`. `Retention.parse` reads it.
   */
  readonly until: string
  /** The retention class that says so, if it is one. */
  readonly retentionClass?: string | undefined
}> {
  override get message(): string {
    const by = this.retentionClass === undefined ? "" : ` (retention class ${this.retentionClass})`
    const advice = "wait for its end, or delete it privileged with a reason where the namespace is in enterprise mode"
    return `the object is under retention: ${this.until}${by}; ${advice}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A hold protects the object: nothing about it may be deleted or replaced before the hold is released.
 *
 * @category errors
 * @since 0.1.0
 */
export class OnHold extends TaggedError("OnHold")<{
  /** The labels of the labelled holds, where the user may see them; empty for a plain hold. */
  readonly labels: ReadonlyArray<string>
}> {
  override get message(): string {
    const labels = this.labels.length === 0 ? "" : ` (${this.labels.join(", ")})`
    return `the object is on hold${labels}; release the hold first, which takes the privileged permission`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A directory is not empty, so it cannot be deleted.
 *
 * @category errors
 * @since 0.1.0
 */
export class DirectoryNotEmpty extends TaggedError("DirectoryNotEmpty") {
  override get message(): string {
    return "the directory is not empty; delete what is in it first"
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The path is not that of a directory.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotADirectory extends TaggedError("NotADirectory") {
  override get message(): string {
    return "there is an object at this path, not a directory; list the directory above it, or read it with `get`"
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The path is that of a directory, where an object was to be read.
 *
 * @category errors
 * @since 0.1.0
 */
export class IsADirectory extends TaggedError("IsADirectory") {
  override get message(): string {
    return "there is a directory at this path, not an object; read what is in it with `list`"
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A success that is not taken for one: no header says that HCP sent it, its status does not say that what was asked was
 * done, or it has a shape the SDK does not understand, as a field is missing or is of another kind.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedAnswer extends TaggedError("UnexpectedAnswer")<{
  /** What is wrong with the answer; holds none of its values. */
  readonly detail: string
  /** What to try, where more is known than that the answer is wrong. */
  readonly hint?: string | undefined
}> {
  override get message(): string {
    const advice = this.hint ?? "check that this host is an HCP, and its version"
    return `the answer is not what was expected: ${this.detail}; ${advice}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * HCP says itself that its list of results is not complete, and nothing of what is missing comes: an error inside HCP
 * cut it short, time after time. Nothing was lost on the way, as it is with `IncompleteBody`.
 *
 * @category errors
 * @since 0.1.0
 */
export class IncompleteResults extends TaggedError("IncompleteResults")<{
  /** How many results HCP says there are in all, where it does. */
  readonly total?: number | undefined
}> {
  override get message(): string {
    const of = this.total === undefined ? "" : `, although there are ${this.total} in all`
    return (
      `HCP answers INCOMPLETE, and not one result${of}; ` +
      "try again later, and look whether the search nodes of the system are well"
    )
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * All reasons that were looked up.
 *
 * @category models
 * @since 0.1.0
 */
export type ObjectReason =
  | ObjectExists
  | UnderRetention
  | OnHold
  | DirectoryNotEmpty
  | NotADirectory
  | IsADirectory
  | UnexpectedAnswer
  | IncompleteResults
