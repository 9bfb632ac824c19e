/**
 * The body of a request: checked against what its sender says of it.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Blob } from "../Blob.ts"
import type { GatewayRequest } from "../Gateway.ts"
import { collectBytes } from "../internal/collectBytes.ts"
import { type Branch, type Document, isBranch } from "../internal/document.ts"
import { fromXml } from "../mapi/format.ts"
import type { BucketCall, Failure, TenantCall } from "./call.ts"
import { refuse, S3Refusal } from "./refusal.ts"

const incomplete = () => refuse("InvalidRequest", "You did not provide the number of bytes that you announced")

/** The bytes as they were sent. The stream fails where they are not those that were signed, or not all. */
const sent = ({ payload, request }: TenantCall): Stream.Stream<Uint8Array, S3Refusal> =>
  Stream.suspend(() => {
    const hash = payload === undefined ? undefined : Crypto.createHash("sha256")
    const announced = request.headers["content-length"]
    let size = 0
    const bytes = request.body.pipe(
      Stream.mapError(incomplete),
      Stream.map((chunk) => {
        hash?.update(chunk)
        size += chunk.length
        return chunk
      })
    )
    const check = Effect.suspend(() => {
      if (announced !== undefined && Number(announced) !== size) return Effect.fail(incomplete())
      return hash === undefined || hash.digest("hex") === payload
        ? Effect.void
        : Effect.fail(
            refuse("XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 does not match what was computed")
          )
    })
    return Stream.concat(bytes, Stream.fromEffectDrain(check))
  })

/**
 * Fails with `MissingContentLength` unless the length was announced: bytes that come in chunks are not taken.
 *
 * @internal
 */
export const needLength = ({ headers }: GatewayRequest): Effect.Effect<number, S3Refusal> => {
  const length = headers["content-length"] ?? ""
  return /^\d+$/.test(length)
    ? Effect.succeed(Number(length))
    : Effect.fail(refuse("MissingContentLength", "You must provide the Content-Length HTTP header."))
}

/** The MD5 in hex that the body must have; undefined if nobody says. Fails with `InvalidDigest`. */
const wantedMd5 = ({ headers }: GatewayRequest): Result.Result<string | undefined, S3Refusal> => {
  const text = headers["content-md5"]?.trim()
  if (text === undefined) return Result.succeed(undefined)
  const digest = Buffer.from(text, "base64")
  return digest.length === 16 && digest.toString("base64") === text
    ? Result.succeed(digest.toString("hex"))
    : Result.fail(refuse("InvalidDigest", "The Content-MD5 you specified is not valid."))
}

const badDigest = () => refuse("BadDigest", "The Content-MD5 you specified did not match what we received.")

/** The bytes to keep: what was sent packed is unpacked. */
const content = (call: TenantCall): Effect.Effect<Stream.Stream<Uint8Array, S3Refusal>, S3Refusal> => {
  const codings = (call.request.headers["content-encoding"] ?? "").toLowerCase().split(/[\s,]+/)
  if (codings.includes("aws-chunked")) {
    return Effect.fail(refuse("NotImplemented", "The content encoding aws-chunked is not implemented"))
  }
  const bytes = sent(call)
  if (!codings.includes("gzip")) return Effect.succeed(bytes)
  return Effect.succeed(
    bytes.pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => Zlib.createGunzip(),
        onError: (error) =>
          error instanceof S3Refusal ? error : refuse("InvalidRequest", "the body is not in gzip format")
      })
    )
  )
}

/**
 * Stores the body and hands the blob to `use`; if that fails nothing is kept. Fails with `BadDigest`, `InvalidDigest`
 * and `XAmzContentSHA256Mismatch` for bytes that are not those that were meant.
 *
 * @internal
 */
export const keep = <A>(call: BucketCall, use: (blob: Blob) => Effect.Effect<A, Failure>): Effect.Effect<A, Failure> =>
  Effect.gen(function* () {
    const { blobs } = call.core
    const md5 = yield* Effect.fromResult(wantedMd5(call.request))
    const bytes = yield* content(call)
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(blobs.write(bytes, call.namespace.spec.hashScheme)), (blob) =>
        (md5 === undefined || md5 === blob.md5 ? use(blob) : Effect.fail(badDigest())).pipe(
          Effect.onError(() => Effect.ignore(blobs.delete(blob.id)))
        )
      )
    )
  })

/** More than any document needs. */
const maxDocument = 2.5 * 1024 ** 2

/**
 * Reads the whole body into memory. Fails as {@link keep} does, and with `EntityTooLarge`.
 *
 * @internal
 */
export const readBytes = Effect.fnUntraced(function* (
  call: TenantCall,
  maxBytes = maxDocument
): Effect.fn.Return<Buffer, S3Refusal> {
  const md5 = yield* Effect.fromResult(wantedMd5(call.request))
  const bytes = yield* collectBytes(sent(call), maxBytes, () => refuse("EntityTooLarge", "the body is too long"))
  if (md5 !== undefined && Crypto.createHash("md5").update(bytes).digest("hex") !== md5) return yield* badDigest()
  return bytes
})

const malformed = () => refuse("MalformedXML", "The XML you provided was not well-formed or did not validate")

/**
 * The document in a body as a tree. Fails with `MalformedXML` if it is none, or has another root.
 *
 * @internal
 */
export const readDocument = Effect.fnUntraced(function* (
  call: TenantCall,
  wantedRoot: string
): Effect.fn.Return<Branch, S3Refusal> {
  const bytes = yield* readBytes(call)
  if (bytes.length === 0) return yield* refuse("MissingRequestBodyError", "Request body is empty.")
  // A key may begin and end with blanks.
  const { document, root } = yield* Effect.mapError(fromXml(bytes.toString("utf8"), true), malformed)
  if (root !== wantedRoot) return yield* malformed()
  return isBranch(document) ? document : {}
})

/** The text of an element; undefined if it is not there, or not once, or not text. */
export const textOf = (branch: Branch, name: string): string | undefined => {
  const value = branch[name]
  return typeof value === "string" ? value : undefined
}

/** The texts of all elements of a name; those that have elements themselves are left out. */
export const textsOf = (branch: Branch, name: string): ReadonlyArray<string> => {
  const value: Document | undefined = branch[name]
  const all: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  return all.filter((each) => typeof each === "string")
}

/** The elements of a name that have elements themselves; those that are only text are left out. */
export const branchesOf = (branch: Branch, name: string): ReadonlyArray<Branch> => {
  const value: Document | undefined = branch[name]
  const all: ReadonlyArray<unknown> = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return all.filter(isBranch)
}

/** The element of a name, as {@link branchesOf}; empty if there is none. */
export const branchOf = (branch: Branch, name: string): Branch => branchesOf(branch, name)[0] ?? {}

/** Fails with the refusal for a document that says what cannot be. */
export const invalid = malformed
