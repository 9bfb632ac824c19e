import { createHash } from "node:crypto"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { ConnectionLost } from "@effect-hcp/sdk/HcpError"
import * as RetryPolicy from "@effect-hcp/sdk/RetryPolicy"
import * as Target from "@effect-hcp/sdk/Target"
import * as Transport from "@effect-hcp/sdk/Transport"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as S3 from "../../src/S3.ts"
import * as S3Credentials from "../../src/S3Credentials.ts"

/** One request as the server saw it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

export type Answer = Effect.Effect<Transport.HandlerAnswer, Transport.ExchangeFailure>

/** The connection breaks after the request was sent. */
export const lost = new Transport.ExchangeFailure({
  reached: "request",
  reason: new ConnectionLost({ address: "192.0.2.1", code: "ECONNRESET" })
})

export const xml = (root: string, ...children: ReadonlyArray<string>): Transport.HandlerAnswer => ({
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join("")}</${root}>`
})

export const refusal = (status: number, code: string): Transport.HandlerAnswer => ({
  ...xml("Error", `<Code>${code}</Code><Message>no</Message>`),
  status
})

export const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex")

/** The gateway over a function in place of a server. */
export const layer = (answer: (call: Call) => Answer): Layer.Layer<S3.S3> => {
  const target = Target.layerTest(
    (request) =>
      Effect.gen(function* () {
        const url = new URL(request.path, "http://host")
        const header = (name: string) => {
          const at = request.headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
          return at < 0 ? undefined : request.headers[at + 1]
        }
        const body =
          request.body === undefined || request.body instanceof Uint8Array
            ? (request.body ?? new Uint8Array())
            : yield* Effect.map(Effect.orDie(Stream.runCollect(request.body)), (chunks) => Buffer.concat(chunks))
        return yield* answer({
          method: request.method,
          path: decodeURIComponent(url.pathname),
          query: url.searchParams,
          header,
          body
        })
      }),
    { fqdn: "t1.hcp.test", retry: RetryPolicy.make({ attempts: 3 }) }
  )
  const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("p") })
  return S3.layer().pipe(Layer.provide(HcpClient.layer), Layer.provide(Layer.merge(target, credentials)), Layer.orDie)
}

interface Upload {
  readonly key: string
  readonly parts: Map<number, { readonly bytes: Uint8Array; readonly etag: string }>
}

/**
 * A server with one bucket that knows multipart uploads, and nothing else. `before` may answer a request in its place.
 */
export class FakeUploads {
  readonly calls: Array<Call> = []
  readonly uploads = new Map<string, Upload>()
  readonly objects = new Map<string, { readonly bytes: Uint8Array; readonly etag: string }>()
  before: (call: Call) => Answer | undefined = () => undefined
  #ids = 0

  readonly layer = layer((call) =>
    Effect.suspend(() => {
      this.calls.push(call)
      return this.before(call) ?? Effect.succeed(this.answer(call))
    })
  )

  named(method: string, parameter?: string): ReadonlyArray<Call> {
    return this.calls.filter((call) => call.method === method && (parameter === undefined || call.query.has(parameter)))
  }

  /** Begins an upload as another program would have. */
  begin(key: string): string {
    const uploadId = `u${++this.#ids}`
    this.uploads.set(uploadId, { key, parts: new Map() })
    return uploadId
  }

  /** Stores a part of an upload. */
  part(uploadId: string, number: number, bytes: Uint8Array): string {
    const etag = md5(bytes)
    this.uploads.get(uploadId)?.parts.set(number, { bytes, etag })
    return etag
  }

  answer(call: Call): Transport.HandlerAnswer {
    const { body, method, query } = call
    const key = call.path.split("/").slice(2).join("/")
    if (method === "POST" && query.has("uploads")) {
      const { body, headers } = xml("InitiateMultipartUploadResult", `<UploadId>${this.begin(key)}</UploadId>`)
      const expiry = { "x-amz-abort-date": "Sat, 31 Jan 2026 00:00:00 GMT", "x-amz-abort-rule-id": "tidy" }
      return { body, headers: { ...headers, ...expiry } }
    }
    const uploadId = query.get("uploadId")
    if (uploadId === null) return this.#object(call, key)
    const upload = this.uploads.get(uploadId)
    if (upload === undefined) return refusal(404, "NoSuchUpload")
    switch (method) {
      case "PUT": {
        const number = Number(query.get("partNumber"))
        const source = call.header("x-amz-copy-source")
        if (source === undefined) {
          const sent = call.header("content-md5")
          if (sent !== undefined && Buffer.from(sent, "base64").toString("hex") !== md5(body))
            return refusal(400, "BadDigest")
          return { headers: { etag: `"${this.part(uploadId, number, body)}"` } }
        }
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(call.header("x-amz-copy-source-range") ?? "") ?? []
        const from = this.objects.get(decodeURIComponent(source).split("/").slice(2).join("/"))
        const bytes = from?.bytes.subarray(Number(first), Number(last) + 1) ?? new Uint8Array()
        return xml("CopyPartResult", `<ETag>"${this.part(uploadId, number, bytes)}"</ETag>`)
      }
      case "GET": {
        const after = Number(query.get("part-number-marker") ?? 0)
        const most = Number(query.get("max-parts") ?? 1000)
        const all = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after)
        const page = all.slice(0, most)
        return xml(
          "ListPartsResult",
          `<IsTruncated>${page.length < all.length}</IsTruncated><NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`,
          ...page.map(
            ([number, { bytes, etag }]) =>
              `<Part><PartNumber>${number}</PartNumber><Size>${bytes.length}</Size><ETag>&quot;${etag}&quot;</ETag></Part>`
          )
        )
      }
      case "DELETE":
        this.uploads.delete(uploadId)
        return { status: 204 }
      default:
        return this.complete(uploadId, upload, body)
    }
  }

  complete(uploadId: string, { key, parts }: Upload, body: Uint8Array): Transport.HandlerAnswer {
    const numbers = [
      ...Buffer.from(body)
        .toString()
        .matchAll(/<PartNumber>(\d+)</g)
    ].map(([, number]) => Number(number))
    const found = numbers.map((number) => parts.get(number))
    const bytes = Buffer.concat(found.map((part) => part?.bytes ?? new Uint8Array()))
    const hash = createHash("sha256").update(bytes).digest("hex")
    this.objects.set(key, { bytes, etag: `${hash}-${numbers.length}` })
    this.uploads.delete(uploadId)
    return xml("CompleteMultipartUploadResult", `<ETag>"${hash}-${numbers.length}"</ETag>`)
  }

  #object({ header, method }: Call, key: string): Transport.HandlerAnswer {
    const object = this.objects.get(key)
    if (object === undefined) return refusal(404, "NoSuchKey")
    const headers = { etag: `"${object.etag}"`, "content-type": "text/plain" }
    const size = object.bytes.length
    if (method === "HEAD") return { headers: { ...headers, "content-length": String(size) } }
    const ifMatch = header("if-match")
    if (ifMatch !== undefined && ifMatch !== headers.etag) return refusal(412, "PreconditionFailed")
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header("range") ?? "") ?? []
    if (first === undefined) return { headers, body: object.bytes }
    const end = Math.min(Number(last), size - 1)
    return {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${first}-${end}/${size}` },
      body: object.bytes.subarray(Number(first), end + 1)
    }
  }
}
