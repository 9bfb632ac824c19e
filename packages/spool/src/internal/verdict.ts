/**
 * What a failed delivery means: the systems are away, this entry has to be tried again, or HCP refuses it.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Parked } from "../SpoolEntry.ts"
import type { Damaged, Defective } from "./deliver.ts"
import type { Uncertain } from "./extension.ts"

/** Why an entry was not delivered. */
export type DeliveryError = HcpError | Damaged | Defective | Uncertain

/** @internal */
export type Verdict = "away" | "again" | "refused"

const verdicts: Readonly<Partial<Record<HcpError["reason"]["_tag"], Verdict>>> = {
  // Nothing else would come through either.
  CredentialsFailed: "away",
  NameNotFound: "away",
  NameServerFailed: "away",
  CannotConnect: "away",
  CannotOpenSocket: "away",
  ProxyFailed: "away",
  CertificateError: "away",
  Timeout: "away",
  ConnectionLost: "away",
  PoolExhausted: "away",
  SystemsUnavailable: "away",
  NotFromHcp: "away",
  Busy: "away",
  // It may be this one alone.
  ServerError: "again",
  ProtocolError: "again",
  IncompleteBody: "again",
  IntegrityError: "again",
  InvalidXml: "again",
  Redirected: "again",
  UnexpectedAnswer: "again",
  UnexpectedStatus: "again",
  Conflict: "again"
}

/** A wrong certificate and credentials that cannot be had are for people to see at once. */
const misconfigured: ReadonlySet<string> = new Set(["CredentialsFailed", "CertificateError"])

/** Whether the systems cannot be reached, are busy, or give no answer in time: such a write may be kept instead. */
export const isUnreachable = (error: HcpError): boolean =>
  verdictOf(error) === "away" && !misconfigured.has(error.reason._tag)

/** @internal */
export const verdictOf = (error: DeliveryError): Verdict => {
  if (error._tag !== "HcpError") return "refused"
  const { reason } = error
  // A device on the way refuses this one, by its size for instance, and may let others pass.
  if (reason._tag === "NotFromHcp" && reason.status < 500) return "again"
  return verdicts[reason._tag] ?? "refused"
}

/** What is remembered of a refusal. */
export const parkedBy = (error: DeliveryError): Parked => ({
  reason: error._tag === "HcpError" ? error.reason._tag : error._tag,
  message: error.message
})
