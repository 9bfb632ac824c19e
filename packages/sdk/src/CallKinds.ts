/**
 * The names and kinds of what calls of gateways have in common, for `OptionCheck`: limits of time, conditions, a range,
 * user metadata. For packages that build on this one.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { RequestOptions } from "./HcpRequest.ts"
import type { Conditions } from "./namespace/Conditions.ts"
import type { Kind, KindsOf } from "./OptionCheck.ts"

/**
 * What any call to a gateway may set.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = Pick<RequestOptions, "headers" | "deadline" | "responseTimeout" | "bodyTimeout" | "minRate">

/**
 * The kinds of {@link CallOptions}.
 *
 * @category constants
 * @since 0.1.0
 */
export const callKinds: KindsOf<CallOptions> = {
  headers: "pairs",
  deadline: "duration",
  responseTimeout: "duration",
  bodyTimeout: "duration",
  minRate: { fields: { bytesPerSecond: "number", window: "duration" }, required: ["bytesPerSecond"] }
}

/**
 * The kinds of what the `layerConfig` of a gateway takes. `Hcp.layerConfig` judges strategy and limits.
 *
 * @category constants
 * @since 0.1.0
 */
export const configKinds: Readonly<Record<"prefix" | "strategy" | "connectTimeout" | "defaultPort", Kind>> = {
  prefix: "text",
  strategy: "any",
  connectTimeout: "any",
  defaultPort: "any"
}

/**
 * Of a value that a module of this package makes, told by its tag. `wanted` says which.
 *
 * @category constructors
 * @since 0.1.0
 */
export const tagged = (wanted: string): Kind => ({
  is: (value) => typeof value === "object" && value !== null && "_tag" in value,
  wanted
})

/**
 * Of an instant.
 *
 * @category constants
 * @since 0.1.0
 */
export const instant: Kind = {
  is: DateTime.isDateTime,
  wanted: 'a DateTime, e.g. DateTime.makeUnsafe("2036-01-31T12:00:00Z")'
}

const etags: Kind = { either: ["text", { list: "text" }] }

/**
 * The kinds of conditions.
 *
 * @category constants
 * @since 0.1.0
 */
export const conditionKinds: KindsOf<Conditions> = {
  ifMatch: etags,
  ifNoneMatch: etags,
  ifModifiedSince: instant,
  ifUnmodifiedSince: instant
}

/**
 * Of a range.
 *
 * @category constants
 * @since 0.1.0
 */
export const range: Kind = tagged("one of ByteRange, e.g. ByteRange.between(0, 99)")

/**
 * Of a download that is continued.
 *
 * @category constants
 * @since 0.1.0
 */
export const resume: Kind = { either: ["flag", { fields: { attempts: "count" }, required: ["attempts"] }] }

/**
 * Of user metadata.
 *
 * @category constants
 * @since 0.1.0
 */
export const metadata: Kind = {
  // The entries of a Map would be passed over in silence.
  is: (value) => typeof value === "object" && value !== null && !(Symbol.iterator in value),
  wanted: "{ name: text }"
}
