/**
 * Answers requests on a socket as cheaply as it gets: connections stay open, and every answer is bytes made beforehand.
 *
 * GET is answered with 200 and 1 KiB, HEAD with the same head, PUT with 201 and the hashes of as many of the same bytes
 * as came; the head is as long as HCP's. Outside of `/rest` it is an S3 service as far as its clients look: a PUT is
 * answered with 200.
 */
import type * as Net from "node:net"
import { blocksOf } from "./blocks.ts"
import { hashesOf } from "./hashes.ts"

const objectSize = 1024
const head = (status: string, length: number, size: number): string =>
  [
    `HTTP/1.1 ${status}`,
    "X-RequestId: 38AD86EF250DEB35",
    "X-HCP-ServicedBySystem: hcp1.example.com",
    "X-HCP-Time: 1422736493",
    "X-HCP-SoftwareVersion: 9.7.0.10",
    `ETag: "${hashesOf(size).md5}"`,
    "Cache-Control: no-cache,no-store",
    "Content-Type: application/octet-stream",
    `Content-Length: ${length}`,
    "X-HCP-Type: object",
    `X-HCP-Size: ${size}`,
    `X-HCP-Hash: SHA-256 ${hashesOf(size).sha256.toUpperCase()}`,
    "X-HCP-VersionId: 91055133849537",
    "",
    ""
  ].join("\r\n")

const foundHead = Buffer.from(head("200 OK", objectSize, objectSize))
const found = Buffer.concat([foundHead, ...blocksOf(objectSize)])

/** The answers to a PUT, made once for each size. */
const answersToPut = (status: string): ((size: number) => Buffer) => {
  const made = new Map<number, Buffer>()
  return (size) => {
    let answer = made.get(size)
    if (answer === undefined) {
      answer = Buffer.from(head(status, 0, size))
      made.set(size, answer)
    }
    return answer
  }
}

const created = answersToPut("201 Created")
const createdInS3 = answersToPut("200 OK")

/** The answer to a request, told apart by a byte or two: `GET`, `HEAD`, `PUT /rest` and any other `PUT`. */
const answerTo = (request: Buffer, bodyLength: number): Buffer | undefined => {
  switch (request[0]) {
    case 0x47:
      return found
    case 0x48:
      return foundHead
    case 0x50:
      return request[5] === 0x72 ? created(bodyLength) : createdInS3(bodyLength)
    default:
      return undefined
  }
}

const endOfHead = "\r\n\r\n"

/** How long a request is. */
interface Lengths {
  readonly head: number
  readonly body: number
}

/** Of the first request in `received`, or `undefined` while it is not complete. Only a PUT has a body. */
const lengthsOf = (received: Buffer): Lengths | undefined => {
  const end = received.indexOf(endOfHead)
  if (end < 0) return undefined
  const head = end + endOfHead.length
  if (received[0] !== 0x50) return { head, body: 0 }
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString("latin1", 0, end))?.[1]
  const body = Number(length ?? 0)
  return received.length < head + body ? undefined : { head, body }
}

/**
 * Answers whatever comes on a socket. `send` is given each answer and has to write it, at once or later; by default
 * it is written at once.
 */
export const serve = (socket: Net.Socket, send: (answer: Buffer) => void = (answer) => socket.write(answer)): void => {
  let received: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (let lengths = lengthsOf(received); lengths !== undefined; lengths = lengthsOf(received)) {
      const answer = answerTo(received, lengths.body)
      if (answer === undefined) return socket.destroy()
      send(answer)
      received = received.subarray(lengths.head + lengths.body)
    }
  })
}
