import * as Datagram from "node:dgram"
import * as Net from "node:net"
import type * as DnsPacket from "dns-packet"
import { Effect } from "effect"
import { makeFrames } from "../../src/internal/dns/transport.ts"
import { hasEdns, questionOf, type ReplyOptions, replyTo } from "./dnsPackets.ts"

/** One query that arrived, and the ways to answer it. */
export interface Arrival {
  readonly protocol: "UDP" | "TCP"
  readonly question: DnsPacket.Question
  readonly bytes: Uint8Array
  readonly edns: boolean
  readonly clientPort: number
  readonly send: (packet: Uint8Array) => void
  /** UDP only: from another port of the same address. */
  readonly sendFromElsewhere: (packet: Uint8Array) => void
  /** TCP only: these writes one after another, then the end of the stream. */
  readonly write: (...parts: ReadonlyArray<Uint8Array>) => void
}

export type Step = (query: Arrival) => void

export const reply =
  (options: ReplyOptions): Step =>
  (query) =>
    query.send(replyTo(query.bytes, options))

export const answer =
  (...answers: ReadonlyArray<DnsPacket.Answer>): Step =>
  (query) =>
    query.send(replyTo(query.bytes, { answers }))

export const drop: Step = () => undefined

export interface ScriptedNameServer {
  /** `address:port`, for the option `nameServers`. */
  readonly label: string
  readonly arrivals: ReadonlyArray<Arrival>
  /** Steps left over, less queries that had no step: zero if the script was used up exactly. */
  readonly unused: () => number
}

const framed = (packet: Uint8Array): Uint8Array => {
  const buffer = Buffer.alloc(2 + packet.length)
  buffer.writeUInt16BE(packet.length)
  buffer.set(packet, 2)
  return buffer
}

/** A name server on UDP and TCP of one loopback port that does one step of its script for each query. */
export const make = Effect.fnUntraced(function* (
  script: ReadonlyArray<Step>,
  options: { readonly tcp?: boolean; readonly address?: "127.0.0.1" | "::1" } = {}
) {
  const { address = "127.0.0.1" } = options
  const arrivals: Array<Arrival> = []
  const arrive = (arrival: Arrival) => {
    arrivals.push(arrival)
    script[arrivals.length - 1]?.(arrival)
  }
  const tcp = yield* Effect.acquireRelease(
    Effect.callback<{ server: Net.Server; open: Set<Net.Socket> }>((resume) => {
      const open = new Set<Net.Socket>()
      const server = Net.createServer((socket) => {
        open.add(socket)
        socket.on("close", () => open.delete(socket))
        socket.on("error", () => undefined)
        socket.on(
          "data",
          makeFrames((bytes) => {
            const writeAll = ([first, ...rest]: ReadonlyArray<Uint8Array>): void => {
              if (first === undefined) socket.end()
              else socket.write(first, () => writeAll(rest))
            }
            arrive({
              protocol: "TCP",
              bytes,
              question: questionOf(bytes),
              edns: hasEdns(bytes),
              clientPort: socket.remotePort ?? 0,
              send: (packet) => socket.write(framed(packet)),
              sendFromElsewhere: () => undefined,
              write: (...parts) => writeAll(parts)
            })
          })
        )
      })
      server.listen(0, address, () => resume(Effect.succeed({ server, open })))
    }),
    ({ server, open }) =>
      Effect.callback<void>((resume) => {
        for (const socket of open) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
  const bound = tcp.server.address()
  const port = typeof bound === "object" && bound !== null ? bound.port : 0
  if (options.tcp === false) tcp.server.close()
  const udp = yield* datagramSocket(port, address)
  const elsewhere = yield* datagramSocket(0, address)
  udp.on("message", (bytes, from) =>
    arrive({
      protocol: "UDP",
      bytes,
      question: questionOf(bytes),
      edns: hasEdns(bytes),
      clientPort: from.port,
      send: (packet) => udp.send(packet, from.port, from.address),
      sendFromElsewhere: (packet) => elsewhere.send(packet, from.port, from.address),
      write: () => undefined
    })
  )
  const server: ScriptedNameServer = {
    label: address === "::1" ? `[::1]:${port}` : `${address}:${port}`,
    arrivals,
    unused: () => script.length - arrivals.length
  }
  return server
})

const datagramSocket = (port: number, address: string) =>
  Effect.acquireRelease(
    Effect.callback<Datagram.Socket>((resume) => {
      const socket = Datagram.createSocket(address.includes(":") ? "udp6" : "udp4")
      socket.bind(port, address, () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
  )
