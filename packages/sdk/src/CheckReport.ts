/**
 * What `Hcp.check` finds: one point for each thing that was looked at, with what was found and what to do about it.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { PermissionSet } from "./namespace/NamespaceInfo.ts"

/**
 * What is looked at: the `name` and its addresses, whether each of the `nodes` answers, its certificate (`tls`), the
 * difference of the clocks, whether the `credentials` are taken, the `permissions` of the user, and which `gateways`
 * are open.
 *
 * @category models
 * @since 0.1.0
 */
export type Topic = "name" | "nodes" | "tls" | "clock" | "credentials" | "permissions" | "gateways"

/**
 * What comes of a point. `note` is worth knowing and nothing is wrong; a `warning` works and should not stay so;
 * `skipped` could not be looked at, because of something else that failed.
 *
 * @category models
 * @since 0.1.0
 */
export type Status = "ok" | "note" | "warning" | "failed" | "skipped"

/**
 * The gateways beside that of objects, which every check needs: the metadata query engine, S3, and the management API.
 *
 * @category models
 * @since 0.1.0
 */
export type Gateway = "query" | "s3" | "management"

/**
 * One thing that was looked at.
 *
 * @category models
 * @since 0.1.0
 */
export interface Point {
  readonly topic: Topic
  readonly status: Status
  /** The host it is about. */
  readonly host: string
  /** The address of the node it is about, where it is about one. */
  readonly node: Option.Option<string>
  /** What was found, as a sentence. */
  readonly finding: string
  /** What to do; none where nothing is to be done. */
  readonly advice: Option.Option<string>
}

/**
 * Everything that was looked at, in the order of {@link Topic}.
 *
 * @category models
 * @since 0.1.0
 */
export interface CheckReport {
  readonly points: ReadonlyArray<Point>
  /** Whether nothing failed. Warnings do not count. */
  readonly passed: boolean
}

/**
 * The names of all permissions, in the order in which they are told.
 *
 * @category constants
 * @since 0.1.0
 */
export const permissionNames = [
  "browse",
  "read",
  "write",
  "delete",
  "purge",
  "privileged",
  "search",
  "readAcl",
  "writeAcl",
  "changeOwner"
] as const satisfies ReadonlyArray<keyof PermissionSet>

/**
 * What a check may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** What the user must be allowed to do. Defaults to anything at all. */
  readonly permissions?: ReadonlyArray<keyof PermissionSet> | undefined
  /** Which gateways must be open. The others are looked at too, and closed ones are a `note`. Defaults to none. */
  readonly gateways?: ReadonlyArray<Gateway> | undefined
  /** The port of the management API. Defaults to 9090. */
  readonly managementPort?: number | undefined
}

/**
 * A report of points.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (points: ReadonlyArray<Point>): CheckReport => ({
  points,
  passed: points.every(({ status }) => status !== "failed")
})

/**
 * The points that failed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const failures = ({ points }: CheckReport): ReadonlyArray<Point> =>
  points.filter(({ status }) => status === "failed")

/**
 * A point as one line: `failed   nodes        192.0.2.1: it refuses connections; start it, ...`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = ({ advice, finding, host, node, status, topic }: Point): string => {
  const where = Option.getOrElse(node, () => host)
  const what = Option.match(advice, { onNone: () => finding, onSome: (text) => `${finding}; ${text}` })
  return `${status.padEnd(7)} ${topic.padEnd(11)} ${where}: ${what}`
}
