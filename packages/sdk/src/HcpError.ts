/**
 * The one error of the SDK: what was tried, where, how far it got, and a typed `reason`.
 *
 * **Example** (handling one reason)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { HcpClient } from "@effect-hcp/sdk"
 *
 * const readOrDefault = (path: string) =>
 *   Effect.gen(function* () {
 *     const client = yield* HcpClient.HcpClient
 *     return (yield* client.get(path)).text
 *   }).pipe(Effect.catchReason("HcpError", "NotFound", () => Effect.succeed("")))
 * ```
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { CheckReason } from "./CheckReason.ts"
import { fieldsOf, TaggedError } from "./internal/error/taggedError.ts"
import type { ManagementReason } from "./ManagementReason.ts"
import type { ObjectReason } from "./ObjectReason.ts"
import type { S3Reason } from "./S3Reason.ts"
import type { SpoolReason } from "./SpoolReason.ts"
import type { StatusReason } from "./StatusReason.ts"
import type { WireReason } from "./WireReason.ts"

export * from "./CheckReason.ts"
export * from "./ManagementReason.ts"
export * from "./ObjectReason.ts"
export * from "./S3Reason.ts"
export * from "./SpoolReason.ts"
export * from "./StatusReason.ts"
export * from "./WireReason.ts"

const TypeId = "~@effect-hcp/sdk/HcpError"

/**
 * Every reason an {@link HcpError} can have.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = WireReason | StatusReason | ObjectReason | ManagementReason | S3Reason | SpoolReason | CheckReason

/**
 * How far the failed request got: `nothing` was written, the `request` (or part of it) was written so that its effect
 * is unknown, or an `answer` was begun.
 *
 * @category models
 * @since 0.1.0
 */
export type Reached = "nothing" | "request" | "answer"

/**
 * One attempt that failed before the last one: the node and what it did.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedAttempt {
  readonly address: string
  readonly failure: string
}

/**
 * The one error of the SDK. `message` is one line: what was tried and where, what happened, what to try, whether the
 * outcome is unknown, and how the attempts before failed.
 *
 * Query parameters, header values and credentials are never part of it. `HcpErrorCodec` sends it over a wire.
 *
 * @category errors
 * @since 0.1.0
 */
export class HcpError extends TaggedError("HcpError")<{
  /** What was tried, e.g. `PUT` or `resolve`. */
  readonly operation: string
  /** The FQDN it was tried at. */
  readonly target?: string | undefined
  /** The decoded path, without query parameters. */
  readonly path?: string | undefined
  /** How far the request got. Only with `nothing` is it certain that it had no effect. */
  readonly reached: Reached
  /** The attempts before the last one, oldest first. */
  readonly failedAttempts: ReadonlyArray<FailedAttempt>
  /**
   * Whether the whole system seems to be down: its name has no addresses, or several nodes failed and nobody got an
   * answer.
   */
  readonly systemDown: boolean
  readonly reason: Reason
}> {
  /** `reached` defaults to `nothing`, `failedAttempts` to none, and `systemDown` to `false`. */
  constructor(fields: {
    readonly operation: string
    readonly target?: string | undefined
    readonly path?: string | undefined
    readonly reached?: Reached | undefined
    readonly failedAttempts?: ReadonlyArray<FailedAttempt> | undefined
    readonly systemDown?: boolean | undefined
    readonly reason: Reason
  }) {
    // Whoever makes an error out of an answer may give more than belongs to it.
    super({
      operation: fields.operation,
      target: fields.target,
      path: fields.path,
      reached: fields.reached ?? "nothing",
      failedAttempts: fields.failedAttempts ?? [],
      systemDown: fields.systemDown ?? false,
      reason: fields.reason
    })
  }
  get [TypeId](): typeof TypeId {
    return TypeId
  }
  // No `cause`: whoever prints causes would print the message of the reason for the second time.
  override get message(): string {
    const where = `${this.operation} ${this.target ?? ""}${this.path ?? ""}`.trim()
    return oneLine(`${where}: ${this.reason.message}${unknownOutcome(this)}${before(this)}`)
  }
  /** Whether the same call may well succeed a little later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  /** The message, and the fields for programs. */
  override toJSON(): { readonly message: string } & Readonly<Record<string, unknown>> {
    // The message says what the reason says.
    return { message: this.message, ...fieldsOf(this), reason: fieldsOf(this.reason) }
  }
}

/**
 * Tells whether a value is an {@link HcpError}.
 *
 * @category guards
 * @since 0.1.0
 */
export const isHcpError = (u: unknown): u is HcpError => Predicate.hasProperty(u, TypeId)

const reads: ReadonlySet<string> = new Set(["GET", "HEAD", "probe"])

// Of a body that ended wrongly nothing was stored, but perhaps by an attempt before.
const ofBodies: ReadonlySet<Reason["_tag"]> = new Set(["LengthMismatch", "BodySourceFailed", "InvalidInput"])

const unknownOutcome = ({ failedAttempts, operation, reached, reason }: HcpError): string =>
  reached !== "request" || reads.has(operation) || (ofBodies.has(reason._tag) && failedAttempts.length === 0)
    ? ""
    : "; whether it took effect is unknown"

/** What happened, without what to try and without the node: equal for nodes that failed in the same way. */
const kindOf = (failure: string, address: string | undefined): string => {
  const [fact = ""] = failure.split("; ")
  return address === undefined ? fact : fact.replaceAll(address, "")
}

/** The attempts before, one entry for each kind of failure: what to try is said only once, for the last one. */
const before = ({ failedAttempts, reason }: HcpError): string => {
  const kinds = new Map<string, Array<FailedAttempt>>()
  for (const attempt of failedAttempts) {
    const kind = kindOf(attempt.failure, attempt.address)
    const others = kinds.get(kind)
    if (others === undefined) kinds.set(kind, [attempt])
    else others.push(attempt)
  }
  const last = kindOf(reason.message, "address" in reason ? reason.address : undefined)
  const told = Array.from(kinds, ([kind, [first, ...others]]) => {
    if (first === undefined) return ""
    const nodes = [first, ...others].map((attempt) => attempt.address)
    if (kind === last) return `the same at ${nodes.join(", ")}`
    const [fact = ""] = first.failure.split("; ")
    if (!fact.includes(first.address)) return `${fact} at ${nodes.join(", ")}`
    return others.length === 0 ? fact : `${fact}, the same at ${nodes.slice(1).join(", ")}`
  })
  return told.length === 0 ? "" : `; before that ${told.join("; ")}`
}

// A path, a file name or an error of a body's source may hold line breaks.
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
