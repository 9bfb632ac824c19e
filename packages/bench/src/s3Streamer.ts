/**
 * The other side of the S3 suite for large objects: a raw `node:net` server that speaks just enough S3 for a multipart upload and for ranged
 * reads. It takes parts without looking at them, and gives zeros.
 *
 * Every object has the size that is the last number of its key. It tells its port to the parent process, and ends when that is gone.
 */
import * as Net from "node:net"

const block = Buffer.alloc(256 * 1024)
const endOfHead = "\r\n\r\n"
// Of another form than an MD5, as nobody computes one here.
const etag = `"${"0".repeat(64)}"`

const answer = (status: string, body: string, headers: ReadonlyArray<string> = []): string =>
  [`HTTP/1.1 ${status}`, `ETag: ${etag}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join(
    "\r\n"
  )

const xml = (root: string, content: string): string =>
  answer("200 OK", `<?xml version="1.0" encoding="UTF-8"?><${root}>${content}</${root}>`, [
    "Content-Type: application/xml"
  ])

/** Sends zeros. */
const send = (socket: Net.Socket, bytes: number): void => {
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block
      left -= part.length
      if (!socket.write(part) && left > 0) {
        socket.once("drain", more)
        return
      }
    }
  }
  more()
}

const respond = (socket: Net.Socket, head: string): void => {
  const [, method = "", target = ""] = /^(\S+) (\S+) /.exec(head) ?? []
  const { pathname, searchParams } = new URL(target, "http://host")
  const size = Number(/(\d+)$/.exec(pathname)?.[1] ?? 0)
  if (method === "POST" && searchParams.has("uploads")) {
    socket.write(xml("InitiateMultipartUploadResult", "<UploadId>1</UploadId>"))
  } else if (method === "POST") {
    socket.write(xml("CompleteMultipartUploadResult", `<ETag>${etag}</ETag>`))
  } else if (method === "HEAD") {
    socket.write(`HTTP/1.1 200 OK\r\nETag: ${etag}\r\nContent-Length: ${size}\r\n\r\n`)
  } else if (method === "GET") {
    const [, first, last] = /\r\nrange: *bytes=(\d+)-(\d+)/i.exec(head) ?? []
    const from = Number(first ?? 0)
    const to = Math.min(Number(last ?? size - 1), size - 1)
    const part = first === undefined ? "200 OK" : `206 Partial Content\r\nContent-Range: bytes ${from}-${to}/${size}`
    socket.write(`HTTP/1.1 ${part}\r\nETag: ${etag}\r\nContent-Length: ${to - from + 1}\r\n\r\n`)
    send(socket, to - from + 1)
  } else socket.write(answer("200 OK", ""))
}

const serve = (socket: Net.Socket): void => {
  let received = ""
  let head: string | undefined
  /** Bytes of the body that are still to come. */
  let left = 0
  const end = (request: string): void => {
    head = undefined
    respond(socket, request)
  }
  socket.setNoDelay(true)
  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk: Buffer) => {
    if (head !== undefined) {
      left -= chunk.length
      if (left <= 0) end(head)
      return
    }
    received += chunk.toString("latin1")
    const at = received.indexOf(endOfHead)
    if (at < 0) return
    const request = received.slice(0, at)
    left = Number(/\r\ncontent-length: *(\d+)/i.exec(request)?.[1] ?? 0) - (received.length - at - endOfHead.length)
    received = ""
    if (/\r\nexpect: *100-continue/i.test(request)) socket.write("HTTP/1.1 100 Continue\r\n\r\n")
    if (left <= 0) end(request)
    else head = request
  })
}

const server = Net.createServer(serve)
server.listen({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  if (address !== null && typeof address !== "string") process.send?.(address.port)
})
process.on("disconnect", () => process.exit())
