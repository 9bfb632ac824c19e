/**
 * Why a request got no usable answer: the name, the connection, the certificate, the framing, the body, the pool.
 *
 * Every class here is a `reason` of {@link HcpError}; match on its `_tag` with `Effect.catchReason`. A message reads
 * "what happened; what to try".
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { TaggedError } from "./internal/error/taggedError.ts"

/**
 * What was given to the SDK cannot be sent: nothing reached the network.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidInput extends TaggedError("InvalidInput")<{
  /** The option or argument that is wrong, e.g. `path` or `header "X-Note"`. */
  readonly field: string
  /** What is wrong with it and what to give instead. */
  readonly detail: string
}> {
  override get message(): string {
    return `${this.field}: ${this.detail}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The credentials service could not give the headers of a request.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsFailed extends TaggedError("CredentialsFailed")<{
  readonly detail: string
}> {
  override get message(): string {
    return `no credentials: ${this.detail}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The name servers say that the name does not exist (NXDOMAIN), or that it has no address.
 *
 * @category errors
 * @since 0.1.0
 */
export class NameNotFound extends TaggedError("NameNotFound")<{
  readonly fqdn: string
  /** Who was asked, as `address:port`; empty for the operating system's resolver. */
  readonly nameServers: ReadonlyArray<string>
  readonly detail: string
}> {
  override get message(): string {
    const asked = this.nameServers.length === 0 ? "the system's resolver" : this.nameServers.join(", ")
    return (
      `${this.detail} for "${this.fqdn}" (asked ${asked}); ` +
      "check the spelling of the FQDN and which name server knows this HCP domain"
    )
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * No name server gave a usable answer: silence, SERVFAIL, REFUSED or an unreachable server.
 *
 * @category errors
 * @since 0.1.0
 */
export class NameServerFailed extends TaggedError("NameServerFailed")<{
  readonly fqdn: string
  /** One line per name server: `address:port: what it did`. */
  readonly failures: ReadonlyArray<string>
}> {
  override get message(): string {
    return `cannot resolve "${this.fqdn}": ${this.failures.join("; ")}; check that a name server is reachable`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The TCP connection to a node could not be made: refused, unreachable, reset at once.
 *
 * @category errors
 * @since 0.1.0
 */
export class CannotConnect extends TaggedError("CannotConnect")<{
  readonly address: string
  readonly port: number
  /** The operating system's code, e.g. `ECONNREFUSED`. */
  readonly code: string
}> {
  override get message(): string {
    const host = this.address.includes(":") ? `[${this.address}]` : this.address
    return `cannot connect to ${host}:${this.port} (${this.code}); check the port and whether the node is up`
  }
  get isRetryable(): boolean {
    return true
  }
}

const socketHints: Readonly<Record<string, string>> = {
  EMFILE:
    "this process has too many files and sockets open; raise its limit (ulimit -n), or lower maxTotal of the pool",
  ENFILE: "this computer has too many files and sockets open; raise its limit, or end other programs",
  EADDRNOTAVAIL: "no local port is free; lower the concurrency, or widen the range of local ports",
  ENOBUFS: "this computer has no memory left for sockets; lower the concurrency",
  ENOMEM: "this computer has no memory left for sockets; lower the concurrency",
  EACCES: "a rule of this computer forbids it; check its firewall and the rights of this process",
  EPERM: "a rule of this computer forbids it; check its firewall and the rights of this process"
}

/**
 * This computer could not open a socket: a limit is reached, memory or local ports are used up, or a rule forbids it.
 * Nothing was sent. It says nothing of the node, so none is ejected for it, and no call fails over because of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class CannotOpenSocket extends TaggedError("CannotOpenSocket")<{
  readonly address: string
  readonly port: number
  /** The operating system's code: `EMFILE`, `ENFILE`, `EADDRNOTAVAIL`, `ENOBUFS`, `ENOMEM`, `EACCES` or `EPERM`. */
  readonly code: string
}> {
  override get message(): string {
    const host = this.address.includes(":") ? `[${this.address}]` : this.address
    const hint = socketHints[this.code] ?? "look at the limits of this computer"
    return `no socket can be opened for ${host}:${this.port} (${this.code}); ${hint}`
  }
  get isRetryable(): boolean {
    return true
  }
}

const proxyMessages = {
  unreachable: (proxy: string, _node: string, detail: string) =>
    `the proxy ${proxy} cannot be reached (${detail}); check proxy (HCP_PROXY), and whether it is up`,
  lost: (proxy: string, node: string, detail: string) =>
    `the proxy ${proxy} gave no answer to CONNECT ${node} (${detail}); check that it is an HTTP proxy, and its log`,
  silent: (proxy: string, node: string, detail: string) =>
    `the proxy ${proxy} gave no answer to CONNECT ${node} (${detail}); ` +
    "either it cannot reach the node, or it stands still",
  protocol: (proxy: string, _node: string, detail: string) =>
    `the proxy ${proxy} did not answer as an HTTP proxy does (${detail}); check host and port of proxy (HCP_PROXY)`,
  credentials: (proxy: string, _node: string, detail: string) =>
    `the proxy ${proxy} ${detail}; set user and password in credentials of proxy (HCP_PROXY)`,
  refused: (proxy: string, node: string, detail: string) =>
    `the proxy ${proxy} refuses CONNECT ${node} (${detail}); its rules must admit this host and port`,
  gateway: (proxy: string, node: string, detail: string) =>
    `the proxy ${proxy} cannot reach ${node} (${detail}); check whether the node is up, and the way of the proxy to it`
}

/**
 * There is no tunnel through the proxy.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProxyFailed extends TaggedError("ProxyFailed")<{
  /** The proxy, as `host:port`. */
  readonly proxy: string
  /** What it was to lead to: the address of a node, or the name of the system where the proxy resolves names. */
  readonly address: string
  readonly port: number
  /**
   * `unreachable`: no connection to the proxy; `lost`: it closed the connection before it answered; `silent`: no answer
   * within `connectTimeout`; `protocol`: its answer is not that of an HTTP proxy; `credentials`: it wants some, or
   * others (407); `refused`: it forbids the tunnel (another status from 300 to 499); `gateway`: it cannot reach the
   * node (500 and above).
   *
   * Only `gateway` and `silent` count against the node.
   */
  readonly kind: "unreachable" | "lost" | "silent" | "protocol" | "credentials" | "refused" | "gateway"
  readonly detail: string
  /** The status of the proxy's answer. */
  readonly status?: number | undefined
}> {
  override get message(): string {
    const host = this.address.includes(":") ? `[${this.address}]` : this.address
    return proxyMessages[this.kind](this.proxy, `${host}:${this.port}`, this.detail)
  }
  get isRetryable(): boolean {
    return this.kind === "unreachable" || this.kind === "lost" || this.kind === "silent" || this.kind === "gateway"
  }
}

/**
 * The TLS certificate of a node does not verify.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateError extends TaggedError("CertificateError")<{
  readonly fqdn: string
  readonly address: string
  /** The TLS library's code, e.g. `ERR_TLS_CERT_ALTNAME_INVALID`. */
  readonly code: string
  readonly detail: string
  /** Which option helps. */
  readonly hint: string
}> {
  override get message(): string {
    return (
      `the certificate of ${this.address} is not accepted for "${this.fqdn}": ${this.detail} (${this.code}); ` +
      `${this.hint}`
    )
  }
  get isRetryable(): boolean {
    return false
  }
}

const timeoutMessages = {
  queue: (millis: number) =>
    `no connection became free within ${millis} ms; raise the pool's limits or lower the concurrency`,
  connect: (millis: number, by: string) =>
    `no connection was accepted${by} within ${millis} ms (connectTimeout); check the port and firewalls`,
  response: (millis: number, by: string) =>
    `no answer was begun${by} within ${millis} ms (responseTimeout); raise it if HCP needs longer for this`,
  body: (millis: number, by: string) =>
    `no more of the answer was sent${by} for ${millis} ms (bodyTimeout); raise it if such a pause is normal`,
  rate: (millis: number, by: string) =>
    `too few bytes were moved${by} in ${millis} ms of waiting (minRate); lower the rate if the network is that slow`,
  deadline: (millis: number) =>
    `the call was not done within its deadline of ${millis} ms; raise the deadline, or look at the log at level Debug`
}

/**
 * Something took longer than its limit.
 *
 * @category errors
 * @since 0.1.0
 */
export class Timeout extends TaggedError("Timeout")<{
  /**
   * `queue`: waiting for a connection; `connect`: TCP and TLS; `response`: the head of the answer; `body`: silence
   * inside the answer's body; `rate`: a body that moved slower than its minimum rate; `deadline`: the whole call, all
   * attempts together.
   */
  readonly phase: "queue" | "connect" | "response" | "body" | "rate" | "deadline"
  /** How long was waited: the limit of that phase. */
  readonly limit: Duration.Duration
  /** The node, if one was chosen. */
  readonly address?: string | undefined
}> {
  override get message(): string {
    return timeoutMessages[this.phase](
      Duration.toMillis(this.limit),
      this.address === undefined ? "" : ` by ${this.address}`
    )
  }
  get isRetryable(): boolean {
    return this.phase !== "deadline" && this.phase !== "queue"
  }
}

/**
 * An open connection broke before the answer was complete.
 *
 * @category errors
 * @since 0.1.0
 */
export class ConnectionLost extends TaggedError("ConnectionLost")<{
  readonly address: string
  /** The operating system's or HTTP client's code, e.g. `ECONNRESET`. */
  readonly code: string
  /** What to try, where the circumstances say more than the code. */
  readonly hint?: string | undefined
}> {
  override get message(): string {
    const hint = this.hint === undefined ? "" : `; ${this.hint}`
    return `the connection to ${this.address} was lost (${this.code})${hint}`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * What came back is not HTTP/1.1 as RFC 9112 wants it, or is a success that came before the whole request was sent, or
 * has a content coding that nobody asked for.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProtocolError extends TaggedError("ProtocolError")<{
  readonly address: string
  readonly detail: string
  /** Whether any node would say the same again. */
  readonly isLasting: boolean
}> {
  constructor(fields: { readonly address: string; readonly detail: string; readonly isLasting?: boolean | undefined }) {
    super({ ...fields, isLasting: fields.isLasting ?? false })
  }
  override get message(): string {
    return `cannot talk to ${this.address}: ${this.detail}`
  }
  get isRetryable(): boolean {
    return !this.isLasting
  }
}

/**
 * What came back is not the XML that was asked for: an HTML page, a document that breaks off, is not well-formed, has a
 * DOCTYPE, or exceeds a limit of size or depth.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidXml extends TaggedError("InvalidXml")<{
  /** What is wrong with it. */
  readonly detail: string
  /** What it begins with, in 120 characters: without tags, and without what may be a secret. */
  readonly excerpt?: string | undefined
  /** Whether everything was right, and only the end is missing. */
  readonly isTruncated: boolean
}> {
  constructor(fields: {
    readonly detail: string
    readonly excerpt?: string | undefined
    readonly isTruncated?: boolean | undefined
  }) {
    super({ ...fields, isTruncated: fields.isTruncated ?? false })
  }
  override get message(): string {
    const excerpt = this.excerpt === undefined ? "" : `; it says: ${this.excerpt}`
    return `the answer is not the XML that was asked for: ${this.detail}${excerpt}`
  }
  get isRetryable(): boolean {
    return this.isTruncated
  }
}

/**
 * The answer's body is not as long as announced: it ended before that, or is longer. Never reported as a success.
 *
 * @category errors
 * @since 0.1.0
 */
export class IncompleteBody extends TaggedError("IncompleteBody")<{
  readonly address: string
  /** Bytes announced; absent for a chunked answer. */
  readonly expected?: number | undefined
  readonly received: number
}> {
  override get message(): string {
    const { address, expected, received } = this
    if (expected !== undefined && received > expected) {
      return `the answer from ${address} is too long: ${received} bytes came, and it was to have ${expected}`
    }
    const of = expected === undefined ? "" : ` of ${expected}`
    return `the answer from ${address} broke off after ${received}${of} bytes`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * A request body had more or fewer bytes than its declared length; the connection was destroyed, nothing was stored.
 *
 * @category errors
 * @since 0.1.0
 */
export class LengthMismatch extends TaggedError("LengthMismatch")<{
  readonly declared: number
  readonly actual: number
}> {
  override get message(): string {
    return `the body has ${this.actual} bytes${this.actual > this.declared ? " or more" : ""} where ${this.declared} were declared`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The source of a request body failed: the file is missing, the stream ended with an error.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodySourceFailed extends TaggedError("BodySourceFailed")<{
  /** The file's path, or `stream`. */
  readonly source: string
  readonly detail: string
  /** The error of the source itself. */
  readonly error?: unknown | undefined
}> {
  override get message(): string {
    return `cannot read the body from ${this.source}: ${this.detail}`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * An attempt failed after a body that can be read only once was begun, so no further attempt was made.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotReplayable extends TaggedError("NotReplayable")<{
  /** The message of the failure that would have been retried. */
  readonly failure: string
}> {
  override get message(): string {
    return (
      `${this.failure}; not repeated, because the body can be read only once: ` +
      "use HcpBody.stream(() => ...) or a file"
    )
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The bytes that arrived are not the bytes that were stored.
 *
 * @category errors
 * @since 0.1.0
 */
export class IntegrityError extends TaggedError("IntegrityError")<{
  /** The hash, e.g. `SHA-256`. */
  readonly algorithm: string
  readonly expected: string
  readonly actual: string
}> {
  override get message(): string {
    return (
      `the bytes changed on the way: their ${this.algorithm} is ${this.actual}, HCP says ${this.expected}; ` +
      "ask again"
    )
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * An answer that was to be held in memory is larger than the limit for that.
 *
 * @category errors
 * @since 0.1.0
 */
export class BodyTooLarge extends TaggedError("BodyTooLarge")<{
  readonly limit: number
}> {
  override get message(): string {
    return `the answer has more than ${this.limit} bytes; read it as a stream, or raise maxBodyBytes`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Too many calls wait for a connection.
 *
 * @category errors
 * @since 0.1.0
 */
export class PoolExhausted extends TaggedError("PoolExhausted")<{
  /** The node, if the calls wait for this one alone; absent for the line of the whole target. */
  readonly address?: string | undefined
  /** Calls that wait already. */
  readonly waiting: number
}> {
  override get message(): string {
    const to = this.address === undefined ? "" : ` to ${this.address}`
    return `${this.waiting} calls already wait for a connection${to}; lower the concurrency or raise maxWaiting`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The layer this client came from is closed, or the scope of an answer whose body is read.
 *
 * @category errors
 * @since 0.1.0
 */
export class Closed extends TaggedError("Closed")<{
  readonly what: string
}> {
  override get message(): string {
    return `${this.what} is closed; keep its scope, or its layer, open while it is used`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Neither the primary system nor its replica could serve the call.
 *
 * @category errors
 * @since 0.1.0
 */
export class SystemsUnavailable extends TaggedError("SystemsUnavailable")<{
  /** What went wrong at the primary. */
  readonly primary: string
  /** What went wrong at the replica. */
  readonly replica: string
}> {
  override get message(): string {
    return `both systems failed; primary: ${this.primary}; replica: ${this.replica}`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * All reasons that are not a status of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export type WireReason =
  | InvalidInput
  | CredentialsFailed
  | NameNotFound
  | NameServerFailed
  | CannotConnect
  | CannotOpenSocket
  | ProxyFailed
  | CertificateError
  | Timeout
  | ConnectionLost
  | ProtocolError
  | InvalidXml
  | IncompleteBody
  | LengthMismatch
  | BodySourceFailed
  | NotReplayable
  | IntegrityError
  | BodyTooLarge
  | PoolExhausted
  | Closed
  | SystemsUnavailable
