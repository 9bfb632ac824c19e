/**
 * Errors of the client told again by a gateway, which knows more about the call.
 *
 * @internal
 */
import { HcpError } from "../../HcpError.ts"

/** The same error about the same call, where more became known. */
export const amended = (
  error: HcpError,
  changes: Partial<Pick<HcpError, "operation" | "target" | "reached" | "failedAttempts" | "reason">>
): HcpError =>
  new HcpError({
    operation: error.operation,
    target: error.target,
    path: error.path,
    reached: error.reached,
    failedAttempts: error.failedAttempts,
    systemDown: error.systemDown,
    reason: error.reason,
    ...changes
  })
