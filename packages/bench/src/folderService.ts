/**
 * The other side of the suite of folders: a server that remembers of each object how large it is, and nothing else, as
 * all bodies are made of the same byte. It speaks as much of REST (below `/rest`) and of S3 (elsewhere) as programs
 * need that copy folders: PUT, HEAD, GET, also of a range, and listings. It tells its port to the parent process, then
 * what has arrived since it was asked last, whenever it gets a message, and ends when that is gone.
 */
import * as Http from "node:http"
import { Readable } from "node:stream"
import { blocksOf } from "./blocks.ts"
import { hashesOf } from "./hashes.ts"
import type { Arrived } from "./suites/foldersProtocol.ts"

/** An object: its bytes, and the time that an S3 client gave it, without which it would store it once more. */
interface Stored {
  readonly size: number
  readonly mtime: string | undefined
}

/** The objects, by their paths without `/rest`. */
const objects = new Map<string, Stored>()

const mtimeHeader = "x-amz-meta-mtime"

let requests = 0
let bodyBytes = 0

const time = "Tue, 14 Nov 2023 22:13:20 GMT"

const headersOf = ({ mtime, size }: Stored): Http.OutgoingHttpHeaders => {
  const { md5, sha256 } = hashesOf(size)
  return {
    "X-RequestId": "38AD86EF250DEB35",
    "X-HCP-ServicedBySystem": "hcp1.example.com",
    "X-HCP-Type": "object",
    "X-HCP-Size": size,
    "X-HCP-Hash": `SHA-256 ${sha256.toUpperCase()}`,
    "X-HCP-VersionId": "91055133849537",
    ETag: `"${md5}"`,
    "Last-Modified": time,
    "Content-Type": "application/octet-stream",
    ...(mtime === undefined ? {} : { [mtimeHeader]: mtime })
  }
}

const mark = { "X-RequestId": "38AD86EF250DEB35", "X-HCP-ServicedBySystem": "hcp1.example.com" }

/** The objects right in a folder. */
const objectsIn = (folder: string): ReadonlyArray<readonly [name: string, size: number]> =>
  [...objects].flatMap(([path, { size }]) => {
    const name = path.slice(folder.length + 1)
    return path.startsWith(`${folder}/`) && !name.includes("/") ? [[name, size] as const] : []
  })

/** All bytes are the same one, so only the length of a range matters. */
const rangeOf = (header: string | undefined, size: number) => {
  const [, first = "", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(header ?? "") ?? []
  return first === "" ? undefined : { first: Number(first), last: last === "" ? size - 1 : Number(last) }
}

const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`

const restEntry = ([name, size]: readonly [string, number]): string => {
  const { md5, sha256 } = hashesOf(size)
  return (
    `<entry urlName="${name}" utf8Name="${name}" type="object" size="${size}" hashScheme="SHA-256" ` +
    `hash="${sha256.toUpperCase()}" etag="${md5}" state="created"/>`
  )
}

const restListing = (folder: string): string =>
  `${declaration}<directory path="/rest${folder}">${objectsIn(folder).map(restEntry).join("\n")}</directory>`

const s3Listing = (bucket: string, prefix: string): string => {
  const contents = objectsIn(`/${bucket}/${prefix}`.replace(/\/$/, ""))
    .map(
      ([name, size]) =>
        `<Contents><Key>${prefix}${name}</Key><LastModified>2023-11-14T22:13:20.000Z</LastModified>` +
        `<ETag>&quot;${hashesOf(size).md5}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
    )
    .join("")
  return (
    `${declaration}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>` +
    `<Prefix>${prefix}</Prefix><MaxKeys>100000</MaxKeys><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`
  )
}

const server = Http.createServer((request, response) => {
  requests++
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://host")
  const isRest = pathname.startsWith("/rest/")
  const path = isRest ? pathname.slice("/rest".length) : pathname
  const xml = (text: string) =>
    response
      .writeHead(200, {
        ...mark,
        ...(isRest ? { "X-HCP-Type": "directory" } : {}),
        "Content-Type": "text/xml",
        "Content-Length": Buffer.byteLength(text)
      })
      .end(text)
  const refuse = (status: number) => response.writeHead(status, { ...mark, "Content-Length": 0 }).end()
  const stored = objects.get(path)
  switch (request.method) {
    case "PUT": {
      let received = 0
      request.on("data", (chunk: Buffer) => {
        received += chunk.length
      })
      return request.on("end", () => {
        bodyBytes += received
        if (isRest && request.headers["if-none-match"] === "*" && stored !== undefined) return refuse(412)
        const mtime = request.headers[mtimeHeader]
        const object = { size: received, mtime: typeof mtime === "string" ? mtime : undefined }
        // A bucket is no object.
        if (/^\/[^/]+\/./.test(path)) objects.set(path, object)
        response.writeHead(isRest ? 201 : 200, { ...headersOf(object), "Content-Length": 0 }).end()
      })
    }
    case "HEAD":
      if (stored === undefined) {
        if (!isRest || objectsIn(path).length === 0) return refuse(404)
        return response.writeHead(200, { ...mark, "X-HCP-Type": "directory", "Content-Length": 0 }).end()
      }
      return response.writeHead(200, { ...headersOf(stored), "Content-Length": stored.size }).end()
    case "GET": {
      const [, bucket = "", ...names] = path.split("/")
      if (!isRest && names.join("/") === "") return xml(s3Listing(bucket, searchParams.get("prefix") ?? ""))
      if (stored === undefined) return isRest ? xml(restListing(path)) : refuse(404)
      const range = rangeOf(request.headers.range, stored.size)
      const length = range === undefined ? stored.size : range.last - range.first + 1
      response.writeHead(range === undefined ? 200 : 206, {
        ...headersOf(stored),
        "Content-Length": length,
        ...(range === undefined ? {} : { "Content-Range": `bytes ${range.first}-${range.last}/${stored.size}` })
      })
      return Readable.from(blocksOf(length)).pipe(response)
    }
    default:
      return refuse(405)
  }
})

server.keepAliveTimeout = 60_000
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  const address = server.address()
  if (address !== null && typeof address !== "string") process.send?.(address.port)
})
process.on("message", () => {
  process.send?.({ requests, bodyBytes } satisfies Arrived)
  requests = 0
  bodyBytes = 0
})
process.on("disconnect", () => process.exit())
