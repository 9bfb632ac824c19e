/**
 * Opens the socket of a connection: TCP, and TLS where the endpoint has it. Interruption destroys the socket at once.
 *
 * @internal
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import { type Endpoint, ExchangeFailure } from "../../Connection.ts"
import { Timeout } from "../../WireReason.ts"
import { classify, type NetworkContext } from "./nodeErrors.ts"

/** Opens a socket within the endpoint's `connectTimeoutMillis`. */
export const dial = (endpoint: Endpoint): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.timeoutOrElse(openSocket(endpoint), {
    duration: endpoint.connectTimeoutMillis,
    orElse: () =>
      Effect.fail(
        new ExchangeFailure({
          reached: "nothing",
          reason: new Timeout({ phase: "connect", millis: endpoint.connectTimeoutMillis, address: endpoint.address })
        })
      )
  })

const openSocket = (endpoint: Endpoint): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.callback((resume) => {
    const address = {
      host: endpoint.address,
      port: endpoint.port,
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
    const socket: net.Socket = endpoint.tls === undefined ? dialTcp(address, done) : endpoint.tls.connect(address, done)
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
