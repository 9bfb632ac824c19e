/**
 * Signature Version 4 in the query of a URL, by the library of AWS.
 *
 * @internal
 */
import { createHash, createHmac } from "node:crypto"
import { SignatureV4 } from "@smithy/signature-v4"
import * as Redacted from "effect/Redacted"
import type { Keys } from "../S3Keys.ts"
import { encodePath, type Pair, type Signable, signedOf } from "./signatureV4.ts"

/** By whom, when, for where, and for how long. */
interface Signing {
  readonly keys: Keys
  readonly region: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Seconds for which the URL is good, 1 to {@link maxExpirySeconds}. */
  readonly expiresIn: number
}

/** The most seconds a signed URL may be good for. */
export const maxExpirySeconds = 7 * 24 * 60 * 60

/** SHA-256 as the library asks for it, keyed or not. */
class Sha256 {
  readonly #hash: { readonly update: (bytes: Uint8Array) => unknown; readonly digest: () => Uint8Array }

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret))
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {}
}

const bytesOf = (secret: string | ArrayBuffer | ArrayBufferView): Uint8Array =>
  typeof secret === "string"
    ? Buffer.from(secret)
    : secret instanceof ArrayBuffer
      ? new Uint8Array(secret)
      : new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)

// The library hashes bodies it can read, and takes any other for one that is not signed.
const unreadable = false

// A map, as every object has names such as `toString` already.
const queryOf = (query: ReadonlyArray<Pair>): Record<string, string | Array<string>> => {
  const values = new Map<string, string | Array<string>>()
  for (const [name, value] of query) {
    const before = values.get(name)
    values.set(name, before === undefined ? value : typeof before === "string" ? [before, value] : [...before, value])
  }
  return Object.fromEntries(values)
}

/** The signer of the library. */
export const makeSigner = ({ keys, region }: Pick<Signing, "keys" | "region">): SignatureV4 =>
  new SignatureV4({
    service: "s3",
    region,
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: Redacted.value(keys.secretKey) },
    sha256: Sha256,
    uriEscapePath: false
  })

/** A request as the library takes it. */
export const requestOf = ({ headers, host, method, path, query }: Signable) => ({
  protocol: "https:",
  method,
  hostname: host,
  path: encodePath(path),
  query: queryOf(query),
  headers: { ...Object.fromEntries(signedOf(headers)), host }
})

/**
 * The whole query of a URL that is good for `expiresIn` seconds, in the order in which it may be sent. Headers of
 * `signable` must be sent exactly so with the URL.
 */
export const presignV4 = async (signable: Signable, signing: Signing): Promise<ReadonlyArray<Pair>> => {
  const request = requestOf(signable)
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
