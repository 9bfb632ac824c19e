/**
 * `HcpError` for tests: everything of the module, and errors as the SDK fails with them, of a few words.
 *
 * **Example** (errors of a fake)
 *
 * ```ts
 * import { HcpError } from "@effect-hcp/sdk/testing"
 * import { Duration } from "effect"
 *
 * HcpError.make({ reason: "NotFound", path: "/a.txt" })
 * HcpError.make({ reason: "UnderRetention", path: "/a.txt", until: "2036-01-31T12:00:00+0000" })
 * HcpError.make({ reason: "Timeout", phase: "deadline", limit: Duration.seconds(5) })
 * ```
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Errors from "../HcpError.ts"
import { factsOf } from "./internal/errorFacts.ts"
import { reasons } from "./internal/reasons.ts"

export * from "../HcpError.ts"

/**
 * The name of a reason.
 *
 * @category models
 * @since 0.1.0
 */
export type ReasonTag = Errors.Reason["_tag"]

/**
 * The fields of a reason.
 *
 * @category models
 * @since 0.1.0
 */
export type ReasonFields<Tag extends ReasonTag> = Omit<
  Extract<Errors.Reason, { readonly _tag: Tag }>,
  keyof Cause.YieldableError | "_tag" | "isRetryable"
>

/**
 * What a test says of an error: its reason, what is known of the call, and any fields of the reason itself.
 *
 * @category models
 * @since 0.1.0
 */
export type Fields<Tag extends ReasonTag> = { readonly reason: Tag } & Partial<
  Pick<Errors.HcpError, "operation" | "target" | "path" | "reached" | "failedAttempts" | "systemDown">
> &
  Partial<ReasonFields<Tag>>

/**
 * An error as the SDK fails with it. What is left out of the reason is as it is most often: a 404 for `NotFound`, 30
 * seconds without an answer for `Timeout`. `operation` and `reached` are what goes with the reason, `target` is
 * `n1.t1.hcp.test`.
 *
 * Throws a `RangeError` for a reason that does not exist. Of an `S3Refused` give code and category together: which code
 * is of which category is not looked up.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Tag extends ReasonTag>(fields: Fields<Tag>): Errors.HcpError => {
  // From JavaScript any text may come.
  if (!Object.hasOwn(reasons, fields.reason)) {
    throw new RangeError(`HcpError.make: "${fields.reason}" is no reason; one of ${Object.keys(reasons).join(", ")}`)
  }
  const reason = reasons[fields.reason](fields)
  const { operation, reached } = factsOf(reason)
  return new Errors.HcpError({
    operation: fields.operation ?? operation,
    target: fields.target ?? "n1.t1.hcp.test",
    path: fields.path,
    reached: fields.reached ?? reached,
    failedAttempts: fields.failedAttempts,
    systemDown: fields.systemDown,
    reason
  })
}
