/**
 * Why the management API did not do what was asked, where a status alone does not say: a name is taken, or a package (of internal
 * logs, of health check reports) could not be had.
 *
 * Every class here is a `reason` of {@link HcpError}. Source: "HCP Management API Reference", chapters on log resources and health
 * check report resources.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const Content = Schema.Literals(["logs", "health check reports"])

/**
 * 409: what was to be created is there already.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyExists extends Schema.TaggedError<AlreadyExists>("@effect-hcp/sdk/HcpError/AlreadyExists")(
  "AlreadyExists",
  {
    /** What and its name, e.g. `namespace "invoices"`, where the call knows it. */
    what: Schema.optional(Schema.String),
    /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
    detail: Schema.optional(Schema.String),
    /** Whether an attempt before, of this same call, may have created it: its answer was lost. */
    perhapsByThisCall: Schema.Boolean
  }
) {
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
export class PackageBusy extends Schema.TaggedError<PackageBusy>("@effect-hcp/sdk/HcpError/PackageBusy")(
  "PackageBusy",
  {
    content: Content,
    /** HCP's `X-HCP-ErrorMessage`, if it sent one. */
    detail: Schema.optional(Schema.String)
  }
) {
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
export class PackageFailed extends Schema.TaggedError<PackageFailed>("@effect-hcp/sdk/HcpError/PackageFailed")(
  "PackageFailed",
  {
    content: Content,
    /** What happened. */
    what: Schema.Literals(["error", "gone", "unfinished"])
  }
) {
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
export class StateNotReached extends Schema.TaggedError<StateNotReached>("@effect-hcp/sdk/HcpError/StateNotReached")(
  "StateNotReached",
  {
    /** What was watched, e.g. `replication link "east-west"`. */
    what: Schema.String,
    /** How it was when it was seen last, in HCP's own words. */
    last: Schema.String
  }
) {
  override get message(): string {
    return `${this.what} did not become what was waited for, it was last seen as: ${this.last}; wait longer, or look what holds it up`
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
export const ManagementReason = Schema.Union([AlreadyExists, PackageBusy, PackageFailed, StateNotReached])

/**
 * All reasons of the management API alone.
 *
 * @category models
 * @since 0.1.0
 */
export type ManagementReason = typeof ManagementReason.Type
