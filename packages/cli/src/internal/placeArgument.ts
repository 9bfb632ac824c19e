/**
 * The places that a command takes in its command line.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"

/** One object. */
export const object = Argument.String("place").pipe(
  Argument.withDescription("Object: /path of the profile's namespace, or PROFILE:/path")
)

/** One directory: the root where none is named. */
export const directory = Argument.String("place").pipe(
  Argument.withDescription("Directory: /path of the profile's namespace, or PROFILE:/path (default: /)"),
  Argument.withDefault("/")
)
