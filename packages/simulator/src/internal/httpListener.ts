/**
 * One HTTP or HTTPS listener that can be closed and opened again, and that knows all of its connections.
 *
 * @internal
 */
import * as Http from "node:http"
import * as Https from "node:https"
import type * as Net from "node:net"
import * as Tls from "node:tls"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { Identity } from "../CertificateAuthority.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { closeServer, listenTcp } from "./listen.ts"

/** One request with its response, and the ways to break the connection. */
export interface Exchange {
  readonly request: Http.IncomingMessage
  readonly response: Http.ServerResponse
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
  /**
   * From the connection, the handshake of TLS included, until its first request had come; undefined for a later one.
   */
  readonly connecting: Duration.Duration | undefined
  /** Ends the connection with a TCP reset, below TLS if there is any. */
  readonly reset: () => void
}

interface HttpListenerOptions {
  /** Present for HTTPS: PEM. */
  readonly tls?: Identity | undefined
  /** The identity to show under a name that a client asks for; undefined for that of `tls`. */
  readonly identityFor?: ((name: string) => Effect.Effect<Identity | undefined>) | undefined
  /** How long an idle connection stays open. */
  readonly keepAliveMillis: number
  /** Handles one exchange; interrupted when the client goes away or the listener is closed. */
  readonly handle: (exchange: Exchange) => Effect.Effect<void>
}

export interface HttpListener {
  /** Listens on the address and port (0 = a free one) and gives the port. */
  readonly open: (address: string, port: number) => Effect.Effect<number, SimulatorError>
  /** Stops listening and resets every connection. */
  readonly close: Effect.Effect<void>
  readonly connections: () => number
}

/** Requests with a path above HCP's limit must reach the gateway, which answers 414. */
const maxHeaderSize = 64 * 1024
const minVersion = "TLSv1.2"
/** Bigger steps make a large body cheaper: fewer turns through the handler for the same bytes. */
const highWaterMark = 256 * 1024

/** A listener that is not open yet. It is closed with the scope. */
export const make = Effect.fnUntraced(function* (
  options: HttpListenerOptions
): Effect.fn.Return<HttpListener, never, Scope.Scope> {
  const settings: Http.ServerOptions = {
    keepAliveTimeout: options.keepAliveMillis,
    // An upload may take as long as it likes; only the head of a request is under a limit.
    requestTimeout: 0,
    headersTimeout: 60_000,
    requireHostHeader: false,
    maxHeaderSize,
    highWaterMark
  }
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime<never, void, never>()
  const { identityFor = () => Effect.undefined } = options
  const contextFor = (name: string, resume: (error: Error | null, context?: Tls.SecureContext) => void): void => {
    run(
      Effect.map(identityFor(name), (identity) =>
        resume(
          null,
          identity === undefined
            ? undefined
            : Tls.createSecureContext({ key: identity.key, cert: identity.certificate, minVersion })
        )
      )
    )
  }
  const server =
    options.tls === undefined
      ? Http.createServer(settings)
      : Https.createServer({
          ...settings,
          key: options.tls.key,
          cert: options.tls.certificate,
          minVersion,
          SNICallback: contextFor
        })
  const sockets = new Map<string, Net.Socket>()
  /** When the connections came that have had no request yet. */
  const opened = new Map<string, bigint>()

  const close = Effect.suspend(() => {
    if (!server.listening) return Effect.void
    const closed = closeServer(server)
    for (const socket of sockets.values()) socket.resetAndDestroy()
    return closed
  })
  // Before the handlers are interrupted, as they would end their connections in an orderly way.
  yield* Effect.addFinalizer(() => close)

  server.on("connection", (socket: Net.Socket) => {
    const peer = peerOf(socket)
    sockets.set(peer, socket)
    opened.set(peer, clock.monotonicTimeNanosUnsafe())
    socket.once("close", () => {
      if (sockets.get(peer) !== socket) return
      sockets.delete(peer)
      opened.delete(peer)
    })
  })

  const serve = (request: Http.IncomingMessage, response: Http.ServerResponse, expectsContinue: boolean) => {
    const { socket } = request
    // A TLS socket cannot send a reset, the one below it can; both have the same peer.
    const reset = () => void (sockets.get(peerOf(socket)) ?? socket).resetAndDestroy()
    const peer = peerOf(socket)
    const since = opened.get(peer)
    opened.delete(peer)
    const connecting = since === undefined ? undefined : Duration.nanos(clock.monotonicTimeNanosUnsafe() - since)
    const fiber = run(options.handle({ request, response, expectsContinue, connecting, reset }))
    response.once("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
  }
  server.on("request", (request, response) => serve(request, response, false))
  server.on("checkContinue", (request, response) => serve(request, response, true))

  return { open: (address, port) => listenTcp(server, address, port), close, connections: () => sockets.size }
})

const peerOf = (socket: Net.Socket): string => `${socket.remoteAddress}:${socket.remotePort}`
