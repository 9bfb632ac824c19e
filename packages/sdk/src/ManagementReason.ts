/**
 * Why the management API did not do what was asked, where a status alone does not say: a name is taken, or a package
 * (of internal logs, of health check reports) could not be had.
 *
 * Every class here is a `reason` of {@link HcpError}. Source: "HCP Management API Reference", chapters on log resources
 * and health check report resources.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"

/** What a package holds. */
type Content = "logs" | "health check reports"

/**
 * 409: what was to be created is there already.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyExists extends TaggedError("AlreadyExists")<{
  /** What and its name, e.g. `namespace "invoices"`, where the call knows it. */
  readonly what?: string | undefined
  /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
  readonly detail?: string | undefined
  /** Whether an attempt before, of this same call, may have created it: its answer was lost. */
  readonly perhapsByThisCall: boolean
}> {
  override get message(): string {
    const detail = this.detail === undefined ? "" : `, HCP says: ${this.detail}`
    const lost = this.perhapsByThisCall
      ? "; an attempt before, whose answer was lost, may have created it: look whether it is what you wanted"
      : "; choose another name, or modify it"
    return `${this.what ?? "it"} exists already${detail}${lost}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A package is being prepared, is ready, or is being downloaded already, by whomever: HCP keeps one at a time.
 *
 * @category errors
 * @since 0.1.0
 */
export class PackageBusy extends TaggedError("PackageBusy")<{
  readonly content: Content
  /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
  readonly detail?: string | undefined
}> {
  override get message(): string {
    const detail = this.detail === undefined ? "" : `, HCP says: ${this.detail}`
    return `a package of ${this.content} is being prepared or downloaded already${detail}; wait for it, or cancel it`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * No package came of it: HCP reports an error, somebody cancelled it, or the schedule ended before it was ready.
 *
 * @category errors
 * @since 0.1.0
 */
export class PackageFailed extends TaggedError("PackageFailed")<{
  readonly content: Content
  /** What happened. */
  readonly what: "error" | "gone" | "unfinished"
}> {
  override get message(): string {
    return `no package of ${this.content}: ${happened[this.what]}`
  }
  get isRetryable(): boolean {
    return this.what === "unfinished"
  }
}

/**
 * What was waited for did not come in time.
 *
 * @category errors
 * @since 0.1.0
 */
export class StateNotReached extends TaggedError("StateNotReached")<{
  /** What was watched, e.g. `replication link "east-west"`. */
  readonly what: string
  /** How it was when it was seen last, in HCP's own words. */
  readonly last: string
}> {
  override get message(): string {
    return (
      `${this.what} did not become what was waited for, it was last seen as: ${this.last}; ` +
      "wait longer, or look what holds it up"
    )
  }
  get isRetryable(): boolean {
    return true
  }
}

const happened = {
  error: "HCP reports that preparing it failed; try again, for fewer days or nodes",
  gone: "HCP knows nothing of it any more; check whether somebody else cancels it",
  unfinished: "it was not ready when the last look was due; give it a longer schedule"
}

/**
 * All reasons of the management API alone.
 *
 * @category models
 * @since 0.1.0
 */
export type ManagementReason = AlreadyExists | PackageBusy | PackageFailed | StateNotReached
