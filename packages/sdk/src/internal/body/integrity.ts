/**
 * Compares bytes with the hashes HCP gives for them, while they pass.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type { HcpError } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import { type HcpRequest, type Pairs, pairsOf } from "../../HcpRequest.ts"
import { IntegrityError } from "../../WireReason.ts"
import { toCount } from "../lenient.ts"
import { contentRangeOf } from "./contentRange.ts"

/** A hash that is known beforehand. */
export interface Expected {
  /** HCP's name of the algorithm, e.g. `SHA-256`. */
  readonly scheme: string
  /** In lower case. */
  readonly hash: string
}

// HCP's names, and OpenSSL's; one that this OpenSSL lacks settles nothing.
const algorithms: ReadonlyMap<string, string> = new Map(
  [
    ["MD5", "md5"],
    ["SHA-1", "sha1"],
    ["SHA-256", "sha256"],
    ["SHA-384", "sha384"],
    ["SHA-512", "sha512"],
    ["RIPEMD-160", "ripemd160"]
  ].filter((pair): pair is [string, string] => crypto.getHashes().includes(pair[1] ?? ""))
)

/** A hash under way, by HCP's name of its algorithm; `undefined` for one nobody here knows. */
export const hasher = (scheme: string): crypto.Hash | undefined => {
  const algorithm = algorithms.get(scheme)
  return algorithm === undefined ? undefined : crypto.createHash(algorithm)
}

/**
 * The hash of a body that comes part by part. One that comes as a whole is hashed at once: that takes less than an
 * object of the system's for each body, and leaves nothing to be collected.
 */
class PartHash {
  readonly #algorithm: string
  readonly #length: number | undefined
  #hash: crypto.Hash | undefined
  #digest: string | undefined

  /** `algorithm` as OpenSSL calls it; `length` is that of the body, where it is known. */
  constructor(algorithm: string, length: number | undefined) {
    this.#algorithm = algorithm
    this.#length = length
  }

  update(part: Uint8Array): void {
    if (this.#hash === undefined && part.length === this.#length) {
      this.#digest = crypto.hash(this.#algorithm, part, "hex")
    } else {
      this.#hash ??= crypto.createHash(this.#algorithm)
      this.#hash.update(part)
    }
  }

  digest(): string {
    this.#digest ??= (this.#hash ?? crypto.createHash(this.#algorithm)).digest("hex")
    return this.#digest
  }
}

/** Whether a hash can be computed, by HCP's name of its algorithm; and if so how OpenSSL calls it. */
export const algorithmOf = (scheme: string): string | undefined => algorithms.get(scheme)

/** The hash an answer states for the object (`X-HCP-Hash`). */
export const statedHash = (headers: ResponseHeaders): Expected | undefined => {
  const stated = headers.get("x-hcp-hash")
  const space = stated?.indexOf(" ") ?? -1
  if (stated === undefined || space < 0) return undefined
  const name = stated.slice(0, space).toUpperCase()
  const hash = stated.slice(space + 1)
  return hash !== "" && algorithms.has(name) ? { scheme: name, hash: hash.toLowerCase() } : undefined
}

/** The ETag as the MD5 it is for whole objects; one of many parts has another form, and Swift leaves out the quotes. */
const statedMd5 = (headers: ResponseHeaders): Expected | undefined => {
  const [, hash] = /^"?([0-9a-f]{32})"?$/i.exec(headers.get("etag") ?? "") ?? []
  return hash === undefined ? undefined : { scheme: "MD5", hash: hash.toLowerCase() }
}

/** A header or parameter among those a caller gave; `name` in lower case. */
export const given = (headers: Pairs | undefined, name: string): string | undefined => {
  // Comparing lengths first leaves nearly every name as it is.
  for (const pair of pairsOf(headers)) {
    if (pair[0].length === name.length && pair[0].toLowerCase() === name) return pair[1]
  }
  return undefined
}

/** The content coding of a body, in lower case: `identity` where it has none. */
export const codingOf = (headers: ResponseHeaders): string => {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? ""
  if (coding === "") return "identity"
  return coding === "x-gzip" ? "gzip" : coding
}

