/**
 * What the suite `nodes`, its nodes and its clients tell each other.
 */
import * as Schema from "effect/Schema"

/** How many nodes speak TLS. */
export const tlsNodes = 16

/** How long the slow node takes for an answer, in milliseconds. */
export const slowMillis = 100

/** Where the nodes listen. */
export const Ports = Schema.Struct({ plain: Schema.Int, tls: Schema.Int })

/** @see {@link Ports} */
export interface Ports extends Schema.Schema.Type<typeof Ports> {}

/** What arrived at the nodes; of the requests, how many at each. */
export const Counts = Schema.Struct({ connections: Schema.Int, requests: Schema.Array(Schema.Int) })

/** @see {@link Counts} */
export interface Counts extends Schema.Schema.Type<typeof Counts> {}

/** The client of a system: which nodes it has, and how they are reached. */
export const System = Schema.Struct({
  addresses: Schema.Array(Schema.String),
  port: Schema.Int,
  /** The certificate to trust, or `null` for plain HTTP. */
  ca: Schema.NullOr(Schema.String)
})

/** @see {@link System} */
export interface System extends Schema.Schema.Type<typeof System> {}
