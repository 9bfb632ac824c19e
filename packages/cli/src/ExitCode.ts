/**
 * The exit codes of `hcp`, so that scripts can tell what went wrong without reading messages.
 *
 * @since 0.1.0
 */
import type { HcpError, S3Category } from "@effect-hcp/sdk/HcpError"
import { isProtected } from "./internal/words.ts"

/**
 * All codes. `130` is an interruption, by Ctrl-C or a signal.
 *
 * @category constants
 * @since 0.1.0
 */
export const codes = {
  success: 0,
  /** Anything that has no code of its own. */
  failed: 1,
  /** The command line, a profile or a variable is wrong. Nothing was sent. */
  usage: 2,
  /** The credentials are wrong, or the user lacks a permission. */
  refused: 3,
  notFound: 4,
  /** Retention, a hold, an object that exists, or somebody who changes it at the same time. */
  conflict: 5,
  /** No name, no node, no answer, or a certificate that is not accepted. */
  unreachable: 6,
  /** Some of many failed, the others are done. */
  partial: 7,
  interrupted: 130
} as const

/**
 * One of the codes.
 *
 * @category models
 * @since 0.1.0
 */
export type ExitCode = (typeof codes)[keyof typeof codes]

const codeOfReason: Readonly<Partial<Record<HcpError["reason"]["_tag"], ExitCode>>> = {
  InvalidInput: codes.usage,
  Forbidden: codes.refused,
  CredentialsFailed: codes.refused,
  NotFound: codes.notFound,
  Gone: codes.notFound,
  ObjectExists: codes.conflict,
  AlreadyExists: codes.conflict,
  UnderRetention: codes.conflict,
  OnHold: codes.conflict,
  DirectoryNotEmpty: codes.conflict,
  Conflict: codes.conflict,
  PreconditionFailed: codes.conflict,
  NameNotFound: codes.unreachable,
  NameServerFailed: codes.unreachable,
  CannotConnect: codes.unreachable,
  CannotOpenSocket: codes.unreachable,
  ProxyFailed: codes.unreachable,
  CertificateError: codes.unreachable,
  Timeout: codes.unreachable,
  ConnectionLost: codes.unreachable,
  PoolExhausted: codes.unreachable,
  SystemsUnavailable: codes.unreachable
}

const codeOfCategory: Readonly<Partial<Record<S3Category, ExitCode>>> = {
  access: codes.refused,
  clock: codes.refused,
  notFound: codes.notFound,
  conflict: codes.conflict,
  state: codes.conflict,
  precondition: codes.conflict
}

/**
 * The code of an error of the SDK.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ofHcpError = ({ reason }: HcpError): ExitCode =>
  (isProtected(reason)
    ? codes.conflict
    : reason._tag === "S3Refused"
      ? codeOfCategory[reason.category]
      : codeOfReason[reason._tag]) ?? codes.failed
