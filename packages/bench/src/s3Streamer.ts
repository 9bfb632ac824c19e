/**
 * The other side of large objects of the S3 gateway: a raw `node:net` server that speaks just enough S3 for uploads in
 * parts and for reads, whole or of a range.
 *
 * An object has as many bytes as the number at the end of its key says. Parts are counted and thrown away; an upload
 * whose parts do not make up the object is refused at its end.
 */
import type * as Net from "node:net"
import { sendBlocks } from "./blocks.ts"
import { servedAlone } from "./servedAlone.ts"

const endOfHead = "\r\n\r\n"
const partSize = 8 * 1024 * 1024

/** That of an object that was stored in parts: no client takes it for an MD5. */
const etagOf = (size: number): string => `"${"0".repeat(32)}-${Math.ceil(size / partSize)}"`

/** The bytes that came, by upload. */
const uploads = new Map<string, number>()
let begun = 0

const answer = (status: string, size: number, body: string): string =>
  [
    `HTTP/1.1 ${status}`,
    "X-HCP-ServicedBySystem: hcp1.example.com",
    `ETag: ${etagOf(size)}`,
    "Content-Type: application/xml",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body
  ].join("\r\n")

const xml = (root: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`

const begin = (size: number): string => {
  const id = String(++begun)
  uploads.set(id, 0)
  return answer("200 OK", size, xml("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`))
}

const complete = (id: string, size: number): string => {
  const stored = uploads.get(id)
  uploads.delete(id)
  return stored === size
    ? answer("200 OK", size, xml("CompleteMultipartUploadResult", `<ETag>${etagOf(size)}</ETag>`))
    : answer(
        "400 Bad Request",
        size,
        `<Error><Code>InvalidRequest</Code><Message>${stored} bytes came</Message></Error>`
      )
}

const read = (head: string, size: number): { readonly head: string; readonly bytes: number } => {
  const [, first, last] = /\r\nrange: *bytes=(\d+)-(\d+)/i.exec(head) ?? []
  const from = Number(first ?? 0)
  const to = Math.min(Number(last ?? size - 1), size - 1)
  const status = first === undefined ? "200 OK" : `206 Partial Content\r\nContent-Range: bytes ${from}-${to}/${size}`
  const bytes = to - from + 1
  return {
    head: `HTTP/1.1 ${status}\r\nx-amz-request-id: 1\r\nETag: ${etagOf(size)}\r\nContent-Length: ${bytes}\r\n\r\n`,
    bytes
  }
}

/** Answers a request whose body, of so many bytes, is there. */
const respond = (socket: Net.Socket, head: string, bodyBytes: number): void => {
  const [, method = "", target = ""] = /^(\S+) (\S+) /.exec(head) ?? []
  const { pathname, searchParams } = new URL(target, "http://host")
  const size = Number(/(\d+)$/.exec(pathname)?.[1] ?? 0)
  const id = searchParams.get("uploadId")
  switch (method) {
    case "POST":
      return void socket.write(id === null ? begin(size) : complete(id, size))
    case "PUT":
      if (id !== null) uploads.set(id, (uploads.get(id) ?? 0) + bodyBytes)
      return void socket.write(answer("200 OK", bodyBytes, ""))
    case "HEAD":
      return void socket.write(read("", size).head)
    case "GET": {
      const { bytes, head: found } = read(head, size)
      socket.write(found)
      return sendBlocks(socket, bytes)
    }
    default:
      return void socket.destroy()
  }
}

/** A request whose body is still coming. */
interface Coming {
  readonly head: string
  readonly bytes: number
  left: number
}

const serve = (socket: Net.Socket): void => {
  let received = ""
  let coming: Coming | undefined

  const take = (request: Coming, bytes: number): void => {
    request.left -= bytes
    coming = request.left > 0 ? request : undefined
    if (coming === undefined) respond(socket, request.head, request.bytes)
  }

  socket.setNoDelay(true)
  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk: Buffer) => {
    if (coming !== undefined) return take(coming, chunk.length)
    received += chunk.toString("latin1")
    const end = received.indexOf(endOfHead)
    if (end < 0) return
    const head = received.slice(0, end)
    const rest = received.length - end - endOfHead.length
    received = ""
    const bytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (/\r\nexpect: *100-continue/i.test(head)) socket.write("HTTP/1.1 100 Continue\r\n\r\n")
    take({ head, bytes, left: bytes }, rest)
  })
}

servedAlone(serve)
