/**
 * What a failed delivery means: the systems are away, this entry has to be tried again, or HCP refuses it.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Parked } from "../SpoolEntry.ts"
import type { Damaged } from "./deliver.ts"

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

/** Whether the systems cannot be reached, are busy, or give no answer in time. */
export const isAway = ({ reason }: HcpError): boolean => verdicts[reason._tag] === "away"

/** @internal */
export const verdictOf = (error: HcpError | Damaged): Verdict =>
  error instanceof HcpError ? (verdicts[error.reason._tag] ?? "refused") : "refused"

/** What is remembered of a refusal. */
export const parkedBy = (error: HcpError | Damaged): Parked => ({
  reason: error instanceof HcpError ? error.reason._tag : error._tag,
  message: error.message
})
