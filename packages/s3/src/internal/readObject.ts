/**
 * Reads objects, and checks that what was sent is what was asked for.
 *
 * @internal
 */
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import { type HcpError, S3Refused } from "@effect-hcp/sdk/HcpError"
import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import { type HcpReply, type HcpResponse, type Served, toReply } from "@effect-hcp/sdk/HcpResponse"
import * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Gateway } from "../Gateway.ts"
import { fromHeaders, type S3ObjectMetadata } from "../S3ObjectMetadata.ts"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "../S3ObjectOptions.ts"
import { accepted, answered, call, okOrFail, open as openAnswer, refused, type S3Request } from "./gateway.ts"

/** The request of a read. */
const prepare = (
  method: "GET" | "HEAD",
  bucket: string,
  key: string,
  options: OpenOptions
): Result.Result<S3Request, HcpError> => {
  const about = { method, bucket, key } as const
  return Result.mapBoth(ByteRange.toHeaders(options), {
    onFailure: (reason) => refused(about, reason),
    onSuccess: (headers) => ({
      ...about,
      query: options.versionId === undefined ? undefined : { versionId: options.versionId },
      headers,
      verify: options.verify === false ? false : ("etag" as const),
      options
    })
  })
}

type Answer = Pick<HcpResponse, "status" | "headers" | keyof Served>

/** 204: the version that was asked for marks a deletion. */
const deletion = (request: S3Request, answer: Answer): HcpError | undefined =>
  answer.status === 204
    ? answered(
        request,
        answer,
        new S3Refused({ status: 204, category: "notFound", hint: "this version marks that the object was deleted" })
      )
    : undefined

/**
 * Which part was sent, if it is what was asked for; `undefined` for the whole. `size` as `ObjectRead.partOf` takes it.
 */
const partOf = (
  request: S3Request,
  answer: Answer,
  range: ByteRange.ByteRange | undefined,
  size: number | undefined
): Result.Result<ByteRange.Sent | undefined, HcpError> => {
  const deleted = deletion(request, answer)
  return deleted === undefined
    ? Result.mapError(ObjectRead.partOf(range, answer, size), (reason) => answered(request, answer, reason))
    : Result.fail(deleted)
}

/** @internal */
export const head = (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: HeadOptions = {}
): Effect.Effect<S3ObjectMetadata, HcpError> =>
  Effect.suspend(() => {
    const prepared = prepare("HEAD", bucket, key, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const request = prepared.success
    return Effect.flatMap(call(gateway, request), (reply) =>
      Effect.flatMap(accepted(gateway, request, reply), () => {
        const whole = partOf(request, reply, undefined, undefined)
        return Result.isSuccess(whole) ? Effect.succeed(fromHeaders(reply.headers)) : Effect.fail(whole.failure)
      })
    )
  })

/** @internal */
export const exists = (
  gateway: Gateway,
  bucket: string,
  key: string,
  options?: HeadOptions
): Effect.Effect<boolean, HcpError> =>
  Effect.catchIf(
    Effect.as(head(gateway, bucket, key, options), true),
    ({ reason }: HcpError) => reason._tag === "S3Refused" && reason.category === "notFound",
    () => Effect.succeed(false)
  )

/** @internal */
export const open = (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: OpenOptions = {}
): Effect.Effect<OpenObject, HcpError, Scope.Scope> =>
  Effect.suspend(() => {
    const prepared = prepare("GET", bucket, key, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const request = prepared.success
    const { range, resume } = options
    return Effect.flatMap(openAnswer(gateway, request, { resume }), (response) => {
      // The size of the whole matters only to a part.
      const size = range === undefined ? undefined : fromHeaders(response.headers).size
      const part = partOf(request, response, range, size)
      return Result.isFailure(part) ? Effect.fail(part.failure) : Effect.succeed(new Opened(response, part.success))
    })
  })

/** @internal */
export const get = (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: GetOptions = {}
): Effect.Effect<StoredObject, HcpError> =>
  Effect.suspend(() => {
    const prepared = prepare("GET", bucket, key, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const request = prepared.success
    const { resume, maxBodyBytes, range } = options
    const whole =
      resume === undefined || resume === false
        ? call(gateway, request, { maxBodyBytes })
        : resumed(gateway, request, options)
    return Effect.flatMap(whole, (reply) =>
      Effect.flatMap(okOrFail(gateway, request, reply), () => {
        const part = partOf(request, reply, range, reply.bytes.length)
        return Result.isFailure(part) ? Effect.fail(part.failure) : Effect.succeed(new InMemory(reply, part.success))
      })
    )
  })

/**
 * What is read of an object, and what is said about it. Reading every header takes longer than all else that is done
 * for a small one, and many never ask for them. What is worked out when it is asked for are fields of the object's own
 * all the same, so that copies, clones, comparisons and JSON hold them.
 */
abstract class WithMetadata {
  static readonly #lazy: PropertyDescriptor & ThisType<WithMetadata> = {
    enumerable: true,
    configurable: true,
    get() {
      return this.#decode()
    }
  }

  declare readonly metadata: S3ObjectMetadata
  readonly range: ByteRange.Sent | undefined
  readonly #headers: ResponseHeaders
  #metadata: S3ObjectMetadata | undefined

  constructor(headers: ResponseHeaders, range: ByteRange.Sent | undefined) {
    this.range = range
    this.#headers = headers
    Object.defineProperty(this, "metadata", WithMetadata.#lazy)
  }

  #decode(): S3ObjectMetadata {
    this.#metadata ??= ObjectRead.ofWhole(fromHeaders(this.#headers), this.range)
    return this.#metadata
  }

  /** As a plain object with these fields is printed. */
  [Inspectable.NodeInspectSymbol](): unknown {
    return { ...this }
  }
}

class Opened extends WithMetadata implements OpenObject {
  readonly stream: OpenObject["stream"]

  constructor({ headers, stream }: HcpResponse, range: ByteRange.Sent | undefined) {
    super(headers, range)
    this.stream = stream
  }
}

class InMemory extends WithMetadata implements StoredObject {
  static readonly #text: PropertyDescriptor & ThisType<InMemory> = {
    enumerable: true,
    configurable: true,
    get() {
      return decoder.decode(this.bytes)
    }
  }

  declare readonly text: string
  readonly bytes: Uint8Array

  constructor({ bytes, headers }: HcpReply, range: ByteRange.Sent | undefined) {
    super(headers, range)
    this.bytes = bytes
    Object.defineProperty(this, "text", InMemory.#text)
  }
}

const decoder = new TextDecoder()

const resumed = (
  gateway: Gateway,
  request: S3Request,
  { resume, maxBodyBytes }: GetOptions
): Effect.Effect<HcpReply, HcpError> =>
  Effect.scoped(Effect.flatMap(openAnswer(gateway, request, { resume }), (response) => toReply(response, maxBodyBytes)))
