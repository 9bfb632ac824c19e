/**
 * Why a command failed, as it is told to people and to programs.
 *
 * @since 0.1.0
 */
import { type HcpError, isHcpError } from "@effect-hcp/sdk/HcpError"
import * as Data from "effect/Data"
import { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import { codes, type ExitCode, ofHcpError } from "./ExitCode.ts"
import { inWords, isProtected, ofThisComputer } from "./internal/words.ts"

/**
 * A failure with the code that the process ends with. What is not known is `undefined`.
 *
 * @category errors
 * @since 0.1.0
 */
export class Failure extends Data.TaggedError("Failure")<{
  /** What kind it is: the reason of an error of the SDK, such as `NotFound`, or `Usage`, `Profile`, `Local`. */
  readonly error: string
  readonly message: string
  /** What to try. */
  readonly hint?: string | undefined
  /** Of the answer of HCP. */
  readonly status?: number | undefined
  /** The address of the node that answered. */
  readonly node?: string | undefined
  /** For the support of Hitachi. */
  readonly requestId?: string | undefined
  readonly code: ExitCode
}> {
  override get [Runtime.errorExitCode](): number {
    return this.code
  }
  // It is printed by the command itself.
  override readonly [Runtime.errorReported] = false
}

/**
 * A failure of whoever called the command: exit code 2.
 *
 * @category constructors
 * @since 0.1.0
 */
export const usage = (message: string, hint?: string): Failure =>
  new Failure({ error: "Usage", message, hint, code: codes.usage })

/**
 * A failure of what is not there: exit code 4.
 *
 * @category constructors
 * @since 0.1.0
 */
export const notFound = (message: string): Failure => new Failure({ error: "NotFound", message, code: codes.notFound })

/**
 * The failure that is told for an error: of the SDK, of the configuration, of local files, or a {@link Failure}
 * already.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromError = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  if (isHcpError(error)) return fromHcpError(error)
  // Of an upload whose parts are still there: its message names the upload.
  if (Predicate.isTagged(error, "UploadKept") && Predicate.hasProperty(error, "reason") && isHcpError(error.reason)) {
    return fromHcpError(error.reason, error instanceof Error ? error.message : undefined)
  }
  const message =
    Predicate.hasProperty(error, "message") && Predicate.isString(error.message) ? error.message : String(error)
  if (Predicate.isTagged(error, "ConfigError")) {
    return new Failure({
      error: "Configuration",
      message,
      hint: "set the variable, or add a profile with `hcp profile add`",
      code: codes.usage
    })
  }
  if (Predicate.isTagged(error, "JournalError")) {
    return new Failure({ error: "Journal", message, code: codes.usage })
  }
  if (Predicate.isTagged(error, "JobInvalid")) return new Failure({ error: "JobInvalid", message, code: codes.usage })
  if (Predicate.isTagged(error, "JobNotFound")) {
    return new Failure({ error: "NotFound", message: inWords(message), code: codes.notFound })
  }
  if (Predicate.isTagged(error, "JobWrongState") || Predicate.isTagged(error, "JobsInUse")) {
    return new Failure({ error: error._tag, message: inWords(message), code: codes.conflict })
  }
  if (Predicate.isTagged(error, "JobsUnusable")) return new Failure({ error: "Jobs", message, code: codes.failed })
  if (Predicate.isTagged(error, "SpoolInUse"))
    return new Failure({ error: "SpoolInUse", message, code: codes.conflict })
  if (Predicate.isTagged(error, "SpoolUnusable")) return new Failure({ error: "Spool", message, code: codes.failed })
  if (error instanceof PlatformError) {
    return new Failure({ error: "Local", message: ofThisComputer(error), code: codes.failed })
  }
  if (Predicate.isTagged(error, "LocalError")) {
    return new Failure({ error: "Local", message: inWords(message), code: codes.failed })
  }
  return new Failure({ error: "Failed", message, code: codes.failed })
}

const fromHcpError = (error: HcpError, message = error.message): Failure => {
  const { reason } = error
  const at = (name: string): unknown => (Predicate.hasProperty(reason, name) ? reason[name] : undefined)
  const text = (value: unknown): string | undefined => (Predicate.isString(value) && value !== "" ? value : undefined)
  const status = at("status")
  const hint = text(at("hint"))
  return new Failure({
    error: reason._tag,
    message: inWords(message, text(at("field"))),
    hint: hint === undefined ? hints[isProtected(reason) ? "UnderRetention" : reason._tag] : inWords(hint),
    status: Predicate.isNumber(status) ? status : undefined,
    node: text(at("node")) ?? text(at("address")),
    requestId: text(at("requestId")),
    code: ofHcpError(error)
  })
}

const hints: Readonly<Partial<Record<HcpError["reason"]["_tag"], string>>> = {
  Forbidden: "check name, password and permissions with `hcp doctor`",
  NameNotFound: "check the host of the profile, and which name servers know it, with `hcp doctor`",
  CannotConnect: "check nodes and ports with `hcp doctor`",
  CertificateError: "see which certificates the nodes show with `hcp doctor`",
  SystemsUnavailable: "see which nodes answer with `hcp doctor`",
  ObjectExists: "say what to do with --if-exists",
  UnderRetention: "see until when with `hcp stat`",
  OnHold: "see the holds with `hcp stat`"
}

/**
 * A failure of some of many.
 *
 * @category constructors
 * @since 0.1.0
 */
export const partial = (failed: number, all: number): Failure =>
  new Failure({ error: "Partial", message: `${failed} of ${all} failed`, code: codes.partial })
