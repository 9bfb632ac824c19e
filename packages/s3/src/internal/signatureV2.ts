/**
 * Signature Version 2, of headers and of URLs, for HCP 7 and 8.
 *
 * It covers `x-amz-*`, `Content-MD5`, `Content-Type` and the date, but not `x-hcp-*`: retention and holds are then
 * protected by TLS alone.
 *
 * @internal
 */
import { createHmac } from "node:crypto"
import * as Redacted from "effect/Redacted"
import type { Keys } from "../S3Keys.ts"
import { Parameter, SubResource } from "./parameter.ts"
import type { Pair } from "./signatureV4.ts"

/** What is signed. */
export interface SignableV2 {
  readonly method: string
  /** The bucket that is part of the `Host` header, if it is there. */
  readonly bucket: string | undefined
  /** The path as it is sent, percent-encoded. */
  readonly encodedPath: string
  readonly query: ReadonlyArray<Pair>
  readonly headers: ReadonlyArray<Pair>
}

/** The parameters that say what is meant, and so are signed. Those that only narrow a list are not. */
const signedParameters: ReadonlySet<string> = new Set<string>([
  SubResource.acl,
  SubResource.cors,
  SubResource.delete,
  SubResource.objectLock,
  SubResource.uploads,
  SubResource.versioning,
  SubResource.versions,
  Parameter.partNumber,
  Parameter.responseCacheControl,
  Parameter.responseContentDisposition,
  Parameter.responseContentEncoding,
  Parameter.responseContentLanguage,
  Parameter.responseContentType,
  Parameter.responseExpires,
  Parameter.uploadId,
  Parameter.versionId
])

/** The resource as it is signed: bucket, path, and the parameters that say what is meant. */
const canonicalResource = ({ bucket, encodedPath, query }: SignableV2): string => {
  const signed = query
    .filter(([name]) => signedParameters.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
  const path = bucket === undefined ? encodedPath : `/${bucket}${encodedPath}`
  return signed.length === 0 ? path : `${path}?${signed.join("&")}`
}

const canonicalHeaders = (headers: ReadonlyArray<Pair>): string => {
  const amz = new Map<string, string>()
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (!lower.startsWith("x-amz-")) continue
    const before = amz.get(lower)
    amz.set(lower, before === undefined ? value.trim() : `${before},${value.trim()}`)
  }
  return [...amz]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join("")
}

// Whoever reads a header drops the blanks around its value.
const header = (headers: ReadonlyArray<Pair>, lowerName: string): string =>
  headers.find(([name]) => name.toLowerCase() === lowerName)?.[1].trim() ?? ""

const signature = (keys: Keys, signable: SignableV2, date: string): string =>
  createHmac("sha1", Redacted.value(keys.secretKey))
    .update(
      `${signable.method}\n${header(signable.headers, "content-md5")}\n${header(signable.headers, "content-type")}\n${date}\n` +
        canonicalHeaders(signable.headers) +
        canonicalResource(signable),
      "utf8"
    )
    .digest("base64")

/** The headers that have to be added to a request: `Date` and `Authorization`. `at` is in milliseconds since 1970. */
export const signV2 = (signable: SignableV2, keys: Keys, at: number): ReadonlyArray<Pair> => {
  const date = new Date(at).toUTCString()
  return [
    ["Date", date],
    ["Authorization", `AWS ${keys.accessKey}:${signature(keys, signable, date)}`]
  ]
}

/** The whole query of a URL that is good until `expires`, in seconds since 1970. */
export const presignV2 = (signable: SignableV2, keys: Keys, expires: number): ReadonlyArray<Pair> => [
  ...signable.query,
  ["AWSAccessKeyId", keys.accessKey],
  ["Expires", String(expires)],
  ["Signature", signature(keys, signable, String(expires))]
]
