/**
 * Signature Version 4 in the headers of a request.
 *
 * Signed are only `host`, `x-amz-*`, `x-hcp-*`, `content-md5` and `content-type`: what proxies and tracing add or
 * change on the way is not, so it cannot break a signature.
 *
 * Every attempt of every call is signed, so it is done here, at once and with the key of the day at hand. The library
 * that signs URLs (`presignedV4.ts`) takes several times as long for it, in ten promises, and the tests hold this
 * against it.
 *
 * @internal
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto"
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

/** The payload hash that says that the payload is not signed. */
export const unsignedPayload = "UNSIGNED-PAYLOAD"

/** The payload hash of these bytes. */
export const payloadHash = (bytes: Uint8Array): string => hash("sha256", bytes, "hex")

/** Whether a header is part of a signature. */
export const isSigned = (lowerName: string): boolean =>
  lowerName.startsWith("x-amz-") ||
  lowerName.startsWith("x-hcp-") ||
  lowerName === "content-md5" ||
  lowerName === "content-type"

/** The headers that are part of a signature, by their names in lower case. */
export const signedOf = (headers: ReadonlyArray<Pair>): Map<string, string> => {
  const signed = new Map<string, string>()
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (!isSigned(lower)) continue
    // A header that is sent twice counts as one list.
    const before = signed.get(lower)
    signed.set(lower, before === undefined ? value : `${before},${value}`)
  }
  return signed
}

/** Percent-encodes everything but what RFC 3986 calls unreserved. */
export const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Percent-encodes a path, segment by segment. */
export const encodePath = (path: string): string => path.split("/").map(encodeText).join("/")

const hmac = (key: string | KeyObject | Uint8Array, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest()

/** Signs requests with the keys of one user, for one region. */
export class Signer {
  readonly #accessKey: string
  readonly #secret: string
  readonly #region: string
  /** The key of the day that was asked for last. */
  #last: { readonly day: string; readonly key: KeyObject } | undefined

  constructor({ keys, region }: { readonly keys: Keys; readonly region: string }) {
    this.#accessKey = keys.accessKey
    this.#secret = `AWS4${Redacted.value(keys.secretKey)}`
    this.#region = region
  }

  /**
   * The headers that have to be added to a request: `Authorization`, `x-amz-date`, `x-amz-content-sha256`. `at` is the
   * time in milliseconds since 1970.
   */
  sign(signable: Signable, at: number, payloadHash: string): ReadonlyArray<Pair> {
    const time = `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`
    const day = time.slice(0, 8)
    const scope = `${day}/${this.#region}/s3/aws4_request`
    const headers = signedOf(signable.headers)
    headers.set("host", signable.host)
    headers.set("x-amz-content-sha256", payloadHash)
    headers.set("x-amz-date", time)
    const names = Array.from(headers.keys()).sort()
    const list = names.join(";")
    let lines = ""
    for (const name of names) lines += `${name}:${oneLine(headers.get(name) ?? "")}\n`
    const { method, path, query } = signable
    const about = `${method}\n${encodePath(path)}\n${canonicalQuery(query)}`
    const canonical = `${about}\n${lines}\n${list}\n${payloadHash}`
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", canonical, "hex")}`
    const signature = createHmac("sha256", this.#keyOf(day)).update(text).digest("hex")
    const credential = `AWS4-HMAC-SHA256 Credential=${this.#accessKey}/${scope}`
    return [
      ["x-amz-content-sha256", payloadHash],
      ["x-amz-date", time],
      ["Authorization", `${credential}, SignedHeaders=${list}, Signature=${signature}`]
    ]
  }

  #keyOf(day: string): KeyObject {
    if (this.#last?.day !== day) {
      const key = hmac(hmac(hmac(hmac(this.#secret, day), this.#region), "s3"), "aws4_request")
      this.#last = { day, key: createSecretKey(key) }
    }
    return this.#last.key
  }
}

// A run of blanks is one blank to whoever checks, and none at the ends.
const oneLine = (value: string): string =>
  /[ \t]/.test(value) ? value.replace(/[ \t]+/g, " ").replace(/^ | $/g, "") : value

/** The parameters by their encoded names, and those with one name by their values. */
const canonicalQuery = (query: ReadonlyArray<Pair>): string => {
  if (query.length === 0) return ""
  const encoded = query.map(([name, value]): Pair => [encodeText(name), encodeText(value)])
  encoded.sort(([a, aValue], [b, bValue]) => (a === b ? compare(aValue, bValue) : compare(a, b)))
  return encoded.map(([name, value]) => `${name}=${value}`).join("&")
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
