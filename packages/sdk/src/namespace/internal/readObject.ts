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
import type { HcpRequest } from "../../HcpRequest.ts"
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
import { inexact, isInexact } from "../../internal/exactNumber.ts"
import { toCount } from "../../internal/lenient.ts"
import { okOrFail, readReply } from "../../internal/request/replyStatus.ts"
import { collect } from "../../internal/request/response.ts"
import { IsADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import { NotFound } from "../../StatusReason.ts"
import { BodyTooLarge, IncompleteBody } from "../../WireReason.ts"
import * as ByteRange from "../ByteRange.ts"
import * as Conditions from "../Conditions.ts"
import { fromHeaders, type ObjectMetadata } from "../ObjectMetadata.ts"
import { beside, Counter } from "../Progress.ts"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "../ReadOptions.ts"
import { type About, amended, checked, common, joined, type Pair, wirePath } from "./call.ts"
import { versionQuery } from "./version.ts"

/** The request of a read; `path` is that on the wire. */
const prepare = Effect.fnUntraced(function* (
  about: About,
  options: OpenOptions
): Effect.fn.Return<HcpRequest, HcpError> {
  const path = yield* wirePath(about)
  const query: Array<Pair> = [...(yield* checked(about, versionQuery(options.versionId)))]
  if (options.deleted === true) query.push(["deleted", "true"])
  if (options.forceEtag === true) query.push(["forceEtag", "true"])
  if (options.nowait === true) query.push(["nowait", ""])
  const headers = [...(yield* checked(about, Conditions.toHeaders(options)))]
  if (options.range !== undefined) headers.push(["Range", yield* checked(about, ByteRange.print(options.range))])
  return {
    ...common(options),
    method: about.operation === "HEAD" ? "HEAD" : "GET",
    path,
    query: joined(options.query, query),
    headers: joined(options.headers, headers),
    acceptGzip: options.gzip
  }
})

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
            : "check path and version: the version may be gone, or the namespace keeps none; versions lists those that are there"
        return amended(error, { reason: new NotFound({ status, detail, hint }) })
      })

/** @internal */
export const head = (
  client: HcpClient.Shape,
  path: string,
  options: HeadOptions = {}
): Effect.Effect<ObjectMetadata, HcpError> => ofVersion(options, headOf(client, path, options))

const headOf = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  options: HeadOptions
): Effect.fn.Return<ObjectMetadata, HcpError> {
  const request = yield* prepare({ operation: "HEAD", path }, options)
  const { notFoundGrace } = options
  const reply = yield* client.head(request.path, { ...common(request), notFoundGrace })
  yield* notDeleted(request, reply)
  yield* exactSize(request, reply)
  return fromHeaders(reply.headers)
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

const about = (request: HcpRequest, answer: Pick<Answer, "target" | "failedAttempts">, reason: Reason): HcpError =>
  responseError({ operation: request.method, path: request.path }, answer, reason)

/** 204: the version that was asked for marks that the object was deleted. */
const notDeleted = (request: HcpRequest, answer: Answer): Effect.Effect<void, HcpError> =>
  answer.status === 204 ? Effect.fail(about(request, answer, new NotFound({ status: 204 }))) : Effect.void

const sizeHeader = "X-HCP-Size"

/** Without a size what follows would believe that HCP does not say one. */
const exactSize = (request: HcpRequest, answer: Answer): Effect.Effect<void, HcpError> =>
  isInexact(answer.headers.get(sizeHeader))
    ? Effect.fail(about(request, answer, new UnexpectedAnswer({ detail: inexact(sizeHeader) })))
    : Effect.void

/**
 * What was sent, if it is what was asked for: data of an object, and of it the right part. `length` is that of the body
 * in bytes, where it was read already.
 */
const contentOf = (
  request: HcpRequest,
  answer: Answer,
  range: ByteRange.ByteRange | undefined,
  length: number | undefined
): Effect.Effect<Pick<OpenObject, "metadata" | "range">, HcpError> =>
  Effect.gen(function* () {
    yield* notDeleted(request, answer)
    const metadata = fromHeaders(answer.headers)
    if (metadata.type === "directory") return yield* about(request, answer, new IsADirectory())
    yield* exactSize(request, answer)
    // The bytes of a packed body are not those of the object.
    const size = metadata.size ?? (isUnpackedLater(request, answer.headers) ? undefined : (length ?? lengthIn(answer)))
    const part = ByteRange.received(range, answer, size)
    return Result.isSuccess(part) ? { metadata, range: part.success } : yield* about(request, answer, part.failure)
  })

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

interface Opened extends OpenObject {
  readonly request: HcpRequest
  readonly answer: Answer
  readonly counter: Counter | undefined
}

const opened = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  options: OpenOptions
): Effect.fn.Return<Opened, HcpError, Scope.Scope> {
  const request: HcpRequest = {
    ...(yield* prepare({ operation: "GET", path }, options)),
    verify: options.verify ?? true
  }
  const response = yield* client.execute(request, { resume: options.resume })
  if (!isSuccess(response)) yield* Effect.flatMap(readReply(response, undefined), okOrFail(request))
  const content = yield* contentOf(request, response, options.range, undefined)
  const data = plain(request, response, response.stream)
  if (options.onProgress === undefined) {
    return { ...content, stream: data, request, answer: response, counter: undefined }
  }
  const counter = new Counter(options.onProgress, bytesIn(content))
  return { ...content, stream: counter.watch(data), request, answer: response, counter }
})

/** @internal */
export const open = (
  client: HcpClient.Shape,
  path: string,
  options: OpenOptions = {}
): Effect.Effect<OpenObject, HcpError, Scope.Scope> =>
  Effect.map(ofVersion(options, opened(client, path, options)), ({ counter, metadata, range, stream }) => ({
    metadata,
    range,
    stream: counter === undefined ? stream : Stream.onEnd(stream, counter.done)
  }))

/** @internal */
export const stream = (
  client: HcpClient.Shape,
  path: string,
  options?: OpenOptions
): Stream.Stream<Uint8Array, HcpError> =>
  Stream.scoped(Stream.unwrap(Effect.map(open(client, path, options), (object) => object.stream)))

const decoder = new TextDecoder()

const inMemory = (content: Pick<OpenObject, "metadata" | "range">, bytes: Uint8Array): StoredObject => ({
  metadata: content.metadata,
  range: content.range,
  bytes,
  get text() {
    return decoder.decode(bytes)
  }
})

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

const getWhole = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  options: GetOptions,
  onReceived: OnReceived | undefined
): Effect.fn.Return<StoredObject, HcpError> {
  const { gzip, resume, maxBodyBytes, notFoundGrace } = options
  const request = yield* prepare({ operation: "GET", path }, options)
  const limits = { ...common(request), maxBodyBytes, notFoundGrace, onReceived }
  if (gzip !== true) {
    const reply = yield* client.get(request.path, { ...limits, resume })
    return inMemory(yield* contentOf(request, reply, options.range, reply.bytes.length), reply.bytes)
  }
  // A packed body may be cut inside of whole framing, which shows only as it is unpacked.
  const data = checkedBy((reply: HcpReply) =>
    isUnpackedLater(request, reply.headers)
      ? collected(plain(request, reply, Stream.make(reply.bytes)), maxBodyBytes ?? defaultMaxBytes, (reason) =>
          about(request, reply, reason)
        )
      : Effect.succeed(reply.bytes)
  )
  const reply = yield* client.get(request.path, { ...limits, check: data.check })
  const content = yield* contentOf(request, reply, options.range, reply.bytes.length)
  return inMemory(content, yield* data.read(reply))
})
