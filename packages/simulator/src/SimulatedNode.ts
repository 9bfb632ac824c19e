/**
 * One node of a simulated system without its network: what it answers to a request, and what a fault does to that.
 *
 * {@link NodeServer} gives a node its listeners; in memory a node is asked directly.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import type { RequestFault } from "./Faults.ts"
import type { Gateway, GatewayRequest, GatewayResponse } from "./Gateway.ts"
import { assertOptions } from "./internal/checkOptions.ts"
import { corrupted, cutShort, paced } from "./internal/faultyBody.ts"
import { nodeKinds } from "./internal/optionKinds.ts"

/**
 * What a node does with a request.
 *
 * - `Response`: it answers. A body whose stream fails breaks the connection after what was sent.
 * - `Reset`: it resets the connection without an answer.
 * - `Close`: it closes the connection without an answer, after it has carried the request out.
 * - `Mute`: it takes the whole request and never answers.
 *
 * @category models
 * @since 0.1.0
 */
export type NodeAnswer =
  | { readonly _tag: "Response"; readonly response: GatewayResponse }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Close" }
  | { readonly _tag: "Mute" }

/**
 * What a node is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface SimulatedNodeOptions {
  /** The IP address of the node. */
  readonly address: string
  /** The system behind the node. */
  readonly gateway: Gateway
  /** What hits a request; nothing by default. */
  readonly faults?: ((request: GatewayRequest) => Effect.Effect<ReadonlyArray<RequestFault>>) | undefined
}

/**
 * A node.
 *
 * @category models
 * @since 0.1.0
 */
export interface SimulatedNode {
  readonly address: string
  /** Answers a request, whose `node` is this one. Never fails. */
  readonly handle: (request: GatewayRequest) => Effect.Effect<NodeAnswer>
  /** How many requests came since the start, those hit by a fault included. */
  readonly requests: Effect.Effect<number>
}

const kinds: KindsOf<SimulatedNodeOptions> = nodeKinds

/**
 * Makes a node. Throws a `RangeError` for an option that there is not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: SimulatedNodeOptions): SimulatedNode => {
  assertOptions(options, kinds, { required: ["address", "gateway"] })
  const { address, faults, gateway } = options
  const faultsOf = faults ?? (() => Effect.succeed([]))
  let requests = 0
  return {
    address,
    requests: Effect.sync(() => requests),
    handle: Effect.fnUntraced(function* (request): Effect.fn.Return<NodeAnswer> {
      requests++
      const hits = yield* faultsOf(request)
      const find = <K extends RequestFault["fault"]>(kind: K) =>
        hits.find((fault): fault is Extract<RequestFault, { readonly fault: K }> => fault.fault === kind)

      if (find("reset") !== undefined) return { _tag: "Reset" }
      if (find("mute") !== undefined) return { _tag: "Mute" }
      const slow = find("slow")
      if (slow?.delay !== undefined) yield* Effect.sleep(slow.delay)
      const status = find("status")
      const response =
        status === undefined
          ? yield* gateway.handle(request)
          : refusal(status.status ?? 503, status.retryAfter, requests)
      if (find("loseAnswer") !== undefined) return { _tag: "Close" }
      const truncate = find("truncate")
      const corrupt = find("corrupt")
      let { body } = response
      if (corrupt !== undefined) body = corrupted(body, corrupt.at ?? 0, corrupt.bytes ?? 1)
      if (slow?.bytesPerSecond !== undefined) body = paced(body, slow.bytesPerSecond)
      if (truncate !== undefined) body = cutShort(body, truncate.bytes ?? 0)
      return { _tag: "Response", response: { ...response, body } }
    })
  }
}

// HCP numbers every answer of its own, also those that say no; an answer without a number is the word of a device
// between.
const refusal = (status: number, retryAfter: number | undefined, number: number): GatewayResponse => ({
  status,
  headers: [
    ["X-RequestId", number.toString(16).toUpperCase().padStart(16, "0")],
    ...(retryAfter === undefined ? [] : [["Retry-After", String(retryAfter)] as const])
  ],
  body: { _tag: "Empty" }
})
