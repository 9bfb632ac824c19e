import * as crypto from "node:crypto"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { Effect, type Scope } from "effect"

/** A request that arrived, while and after it is read. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly request: http.IncomingMessage
  /** What is written to it goes out as it is. */
  readonly socket: net.Socket
  /** Bytes of the body read so far. */
  received: number
  /** Whether the body was read to its end. */
  whole: boolean
  /** The body as text, as far as it was read. */
  text: string
}

/** What the node does with one request, or with one connection before any request. */
export type Step = ((arrival: Arrival) => void) | { readonly accept: (socket: net.Socket) => void }

type Bytes = string | Uint8Array

export interface FaultNode {
  readonly address: string
  readonly port: number
  readonly arrivals: ReadonlyArray<Arrival>
  /** Connections ever accepted. */
  readonly connections: () => number
  /** Connections open now. */
  readonly open: () => number
  /** Steps left over, less requests that had no step: zero if the script was used up exactly. */
  readonly unused: () => number
  /** Waits until something is so, looking again whenever anything happens here. */
  readonly until: (condition: () => boolean) => Effect.Effect<void>
}

/**
 * The same bytes, with a header by which clients know that HCP answered where they begin the final answer to a request.
 */
export const marked = (bytes: Bytes): Bytes =>
  typeof bytes === "string" ? bytes.replace(/^(HTTP\/1\.1 [2-5]\d\d[^\r\n]*\r\n)/, "$1X-RequestId: 1\r\n") : bytes

/** Whatever is written to a connection of a node has HCP's mark. */
const markAnswers = (socket: net.Socket): void => {
  const write = socket.write.bind(socket)
  const end = socket.end.bind(socket)
  Object.assign(socket, {
    write: (bytes: Bytes, written?: (error?: Error | null) => void) => write(marked(bytes), written),
    end: (bytes?: Bytes) => (bytes === undefined ? end() : end(marked(bytes)))
  })
}

const writeAll = (socket: net.Socket, [first, ...rest]: ReadonlyArray<Bytes>, then: () => void): void => {
  if (first === undefined) then()
  // One segment each: the next is written when the one before has left.
  else socket.write(first, () => setImmediate(() => writeAll(socket, rest, then)))
}

const whenWhole = (arrival: Arrival, then: () => void): void => {
  if (arrival.request.complete && arrival.request.readableLength === 0) then()
  else arrival.request.once("end", then)
}

/** An answer with a length. */
export const answer = (status: number, body: string = "", headers: ReadonlyArray<string> = []): string =>
  [`HTTP/1.1 ${status} Whatever`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, "", body].join("\r\n")

/** Writes these bytes, each in its own segment, once the whole request is there. */
export const raw =
  (...parts: ReadonlyArray<Bytes>): Step =>
  (arrival) =>
    whenWhole(arrival, () => writeAll(arrival.socket, parts, () => undefined))

export const reply = (status: number, body?: string, headers?: ReadonlyArray<string>): Step =>
  raw(answer(status, body, headers))

/** Writes these bytes as soon as the head of the request is there. */
export const early =
  (...parts: ReadonlyArray<Bytes>): Step =>
  (arrival) =>
    writeAll(arrival.socket, parts, () => undefined)

/** Writes these bytes and ends its half of the connection. */
export const fin =
  (...parts: ReadonlyArray<Bytes>): Step =>
  (arrival) =>
    whenWhole(arrival, () => writeAll(arrival.socket, parts, () => arrival.socket.end()))

/** Writes these bytes and resets the connection. */
export const rst =
  (...parts: ReadonlyArray<Bytes>): Step =>
  (arrival) =>
    whenWhole(arrival, () => writeAll(arrival.socket, parts, () => arrival.socket.resetAndDestroy()))

export const rstAtAccept: Step = { accept: (socket) => void socket.resetAndDestroy() }

/** Accepts and reads, and says nothing: not even a TLS handshake. */
export const muteAtAccept: Step = { accept: (socket) => void socket.resume() }

/** Says nothing. */
export const mute: Step = () => undefined

/** Reads nothing of the body, and says nothing. */
export const deaf: Step = ({ request }) => void request.pause()

/** Reads the body a piece at a time with a pause after each, then answers. */
export const readSlowly =
  (pauseMillis: number, answer: Bytes): Step =>
  (arrival) => {
    const { request } = arrival
    request.on("data", () => {
      request.pause()
      setTimeout(() => request.resume(), pauseMillis)
    })
    whenWhole(arrival, () => arrival.socket.write(answer))
  }

/** Reads the body with a pause after every so many bytes, and answers 201 with the SHA-256 of what it got. */
export const storeSlowly =
  (bytes: number, pauseMillis: number): Step =>
  ({ request, socket }) => {
    const hash = crypto.createHash("sha256")
    let sincePause = 0
    request.on("data", (chunk: Buffer) => {
      hash.update(chunk)
      sincePause += chunk.length
      if (sincePause < bytes) return
      sincePause = 0
      request.pause()
      setTimeout(() => request.resume(), pauseMillis)
    })
    request.once("end", () => socket.write(answer(201, hash.digest("hex"))))
  }

