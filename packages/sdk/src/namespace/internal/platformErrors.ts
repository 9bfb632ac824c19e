/**
 * What HCP says, in the words of effect's platform.
 *
 * @internal
 */
import * as PlatformError from "effect/PlatformError"
import type { HcpError, Reason } from "../../HcpError.ts"

const tags: { readonly [Tag in Reason["_tag"]]?: PlatformError.SystemErrorTag } = {
  NotFound: "NotFound",
  ObjectExists: "AlreadyExists",
  AlreadyExists: "AlreadyExists",
  Forbidden: "PermissionDenied",
  CredentialsFailed: "PermissionDenied",
  UnderRetention: "PermissionDenied",
  OnHold: "PermissionDenied",
  IsADirectory: "BadResource",
  NotADirectory: "BadResource",
  DirectoryNotEmpty: "BadResource",
  // A file that was opened is not that file any more.
  PreconditionFailed: "BadResource",
  Conflict: "Busy",
  Busy: "Busy",
  PoolExhausted: "Busy",
  Timeout: "TimedOut",
  IncompleteBody: "UnexpectedEof",
  BodyTooLarge: "InvalidData",
  IntegrityError: "InvalidData",
  InvalidXml: "InvalidData",
  UnexpectedAnswer: "InvalidData",
  ProtocolError: "InvalidData"
}

/** Where in the file system, and in which of its methods. */
export interface Place {
  readonly method: string
  readonly path: string
}

export const badArgument = ({ method }: Pick<Place, "method">, description: string, cause?: unknown) =>
  PlatformError.badArgument({ module: "FileSystem", method, description, cause })

export const systemError = (
  { method, path }: Place,
  _tag: PlatformError.SystemErrorTag,
  description: string,
  cause?: unknown
) => PlatformError.systemError({ _tag, module: "FileSystem", method, pathOrDescriptor: path, description, cause })

/** The error of HCP as one of the platform. */
export const fromHcp =
  (place: Place) =>
  (error: HcpError): PlatformError.PlatformError =>
    error.reason._tag === "InvalidInput"
      ? badArgument(place, error.message, error)
      : systemError(place, tags[error.reason._tag] ?? "Unknown", error.message, error)