/** Whether whoever asked unpacks the body: then its sizes and hashes do not speak of the bytes that come. */
export const isUnpackedLater = (request: Pick<HcpRequest, "acceptGzip">, headers: ResponseHeaders): boolean =>
  request.acceptGzip === true && codingOf(headers) === "gzip"

/** The content coding of an answer that nobody asked for; `undefined` where there is none. */
export const unaskedCoding = (request: HcpRequest, headers: ResponseHeaders): string | undefined => {
  const coding = codingOf(headers)
  return coding === "identity" || isUnpackedLater(request, headers) ? undefined : coding
}

/**
 * Whether an answer's headers speak of exactly the bytes of its body: not of parts, lists, ACLs, data and annotation
 * together, and bodies that are unpacked later. A coding that nobody asked for changes nothing.
 */
const isWhole = (request: HcpRequest, status: number, headers: ResponseHeaders): boolean => {
  if (request.method !== "GET" || status !== 200) return false
  if (given(request.query, "type") === "whole-object") return false
  const type = headers.get("x-hcp-type") ?? ""
  if (type !== "" && type !== "object" && type !== "annotation") return false
  return !isUnpackedLater(request, headers)
}

/** The hash the whole body of an answer must have, where HCP states one that speaks of exactly these bytes. */
export const expectedOf = (request: HcpRequest, status: number, headers: ResponseHeaders): Expected | undefined => {
  if (!isWhole(request, status, headers)) return undefined
  // Others than HCP have ETags of the same look that are no MD5.
  const isTrusted = request.verify === "etag" || headers.has("x-hcp-size") || (headers.get("x-hcp-type") ?? "") !== ""
  return statedHash(headers) ?? (isTrusted ? statedMd5(headers) : undefined)
}

/**
 * The bytes the body of an answer must have, whatever its framing says: the whole by `X-HCP-Size`, a part by
 * `Content-Range`.
 */
export const statedSizeOf = (request: HcpRequest, status: number, headers: ResponseHeaders): number | undefined => {
  if (request.method === "GET" && status === 206 && !isUnpackedLater(request, headers)) {
    const part = contentRangeOf(headers)
    return part === undefined ? undefined : part.last - part.first + 1
  }
  if (!isWhole(request, status, headers) || headers.get("x-hcp-type") === "annotation") return undefined
  return toCount(headers.get("x-hcp-size"))
}

/**
 * Whether the end of a connection may be the end of a body: a document says itself where it ends, and an error says
 * enough.
 */
export const mayEndWithConnection = (request: HcpRequest, status: number, headers: ResponseHeaders): boolean =>
  !isWhole(request, status, headers) ||
  statedSizeOf(request, status, headers) !== undefined ||
  expectedOf(request, status, headers) !== undefined ||
  /\b(?:xml|json)\b/i.test(headers.get("content-type") ?? "")

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

/** The same body, which fails at the first byte beyond its size, or at its end when it has fewer. */
export const sized = (
  pull: Pull.Pull<Chunks, HcpError>,
  size: number,
  onMismatch: (received: number) => Effect.Effect<never, HcpError>
): Pull.Pull<Chunks, HcpError> => {
  let received = 0
  const counted = Effect.flatMap(pull, (chunks) => {
    for (const chunk of chunks) received += chunk.length
    return received > size ? onMismatch(received) : Effect.succeed(chunks)
  })
  return Pull.catchDone(
    counted,
    (): Pull.Pull<never, HcpError> => (received === size ? Cause.done() : onMismatch(received))
  )
}

/**
 * The same body, which fails at its end, in place of ending, when its hash is not the expected one. `length` is that of
 * the body, where it is known.
 */
export const checked = (
  pull: Pull.Pull<Chunks, HcpError>,
  expected: Expected,
  onMismatch: (reason: IntegrityError) => Effect.Effect<never, HcpError>,
  length?: number | undefined
): Pull.Pull<Chunks, HcpError> => {
  const algorithm = algorithmOf(expected.scheme)
  if (algorithm === undefined) return pull
  const hash = new PartHash(algorithm, length)
  return Pull.matchEffect(pull, {
    onSuccess: (chunks) => {
      for (const chunk of chunks) hash.update(chunk)
      return Effect.succeed(chunks)
    },
    onFailure: Effect.failCause,
    onDone: (): Pull.Pull<never, HcpError> => {
      const actual = hash.digest()
      return actual === expected.hash
        ? Cause.done()
        : onMismatch(new IntegrityError({ algorithm: expected.scheme, expected: expected.hash, actual }))
    }
  })
}

