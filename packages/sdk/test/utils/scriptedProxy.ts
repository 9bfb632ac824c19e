import * as net from "node:net"
import { Effect } from "effect"

/** One `CONNECT` that arrived. */
export interface Arrival {
  /** What it asked for, as `host:port`. */
  readonly authority: string
  /** The head as it came. */
  readonly head: string
  readonly socket: net.Socket
}

/** What the proxy does with one `CONNECT`. */
export type Step = (arrival: Arrival) => void

export interface ScriptedProxy {
  /** Where it listens, as a target is told. */
  readonly at: { readonly host: string; readonly port: number }
  /** `host:port`, as errors show it. */
  readonly label: string
  readonly arrivals: ReadonlyArray<Arrival>
  /** Steps left over, less requests that had no step: zero if the script was used up exactly. */
  readonly unused: () => number
  /** Connections open now. */
  readonly open: () => number
  /** Waits until something is so, looking again whenever anything happens here. */
  readonly until: (condition: () => boolean) => Effect.Effect<void>
}

/** Sends these bytes, each part in a turn of its own. */
export const says =
  (...parts: ReadonlyArray<string | Uint8Array>): Step =>
  ({ socket }) => {
    const [first, ...others] = parts
    if (first !== undefined) {
      socket.write(first, () => setImmediate(() => says(...others)({ authority: "", head: "", socket })))
    }
  }

export const silent: Step = () => undefined
export const hangsUp: Step = ({ socket }) => void socket.end()
export const resets: Step = ({ socket }) => void socket.resetAndDestroy()

export const established = "HTTP/1.1 200 Connection established\r\n\r\n"

/** Leads to where it was asked for, names by this list; says 503 if nobody is there. */
export const tunnels =
  (hosts: Readonly<Record<string, string>> = {}, ...answer: ReadonlyArray<string>): Step =>
  ({ authority, head, socket }) => {
    const colon = authority.lastIndexOf(":")
    const host = authority.slice(0, colon)
    const onward = net.connect({ host: hosts[host] ?? host, port: Number(authority.slice(colon + 1)) }, () => {
      const parts = answer.length === 0 ? [established] : answer
      says(...parts)({ authority, head, socket })
      socket.pipe(onward)
      onward.pipe(socket)
    })
    onward.on("error", () => socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
    socket.on("close", () => onward.destroy())
    onward.on("close", () => socket.destroy())
  }

/** A proxy on 127.0.0.1 that does one step of its script for each `CONNECT`. */
export const make = Effect.fnUntraced(function* (script: ReadonlyArray<Step>) {
  const arrivals: Array<Arrival> = []
  const sockets = new Set<net.Socket>()
  const waiters = new Set<() => void>()
  const changed = () => {
    for (const look of waiters) look()
  }
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => {
      sockets.delete(socket)
      changed()
    })
    let head = ""
    const read = (chunk: Buffer) => {
      head += chunk.toString("latin1")
      if (!head.includes("\r\n\r\n")) return
      socket.off("data", read)
      const arrival = { authority: /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? "", head, socket }
      arrivals.push(arrival)
      script[arrivals.length - 1]?.(arrival)
      changed()
    }
    socket.on("data", read)
    changed()
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const proxy: ScriptedProxy = {
    at: { host: "127.0.0.1", port },
    label: `127.0.0.1:${port}`,
    arrivals,
    unused: () => script.length - arrivals.length,
    open: () => sockets.size,
    until: (condition) =>
      Effect.callback<void>((resume) => {
        const look = () => {
          if (!condition()) return
          waiters.delete(look)
          resume(Effect.void)
        }
        waiters.add(look)
        look()
        return Effect.sync(() => waiters.delete(look))
      })
  }
  return proxy
})
