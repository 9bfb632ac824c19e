/**
 * Answers requests on a socket as cheaply as it gets: connections stay open, and every answer is bytes made beforehand.
 *
 * GET is answered with 200 and 1 KiB, HEAD with the same head, PUT with 201; the head is as long as HCP's. Outside of
 * `/rest` it is an S3 service as far as its clients look: a PUT is answered with 200.
 */
import * as Crypto from "node:crypto"
import type * as Net from "node:net"

const objectSize = 1024
const object = Buffer.alloc(objectSize, "x")
const hash = (algorithm: string): string => Crypto.createHash(algorithm).update(object).digest("hex")

const head = (status: string, length: number): string =>
  [
    `HTTP/1.1 ${status}`,
    "X-RequestId: 38AD86EF250DEB35",
    "X-HCP-ServicedBySystem: hcp1.example.com",
    "X-HCP-Time: 1422736493",
    "X-HCP-SoftwareVersion: 9.7.0.10",
    `ETag: "${hash("md5")}"`,
    "Cache-Control: no-cache,no-store",
    "Content-Type: application/octet-stream",
    `Content-Length: ${length}`,
    "X-HCP-Type: object",
    `X-HCP-Size: ${objectSize}`,
    `X-HCP-Hash: SHA-256 ${hash("sha256").toUpperCase()}`,
    "X-HCP-VersionId: 91055133849537",
    "",
    ""
  ].join("\r\n")

const found = Buffer.concat([Buffer.from(head("200 OK", objectSize)), object])
const foundHead = Buffer.from(head("200 OK", objectSize))
const created = Buffer.from(head("201 Created", 0))
const createdInS3 = Buffer.from(head("200 OK", 0))

/** The answer to a request, told apart by a byte or two: `GET`, `HEAD`, `PUT /rest` and any other `PUT`. */
const answerTo = (request: Buffer): Buffer | undefined => {
  switch (request[0]) {
    case 0x47:
      return found
    case 0x48:
      return foundHead
    case 0x50:
      return request[5] === 0x72 ? created : createdInS3
    default:
      return undefined
  }
}

const endOfHead = "\r\n\r\n"

/** The bytes of the first request in `received`, or `undefined` while it is not complete. Only a PUT has a body. */
const requestLength = (received: Buffer): number | undefined => {
  const end = received.indexOf(endOfHead)
  if (end < 0) return undefined
  const headLength = end + endOfHead.length
  if (received[0] !== 0x50) return headLength
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString("latin1", 0, end))?.[1]
  const total = headLength + Number(length ?? 0)
  return received.length < total ? undefined : total
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
    for (let length = requestLength(received); length !== undefined; length = requestLength(received)) {
      const answer = answerTo(received)
      if (answer === undefined) return socket.destroy()
      send(answer)
      received = received.subarray(length)
    }
  })
}
