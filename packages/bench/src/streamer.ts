/**
 * The other side of large objects: a raw `node:net` server that sends as many bytes as it is asked for, and throws away
 * what it is sent.
 *
 * `GET /rest/<n>` is answered with `n` bytes, as fast as they are taken. Of a PUT no more than about 400 MB are read a
 * second, but as much as comes below `/rest/fast/`. Below `/rest/hashed/` it is as fast, and answers of both kinds tell
 * the SHA-256 of the bytes, which are always the same.
 *
 * Argument: the identity for TLS as JSON, or none for plain HTTP.
 */
import type * as Net from "node:net"
import { sendBlocks } from "./blocks.ts"
import { hashesOf } from "./hashes.ts"
import { servedAlone } from "./servedAlone.ts"

const pauseEvery = 4 * 1024 * 1024
const pauseMillis = 10
const endOfHead = "\r\n\r\n"

/** As HCP tells it. */
const hashHeader = (bytes: number): string => `X-HCP-Hash: SHA-256 ${hashesOf(bytes).sha256.toUpperCase()}\r\n`

const serve = (socket: Net.Socket): void => {
  let head = ""
  /** Bytes of an upload that are still to come; `undefined` between requests. */
  let upload: number | undefined
  let sincePause = 0
  let isSlow = false
  let stored = ""

  const take = (bytes: number): void => {
    if (upload === undefined) return
    upload -= bytes
    sincePause += bytes
    if (upload <= 0) {
      upload = undefined
      socket.write(`HTTP/1.1 201 Created\r\nX-RequestId: 1\r\n${stored}Content-Length: 0\r\n\r\n`)
    } else if (isSlow && sincePause >= pauseEvery) {
      sincePause = 0
      socket.pause()
      setTimeout(() => socket.resume(), pauseMillis)
    }
  }

  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk: Buffer) => {
    if (upload !== undefined) return take(chunk.length)
    head += chunk.toString("latin1")
    const end = head.indexOf(endOfHead)
    if (end < 0) return
    const rest = head.length - end - endOfHead.length
    const request = head.slice(0, end)
    head = ""
    const [, kind, size] = /^GET \/rest\/(?:(fast|hashed)\/)?(\d+) /.exec(request) ?? []
    if (size !== undefined) {
      const bytes = Number(size)
      const hash = kind === "hashed" ? hashHeader(bytes) : ""
      const object = `X-HCP-Type: object\r\nX-HCP-Size: ${bytes}\r\n${hash}`
      socket.write(`HTTP/1.1 200 OK\r\nX-RequestId: 1\r\n${object}Content-Length: ${bytes}\r\n\r\n`)
      sendBlocks(socket, bytes)
      return
    }
    upload = Number(/\r\ncontent-length: *(\d+)/i.exec(request)?.[1] ?? 0)
    isSlow = !/^PUT \/rest\/(fast|hashed)\//.test(request)
    stored = /^PUT \/rest\/hashed\//.test(request) ? hashHeader(upload) : ""
    take(rest)
  })
}

servedAlone(serve)
