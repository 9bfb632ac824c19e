/**
 * Opens listeners, and says in one line why one could not be opened.
 *
 * @internal
 */
import type * as Dgram from "node:dgram"
import type * as Net from "node:net"
import * as Os from "node:os"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { SimulatorError } from "../SimulatorError.ts"

/** Listens on one address and port (0 = a free one) and gives the port. */
export const listenTcp = (server: Net.Server, address: string, port: number): Effect.Effect<number, SimulatorError> =>
  Effect.callback((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(cannotListen(address, port, cause)))
    server.once("error", onError)
    server.listen({ host: address, port, backlog: 1024 }, () => {
      server.off("error", onError)
      const bound = server.address()
      resume(Effect.succeed(bound === null || typeof bound === "string" ? port : bound.port))
    })
  })

/** Binds one address and port (0 = a free one) and gives the port. */
export const bindUdp = (socket: Dgram.Socket, address: string, port: number): Effect.Effect<number, SimulatorError> =>
  Effect.callback((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(cannotListen(address, port, cause)))
    socket.once("error", onError)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off("error", onError)
      resume(Effect.succeed(socket.address().port))
    })
  })

/** Stops listening; connections that are open are the caller's to end. */
export const closeServer = (server: Net.Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
  })

/** Whether the port was taken, so that another one may do. */
export const isTaken = (error: SimulatorError): boolean => errorCode(error.cause) === "EADDRINUSE"

const errorCode = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined

const cannotListen = (address: string, port: number, cause: Error): SimulatorError => {
  const code = errorCode(cause)
  const where = `${address}:${port}`
  const message =
    code === "EADDRINUSE"
      ? `Cannot listen on ${where}: the port is taken by another process. End it or choose another port.`
      : code === "EACCES"
        ? `Cannot listen on ${where}: ports below 1024 need more rights. ` +
          "Run as an administrator or choose a higher port."
        : code === "EADDRNOTAVAIL"
          ? `Cannot listen on ${where}: this machine does not have that address. ` +
            `Add it, and those of the other nodes, ${addressHint(address)}`
          : `Cannot listen on ${where}: ${cause.message}`
  return new SimulatorError({ reason: "network", message, cause })
}

const addressHint = (address: string): string =>
  Os.platform() === "linux"
    ? `with: sudo ip address add ${address}/32 dev lo`
    : `with: sudo ifconfig lo0 alias ${address} up`
