import * as Datagram from "node:dgram"
import * as Net from "node:net"
import { Effect } from "effect"

const taken = (error: NodeJS.ErrnoException) =>
  error.code === "EADDRINUSE" ? Effect.fail("taken" as const) : Effect.die(error)

/** A port of an address that nobody listens on, over TCP as little as over UDP. */
export const freePort = (address = "127.0.0.1"): Effect.Effect<number> =>
  Effect.callback<number, "taken">((resume) => {
    const server = Net.createServer()
    const socket = Datagram.createSocket(address.includes(":") ? "udp6" : "udp4")
    const close = (result: Effect.Effect<number, "taken">) => server.close(() => socket.close(() => resume(result)))
    server.once("error", (error) => resume(Effect.die(error)))
    // The system gives a port that is free over TCP; another program may have it over UDP.
    server.listen(0, address, () => {
      const bound = server.address()
      const port = typeof bound === "object" && bound !== null ? bound.port : 0
      socket.once("error", (error) => close(taken(error)))
      socket.bind(port, address, () => close(Effect.succeed(port)))
    })
  }).pipe(Effect.eventually)