/** What is wrong with bytes, or the hash of bytes, whose hash is known. */
export const mismatchOf = (
  expected: Expected,
  bytes: Uint8Array | { readonly digest: (encoding: "hex") => string }
): IntegrityError | undefined => {
  const algorithm = algorithmOf(expected.scheme)
  if (algorithm === undefined) return undefined
  const actual = bytes instanceof Uint8Array ? crypto.hash(algorithm, bytes, "hex") : bytes.digest("hex")
  return actual === expected.hash
    ? undefined
    : new IntegrityError({ algorithm: expected.scheme, expected: expected.hash, actual })
}

/** The ETag of what was stored, where it is the MD5: others than HCP have ETags of the same look that are none. */
const storedMd5 = (headers: ResponseHeaders, { verify }: Pick<HcpRequest, "verify">): Expected | undefined =>
  verify === "etag" || headers.has("x-hcp-hash") || headers.has("x-hcp-versionid") ? statedMd5(headers) : undefined

/** Whether what is stored has the MD5 that was declared for the body: then the body need not be hashed once more. */
const isDeclared = (stored: Expected | undefined, { headers }: Pick<HcpRequest, "headers">): boolean =>
  stored !== undefined && given(headers, "content-md5") === Buffer.from(stored.hash, "hex").toString("base64")

/**
 * The hashes of one body that is sent.
 *
 * Short bytes are hashed when HCP has said how. Anything else is hashed part by part, with the algorithm this system
 * named last, or as long as it named none with SHA-256, HCP's own default, and MD5, which it gives as ETag in any case.
 */
export class SentHashes {
  readonly #bytes: Uint8Array | undefined
  readonly #hashes = new Map<string, PartHash>()

  /** `length` is that of the body, where it is known. */
  constructor(body: Uint8Array | { readonly scheme: string | undefined; readonly length: number | undefined }) {
    this.#bytes = body instanceof Uint8Array ? body : undefined
    if (body instanceof Uint8Array) return
    for (const scheme of body.scheme === undefined ? ["SHA-256", "MD5"] : [body.scheme]) {
      const algorithm = algorithmOf(scheme)
      if (algorithm !== undefined) this.#hashes.set(scheme, new PartHash(algorithm, body.length))
    }
  }

  /** A part of the body is sent. */
  update(part: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(part)
  }

  /**
   * What is wrong with what HCP says it stored; nothing, if it says nothing that can be compared. `stated` is the
   * {@link statedHash} of the headers.
   */
  compare(
    stated: Expected | undefined,
    headers: ResponseHeaders,
    request: Pick<HcpRequest, "verify" | "headers">
  ): IntegrityError | undefined {
    return this.#mismatch(stated, () => {
      const etag = storedMd5(headers, request)
      return isDeclared(etag, request) ? undefined : this.#mismatch(etag, () => undefined)
    })
  }

  /** What is wrong by a hash that can be compared, or what is to be said else. */
  #mismatch(expected: Expected | undefined, otherwise: () => IntegrityError | undefined): IntegrityError | undefined {
    if (expected === undefined) return otherwise()
    const body = this.#bytes ?? this.#hashes.get(expected.scheme)
    return body === undefined ? otherwise() : mismatchOf(expected, body)
  }
}

/** Whether the bodies of a call are compared with what HCP says of them. */
export const isVerified = ({ verify }: Pick<HcpRequest, "verify">): boolean => verify === true || verify === "etag"

/** Whether the hash in the answer to a PUT will speak of the bytes that are sent. */
export const isComparable = ({ body, headers, method, query }: HcpRequest): boolean =>
  method === "PUT" &&
  body !== undefined &&
  (typeof body === "string" || !("_tag" in body) || body._tag !== "Empty") &&
  given(query, "type") === undefined &&
  given(headers, "x-hcp-copysource") === undefined &&
  (given(headers, "content-encoding") ?? "identity") === "identity"
