/**
 * What goes with a reason: which operation mostly fails for it, and how far the request got.
 *
 * @internal
 */
import type { Reached, Reason } from "../../HcpError.ts"
import type { Timeout } from "../../WireReason.ts"

type Tags = ReadonlySet<Reason["_tag"]>

const beforeSending: Tags = new Set<Reason["_tag"]>([
  "InvalidInput",
  "CredentialsFailed",
  "NameNotFound",
  "NameServerFailed",
  "CannotConnect",
  "CannotOpenSocket",
  "ProxyFailed",
  "CertificateError",
  "PoolExhausted",
  "Closed",
  "SystemsUnavailable"
])

const whileSending: Tags = new Set<Reason["_tag"]>([
  "ConnectionLost",
  "LengthMismatch",
  "BodySourceFailed",
  "NotReplayable"
])

const byPhase: Readonly<Record<Timeout["phase"], Reached>> = {
  queue: "nothing",
  connect: "nothing",
  response: "request",
  body: "answer",
  rate: "answer",
  deadline: "request"
}

const reachedBy = (reason: Reason): Reached => {
  if (reason._tag === "Timeout") return byPhase[reason.phase]
  if (beforeSending.has(reason._tag)) return "nothing"
  return whileSending.has(reason._tag) ? "request" : "answer"
}

const operations: ReadonlyMap<Reason["_tag"], string> = new Map<Reason["_tag"], string>([
  ["NameNotFound", "resolve"],
  ["NameServerFailed", "resolve"],
  ["CheckFailed", "check"],
  ["ObjectExists", "PUT"],
  ["AlreadyExists", "PUT"],
  ["Conflict", "PUT"],
  ["TooLarge", "PUT"],
  ["LengthMismatch", "PUT"],
  ["BodySourceFailed", "PUT"],
  ["NotReplayable", "PUT"],
  ["UnderRetention", "DELETE"],
  ["OnHold", "DELETE"],
  ["DirectoryNotEmpty", "DELETE"],
  ["PackageBusy", "POST"]
])

export const factsOf = (reason: Reason): { readonly operation: string; readonly reached: Reached } => ({
  operation: operations.get(reason._tag) ?? "GET",
  reached: reachedBy(reason)
})
