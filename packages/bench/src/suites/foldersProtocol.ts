/**
 * What the suite `folders` and its server tell each other.
 */
import * as Schema from "effect/Schema"

/** What arrived at the server since it was asked last. */
export const Arrived = Schema.Struct({ requests: Schema.Int, bodyBytes: Schema.Finite })

/** @see {@link Arrived} */
export interface Arrived extends Schema.Schema.Type<typeof Arrived> {}
