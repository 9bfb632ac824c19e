/**
 * The one table that says what an error of node:net, node:tls or undici means.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import {
  CannotConnect,
  CannotOpenSocket,
  ConnectionLost,
  IncompleteBody,
  InvalidInput,
  LengthMismatch,
  ProtocolError,
  ProxyFailed,
  Timeout,
  type WireReason
} from "../../WireReason.ts"
import { classifyTlsError, stringAt, tlsProtocolDetail } from "./tlsErrors.ts"

/** Where and when an error happened, and the limits that were set. */
export interface NetworkContext {
  /**
   * `connect`: before the connection stood; `exchange`: up to the head of the answer; `body`: inside the answer's body.
   */
  readonly phase: "connect" | "exchange" | "body"
  readonly fqdn: string
  readonly address: string
  readonly port: number
  readonly tls: boolean
  /** Whether not one byte ever came over this connection. */
  readonly silent?: boolean | undefined
  /** The time the connection could take. */
  readonly connectTimeout: Duration.Duration
  /** Bytes of the answer's body so far, and announced. */
  readonly received?: number | undefined
  readonly expected?: number | undefined
  /** Bytes of the request's body so far, and declared. */
  readonly sent?: number | undefined
  readonly declared?: number | undefined
}

/**
 * The reason an error stands for. The first error of its `cause` chain and of its aggregated errors that means
 * something decides; what nobody knows is a connection that could not be made, or was lost.
 */
export const classify = (error: unknown, context: NetworkContext): WireReason => {
  const errors = chainOf(error)
  for (const each of errors) {
    const reason = reasonOf(each, context)
    if (reason !== undefined) return reason
  }
  return broken(errors.map(codeOf).find(Predicate.isNotUndefined) ?? "UNKNOWN", context)
}

const reasonOf = (error: unknown, context: NetworkContext): WireReason | undefined => {
  if (error instanceof ProxyFailed) return error
  const { address, phase } = context
  const code = codeOf(error)
  const certificate = classifyTlsError(error, context.fqdn, address)
  if (certificate !== undefined) return certificate
  const protocol = tlsProtocolDetail(error, context.port)
  if (protocol !== undefined) return new ProtocolError({ address, detail: protocol })
  // undici's parser errors carry no code in some cases.
  if (nameOf(error) === "HTTPParserError") return new ProtocolError({ address, detail: parserDetail(error, context) })
  switch (code) {
    case "UND_ERR_CONNECT_TIMEOUT":
      return new Timeout({ phase: "connect", limit: context.connectTimeout, address })
    case "UND_ERR_HEADERS_OVERFLOW":
      return new ProtocolError({ address, detail: "the head of the answer is larger than 16 KiB", isLasting: true })
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return phase === "body" && context.received !== undefined
        ? broken(code, context)
        : new ProtocolError({ address, detail: "the answer contradicts itself about its length" })
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return new LengthMismatch({ declared: context.declared ?? 0, actual: context.sent ?? 0 })
    case "UND_ERR_INVALID_ARG":
    case "UND_ERR_NOT_SUPPORTED":
      return new InvalidInput({ field: "request", detail: messageOf(error) })
    case "UND_ERR_SOCKET":
      // "bad response" and "bad upgrade": an unasked-for 1xx.
      return /bad (?:response|upgrade)/.test(messageOf(error))
        ? new ProtocolError({ address, detail: "it sent an informational answer nobody asked for" })
        : broken(code, context)
    default:
      return code !== undefined && (lost.has(code) || ownFaults.has(code)) ? broken(code, context) : undefined
  }
}

const ownFaults: ReadonlySet<string> = new Set([
  "EACCES",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EPERM"
])

/**
 * Whether a connect failed on this computer, whatever the node does. EADDRNOTAVAIL of an IPv6 address is not counted:
 * a computer without IPv6 says so, and other nodes may have IPv4.
 */
export const isOwnFault = (code: string, address: string): boolean =>
  ownFaults.has(code) && !(code === "EADDRNOTAVAIL" && address.includes(":"))

/** Codes that say no more than that there is no connection, or none any more. */
const lost: ReadonlySet<string> = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "ENOTCONN",
  "EPIPE",
  "ETIMEDOUT",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_ABORTED",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED"
])

const broken = (code: string, context: NetworkContext): WireReason => {
  const { address, expected, port, received } = context
  if (context.phase === "connect") {
    return isOwnFault(code, address)
      ? new CannotOpenSocket({ address, port, code })
      : new CannotConnect({ address, port, code })
  }
  return context.phase === "body" && received !== undefined
    ? new IncompleteBody({ address, expected, received })
    : new ConnectionLost({ address, code, hint: context.silent && !context.tls ? perhapsTls : undefined })
}

// Some servers hang up on a plain request to a TLS port without a word.
const perhapsTls = "if this port speaks TLS, switch TLS on (tls, HCP_TLS=true)"

/**
 * Whether these bytes begin a TLS alert or handshake record (RFC 8446 section 5.1): content type 21 or 22, then major
 * version 3.
 */
export const isTlsRecord = (data: string): boolean =>
  (data.charCodeAt(0) === 21 || data.charCodeAt(0) === 22) && data.charCodeAt(1) === 3

const parserDetail = (error: unknown, context: NetworkContext): string => {
  const data = stringAt(error, "data") ?? ""
  return !context.tls && isTlsRecord(data)
    ? `port ${context.port} speaks TLS; switch TLS on (tls, HCP_TLS=true), or give the port of plain HTTP (80)`
    : messageOf(error)
}

/** The error, its causes, and the errors it gathers, outermost first; bounded, as chains may be circular. */
const chainOf = (error: unknown): ReadonlyArray<unknown> => {
  const chain: Array<unknown> = []
  const queue: Array<unknown> = [error]
  while (queue.length > 0 && chain.length < 16) {
    const next = queue.shift()
    if (!Predicate.isObject(next) || chain.includes(next)) continue
    chain.push(next)
    if (Predicate.hasProperty(next, "cause")) queue.push(next.cause)
    if (Predicate.hasProperty(next, "errors") && Array.isArray(next.errors)) queue.push(...next.errors)
  }
  return chain
}

const codeOf = (error: unknown): string | undefined => stringAt(error, "code")
const nameOf = (error: unknown): string | undefined => stringAt(error, "name")
const messageOf = (error: unknown): string => stringAt(error, "message") ?? "unknown error"
