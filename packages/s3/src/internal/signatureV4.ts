/**
 * Signature Version 4, of headers and of URLs.
 *
 * Signed are only `host`, `x-amz-*`, `x-hcp-*`, `content-md5` and `content-type`: what proxies and tracing add or
 * change on the way is not, so it cannot break a signature.
 *
 * @internal
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto"
import { SignatureV4 } from "@smithy/signature-v4"
import * as Redacted from "effect/Redacted"
import type { Keys } from "../S3Keys.ts"

/** A name and a value. */
export type Pair = readonly [name: string, value: string]

/** What is signed: all values as they are before they are encoded. */
export interface Signable {
  readonly method: string
  /** With its port, where that is in the `Host` header. */
  readonly host: string
  readonly path: string
  readonly query: ReadonlyArray<Pair>
  /** Of these only those that belong into a signature are looked at. */
  readonly headers: ReadonlyArray<Pair>
}

/** By whom, when and for where. */
interface Signing {
  readonly keys: Keys
  readonly region: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The payload hash that says that the payload is not signed. */
export const unsignedPayload = "UNSIGNED-PAYLOAD"

/** The payload hash of these bytes. */
export const payloadHash = (bytes: Uint8Array): string => hash("sha256", bytes, "hex")

/** The most seconds a signed URL may be good for. */
export const maxExpirySeconds = 7 * 24 * 60 * 60

type Init = ConstructorParameters<typeof SignatureV4>[0]

const noBytes = new Uint8Array()

/**
 * SHA-256 for the library, keyed or not, in as few calls of OpenSSL as it takes: the key of a day is made ready once,
 * and what the library makes anew of the same secret for each request to look that key up, is remembered.
 */
const makeSha256 = (): Init["sha256"] => {
  const ready = new WeakMap<object, KeyObject>()
  let last: { readonly secret: string; readonly data: Uint8Array; readonly digest: Uint8Array } | undefined

  const keyOf = (secret: ArrayBuffer | ArrayBufferView): KeyObject => {
    const known = ready.get(secret)
    if (known !== undefined) return known
    const bytes =
      secret instanceof ArrayBuffer
        ? Buffer.from(secret)
        : Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    const key = createSecretKey(bytes)
    ready.set(secret, key)
    return key
  }

  const ofText = (secret: string, data: Uint8Array): Uint8Array => {
    if (last?.secret !== secret || Buffer.compare(last.data, data) !== 0) {
      last = { secret, data, digest: createHmac("sha256", secret).update(data).digest() }
    }
    return last.digest
  }

  return class Sha256 {
    readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined
    #data: Uint8Array = noBytes

    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.#secret = secret
    }

    update(bytes: Uint8Array): void {
      this.#data = this.#data.length === 0 ? bytes : Buffer.concat([this.#data, bytes])
    }

    async digest(): Promise<Uint8Array> {
      const secret = this.#secret
      if (secret === undefined) return hash("sha256", this.#data, "buffer")
      return typeof secret === "string"
        ? ofText(secret, this.#data)
        : createHmac("sha256", keyOf(secret)).update(this.#data).digest()
    }

    reset(): void {
      this.#data = noBytes
    }
  }
}

/** A signer for many requests. */
export const makeSigner = ({ keys, region }: Omit<Signing, "at">): SignatureV4 =>
  new SignatureV4({
    service: "s3",
    region,
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: Redacted.value(keys.secretKey) },
    sha256: makeSha256(),
    uriEscapePath: false
  })

// The library hashes bodies it can read, and takes any other for one that is not signed.
const unreadable = false

/** Whether a header is part of a signature. */
export const isSigned = (lowerName: string): boolean =>
  lowerName.startsWith("x-amz-") ||
  lowerName.startsWith("x-hcp-") ||
  lowerName === "content-md5" ||
  lowerName === "content-type"

const signedOf = (headers: ReadonlyArray<Pair>): Record<string, string> => {
  const signed: Record<string, string> = {}
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (!isSigned(lower)) continue
    // A header that is sent twice counts as one list.
    const before = signed[lower]
    signed[lower] = before === undefined ? value : `${before},${value}`
  }
  return signed
}

const queryOf = (query: ReadonlyArray<Pair>): Record<string, string | Array<string>> => {
  const record: Record<string, string | Array<string>> = {}
  for (const [name, value] of query) {
    const before = record[name]
    if (before === undefined) record[name] = value
    else if (typeof before === "string") record[name] = [before, value]
    else before.push(value)
  }
  return record
}

/** Percent-encodes everything but what RFC 3986 calls unreserved. */
export const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Percent-encodes a path, segment by segment. */
export const encodePath = (path: string): string => path.split("/").map(encodeText).join("/")

const requestOf = (signable: Signable, headers: Record<string, string>) => ({
  protocol: "https:",
  method: signable.method,
  hostname: signable.host,
  path: encodePath(signable.path),
  query: queryOf(signable.query),
  headers: { ...headers, host: signable.host }
})

/** The headers that have to be added to a request: `Authorization`, `x-amz-date`, `x-amz-content-sha256`. */
export const signV4 = async (
  signer: SignatureV4,
  signable: Signable,
  signing: { readonly at: number; readonly payloadHash: string }
): Promise<ReadonlyArray<Pair>> => {
  const headers = { ...signedOf(signable.headers), "x-amz-content-sha256": signing.payloadHash }
  const { headers: signed } = await signer.sign(requestOf(signable, headers), {
    signingDate: new Date(signing.at)
  })
  return [
    ["x-amz-content-sha256", signing.payloadHash],
    ["x-amz-date", signed["x-amz-date"] ?? ""],
    ["Authorization", signed.authorization ?? ""]
  ]
}

/**
 * The whole query of a URL that is good for `expiresIn` seconds (1 to 604,800), in the order in which it may be sent.
 * Headers of `signable` must be sent exactly so with the URL.
 */
export const presignV4 = async (
  signable: Signable,
  signing: Signing & { readonly expiresIn: number }
): Promise<ReadonlyArray<Pair>> => {
  const request = requestOf(signable, signedOf(signable.headers))
  const kept = new Set(Object.keys(request.headers))
  const { query = {} } = await makeSigner(signing).presign(
    { ...request, body: unreadable },
    { signingDate: new Date(signing.at), expiresIn: signing.expiresIn, unhoistableHeaders: kept }
  )
  return Object.entries(query).flatMap(
    ([name, value]): ReadonlyArray<Pair> =>
      typeof value === "string" ? [[name, value]] : (value ?? []).map((each) => [name, each])
  )
}
