/**
 * The words for one connection and one exchange on it, below names, retries and credentials.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Stream from "effect/Stream"
import type { HcpError, Reached, Reason } from "./HcpError.ts"
import type { ResponseHeaders } from "./HcpHeaders.ts"
import type { TlsDialer } from "./internal/transport/tlsDialer.ts"

/**
 * Where to connect, and how: the dialled IP address is not the name that TLS verifies.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** The IP address to dial. */
  readonly address: string
  readonly port: number
  /** The FQDN of the system: the TLS server name, and the name in errors. */
  readonly fqdn: string
  /** How TLS is made and verified, or `undefined` for plain HTTP. */
  readonly tls: TlsDialer | undefined
  /** TCP and TLS handshake together must be done within this many milliseconds. */
  readonly connectTimeoutMillis: number
  /** TCP keep-alive: the idle time in milliseconds before the first probe, or `undefined` to send none. */
  readonly tcpKeepAliveMillis: number | undefined
}

/**
 * A request as it goes on the wire: everything is encoded and checked already.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireRequest {
  readonly method: string
  /** The request target: path and query, percent-encoded. */
  readonly path: string
  /** Names and values in turn: `[name, value, name, value, ...]`, `Host` included. */
  readonly headers: ReadonlyArray<string>
  /**
   * What to send. A stream is pulled only as fast as the socket takes it, and gives exactly `length` bytes or fails. The bytes of a file's chunk may be
   * overwritten once the chunk was passed on to the socket: a connection that keeps bytes for longer copies them.
   */
  readonly body: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
  /** The length of a streamed body, which is then in `headers` too; `undefined` sends it chunked. */
  readonly length: number | undefined
  /** Milliseconds from the last byte sent to the head of the answer; `Infinity` for no limit. */
  readonly responseTimeoutMillis: number
  /** Milliseconds of silence inside the answer's body; `Infinity` for no limit. */
  readonly bodyTimeoutMillis: number
  /** The slowest the node may take the request's body; `undefined` for no limit. */
  readonly minRate?: { readonly bytesPerSecond: number; readonly windowMillis: number } | undefined
}

/**
 * The head of an answer, and its body to be pulled.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireAnswer {
  readonly status: number
  readonly headers: ResponseHeaders
  /** The next bytes of the body; fails with `Cause.Done` at its end. To be pulled by one fiber at a time. */
  readonly pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, ExchangeFailure>
}

/**
 * Why there is no connection or no (complete) answer, and how far the request got.
 *
 * @category errors
 * @since 0.1.0
 */
export class ExchangeFailure extends Data.TaggedError("ExchangeFailure")<{
  readonly reason: Reason
  readonly reached: Reached
}> {}

/**
 * Who is told of one exchange that is collected: `onHead`, then one of the others, or one of the others alone.
 *
 * @internal
 */
export interface Collector {
  /** Gives the most bytes of the body that are wanted. Must not begin another exchange. */
  readonly onHead: (status: number, headers: ResponseHeaders) => number
  /** Some bytes of the body arrived. */
  readonly onPart: (bytes: Uint8Array) => void
  readonly onBody: (bytes: Uint8Array) => void
  /** There are more bytes than wanted; the connection is destroyed. */
  readonly onTooMany: () => void
  readonly onFailure: (failure: ExchangeFailure) => void
}

/**
 * An open connection. It carries one exchange after another.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /** How long TCP and TLS took, in milliseconds. */
  readonly connectMillis: number
  /** Whether a further exchange may be begun: the connection is open and the one before is over. */
  readonly isReady: () => boolean
  /** Sends one request and waits for the head of its answer. Interruption destroys the connection at once. */
  readonly exchange: (request: WireRequest) => Effect.Effect<WireAnswer, ExchangeFailure>
  /**
   * Sends one request without a streamed body and collects its whole answer, without a fiber: the quick way of small calls. Not
   * every transport has it.
   *
   * @internal
   */
  readonly collect?: ((request: WireRequest, collector: Collector) => void) | undefined
  /** Destroys the connection at once, whatever it is doing. */
  readonly destroy: () => void
}
