/**
 * Opens the socket of a connection: TCP, a tunnel through a proxy and TLS where the endpoint has them. Interruption
 * destroys the socket at once.
 *
 * @internal
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import { type Endpoint, ExchangeFailure } from "../../Connection.ts"
import type { Address, Socket, Tunnel } from "../../Dialer.ts"
import type { Reason } from "../../HcpError.ts"
import { InvalidInput, Timeout } from "../../WireReason.ts"
import { classify, type NetworkContext } from "./nodeErrors.ts"
import { isNodeSocket, nodeAddress } from "./nodeSocket.ts"

/** Opens a socket within the endpoint's `connectTimeout`. */
export const dial = (endpoint: Endpoint): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.suspend(() => {
    const limit = endpoint.connectTimeout
    let tunnel: Tunnel | undefined
    const opened = openSocket(endpoint, (pending) => {
      tunnel = pending
    })
    return Effect.timeoutOrElse(opened, {
      duration: limit,
      orElse: () => {
        const reason = tunnel?.timedOut(limit) ?? new Timeout({ phase: "connect", limit, address: endpoint.address })
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
    const { address: host, port, proxy, tcpKeepAlive, tls } = endpoint
    const address: Address = { host, port, keepAlive: tcpKeepAlive }
    const fail = (reason: Reason) => {
      socket.on("error", ignore)
      socket.destroy()
      resume(Effect.fail(new ExchangeFailure({ reason, reached: "nothing" })))
    }
    const done = (error: unknown) => {
      if (error !== undefined) return fail(classify(error, { ...contextOf(endpoint), phase: "connect" }))
      if (isNodeSocket(socket)) return resume(Effect.succeed(socket))
      fail(notOfNode(tls === undefined ? "proxy" : "tls"))
    }
    let socket: Socket
    if (proxy === undefined) {
      socket = tls === undefined ? dialTcp(address, done) : tls.connect(address, done)
    } else {
      const tunnel = proxy.connect(address, (error) => {
        onTunnel(undefined)
        if (error !== undefined || tls === undefined) return done(error)
        if (!isNodeSocket(socket)) return fail(notOfNode("proxy"))
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

const notOfNode = (field: "proxy" | "tls"): InvalidInput =>
  new InvalidInput({ field, detail: "its dialer gave something that is no net.Socket of Node" })

const dialTcp = (address: Address, done: (error: unknown) => void): Socket => {
  const socket = net.connect(nodeAddress(address))
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
  connectTimeout: endpoint.connectTimeout
})
