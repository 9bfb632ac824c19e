/**
 * What the soak and the process of its simulator tell each other.
 */
import { Faults } from "@effect-hcp/simulator"
import * as Schema from "effect/Schema"
import { Lag, Made } from "./Changes.ts"

const Add = Schema.TaggedStruct("Add", { fault: Faults.Fault })
const Remove = Schema.TaggedStruct("Remove", { fault: Faults.Fault })
/** How late changes arrive from now on, those that are on their way included. */
const SetLag = Schema.TaggedStruct("SetLag", { millis: Schema.Int })
/** Ends all faults and waits until the systems hold the same. */
const Recover = Schema.TaggedStruct("Recover", {})
const Look = Schema.TaggedStruct("Look", {})
/** What was done to the objects at these paths. */
const Trace = Schema.TaggedStruct("Trace", { paths: Schema.Array(Schema.String) })

/** What can be asked of the simulator. */
export const Command = Schema.Union([Add, Remove, SetLag, Recover, Look, Trace])

export type Command = typeof Command.Type

/** A command with the number its answer will have. */
export const Request = Schema.Struct({ id: Schema.Int, command: Command })

/** Where everything listens; the first message. */
export const Ready = Schema.TaggedStruct("Ready", {
  nameServer: Schema.String,
  port: Schema.Int
})

/** The state of the simulator, as far as the soak wants to know. */
export const Sight = Schema.Struct({
  queries: Schema.Int,
  requests: Schema.Int,
  connections: Schema.Int,
  /** As it was measured, whatever it was set to. */
  lag: Lag
})

export type Sight = typeof Sight.Type

/** What came of a command. */
export const Done = Schema.TaggedStruct("Done", {
  id: Schema.Int,
  sight: Sight,
  /** What was asked for with `Trace`. */
  changes: Schema.Array(Made)
})

export type Done = typeof Done.Type

/** Everything that comes from the simulator's process. */
export const Message = Schema.Union([
  Ready,
  Done,
  Schema.TaggedStruct("Failed", { id: Schema.Int, message: Schema.String })
])

export type Message = typeof Message.Type
