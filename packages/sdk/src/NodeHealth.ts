/**
 * The words for the nodes of one name: their addresses, what becomes of exchanges with them, and their health.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { HcpError } from "./HcpError.ts"

/**
 * An address of a node. The same node is the same object for as long as the pool knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeAddress {
  readonly address: string
  /** `name`: no address, but the name of the system, whose nodes the proxy alone knows. */
  readonly family: "IPv4" | "IPv6" | "name"
}

/**
 * What became of an exchange with a node: `Answered` (any status that is not the node's fault), `ConnectFailed` (TCP or
 * TLS), `ExchangeFailed` (reset, silence, not HTTP) or `ServerError` (429, 500, 502, 503, 504); and later of the body
 * that was read: `BodyRead` (to its end) or `BodyBroken` (it broke off, stood still, or has a wrong hash).
 *
 * A body is a matter of its own: a node can answer well and break every body.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Answered" }
  | { readonly _tag: "ConnectFailed" }
  | { readonly _tag: "ExchangeFailed" }
  | { readonly _tag: "ServerError" }
  | { readonly _tag: "BodyRead" }
  | { readonly _tag: "BodyBroken" }

/**
 * When a node is left out, and for how long.
 *
 * @category models
 * @since 0.1.0
 */
export interface HealthOptions {
  /**
   * The first ejection after a failed connect; each further one is twice as long, less up to 20 %. Defaults to 1
   * second.
   */
  readonly connectEjection?: Duration.Input | undefined
  /** The longest ejection after a failed connect. Defaults to 30 seconds. */
  readonly connectEjectionMax?: Duration.Input | undefined
  /**
   * So many failures in a row (`ExchangeFailed` or `ServerError`), or `BodyBroken` with no `BodyRead` in between, eject
   * a node, as long as no more than half of all nodes are out. Defaults to 5.
   */
  readonly consecutiveFailures?: number | undefined
  /** The first ejection after failures in a row; the n-th one is n times as long. Defaults to 30 seconds. */
  readonly exchangeEjection?: Duration.Input | undefined
  /** The longest ejection after failures in a row. Defaults to 5 minutes. */
  readonly exchangeEjectionMax?: Duration.Input | undefined
  /** For each such time in good health one earlier ejection is forgotten. Defaults to 30 seconds. */
  readonly recovery?: Duration.Input | undefined
  /** A probe whose outcome is never reported is given up after this. Defaults to 30 seconds. */
  readonly probeTimeout?: Duration.Input | undefined
}

/**
 * The health of one node.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeHealth {
  readonly node: NodeAddress
  /** `probing`: one request is under way that decides whether the node is back. */
  readonly status: "healthy" | "ejected" | "probing"
  /** How much longer the node is left out; zero if it is not, or if the next request will probe it. */
  readonly ejectedFor: Duration.Duration
  /** Failures since the last success. */
  readonly consecutiveFailures: number
}

/**
 * Something that changed in an address pool.
 *
 * @category models
 * @since 0.1.0
 */
export type AddressPoolEvent =
  | { readonly _tag: "Added"; readonly node: NodeAddress }
  | { readonly _tag: "Removed"; readonly node: NodeAddress }
  | {
      readonly _tag: "Ejected"
      readonly node: NodeAddress
      readonly outcome: Outcome["_tag"]
      readonly duration: Duration.Duration
    }
  | { readonly _tag: "Returned"; readonly node: NodeAddress }
  | { readonly _tag: "RefreshFailed"; readonly error: HcpError }
