/**
 * An authoritative DNS name server for the domains of simulated systems, over UDP and TCP.
 *
 * It answers A queries for every name of a system with all of its nodes, in rotating order and with a short time to
 * live, as HCP's own name service does. Names it does not know get NXDOMAIN with the SOA record, foreign domains
 * REFUSED, AAAA an empty answer.
 *
 * @since 0.1.0
 */

import * as Dgram from "node:dgram"
import * as Net from "node:net"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as DnsPacket from "dns-packet"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { NameServerFault } from "./Faults.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import { bindUdp, closeServer, listenTcp } from "./internal/listen.ts"
import * as NameReplies from "./internal/nameReplies.ts"
import { nameServerKinds } from "./internal/optionKinds.ts"
import { retryTaken } from "./internal/placement.ts"
import { payloadLimit, truncated } from "./internal/zoneAnswer.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { Query, Zone } from "./Zone.ts"

export type { Query, Zone }

/**
 * What a name server answers, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface NameServerOptions {
  /** Asked once per query, so that names may move while the server runs. */
  readonly zones: Effect.Effect<ReadonlyArray<Zone>>
  /** What hits a query for a name (lower case), if anything. Default nothing. */
  readonly fault?: ((name: string) => Effect.Effect<NameServerFault | undefined>) | undefined
  /** Default `127.0.0.1`. */
  readonly address?: string | undefined
  /** For both UDP and TCP. Default 0: a free one. */
  readonly port?: number | undefined
  /** Time to live of the answers, in whole seconds. Default 5 seconds. */
  readonly ttl?: Duration.Input | undefined
}

/**
 * A running name server.
 *
 * @category models
 * @since 0.1.0
 */
export interface NameServer {
  readonly address: string
  readonly port: number
  /** How many queries came since the start. */
  readonly count: Effect.Effect<number>
  /** The latest 1,000 queries, oldest first. */
  readonly log: Effect.Effect<ReadonlyArray<Query>>
}

type Run = (effect: Effect.Effect<void>) => unknown

const kinds: KindsOf<NameServerOptions> = nameServerKinds

const idleMillis = 10_000

/**
 * Starts a name server that lives as long as the scope.
 *
 * Fails with reason `network` when the port cannot be opened. What is not a DNS query is dropped.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: NameServerOptions
): Effect.fn.Return<NameServer, SimulatorError, Scope.Scope> {
  yield* checkOptions(options, kinds, { required: ["zones"] })
  const address = options.address ?? "127.0.0.1"
  const replies = NameReplies.make({ ...options, address })

  /** The response to a message, or nothing where silence is the answer. */
  const reply = Effect.fnUntraced(function* (message: Buffer, transport: "udp" | "tcp") {
    const query = decode(message)
    if (query === undefined) return undefined
    const response = yield* replies.reply(query, transport)
    if (response === undefined) return undefined
    const bytes = encode(response)
    return bytes !== undefined && transport === "udp" && bytes.length > payloadLimit(query)
      ? encode(truncated(query))
      : bytes
  })

  const serveUdp = (socket: Dgram.Socket, run: Run) => {
    socket.on("message", (message, peer) => {
      run(
        Effect.map(reply(message, "udp"), (bytes) => {
          if (bytes !== undefined) socket.send(bytes, peer.port, peer.address)
        })
      )
    })
    // An ICMP message about a client that has gone is not ours to handle.
    socket.on("error", () => {})
  }

  const serveTcp = (socket: Net.Socket, run: Run) => {
    let pending: Buffer = Buffer.alloc(0)
    socket.setTimeout(idleMillis, () => socket.destroy())
    socket.on("error", () => socket.destroy())
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0)
        const message = pending.subarray(2, end)
        pending = pending.subarray(end)
        run(
          Effect.map(reply(message, "tcp"), (bytes) => {
            if (bytes !== undefined && socket.writable) socket.write(framed(bytes))
          })
        )
      }
    })
  }

  const open = Effect.gen(function* () {
    const udp = yield* Effect.acquireRelease(
      Effect.sync(() => Dgram.createSocket("udp4")),
      (socket) => Effect.sync(() => socket.close())
    )
    const connections = new Set<Net.Socket>()
    const tcp = yield* Effect.acquireRelease(
      Effect.sync(() => Net.createServer()),
      (server) =>
        Effect.suspend(() => {
          for (const socket of connections) socket.destroy()
          return closeServer(server)
        })
    )
    // After the sockets, so that no reply is under way any more when they close.
    const run: Run = yield* FiberSet.makeRuntime<never, void, never>()
    const port = yield* bindUdp(udp, address, options.port ?? 0)
    serveUdp(udp, run)
    tcp.on("connection", (socket) => {
      connections.add(socket)
      socket.once("close", () => connections.delete(socket))
      serveTcp(socket, run)
    })
    yield* listenTcp(tcp, address, port)
    return port
  })
  // A port that is free for UDP may be taken for TCP.
  const port = yield* retryTaken(open, (options.port ?? 0) === 0)
  return { address, port, count: replies.count, log: replies.log }
})

/** A query, or nothing: junk and responses are dropped, as answering them would let two servers talk for ever. */
const decode = (message: Buffer): DnsPacket.Packet | undefined => {
  try {
    const packet = DnsPacket.decode(message)
    return packet.type === "query" ? packet : undefined
  } catch {
    return undefined
  }
}

const encode = (packet: DnsPacket.Packet): Buffer | undefined => {
  try {
    return DnsPacket.encode(packet)
  } catch {
    return undefined
  }
}

const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
