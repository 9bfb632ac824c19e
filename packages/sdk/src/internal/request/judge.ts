/**
 * What an answer means: the one room in which a status is looked at.
 *
 * @internal
 */
import type { Reason } from "../../HcpError.ts"
import type { Outcome } from "../../NodeHealth.ts"

/** What HCP has to say about an error fits; to read that keeps the connection of use. */
export const errorBodyBytes: number = 64 * 1024

/** Whether a status says that HCP could not, where it otherwise might. */
export const isServerTrouble = (status: number): boolean =>
  status === 429 || status === 500 || status === 502 || status === 503 || status === 504

/** Whether HCP has too much to do. */
export const isBusy = (status: number): boolean => status === 429 || status === 503

/** Whether a status says that an object was stored. */
export const isStored = (status: number): boolean => status === 200 || status === 201

/** Whether a status says that the credentials may be wrong. */
export const isRefusal = (status: number): boolean => status === 401 || status === 403

const answered: Outcome = { _tag: "Answered" }
const serverError: Outcome = { _tag: "ServerError" }

/** What an answer says of the node. */
export const outcomeOf = (status: number): Outcome => (isServerTrouble(status) ? serverError : answered)

// What the node can be blamed for; the caller's own faults and limits are not its.
const blamable: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>([
  "CannotConnect",
  "CertificateError",
  "Timeout",
  "ConnectionLost",
  "ProtocolError",
  "IncompleteBody",
  "IntegrityError"
])

/** Whether it is the node's fault. */
export const isBlamable = (reason: Reason): boolean =>
  reason._tag === "ProxyFailed"
    ? reason.kind === "gateway" || reason.kind === "silent"
    : blamable.has(reason._tag) && !(reason._tag === "Timeout" && reason.phase === "queue")

/** Whether the way to all nodes is at fault: another node would be met by the same. */
export const isOfTheWay = (reason: Reason): boolean => reason._tag === "ProxyFailed" && !isBlamable(reason)