/** Writes one byte after another, with a pause before each. */
export const drip =
  (given: string, pauseMillis: number): Step =>
  ({ socket }) => {
    const bytes = String(marked(given))
    let at = 0
    const timer = setInterval(() => {
      socket.write(bytes.slice(at, at + 1))
      at++
      if (at === bytes.length) clearInterval(timer)
    }, pauseMillis)
    socket.once("close", () => clearInterval(timer))
  }

/** Answers 200 and writes this many bytes as fast as they are taken; `progress` is told how many were. */
export const flood =
  (bytes: number, progress: (written: number) => void): Step =>
  ({ socket }) => {
    const block = Buffer.alloc(64 * 1024, 0x61)
    let written = 0
    const more = () => {
      while (written < bytes) {
        written += block.length
        if (!socket.write(block, () => progress(written - socket.writableLength))) {
          socket.once("drain", more)
          return
        }
      }
    }
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
    more()
  }

/** A node on a free loopback port that does one step of its script for each request. */
export const make = (
  script: ReadonlyArray<Step>,
  options: {
    readonly address?: string
    readonly port?: number
    readonly tls?: { readonly key: string; readonly certificate: string }
    /** What listens in front of the parser of HTTP, and hands it the connections it took. */
    readonly wrap?: (parsing: http.Server) => net.Server
  } = {}
): Effect.Effect<FaultNode, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Running>((resume) => {
        const running = start(script, options)
        running.server.listen(options.port ?? 0, options.address ?? "127.0.0.1", () => resume(Effect.succeed(running)))
      }),
      ({ server, sockets }) =>
        Effect.callback<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    ),
    (running): FaultNode => {
      const bound = running.server.address()
      return {
        address: options.address ?? "127.0.0.1",
        port: typeof bound === "object" && bound !== null ? bound.port : 0,
        arrivals: running.arrivals,
        connections: () => running.connections,
        open: () => running.sockets.size,
        unused: () => script.length - running.steps,
        until: (condition) =>
          Effect.callback((resume) => {
            const look = () => {
              if (condition()) {
                running.watchers.delete(look)
                resume(Effect.void)
              }
            }
            running.watchers.add(look)
            look()
            return Effect.sync(() => running.watchers.delete(look))
          })
      }
    }
  )

interface Running {
  readonly server: net.Server
  readonly arrivals: Array<Arrival>
  readonly sockets: Set<net.Socket>
  /** The connections whose answers are marked. */
  readonly marked: WeakSet<net.Socket>
  readonly watchers: Set<() => void>
  connections: number
  steps: number
}

const start = (
  script: ReadonlyArray<Step>,
  {
    tls,
    wrap
  }: {
    readonly tls?: { readonly key: string; readonly certificate: string }
    readonly wrap?: (parsing: http.Server) => net.Server
  }
): Running => {
  const parsing = tls === undefined ? http.createServer() : https.createServer({ key: tls.key, cert: tls.certificate })
  const running: Running = {
    server: net.createServer(),
    arrivals: [],
    sockets: new Set(),
    marked: new WeakSet(),
    watchers: new Set(),
    connections: 0,
    steps: 0
  }
  const front = wrap?.(parsing).on("tlsClientError", () => undefined) ?? parsing
  const happened = () => {
    for (const look of [...running.watchers]) look()
  }
  running.server.on("connection", (socket: net.Socket) => {
    running.connections++
    running.sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => {
      running.sockets.delete(socket)
      happened()
    })
    const step = script[running.steps]
    if (typeof step === "object") {
      running.steps++
      step.accept(socket)
    } else {
      front.emit("connection", socket)
    }
    happened()
  })
  parsing.on("tlsClientError", () => undefined)
  parsing.on("clientError", (_error, socket) => void socket.destroy())
  parsing.on("request", (request: http.IncomingMessage) => {
    const arrival: Arrival = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      request,
      socket: request.socket,
      received: 0,
      whole: false,
      text: ""
    }
    request.on("data", (chunk: Buffer) => {
      arrival.received += chunk.length
      if (arrival.text.length < 65_536) arrival.text += chunk.toString("latin1")
      happened()
    })
    request.on("end", () => {
      arrival.whole = true
      happened()
    })
    request.on("error", () => undefined)
    if (!running.marked.has(request.socket)) {
      running.marked.add(request.socket)
      markAnswers(request.socket)
    }
    running.arrivals.push(arrival)
    const step = script[running.steps]
    running.steps++
    if (typeof step === "function") step(arrival)
    else request.socket.destroy()
    happened()
  })
  return running
}
