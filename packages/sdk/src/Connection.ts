/**
 * The words for one connection and one exchange on it, below names, retries and credentials.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Stream from "effect/Stream"
import type { ProxyDialer, TlsDialer } from "./Dialer.ts"
import type { HcpError, Reached, Reason } from "./HcpError.ts"
import type { ResponseHeaders } from "./HcpHeaders.ts"

/**
 * Where to connect, and how: the dialled IP address is not the name that TLS verifies.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** The IP address to dial; the name of the system if the proxy resolves names. */
  readonly address: string
  readonly port: number
  /** The FQDN of the system: the TLS server name, and the name in errors. */
  readonly fqdn: string
  /** How TLS is made and verified, or `undefined` for plain HTTP. */
  readonly tls: TlsDialer | undefined
  /** The proxy through which to go, or `undefined` to connect to the node itself. */
  readonly proxy?: ProxyDialer | undefined
  /** TCP, proxy and TLS handshake together must be done within this time. */
  readonly connectTimeout: Duration.Duration
  /** TCP keep-alive: the idle time before the first probe, or `undefined` to send none. */
  readonly tcpKeepAlive: Duration.Duration | undefined
}

/** What a request has on the wire besides its body. */
interface RequestHead {
  readonly method: string
  /** The request target: path and query, percent-encoded. */
  readonly path: string
  /** Names and values in turn: `[name, value, name, value, ...]`, `Host` included. */
  readonly headers: ReadonlyArray<string>
  /** The length of the body in bytes; `undefined` sends it chunked. */
  readonly length: number | undefined
}

/**
 * A request as a handler of `Transport.layerHandler` sees it: everything is encoded and checked already.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireRequest extends RequestHead {
  /** What is sent. A stream fails if its source does. */
  readonly body: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
}

/**
 * A request as a connection gets it: everything is encoded and checked already.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionRequest extends RequestHead {
  /**
   * What to send. The parts of an iterable are asked for only as fast as the socket takes them; a rejection ends the
   * exchange. The memory of a part may be used again once the part after it was asked for and
   * {@link Connection.isFlushed} is true: a connection that keeps bytes for longer copies them.
   */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined
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
 * Receives the answer of one exchange: `onHead`, `onData` any number of times, then `onEnd` or `onFailure`; or
 * `onFailure` alone. Nothing comes before `exchange` has returned. A connection that is destroyed under an exchange
 * ends it with `onFailure`, after `destroy` has returned. A handler must not begin another exchange inside of these
 * calls.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExchangeHandler {
  /** The final status and the headers. Informational answers (1xx) are passed over. */
  readonly onHead: (status: number, headers: ResponseHeaders) => void
  readonly onData: (bytes: Uint8Array) => void
  /**
   * The answer is complete; the connection is free if `isReady` says so. `framing` is whether a length or chunks said
   * where the body ends, or only the end of the connection.
   */
  readonly onEnd: (framing: "stated" | "connection") => void
  readonly onFailure: (failure: ExchangeFailure) => void
  /** In place of `onFailure`: the transport itself has a defect. */
  readonly onDefect: (cause: Cause.Cause<never>) => void
}

/**
 * Holds an answer back, and lets it go on.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExchangeFlow {
  readonly pause: () => void
  readonly resume: () => void
}

/**
 * An open connection. It carries one exchange after another.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /** How long TCP and TLS took. */
  readonly connectTime: Duration.Duration
  /** Whether a further exchange may be begun: the connection is open and the one before is over. */
  readonly isReady: () => boolean
  /** Whether everything that was handed over has left this process. */
  readonly isFlushed: () => boolean
  /**
   * Sends one request and passes its answer to the handler. It knows no time-outs: whoever waits long enough destroys
   * the connection.
   */
  readonly exchange: (request: ConnectionRequest, handler: ExchangeHandler) => ExchangeFlow
  /** Destroys the connection at once, whatever it is doing. */
  readonly destroy: () => void
}
