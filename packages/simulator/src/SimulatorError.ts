/**
 * The one error of the simulator: why it could not be started, or why it could not go on.
 *
 * A refusal that an HCP would send to a client is never a {@link SimulatorError}; it is a response with a status.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What kind of thing went wrong: `specification` (a name or option that cannot be), `storage` (files), `space` (the
 * file system is full), `network` (addresses, ports, sockets), `control` (a fault or a command that makes no sense).
 *
 * @category models
 * @since 0.1.0
 */
export const Reason = Schema.Literals(["specification", "storage", "space", "network", "control"])

/**
 * What kind of thing went wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * The one error of the simulator. `message` is one line that says what, where and what to do.
 *
 * @category errors
 * @since 0.1.0
 */
export class SimulatorError extends Schema.TaggedError<SimulatorError>("@effect-hcp/simulator/SimulatorError")(
  "SimulatorError",
  {
    reason: Reason,
    message: Schema.String,
    /** What was caught, where there was something. */
    cause: Schema.optional(Schema.Defect())
  }
) {}
