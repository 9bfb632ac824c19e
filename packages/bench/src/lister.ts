/**
 * The other side of the listing suites: a raw `node:net` server that answers with the listing of a directory, or with a
 * page of the list of a bucket.
 *
 * `GET /rest/<n>` is answered with `n` entries, as fast as they are taken; `GET /<n>` with a page of a bucket of `n`
 * objects.
 */
import type * as Net from "node:net"
import { directoryHead, directoryTail, entry } from "./listedEntry.ts"
import { bucketPage } from "./listedKey.ts"
import { servedAlone } from "./servedAlone.ts"

/** Entries that are made at a time: some 700 bytes each. */
const batch = 100

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const sendDirectory = (socket: Net.Socket, entries: number): void => {
  let index = 0
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-HCP-Type: directory\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(directoryHead)}`
  )
  const more = (): void => {
    while (index < entries) {
      let text = ""
      for (const end = Math.min(index + batch, entries); index < end; index++) text += entry(index)
      if (!socket.write(chunk(text))) {
        socket.once("drain", more)
        return
      }
    }
    socket.write(`${chunk(directoryTail)}0\r\n\r\n`)
  }
  more()
}

const sendPage = (socket: Net.Socket, bucket: string, start: number): void => {
  const page = bucketPage(bucket, Number(bucket), start)
  const head = `Content-Type: application/xml\r\nx-amz-request-id: 1\r\nContent-Length: ${Buffer.byteLength(page)}`
  socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${page}`)
}

servedAlone((socket) => {
  let request = ""
  socket.on("error", () => socket.destroy())
  socket.on("data", (bytes: Buffer) => {
    request += bytes.toString("latin1")
    if (!request.includes("\r\n\r\n")) return
    const [, bucket] = /^GET \/(\d+)[?/ ]/.exec(request) ?? []
    if (bucket !== undefined) sendPage(socket, bucket, Number(/[?&]continuation-token=(\d+)/.exec(request)?.[1] ?? 0))
    else sendDirectory(socket, Number(/^GET \/rest\/(\d+) /.exec(request)?.[1] ?? 0))
    request = ""
  })
})
