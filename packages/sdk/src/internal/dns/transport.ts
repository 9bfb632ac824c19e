/**
 * One exchange with one name server, over UDP or over TCP. The socket lives exactly as long as the effect: an answer,
 * an error and an interruption close it at once.
 *
 * @internal
 */
import * as Datagram from "node:dgram"
import * as Net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { ipVersion, type NameServer } from "./nameServer.ts"

/** A name server gave no answer. `isSilent`: it may only have been a lost packet, so asking it again makes sense. */
export class NameServerTrouble extends Data.TaggedError("NameServerTrouble")<{
  readonly detail: string
  readonly isSilent: boolean
}> {}

/** Sends `query` and hands every packet to `read` until that returns something. */
export type Exchange = <A>(
  server: NameServer,
  query: Uint8Array,
  read: (packet: Uint8Array) => A | undefined
) => Effect.Effect<A, NameServerTrouble>

/** How a question gets to a name server and the answer back. */
export interface DnsTransport {
  readonly udp: Exchange
  readonly tcp: Exchange
}

const trouble = (protocol: string, error: NodeJS.ErrnoException) =>
  Effect.fail(new NameServerTrouble({ detail: `${error.code ?? error.message} (${protocol})`, isSilent: false }))

const udp: Exchange = (server, query, read) =>
  Effect.callback((resume) => {
    const family = ipVersion(server.address) === 6 ? 6 : 4
    const socket = Datagram.createSocket({
      type: family === 6 ? "udp6" : "udp4",
      // The address is a literal: the operating system's resolver has no part in this.
      lookup: (address, _options, done) => done(null, address, family)
    })
    let isOpen = true
    const close = () => {
      if (!isOpen) return
      isOpen = false
      socket.close()
    }
    const fail = (error: Error) => {
      close()
      resume(trouble("UDP", error))
    }
    socket.on("error", fail)
    socket.on("message", (packet) => {
      if (!isOpen) return
      const value = read(packet)
      if (value === undefined) return
      close()
      resume(Effect.succeed(value))
    })
    // A connected socket has a random port of its own, the kernel drops what does not come from the server's address
    // and port, and "port unreachable" arrives as an error instead of as silence.
    socket.connect(server.port, server.address, () => {
      if (isOpen) socket.send(query, (error) => (error === null || !isOpen ? undefined : fail(error)))
    })
    return Effect.sync(close)
  })

/**
 * Puts a TCP stream together to DNS messages, each with a length of two bytes before it (RFC 1035 section 4.2.2),
 * however the bytes are split.
 */
export const makeFrames = (onFrame: (frame: Uint8Array) => void): ((chunk: Uint8Array) => void) => {
  let lengthBytes = 0
  let length = 0
  let frame = new Uint8Array(0)
  let filled = 0
  return (chunk) => {
    let offset = 0
    for (;;) {
      if (lengthBytes === 2 && filled === length) {
        onFrame(frame)
        lengthBytes = 0
        length = 0
      }
      const byte = chunk[offset]
      if (byte === undefined) return
      if (lengthBytes < 2) {
        length = length * 256 + byte
        lengthBytes++
        offset++
        if (lengthBytes === 2) {
          frame = new Uint8Array(length)
          filled = 0
        }
      } else {
        const part = chunk.subarray(offset, offset + length - filled)
        frame.set(part, filled)
        filled += part.length
        offset += part.length
      }
    }
  }
}

const tcp: Exchange = (server, query, read) =>
  Effect.callback((resume) => {
    const socket = Net.connect({ host: server.address, port: server.port, noDelay: true })
    let isOpen = true
    const end = (effect: Parameters<typeof resume>[0]) => {
      if (!isOpen) return
      isOpen = false
      socket.destroy()
      resume(effect)
    }
    socket.on("connect", () => {
      const message = Buffer.alloc(2 + query.length)
      message.writeUInt16BE(query.length)
      message.set(query, 2)
      socket.write(message)
    })
    socket.on(
      "data",
      makeFrames((frame) => {
        const value = read(frame)
        if (value !== undefined) end(Effect.succeed(value))
      })
    )
    socket.on("error", (error) => end(trouble("TCP", error)))
    socket.on("close", () =>
      end(
        Effect.fail(new NameServerTrouble({ detail: "closed the connection before its answer (TCP)", isSilent: false }))
      )
    )
    return Effect.sync(() => {
      isOpen = false
      socket.destroy()
    })
  })

/** Real sockets: for UDP a new one with a port of its own for every query. */
export const sockets: DnsTransport = { udp, tcp }
