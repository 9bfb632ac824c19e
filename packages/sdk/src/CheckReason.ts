/**
 * Why a client was not made that was to be checked first.
 *
 * The class here is a `reason` of {@link HcpError}. `Hcp.layer` with `check` fails with it.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"

/**
 * One point of a check that failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  /** `name`, `nodes`, `tls`, `clock`, `credentials`, `permissions` or `gateways`. */
  readonly topic: string
  /** The host, or the address of the node. */
  readonly where: string
  readonly finding: string
  /** What to do; empty where nothing is known. */
  readonly advice: string
}

/**
 * The check before the first call found something that will not work.
 *
 * @category errors
 * @since 0.1.0
 */
export class CheckFailed extends TaggedError("CheckFailed")<{
  readonly failures: ReadonlyArray<Failure>
}> {
  override get message(): string {
    const each = this.failures.map(
      ({ advice, finding, topic, where }) => `${topic} (${where}): ${finding}${advice === "" ? "" : `; ${advice}`}`
    )
    const count = this.failures.length === 1 ? "one point" : `${this.failures.length} points`
    return `${count} of the check failed. ${each.join(". ")}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * All reasons of a check.
 *
 * @category models
 * @since 0.1.0
 */
export type CheckReason = CheckFailed
