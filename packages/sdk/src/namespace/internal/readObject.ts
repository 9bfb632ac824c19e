/**
 * Reads objects: the request, what the answer must be, and its body unpacked, compared and counted.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError, Reason } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import type { HcpRequest, RequestOptions } from "../../HcpRequest.ts"
import {
  checkedBy,
  defaultMaxBytes,
  type HcpReply,
  type HcpResponse,
  isSuccess,
  type OnReceived,
  responseError,
  type Served
} from "../../HcpResponse.ts"
import { unpacked } from "../../internal/body/gzip.ts"
import {
  checked as comparing,
  expectedOf,
  isUnpackedLater,
  sized,
  statedSizeOf
} from "../../internal/body/integrity.ts"
import { openedStream } from "../../internal/body/openedStream.ts"
import { inexact, isInexact } from "../../internal/exactNumber.ts"
import { toCount } from "../../internal/lenient.ts"
import { collect } from "../../internal/request/response.ts"
import { IsADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import { okOrFail, readReply } from "../../ReplyStatus.ts"
import { NotFound } from "../../StatusReason.ts"
import { BodyTooLarge, IncompleteBody } from "../../WireReason.ts"
import * as ByteRange from "../ByteRange.ts"
import * as Conditions from "../Conditions.ts"
import { fromHeaders, type ObjectMetadata } from "../ObjectMetadata.ts"
import { beside, Counter, type OnProgress } from "../Progress.ts"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "../ReadOptions.ts"
import { type About, amended, checkedNow, common, joined, type Pair } from "./call.ts"
import { restPath } from "./restPath.ts"
import { versionQuery } from "./version.ts"
import { WithMetadata } from "./withMetadata.ts"

/** The path on the wire, and what is said of the request. */
interface Prepared {
  readonly path: string
  readonly options: RequestOptions
}

const prepare = (about: About, options: OpenOptions): Result.Result<Prepared, HcpError> => {
  const path = checkedNow(about, restPath(about.path))
  if (Result.isFailure(path)) return Result.fail(path.failure)
  const version = checkedNow(about, versionQuery(options.versionId))
  if (Result.isFailure(version)) return Result.fail(version.failure)
  const conditions = checkedNow(about, Conditions.toHeaders(options))
  if (Result.isFailure(conditions)) return Result.fail(conditions.failure)
  const range = options.range === undefined ? undefined : checkedNow(about, ByteRange.print(options.range))
  if (range !== undefined && Result.isFailure(range)) return Result.fail(range.failure)
  const query: Array<Pair> = [...version.success]
  if (options.deleted === true) query.push(["deleted", "true"])
  if (options.forceEtag === true) query.push(["forceEtag", "true"])
  if (options.nowait === true) query.push(["nowait", ""])
  const headers = [...conditions.success]
  if (range !== undefined) headers.push(["Range", range.success])
  return Result.succeed({
    path: path.success,
    options: {
      ...common(options),
      query: joined(options.query, query),
      headers: joined(options.headers, headers),
      acceptGzip: options.gzip
    }
  })
}

/** A version that is not there is more than a path that is not: the object itself may be there. */
const ofVersion = <A, R>(
  { versionId }: Pick<OpenOptions, "versionId">,
  read: Effect.Effect<A, HcpError, R>
): Effect.Effect<A, HcpError, R> =>
  versionId === undefined
    ? read
    : Effect.mapError(read, (error) => {
        const { reason } = error
        if (reason._tag !== "NotFound" || reason.hint !== undefined) return error
        const { detail, status } = reason
        const hint =
          status === 204
            ? "this version marks that the object was deleted"
            : "check path and version: the version may be gone, or the namespace keeps none; " +
              "versions lists those that are there"
        return amended(error, { reason: new NotFound({ status, detail, hint }) })
      })

