/**
 * Opens the socket of a connection: TCP, a tunnel through a proxy and TLS where the endpoint has them. Interruption
 * destroys the socket at once.
 *
 * @internal
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import { type Endpoint, ExchangeFailure } from "../../Connection.ts"
import type { Tunnel } from "../../Dialer.ts"
import { Timeout } from "../../WireReason.ts"
import { classify, type NetworkContext } from "./nodeErrors.ts"

/** Opens a socket within the endpoint's `connectTimeoutMillis`. */
export const dial = (endpoint: Endpoint): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.suspend(() => {
    const millis = endpoint.connectTimeoutMillis
    let tunnel: Tunnel | undefined
    const opened = openSocket(endpoint, (pending) => {
      tunnel = pending
    })
    return Effect.timeoutOrElse(opened, {
      duration: millis,
      orElse: () => {
        const reason = tunnel?.timedOut(millis) ?? new Timeout({ phase: "connect", millis, address: endpoint.address })
        return Effect.fail(new ExchangeFailure({ reached: "nothing", reason }))
      }
    })
  })

/** `onTunnel` is called with the tunnel that is being made, and without one when that is over. */
const openSocket = (
  endpoint: Endpoint,
  onTunnel: (pending: Tunnel | undefined) => void
): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.callback((resume) => {
    const { address: host, port, proxy, tls } = endpoint
    const options = {
      noDelay: true,
      keepAlive: endpoint.tcpKeepAliveMillis !== undefined,
      keepAliveInitialDelay: endpoint.tcpKeepAliveMillis ?? 0
    }
    const done = (error: unknown) => {
      if (error === undefined) return resume(Effect.succeed(socket))
      socket.on("error", ignore)
      socket.destroy()
      const reason = classify(error, { ...contextOf(endpoint), phase: "connect" })
      resume(Effect.fail(new ExchangeFailure({ reason, reached: "nothing" })))
    }
    let socket: net.Socket
    if (proxy === undefined) {
      const address = { host, port, ...options }
      socket = tls === undefined ? dialTcp(address, done) : tls.connect(address, done)
    } else {
      const tunnel = proxy.connect(host, port, options, (error) => {
        onTunnel(undefined)
        if (error !== undefined || tls === undefined) return done(error)
        socket = tls.connect({ socket }, done)
      })
      onTunnel(tunnel)
      socket = tunnel.socket
    }
    return Effect.sync(() => {
      socket.on("error", ignore)
      socket.destroy()
    })
  })

const dialTcp = (address: net.TcpNetConnectOpts, done: (error: unknown) => void): net.Socket => {
  const socket = net.connect(address)
  socket.once("error", done)
  socket.once("connect", () => {
    socket.off("error", done)
    done(undefined)
  })
  return socket
}

/** An error of a socket nobody waits for. */
export const ignore = () => {}

/** What is known of an endpoint when something goes wrong there. */
export const contextOf = (endpoint: Endpoint): Omit<NetworkContext, "phase"> => ({
  fqdn: endpoint.fqdn,
  address: endpoint.address,
  port: endpoint.port,
  tls: endpoint.tls !== undefined,
  connectTimeout: endpoint.connectTimeoutMillis
})
