/**
 * What HCP says of the bytes of an object: the headers by which a client knows that they are whole and unchanged.
 *
 * @internal
 */
import type * as crypto from "node:crypto"
import * as zlib from "node:zlib"
import type { Pairs } from "../../HcpRequest.ts"
import { given, hasher } from "./integrity.ts"

type Headers = Readonly<Record<string, string>>

/** The evidence of one body, which is told part by part. */
class Evidence {
  readonly #sha256: crypto.Hash | undefined = hasher("SHA-256")
  readonly #md5: crypto.Hash | undefined = hasher("MD5")
  #size = 0

  update(part: Uint8Array): this {
    this.#size += part.length
    this.#sha256?.update(part)
    this.#md5?.update(part)
    return this
  }

  /** `X-HCP-Hash` and `ETag`: what HCP says of what it has stored. */
  stored(): Headers {
    const hash = this.#sha256?.digest("hex").toUpperCase()
    const md5 = this.#md5?.digest("hex")
    return {
      ...(hash === undefined ? {} : { "X-HCP-Hash": `SHA-256 ${hash}` }),
      ...(md5 === undefined ? {} : { ETag: `"${md5}"` })
    }
  }

  /** The same, and the size: what HCP says of what it sends. */
  sent(): Headers {
    return { ...this.stored(), "X-HCP-Size": String(this.#size) }
  }
}

/** What HCP says of an object of these bytes. */
export const evidenceOf = (bytes: Uint8Array): Headers => new Evidence().update(bytes).sent()

/** A request whose answer may need evidence. */
interface Asked {
  readonly method: string
  /** Path and query, percent-encoded. */
  readonly path: string
  readonly headers: ReadonlyArray<string>
}

// These gateways answer about other things than objects.
const isOfObjects = (path: string): boolean => !/^\/(?:mapi|query|proc)(?:[/?]|$)/.test(path)

const typeOf = (path: string): string | null => new URLSearchParams(path.split("?")[1]).get("type")

const pairsOf = (flat: ReadonlyArray<string>): Pairs =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : []))

/**
 * Takes the bytes of a request that stores an object, and gives the evidence for its answer. `undefined` where HCP does
 * not speak of exactly these bytes: copies, directories, access lists, data together with an annotation.
 */
export const evidenceOfUpload = (
  request: Asked
): { readonly update: (part: Uint8Array) => void; readonly headers: () => Headers } | undefined => {
  if (request.method !== "PUT" || !isOfObjects(request.path)) return undefined
  const headers = pairsOf(request.headers)
  const isCopy = ["x-hcp-copysource", "x-amz-copy-source"].some((name) => given(headers, name) !== undefined)
  if (isCopy || ![null, "annotation"].includes(typeOf(request.path))) return undefined
  const evidence = new Evidence()
  if (given(headers, "content-encoding")?.toLowerCase() !== "gzip") {
    return { update: (part) => evidence.update(part), headers: () => evidence.stored() }
  }
  // HCP unpacks what it stores.
  const packed: Array<Uint8Array> = []
  return {
    update: (part) => packed.push(part.slice()),
    headers: () => evidence.update(unpacked(Buffer.concat(packed))).stored()
  }
}

const unpacked = (bytes: Uint8Array): Uint8Array => {
  try {
    return zlib.gunzipSync(bytes)
  } catch {
    return bytes
  }
}

/**
 * The evidence for an answer that gives an object, or looks at one. None where HCP speaks of more than these bytes: for
 * a part of an object, and for data together with an annotation.
 */
export const evidenceOfDownload = (
  request: Asked,
  { bytes, status }: { readonly bytes: Uint8Array | undefined; readonly status: number }
): Headers => {
  if (status !== 200 || !isOfObjects(request.path) || typeOf(request.path) === "whole-object") return {}
  // A HEAD that says nothing of its object leaves open how large it is.
  if (request.method === "HEAD") return bytes === undefined ? {} : withLength(bytes)
  return request.method === "GET" ? withLength(bytes ?? new Uint8Array()) : {}
}

const withLength = (bytes: Uint8Array): Headers => ({ ...evidenceOf(bytes), "Content-Length": String(bytes.length) })

const ofBytes = /^(?:x-hcp-hash|x-hcp-size|etag|content-(?:length|encoding|range))$/i

/** Whether headers say something of the bytes themselves: then nothing is added to it. */
export const hasEvidence = (headers: Headers | undefined): boolean =>
  headers !== undefined && Object.keys(headers).some((name) => ofBytes.test(name))
