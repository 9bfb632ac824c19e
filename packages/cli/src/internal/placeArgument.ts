/**
 * The places that a command takes in its command line.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"

/** One object of a namespace. */
export const object = Argument.String("place").pipe(
  Argument.withDescription("Object: /path of the profile's namespace, or PROFILE:/path")
)

/** One object of a namespace or a bucket. */
export const remoteObject = Argument.String("place").pipe(
  Argument.withDescription("Object: /path of the profile's namespace, PROFILE:/path, or s3://bucket/key")
)

/** One directory or folder of a bucket: the root of the namespace where none is named. */
export const directory = Argument.String("place").pipe(
  Argument.withDescription(
    "Directory: /path of the profile's namespace, PROFILE:/path, or s3://bucket/folder (default: /)"
  ),
  Argument.withDefault("/")
)
