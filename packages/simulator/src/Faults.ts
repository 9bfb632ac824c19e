/**
 * What can be made to go wrong while a simulator runs: at a node, at a whole system, or at the name server.
 *
 * Faults are data, so the control port takes the same ones as JSON.
 *
 * **Example** (a node that is down for a while)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Simulator } from "@effect-hcp/simulator"
 *
 * const program = Effect.gen(function* () {
 *   const simulator = yield* Simulator.Simulator
 *   const [system] = simulator.systems
 *   yield* simulator.faults.add({ fault: "refuse", system: system.domain, node: 2 })
 *   // ... requests ...
 *   yield* simulator.faults.clear
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { SimulatorError } from "./SimulatorError.ts"

// Not `optional`: an address that was looked up in vain must not turn into "all nodes".
const where = {
  /** An IP address, or with `system` the number of the node, counted from 1. Without it all nodes are meant. */
  node: Schema.optionalKey(Schema.Union([Schema.String, Schema.Int])),
  /** The domain of a system. Without it, and without an address, the nodes of all systems are meant. */
  system: Schema.optionalKey(Schema.String)
}

const Count = Schema.Int.check(Schema.isGreaterThan(0))
const Size = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const which = {
  ...where,
  /** Only this many requests are hit, then the fault ends by itself. Without it all are, until it is removed. */
  times: Schema.optional(Count),
  /** Only requests with one of these methods are hit. */
  methods: Schema.optional(Schema.Array(Schema.String)),
  /** Only requests for this path and what lies below it are hit, e.g. `/rest/reports`; decoded, without parameters. */
  path: Schema.optional(Schema.String)
}

/**
 * The node is down: its ports refuse connections and the open ones are reset. They open again when the fault is
 * removed.
 *
 * @category models
 * @since 0.1.0
 */
export const Refuse = Schema.Struct({ fault: Schema.Literal("refuse"), ...where })

/**
 * The node takes the request and reads it, but never answers.
 *
 * @category models
 * @since 0.1.0
 */
export const Mute = Schema.Struct({ fault: Schema.Literal("mute"), ...which })

/**
 * The node resets the connection as soon as it has seen the head of the request.
 *
 * @category models
 * @since 0.1.0
 */
export const Reset = Schema.Struct({ fault: Schema.Literal("reset"), ...which })

/**
 * The node carries the request out and closes the connection before it has sent anything of its answer: whoever asked
 * cannot know whether it was done.
 *
 * @category models
 * @since 0.1.0
 */
export const LoseAnswer = Schema.Struct({ fault: Schema.Literal("loseAnswer"), ...which })

/**
 * The node answers late, or sends the body of its answer slowly, or both.
 *
 * @category models
 * @since 0.1.0
 */
export const Slow = Schema.Struct({
  fault: Schema.Literal("slow"),
  /** Milliseconds before the request is handled. */
  delay: Schema.optional(Size),
  /** How fast the body of the answer is sent. */
  bytesPerSecond: Schema.optional(Count),
  ...which
})

/**
 * The node answers with a status of its own, an error usually, and does not carry the request out.
 *
 * @category models
 * @since 0.1.0
 */
export const Status = Schema.Struct({
  fault: Schema.Literal("status"),
  /** Default 503. */
  status: Schema.optional(Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))),
  /** Seconds for a `Retry-After` header; none is sent without it, as HCP does. */
  retryAfter: Schema.optional(Size),
  ...which
})

/**
 * The node closes the connection in the middle of the body of its answer.
 *
 * @category models
 * @since 0.1.0
 */
export const Truncate = Schema.Struct({
  fault: Schema.Literal("truncate"),
  /** How many bytes of the body are sent before. Default 0: the head alone. */
  bytes: Schema.optional(Size),
  ...which
})

/**
 * The node sends other bytes than it holds: every bit of some of them is turned. Length and headers, hashes too, are
 * those of the true ones. A body that ends before is sent as it is.
 *
 * @category models
 * @since 0.1.0
 */
export const Corrupt = Schema.Struct({
  fault: Schema.Literal("corrupt"),
  /** Where the wrong bytes begin in the body. Default 0. */
  at: Schema.optional(Size),
  /** How many bytes are wrong. Default 1. */
  bytes: Schema.optional(Count),
  ...which
})

/**
 * The name server misbehaves: gives no answer (`down`), says the name does not exist (`nxdomain`), fails (`servfail`),
 * cuts its UDP answers short (`truncate`), or answers under another id than the query's (`wrongId`).
 *
 * @category models
 * @since 0.1.0
 */
export const NameServerFault = Schema.Struct({
  fault: Schema.Literal("nameServer"),
  mode: Schema.Literals(["down", "nxdomain", "servfail", "truncate", "wrongId"]),
  /** Only queries for names below this domain are hit. */
  system: Schema.optional(Schema.String),
  /** Only this many queries are hit, then the fault ends by itself. */
  times: Schema.optional(Count)
})

/**
 * How a name server misbehaves.
 *
 * @category models
 * @since 0.1.0
 */
export type NameServerFault = typeof NameServerFault.Type

/**
 * A fault of a node that hits single requests.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestFault =
  | typeof Mute.Type
  | typeof Reset.Type
  | typeof LoseAnswer.Type
  | typeof Slow.Type
  | typeof Status.Type
  | typeof Truncate.Type
  | typeof Corrupt.Type

/**
 * Anything that can be made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export const Fault = Schema.Union([Refuse, Mute, Reset, LoseAnswer, Slow, Status, Truncate, Corrupt, NameServerFault])

/**
 * Anything that can be made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = typeof Fault.Type

/**
 * The switchboard of a running simulator. Every change has taken effect when its effect ends: a node that was made to
 * refuse has closed its ports, and one that was brought back listens again.
 *
 * A fault at a node or system that does not exist fails with reason `control`; a port that was lost to another process
 * while its node was down fails with reason `network`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Faults {
  readonly add: (...faults: ReadonlyArray<Fault>) => Effect.Effect<void, SimulatorError>
  /** Ends the faults that equal this one; one that is not there is no error. */
  readonly delete: (fault: Fault) => Effect.Effect<void, SimulatorError>
  /** Ends all faults. */
  readonly clear: Effect.Effect<void, SimulatorError>
  /** The faults in force, `times` counted down to what is left. */
  readonly list: Effect.Effect<ReadonlyArray<Fault>>
  /** A fault that lasts as long as the scope. */
  readonly during: (fault: Fault) => Effect.Effect<void, SimulatorError, Scope.Scope>
}
