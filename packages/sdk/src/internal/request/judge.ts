/**
 * What an answer means: the one room in which a status is looked at.
 *
 * @internal
 */
import type { Reason } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import type { Expectation, HcpRequest, Method } from "../../HcpRequest.ts"
import { isSuccess } from "../../HcpResponse.ts"
import type { Outcome } from "../../NodeHealth.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { NotFromHcp } from "../../StatusReason.ts"
import { IncompleteBody, ProtocolError } from "../../WireReason.ts"
import { expectedOf, isVerified, mayEndWithConnection, statedSizeOf, unaskedCoding } from "../body/integrity.ts"
import { portHint } from "./placeHint.ts"

/** What is judged: an answer, with its body where that is in memory. */
interface Judged {
  readonly method: Method
  readonly status: number
  readonly headers: ResponseHeaders
  readonly bytes: Uint8Array | undefined
}

/**
 * Why an answer is not what was expected: it is not HCP's, or its status does not mean that the request was carried
 * out, or its body is in a coding nobody asked for. `undefined` if it is taken. A redirect is left to be reported as
 * one, wherever it comes from: it is never followed.
 */
export const objection = (
  request: HcpRequest,
  answer: Omit<Judged, "method"> & { readonly address: string; readonly port: number },
  acceptsUnmarked: boolean
): UnexpectedAnswer | NotFromHcp | ProtocolError | undefined =>
  unexpected(request, { ...answer, method: request.method }, acceptsUnmarked) ?? codingProblem(request, answer)

const unexpected = (
  request: Pick<HcpRequest, "expects" | "path">,
  answer: Judged & { readonly port: number },
  acceptsUnmarked: boolean
): UnexpectedAnswer | NotFromHcp | undefined => {
  const { expects } = request
  if (expects === undefined) return undefined
  const { status } = answer
  const isDone = isSuccess(answer)
  if (!isDone && status >= 300 && status < 400 && status !== 304) return undefined
  if (!acceptsUnmarked && !isFromHcp(expects, answer)) {
    return isDone
      ? new UnexpectedAnswer({
          detail: "it is the answer of something between here and HCP: no header says that HCP sent it",
          hint: portHint(request, answer)
        })
      : new NotFromHcp({ status, hint: portHint(request, answer) })
  }
  if (!isDone || expects.statuses === undefined || expects.statuses.includes(status)) return undefined
  return new UnexpectedAnswer({ detail: `status ${status} does not say that it was done` })
}

const isFromHcp = ({ gateway }: Expectation, answer: Judged): boolean => {
  if (isMarked(answer.headers, gateway)) return true
  if (gateway === "hcp" || isWebPage(answer)) return false
  return gateway === "query" ? isDocument(answer) : isOfStore(answer)
}

// The ones that come with nearly every answer first: to look at each name takes longer.
const frequentMarks = ["x-requestid", "x-hcp-servicedbysystem", "x-hcp-softwareversion", "x-hcp-time"]

const storeMarks = ["x-amz-request-id", "x-amz-id-2", "x-trans-id"]

const isMarked = (headers: ResponseHeaders, gateway: Expectation["gateway"]): boolean => {
  if (frequentMarks.some((name) => headers.has(name))) return true
  if ((gateway === "s3" || gateway === "swift") && storeMarks.some((name) => headers.has(name))) return true
  // HCP always sends some of these; which ones differs from release to release.
  for (const [name] of headers) if (name.startsWith("x-hcp-") || name.startsWith("x-arc")) return true
  return false
}

const isWebPage = ({ bytes, headers }: Judged): boolean => {
  const type = headers.get("content-type")
  if (type !== undefined && /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return true
  return bytes !== undefined && /^\ufeff?\s*<(?:!doctype\s+html|html)\b/i.test(beginningOf(bytes))
}

/** What the protocols of S3 and Swift themselves give as evidence. */
const isOfStore = (answer: Judged): boolean => {
  const { headers, method, status } = answer
  if (isDocument(answer)) return true
  if (!isSuccess(answer)) return false
  if (method === "DELETE") return status === 204
  if (method === "PUT") return headers.has("etag")
  return headers.has("etag") && headers.has("last-modified")
}

/** XML or JSON that is no web page; whether it is the right one, its reader finds out. */
const isDocument = ({ bytes }: Judged): boolean =>
  bytes !== undefined && /^\ufeff?\s*(?:<\?xml|<[A-Za-z]|\{\s*"|\[\s*[\]{])/.test(beginningOf(bytes))

const decoder = new TextDecoder()

const beginningOf = (bytes: Uint8Array): string => decoder.decode(bytes.subarray(0, 256))

/**
 * Whether the body of an answer is packed although nobody asked for that, and nothing proves that its bytes as they
 * come are those of the object all the same.
 */
const codingProblem = (
  request: HcpRequest,
  { address, headers, status }: Pick<Judged, "status" | "headers"> & { readonly address: string }
): ProtocolError | undefined => {
  if (request.method !== "GET" || (status !== 200 && status !== 206) || !isJudged(request)) return undefined
  // Nearly no answer has one, and to look for it first is cheap.
  const problem = ofCoding(request, headers, address)
  if (problem === undefined || status !== 200) return problem
  const isProvable =
    statedSizeOf(request, status, headers) !== undefined ||
    (isVerified(request) && expectedOf(request, status, headers) !== undefined)
  return isProvable ? undefined : problem
}

// Others are not named: whatever an answer says may quote a secret.
const codings: ReadonlySet<string> = new Set(["gzip", "deflate", "compress", "br", "zstd"])

const ofCoding = (request: HcpRequest, headers: ResponseHeaders, address: string): ProtocolError | undefined => {
  const coding = unaskedCoding(request, headers)
  if (coding === undefined) return undefined
  const name = codings.has(coding) ? ` ${coding}` : ""
  return new ProtocolError({ address, detail: `its body has a content coding${name}, which was not asked for` })
}

const isJudged = (request: HcpRequest): boolean => isVerified(request) || request.expects !== undefined

/** How a body ended. */
export interface Ended {
  readonly address: string
  readonly received: number
  /** Whether a length or chunks said where it ends, or only the end of the connection. */
  readonly framing: "stated" | "connection"
}

/**
 * What is wrong with the length of a body that has ended: it must be what `X-HCP-Size` or `Content-Range` says, and
 * something must say where it ends.
 */
export const lengthProblem = (
  request: HcpRequest,
  { headers, status }: Pick<Judged, "status" | "headers">,
  { address, framing, received }: Ended
): IncompleteBody | ProtocolError | undefined => {
  if (!isJudged(request)) return undefined
  const size = statedSizeOf(request, status, headers)
  if (size !== undefined && size !== received) {
    return ofCoding(request, headers, address) ?? new IncompleteBody({ address, expected: size, received })
  }
  if (framing === "stated" || request.expects === undefined || mayEndWithConnection(request, status, headers)) {
    return undefined
  }
  return new ProtocolError({ address, detail: "nothing says where the body of its answer ends" })
}

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

/** Whether this computer is at fault: another system would be met by the same, and nothing is known of this one. */
export const isOfThisComputer = (reason: Reason): boolean => reason._tag === "CannotOpenSocket"

/** Whether the way to all nodes is at fault: another node would be met by the same. */
export const isOfTheWay = (reason: Reason): boolean =>
  isOfThisComputer(reason) || (reason._tag === "ProxyFailed" && !isBlamable(reason))
