/**
 * Why a `Namespace` whose writes are spooled could not do something, see `@effect-hcp/spool`: no room for a write, or
 * writes before it that HCP does not have yet.
 *
 * Every class here is a `reason` of {@link HcpError}. A `Namespace` without a spool never fails with them.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"

/**
 * The spool could not keep or read a write. Nothing of it was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpoolFailed extends TaggedError("SpoolFailed")<{
  /** `full`: a bound of the spool is reached. `unusable`: its directory or its database cannot be used. */
  readonly kind: "full" | "unusable"
  /** What happened, and what to try. */
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
  get isRetryable(): boolean {
    return this.kind === "full"
  }
}

/**
 * The call needs what is in the spool to be at HCP first, and that does not go on. Nothing of the call was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class WritesPending extends TaggedError("WritesPending")<{
  /** The path of a write that HCP does not have yet. */
  readonly pending: string
  /**
   * `parked`: HCP refused that write, or one before it. `away`: the systems cannot be reached. `paused`: the spool
   * sends nothing.
   */
  readonly why: "parked" | "away" | "paused"
}> {
  override get message(): string {
    return `writes of ${this.pending} are still in the spool: ${happened[this.why]}`
  }
  get isRetryable(): boolean {
    return this.why === "away"
  }
}

const happened = {
  parked: "HCP refused one of them; try it again with retry, or give it up with discard",
  away: "the systems cannot be reached; try again when they can",
  paused: "the spool is paused; resume it"
}

/**
 * All reasons of a spool alone.
 *
 * @category models
 * @since 0.1.0
 */
export type SpoolReason = SpoolFailed | WritesPending
