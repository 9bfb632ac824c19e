/**
 * Errors of the client told again by a gateway, which knows more about the call.
 *
 * @internal
 */
import { HcpError } from "../HcpError.ts"

/** The same error about the same call, where more became known. */
export const retold = (
  error: HcpError,
  changes: Partial<Pick<HcpError, "operation" | "target" | "reached" | "attempts" | "reason">>
): HcpError =>
  new HcpError({
    operation: error.operation,
    target: error.target,
    path: error.path,
    reached: error.reached,
    attempts: error.attempts,
    systemDown: error.systemDown,
    reason: error.reason,
    ...changes
  })
