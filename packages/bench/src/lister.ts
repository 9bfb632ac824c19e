/**
 * The other side of the listing suite: a raw `node:net` server that answers every request with the listing of a
 * directory.
 *
 * `GET /rest/<n>` is answered with `n` entries, as fast as they are taken. It tells its port to the parent process, and
 * ends when that is gone.
 */
import * as Net from "node:net"

/** Entries that are made at a time: some 700 bytes each. */
const batch = 100

const directory = [
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
  'xsi:noNamespaceSchemaLocation="/static/xsd/ns-directory-6.0.xsd"',
  'path="/rest/large"',
  'utf8Path="/rest/large"',
  'parentDir="/rest"',
  'utf8ParentDir="/rest"',
  'dirDeleted="false"',
  'showDeleted="false"',
  'namespaceName="n1"',
  'utf8NamespaceName="n1"',
  'changeTimeMilliseconds="1700000000000.00"',
  'changeTimeString="2023-11-14T23:13:20+0100"'
].join(" ")
const head = `<?xml version="1.0" encoding="UTF-8"?>\n<directory ${directory}>\n`
const tail = "</directory>\n"

const entry = (index: number): string => {
  const name = `scan-${String(index).padStart(8, "0")}.pdf`
  const hash = String(index).padStart(64, "A5")
  const millis = 1_700_000_000_000 + index
  const attributes = [
    `urlName="${name}"`,
    `utf8Name="${name}"`,
    'type="object"',
    `size="${index * 31}"`,
    'hashScheme="SHA-256"',
    `hash="${hash}"`,
    `etag="${hash.slice(32).toLowerCase()}"`,
    'retention="0"',
    'retentionString="Deletion Allowed"',
    'retentionClass=""',
    `ingestTime="${Math.floor(millis / 1000)}"`,
    `ingestTimeMilliseconds="${millis}"`,
    'ingestTimeString="11/14/2023 11:13PM"',
    'hold="false"',
    'shred="false"',
    'dpl="2"',
    'index="true"',
    'customMetadata="true"',
    'customMetadataAnnotations="default;2442, invoice;77"',
    `version="${millis * 64 + 1}"`,
    'replicated="true"',
    `changeTimeMilliseconds="${millis}.00"`,
    'changeTimeString="2023-11-14T23:13:20+0100"',
    'owner="n"',
    'domain=""',
    'hasAcl="false"',
    'state="created"'
  ].join(" ")
  return `  <entry ${attributes}/>\n`
}

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const send = (socket: Net.Socket, entries: number): void => {
  let index = 0
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-HCP-Type: directory\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(head)}`
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
    socket.write(`${chunk(tail)}0\r\n\r\n`)
  }
  more()
}

const server = Net.createServer((socket) => {
  let request = ""
  socket.on("error", () => socket.destroy())
  socket.on("data", (bytes: Buffer) => {
    request += bytes.toString("latin1")
    if (!request.includes("\r\n\r\n")) return
    const entries = Number(/^GET \/rest\/(\d+) /.exec(request)?.[1] ?? 0)
    request = ""
    send(socket, entries)
  })
})
server.listen({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  if (address !== null && typeof address !== "string") process.send?.(address.port)
})
process.on("disconnect", () => process.exit())
