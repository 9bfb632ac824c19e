/**
 * Why a request got no usable answer: the name, the connection, the certificate, the framing, the body, the pool.
 *
 * Every class here is a `reason` of {@link HcpError}; match on its `_tag` with `Effect.catchReason`. A message reads
 * "what happened; what to try".
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * What was given to the SDK cannot be sent: nothing reached the network.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidInput extends Schema.TaggedError<InvalidInput>("@effect-hcp/sdk/HcpError/InvalidInput")(
  "InvalidInput",
  {
    /** The option or argument that is wrong, e.g. `path` or `header "X-Note"`. */
    field: Schema.String,
    /** What is wrong with it and what to give instead. */
    detail: Schema.String
  }
) {
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
export class CredentialsFailed extends Schema.TaggedError<CredentialsFailed>(
  "@effect-hcp/sdk/HcpError/CredentialsFailed"
)("CredentialsFailed", { detail: Schema.String }) {
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
export class NameNotFound extends Schema.TaggedError<NameNotFound>("@effect-hcp/sdk/HcpError/NameNotFound")(
  "NameNotFound",
  {
    name: Schema.String,
    /** Who was asked, as `address:port`; empty for the operating system's resolver. */
    nameServers: Schema.Array(Schema.String),
    detail: Schema.String
  }
) {
  override get message(): string {
    const asked = this.nameServers.length === 0 ? "the system's resolver" : this.nameServers.join(", ")
    return `${this.detail} for "${this.name}" (asked ${asked}); check the spelling of the FQDN and which name server knows this HCP domain`
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
export class NameServerFailed extends Schema.TaggedError<NameServerFailed>("@effect-hcp/sdk/HcpError/NameServerFailed")(
  "NameServerFailed",
  {
    name: Schema.String,
    /** One line per name server: `address:port: what it did`. */
    failures: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    return `cannot resolve "${this.name}": ${this.failures.join("; ")}; check that a name server is reachable`
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
export class CannotConnect extends Schema.TaggedError<CannotConnect>("@effect-hcp/sdk/HcpError/CannotConnect")(
  "CannotConnect",
  {
    address: Schema.String,
    port: Schema.Int,
    /** The operating system's code, e.g. `ECONNREFUSED`. */
    code: Schema.String
  }
) {
  override get message(): string {
    const host = this.address.includes(":") ? `[${this.address}]` : this.address
    return `cannot connect to ${host}:${this.port} (${this.code}); check the port and whether the node is up`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The TLS certificate of a node does not verify.
 *
 * @category errors
 * @since 0.1.0
 */
export class CertificateError extends Schema.TaggedError<CertificateError>("@effect-hcp/sdk/HcpError/CertificateError")(
  "CertificateError",
  {
    fqdn: Schema.String,
    address: Schema.String,
    /** The TLS library's code, e.g. `ERR_TLS_CERT_ALTNAME_INVALID`. */
    code: Schema.String,
    detail: Schema.String,
    /** Which option helps. */
    hint: Schema.String
  }
) {
  override get message(): string {
    return `the certificate of ${this.address} is not accepted for "${this.fqdn}": ${this.detail} (${this.code}); ${this.hint}`
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
export class Timeout extends Schema.TaggedError<Timeout>("@effect-hcp/sdk/HcpError/Timeout")("Timeout", {
  /**
   * `queue`: waiting for a connection; `connect`: TCP and TLS; `response`: the head of the answer; `body`: silence inside
   * the answer's body; `rate`: a body that moved slower than its minimum rate; `deadline`: the whole call, all attempts
   * together.
   */
  phase: Schema.Literals(["queue", "connect", "response", "body", "rate", "deadline"]),
  /** The limit, in milliseconds. */
  millis: Schema.Finite,
  /** The node, if one was chosen. */
  address: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return timeoutMessages[this.phase](this.millis, this.address === undefined ? "" : ` by ${this.address}`)
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
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>("@effect-hcp/sdk/HcpError/ConnectionLost")(
  "ConnectionLost",
  {
    address: Schema.String,
    /** The operating system's or HTTP client's code, e.g. `ECONNRESET`. */
    code: Schema.String,
    /** What to try, where the circumstances say more than the code. */
    hint: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const hint = this.hint === undefined ? "" : `; ${this.hint}`
    return `the connection to ${this.address} was lost (${this.code})${hint}`
  }
  get isRetryable(): boolean {
    return true
  }
}

/**
 * What came back is not HTTP/1.1 as RFC 9112 wants it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProtocolError extends Schema.TaggedError<ProtocolError>("@effect-hcp/sdk/HcpError/ProtocolError")(
  "ProtocolError",
  {
    address: Schema.String,
    detail: Schema.String,
    /** Whether any node would say the same again. */
    isLasting: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))
  }
) {
  override get message(): string {
    return `cannot talk to ${this.address}: ${this.detail}`
  }
  get isRetryable(): boolean {
    return !this.isLasting
  }
}

/**
 * What came back is not the XML that was asked for: an HTML page, a document that breaks off, is not well-formed, has a DOCTYPE,
 * or exceeds a limit of size or depth.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidXml extends Schema.TaggedError<InvalidXml>("@effect-hcp/sdk/HcpError/InvalidXml")("InvalidXml", {
  /** What is wrong with it. */
  detail: Schema.String,
  /** What it begins with, in 120 characters: without tags, and without what may be a secret. */
  excerpt: Schema.optional(Schema.String),
  /** Whether everything was right, and only the end is missing. */
  isTruncated: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))
}) {
  override get message(): string {
    const excerpt = this.excerpt === undefined ? "" : `; it says: ${this.excerpt}`
    return `the answer is not the XML that was asked for: ${this.detail}${excerpt}`
  }
  get isRetryable(): boolean {
    return this.isTruncated
  }
}

/**
 * The answer's body ended before its announced length. Never reported as a short success.
 *
 * @category errors
 * @since 0.1.0
 */
export class IncompleteBody extends Schema.TaggedError<IncompleteBody>("@effect-hcp/sdk/HcpError/IncompleteBody")(
  "IncompleteBody",
  {
    address: Schema.String,
    /** Bytes announced; absent for a chunked answer. */
    expected: Schema.optional(Schema.Finite),
    received: Schema.Finite
  }
) {
  override get message(): string {
    const of = this.expected === undefined ? "" : ` of ${this.expected}`
    return `the answer from ${this.address} broke off after ${this.received}${of} bytes`
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
export class LengthMismatch extends Schema.TaggedError<LengthMismatch>("@effect-hcp/sdk/HcpError/LengthMismatch")(
  "LengthMismatch",
  { declared: Schema.Finite, actual: Schema.Finite }
) {
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
export class BodySourceFailed extends Schema.TaggedError<BodySourceFailed>("@effect-hcp/sdk/HcpError/BodySourceFailed")(
  "BodySourceFailed",
  {
    /** The file's path, or `stream`. */
    source: Schema.String,
    detail: Schema.String,
    /** The error of the source itself. */
    error: Schema.optional(Schema.Defect())
  }
) {
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
export class NotReplayable extends Schema.TaggedError<NotReplayable>("@effect-hcp/sdk/HcpError/NotReplayable")(
  "NotReplayable",
  {
    /** The message of the failure that would have been retried. */
    failure: Schema.String
  }
) {
  override get message(): string {
    return `${this.failure}; not repeated, because the body can be read only once: use HcpBody.stream(() => ...) or a file`
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
export class IntegrityError extends Schema.TaggedError<IntegrityError>("@effect-hcp/sdk/HcpError/IntegrityError")(
  "IntegrityError",
  {
    /** The hash, e.g. `SHA-256`. */
    algorithm: Schema.String,
    expected: Schema.String,
    actual: Schema.String
  }
) {
  override get message(): string {
    return `the bytes changed on the way: their ${this.algorithm} is ${this.actual}, HCP says ${this.expected}; ask again`
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
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>("@effect-hcp/sdk/HcpError/BodyTooLarge")(
  "BodyTooLarge",
  { limit: Schema.Finite }
) {
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
export class PoolExhausted extends Schema.TaggedError<PoolExhausted>("@effect-hcp/sdk/HcpError/PoolExhausted")(
  "PoolExhausted",
  {
    address: Schema.String,
    /** Calls that wait already. */
    waiting: Schema.Int
  }
) {
  override get message(): string {
    return `${this.waiting} calls already wait for a connection to ${this.address}; lower the concurrency or raise maxWaiting`
  }
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The layer this client came from is closed.
 *
 * @category errors
 * @since 0.1.0
 */
export class Closed extends Schema.TaggedError<Closed>("@effect-hcp/sdk/HcpError/Closed")("Closed", {
  what: Schema.String
}) {
  override get message(): string {
    return `${this.what} is closed; keep its layer open while it is used`
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
export class SystemsUnavailable extends Schema.TaggedError<SystemsUnavailable>(
  "@effect-hcp/sdk/HcpError/SystemsUnavailable"
)("SystemsUnavailable", {
  /** What went wrong at the primary. */
  primary: Schema.String,
  /** What went wrong at the replica. */
  replica: Schema.String
}) {
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
export const WireReason = Schema.Union([
  InvalidInput,
  CredentialsFailed,
  NameNotFound,
  NameServerFailed,
  CannotConnect,
  CertificateError,
  Timeout,
  ConnectionLost,
  ProtocolError,
  InvalidXml,
  IncompleteBody,
  LengthMismatch,
  BodySourceFailed,
  NotReplayable,
  IntegrityError,
  BodyTooLarge,
  PoolExhausted,
  Closed,
  SystemsUnavailable
])

/**
 * All reasons that are not a status of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export type WireReason = typeof WireReason.Type
