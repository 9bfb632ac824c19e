/**
 * Reads objects, and checks that what was sent is what was asked for.
 *
 * @internal
 */
import { type HcpError, S3Refused, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { HcpReply, HcpResponse, Served } from "@effect-hcp/sdk/HcpResponse"
import * as ByteRange from "@effect-hcp/sdk/namespace/ByteRange"
import * as Conditions from "@effect-hcp/sdk/namespace/Conditions"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "../S3Object.ts"
import { fromHeaders, type S3ObjectMetadata } from "../S3ObjectMetadata.ts"
import {
  answered,
  call,
  checked,
  type Gateway,
  okOrFail,
  open as openAnswer,
  type S3Request,
  settled
} from "./gateway.ts"

/** The request of a read. */
const prepare = Effect.fnUntraced(function* (
  method: "GET" | "HEAD",
  bucket: string,
  key: string,
  options: OpenOptions
): Effect.fn.Return<S3Request, HcpError> {
  const about = { method, bucket, key } as const
  const headers = [...(yield* checked(about, Conditions.toHeaders(options)))]
  if (options.range !== undefined) headers.push(["Range", yield* checked(about, ByteRange.print(options.range))])
  return {
    ...about,
    query: { versionId: options.version },
    headers,
    verify: options.verify === false ? false : "etag",
    options
  }
})

type Answer = Pick<HcpResponse, "status" | "headers" | keyof Served>

/** 204: the version that was asked for marks a deletion. */
const notDeleted = (request: S3Request, answer: Answer): Effect.Effect<void, HcpError> =>
  answer.status !== 204
    ? Effect.void
    : Effect.fail(
        answered(
          request,
          answer,
          new S3Refused({ status: 204, category: "notFound", hint: "this version marks that the object was deleted" })
        )
      )

interface Content {
  readonly metadata: S3ObjectMetadata
  readonly range: ByteRange.Sent | undefined
}

/** What was sent, if it is what was asked for: HCP answers a range it does not understand with the whole object. */
const contentOf = (
  request: S3Request,
  answer: Answer,
  range: ByteRange.ByteRange | undefined
): Effect.Effect<Content, HcpError> =>
  Effect.gen(function* () {
    yield* notDeleted(request, answer)
    const unexpected = (detail: string) => answered(request, answer, new UnexpectedAnswer({ detail }))
    const metadata = fromHeaders(answer.headers)
    if (answer.status !== 206) {
      const isWhole = range === undefined || (range._tag === "From" && range.first === 0)
      return isWhole
        ? { metadata, range: undefined }
        : yield* unexpected("the whole object was sent where a part was asked for")
    }
    const sent = ByteRange.parseSent(answer.headers.get("content-range"))
    return range !== undefined && sent !== undefined && ByteRange.isAnswered(range, sent)
      ? { metadata: { ...metadata, size: sent.size }, range: sent }
      : yield* unexpected("another part of the object was sent than was asked for")
  })

/** @internal */
export const head = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: HeadOptions = {}
): Effect.fn.Return<S3ObjectMetadata, HcpError> {
  const request = yield* prepare("HEAD", bucket, key, options)
  const reply = yield* Effect.flatMap(call(gateway, request), (answer) => settled(gateway, request, answer))
  yield* notDeleted(request, reply)
  return fromHeaders(reply.headers)
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
export const open = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: OpenOptions = {}
): Effect.fn.Return<OpenObject, HcpError, Scope.Scope> {
  const request = yield* prepare("GET", bucket, key, options)
  const response = yield* openAnswer(gateway, request, { heal: options.heal })
  const content = yield* contentOf(request, response, options.range)
  return { ...content, stream: response.stream }
})

/** @internal */
export const get = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: GetOptions = {}
): Effect.fn.Return<StoredObject, HcpError> {
  const request = yield* prepare("GET", bucket, key, options)
  const { heal, maxBodyBytes, range } = options
  const whole: Effect.Effect<HcpReply, HcpError> =
    heal === undefined || heal === false
      ? Effect.retry(call(gateway, request, maxBodyBytes), { times: 2, while: isBroken })
      : Effect.scoped(
          Effect.flatMap(openAnswer(gateway, request, { heal }), (response) =>
            Effect.map(response.bytes(maxBodyBytes), (bytes) => ({ ...replyOf(response), bytes, text: "" }))
          )
        )
  const reply = yield* whole
  const content = yield* Effect.andThen(okOrFail(gateway, request, reply), contentOf(request, reply, range))
  const { bytes } = reply
  return {
    ...content,
    bytes,
    get text() {
      return decoder.decode(bytes)
    }
  }
})

const decoder = new TextDecoder()

const replyOf = (response: HcpResponse): Omit<HcpReply, "bytes" | "text"> => ({
  status: response.status,
  headers: response.headers,
  target: response.target,
  node: response.node,
  role: response.role,
  servicedBy: response.servicedBy,
  attempts: response.attempts,
  failedAttempts: response.failedAttempts,
  repeatedAfterUnknown: response.repeatedAfterUnknown,
  timings: response.timings
})

const brokenBodies: ReadonlySet<string> = new Set([
  "IncompleteBody",
  "ConnectionLost",
  "IntegrityError",
  "ProtocolError"
])

/** A body that broke, or has the wrong hash; what goes wrong before it is repeated by the client. */
const isBroken = ({ reached, reason }: HcpError): boolean => reached === "answer" && brokenBodies.has(reason._tag)