/** @internal */
export const head = (
  client: HcpClient.Shape,
  path: string,
  options: HeadOptions = {}
): Effect.Effect<ObjectMetadata, HcpError> =>
  Effect.suspend(() => {
    const prepared = prepare({ operation: "HEAD", path }, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const asked = { method: "HEAD", path: prepared.success.path } as const
    const { notFoundGrace } = options
    const answer = client.head(asked.path, { ...prepared.success.options, notFoundGrace })
    const found = Effect.flatMap(answer, (reply) => {
      const problem = deletion(asked, reply) ?? inexactSize(asked, reply)
      return problem === undefined ? Effect.succeed(fromHeaders(reply.headers)) : Effect.fail(problem)
    })
    return ofVersion(options, found)
  })

/** @internal */
export const exists = (
  client: HcpClient.Shape,
  path: string,
  options?: HeadOptions
): Effect.Effect<boolean, HcpError> =>
  head(client, path, options).pipe(
    Effect.as(true),
    Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
  )

type Answer = Pick<HcpResponse, "status" | "headers" | keyof Served>

const about = (asked: HcpRequest, answer: Pick<Answer, "target" | "failedAttempts">, reason: Reason): HcpError =>
  responseError({ operation: asked.method, path: asked.path }, answer, reason)

/** 204: the version that was asked for marks that the object was deleted. */
const deletion = (asked: HcpRequest, answer: Answer): HcpError | undefined =>
  answer.status === 204 ? about(asked, answer, new NotFound({ status: 204 })) : undefined

const sizeHeader = "X-HCP-Size"

/** Without a size what follows would believe that HCP does not say one. */
const inexactSize = (asked: HcpRequest, answer: Answer): HcpError | undefined =>
  isInexact(answer.headers.get(sizeHeader))
    ? about(asked, answer, new UnexpectedAnswer({ detail: inexact(sizeHeader) }))
    : undefined

const isDirectory = ({ headers }: Answer): boolean => headers.get("x-hcp-type")?.trim().toLowerCase() === "directory"

/**
 * Which part was sent, if it is what was asked for: data of an object, and of it the right part; `undefined` for the
 * whole. `length` is that of the body in bytes, where it was read already.
 */
const partOf = (
  asked: HcpRequest,
  answer: Answer,
  range: ByteRange.ByteRange | undefined,
  length: number | undefined
): Result.Result<ByteRange.Sent | undefined, HcpError> => {
  const problem =
    deletion(asked, answer) ??
    (isDirectory(answer) ? about(asked, answer, new IsADirectory()) : inexactSize(asked, answer))
  if (problem !== undefined) return Result.fail(problem)
  // The size of the whole matters only to a part.
  const size = range === undefined ? undefined : sizeOf(asked, answer, length)
  return Result.mapError(ByteRange.received(range, answer, size), (reason) => about(asked, answer, reason))
}

// The bytes of a packed body are not those of the object.
const sizeOf = (asked: HcpRequest, answer: Answer, length: number | undefined): number | undefined =>
  toCount(answer.headers.get(sizeHeader)?.trim()) ??
  (isUnpackedLater(asked, answer.headers) ? undefined : (length ?? lengthIn(answer)))

const lengthIn = ({ headers }: Pick<Answer, "headers">): number | undefined =>
  toCount(headers.get("content-length")?.trim())

/** The bytes that a body will have, as far as its head says. */
const sizeIn = (head: Pick<HcpResponse, "status" | "headers">): number | undefined =>
  statedSizeOf({ method: "GET", path: "" }, head.status, head.headers) ??
  (head.status === 200 ? lengthIn(head) : undefined)

const bytesIn = ({ metadata, range }: Pick<OpenObject, "metadata" | "range">): number | undefined =>
  range === undefined ? metadata.size : range.last - range.first + 1

/** A packed body unpacked and, as the core could not, compared with its size and hash. */
const plain = (request: HcpRequest, answer: Answer, bytes: Stream.Stream<Uint8Array, HcpError>) => {
  if (!isUnpackedLater(request, answer.headers)) return bytes
  const { headers, node, status } = answer
  // What is said of the object is said of these bytes now.
  const asUnpacked: HcpRequest = { ...request, acceptGzip: false }
  const size = statedSizeOf(asUnpacked, status, headers)
  const expected = request.verify === false ? undefined : expectedOf(asUnpacked, status, headers)
  const fail = (reason: Reason) => Effect.fail(about(request, answer, reason))
  return Stream.transformPull(unpacked(bytes, answer, request.path), (pull) => {
    const whole =
      size === undefined
        ? pull
        : sized(pull, size, (received) => fail(new IncompleteBody({ address: node, expected: size, received })))
    return Effect.succeed(expected === undefined ? whole : comparing(whole, expected, fail))
  })
}

/** @internal */
export const open = (
  client: HcpClient.Shape,
  path: string,
  options: OpenOptions = {}
): Effect.Effect<OpenObject, HcpError, Scope.Scope> =>
  Effect.suspend(() => {
    const prepared = prepare({ operation: "GET", path }, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const verify = options.verify ?? true
    const request: HcpRequest = { ...prepared.success.options, verify, method: "GET", path: prepared.success.path }
    const answer = client.execute(request, options.resume === undefined ? undefined : { resume: options.resume })
    return ofVersion(
      options,
      Effect.flatMap(answer, (response) => opened(request, response, options))
    )
  })

const opened = (
  request: HcpRequest,
  response: HcpResponse,
  options: OpenOptions
): Effect.Effect<OpenObject, HcpError> => {
  const read = (): Effect.Effect<OpenObject, HcpError> => {
    const part = partOf(request, response, options.range, undefined)
    if (Result.isFailure(part)) return Effect.fail(part.failure)
    const data = plain(request, response, response.stream)
    return Effect.succeed(new Opened(response.headers, part.success, data, options.onProgress))
  }
  return isSuccess(response)
    ? read()
    : Effect.flatMap(Effect.flatMap(readReply(response, undefined), okOrFail(request)), read)
}

class Opened extends WithMetadata implements OpenObject {
  readonly range: ByteRange.Sent | undefined
  readonly stream: OpenObject["stream"]

  constructor(
    headers: ResponseHeaders,
    range: ByteRange.Sent | undefined,
    data: OpenObject["stream"],
    onProgress: OnProgress | undefined
  ) {
    super(headers)
    this.range = range
    const counter = onProgress === undefined ? undefined : new Counter(onProgress, bytesIn(this))
    this.stream = counter === undefined ? data : Stream.onEnd(counter.watch(data), counter.done)
  }
}

/** @internal */
export const stream = (
  client: HcpClient.Shape,
  path: string,
  options?: OpenOptions
): Stream.Stream<Uint8Array, HcpError> =>
  openedStream(Effect.map(open(client, path, options), (object) => object.stream))

const decoder = new TextDecoder()

class InMemory extends WithMetadata implements StoredObject {
  static readonly #text: PropertyDescriptor & ThisType<InMemory> = {
    enumerable: true,
    configurable: true,
    get() {
      return decoder.decode(this.bytes)
    }
  }

  readonly range: ByteRange.Sent | undefined
  readonly bytes: Uint8Array
  declare readonly text: string

  constructor(headers: ResponseHeaders, range: ByteRange.Sent | undefined, bytes: Uint8Array) {
    super(headers)
    this.range = range
    this.bytes = bytes
    Object.defineProperty(this, "text", InMemory.#text)
  }
}

const inMemory = (
  asked: HcpRequest,
  reply: HcpReply,
  range: ByteRange.ByteRange | undefined,
  bytes: Uint8Array
): Effect.Effect<StoredObject, HcpError> => {
  const part = partOf(asked, reply, range, reply.bytes.length)
  return Result.isFailure(part)
    ? Effect.fail(part.failure)
    : Effect.succeed(new InMemory(reply.headers, part.success, bytes))
}

const collected = (
  data: Stream.Stream<Uint8Array, HcpError>,
  limit: number,
  tooLarge: (reason: Reason) => HcpError
): Effect.Effect<Uint8Array, HcpError> =>
  Effect.scoped(
    Effect.flatMap(Stream.toPull(data), (pull) => collect(pull, limit, () => tooLarge(new BodyTooLarge({ limit }))))
  )

/** @internal */
export const get = (
  client: HcpClient.Shape,
  path: string,
  options: GetOptions = {}
): Effect.Effect<StoredObject, HcpError> => ofVersion(options, getWatched(client, path, options))

const getWatched = (
  client: HcpClient.Shape,
  path: string,
  options: GetOptions
): Effect.Effect<StoredObject, HcpError> =>
  options.onProgress === undefined
    ? getWhole(client, path, options, undefined)
    : beside(
        options.onProgress,
        (tell) =>
          getWhole(client, path, options, (transferred, head) => {
            // The bytes of a packed body are not those of the object.
            const isPacked = isUnpackedLater({ acceptGzip: options.gzip }, head.headers)
            tell({ transferred, total: isPacked ? undefined : sizeIn(head) })
          }),
        ({ bytes }) => bytes.length
      )

const getWhole = (
  client: HcpClient.Shape,
  path: string,
  options: GetOptions,
  onReceived: OnReceived | undefined
): Effect.Effect<StoredObject, HcpError> =>
  Effect.suspend(() => {
    const prepared = prepare({ operation: "GET", path }, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const { gzip, resume, maxBodyBytes, notFoundGrace, range } = options
    const { options: asked, path: wire } = prepared.success
    if (gzip !== true) {
      const answer = client.get(wire, { ...asked, maxBodyBytes, notFoundGrace, onReceived, resume })
      return Effect.flatMap(answer, (reply) => inMemory({ method: "GET", path: wire }, reply, range, reply.bytes))
    }
    const request: HcpRequest = { ...asked, method: "GET", path: wire }
    // A packed body may be cut inside of whole framing, which shows only as it is unpacked.
    const data = checkedBy((reply: HcpReply) =>
      isUnpackedLater(request, reply.headers)
        ? collected(plain(request, reply, Stream.make(reply.bytes)), maxBodyBytes ?? defaultMaxBytes, (reason) =>
            about(request, reply, reason)
          )
        : Effect.succeed(reply.bytes)
    )
    const answer = client.get(wire, { ...asked, maxBodyBytes, notFoundGrace, onReceived, check: data.check })
    return Effect.flatMap(answer, (reply) => {
      const part = partOf(request, reply, range, reply.bytes.length)
      return Result.isFailure(part)
        ? Effect.fail(part.failure)
        : Effect.map(data.read(reply), (bytes) => new InMemory(reply.headers, part.success, bytes))
    })
  })
