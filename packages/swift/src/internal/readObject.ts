/**
 * Reads objects, and checks that what was sent is what was asked for.
 *
 * @internal
 */
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { type HcpResponse, type Served, toReply } from "@effect-hcp/sdk/HcpResponse"
import * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { fromHeaders, type SwiftObjectMetadata } from "../SwiftObjectMetadata.ts"
import type { GetOptions, HeadOptions, OpenObject, OpenOptions, StoredObject } from "../SwiftObjectOptions.ts"
import { type Gateway, open as openAnswer, orFail, refused, type SwiftRequest, send } from "./gateway.ts"

/** The request of a read. */
const requestOf = (
  method: "GET" | "HEAD",
  container: string,
  object: string,
  options: OpenOptions
): Result.Result<SwiftRequest, HcpError> => {
  const about = { method, container, object } as const
  return Result.mapBoth(ByteRange.toHeaders(options), {
    onFailure: (reason) => refused(about, reason),
    onSuccess: (headers) => ({
      ...about,
      headers,
      verify: options.verify === false ? false : ("etag" as const),
      options
    })
  })
}

type Answer = Pick<HcpResponse, "status" | "headers" | keyof Served>

/** What the headers say, and which part was sent, if it is what was asked for. */
const described = (
  gateway: Gateway,
  request: SwiftRequest,
  answer: Answer,
  range: ByteRange.ByteRange | undefined,
  size?: number | undefined
): Result.Result<Pick<OpenObject, "metadata" | "range">, HcpError> => {
  const metadata = fromHeaders(answer.headers)
  const sent = orFail(gateway, request, answer, ObjectRead.partOf(range, answer, size ?? metadata.size))
  return Result.map(sent, (part) => ({ metadata: ObjectRead.ofWhole(metadata, part), range: part }))
}

/** @internal */
export const head = (
  gateway: Gateway,
  container: string,
  object: string,
  options: HeadOptions = {}
): Effect.Effect<SwiftObjectMetadata, HcpError> =>
  Effect.gen(function* () {
    const request = yield* Effect.fromResult(requestOf("HEAD", container, object, options))
    const reply = yield* send(gateway, request)
    return (yield* Effect.fromResult(described(gateway, request, reply, undefined))).metadata
  })

/** @internal */
export const open = Effect.fnUntraced(function* (
  gateway: Gateway,
  container: string,
  object: string,
  options: OpenOptions = {}
): Effect.fn.Return<OpenObject, HcpError, Scope.Scope> {
  const request = yield* Effect.fromResult(requestOf("GET", container, object, options))
  const response = yield* openAnswer(gateway, request, { resume: options.resume })
  const about = yield* Effect.fromResult(described(gateway, request, response, options.range))
  return { ...about, stream: response.stream }
})

/** @internal */
export const get = (
  gateway: Gateway,
  container: string,
  object: string,
  options: GetOptions = {}
): Effect.Effect<StoredObject, HcpError> =>
  Effect.suspend(() => {
    const prepared = requestOf("GET", container, object, options)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const request = prepared.success
    const { maxBodyBytes, range, resume } = options
    const whole =
      resume === undefined || resume === false
        ? send(gateway, request, { maxBodyBytes })
        : Effect.scoped(
            Effect.flatMap(openAnswer(gateway, request, { resume }), (response) => toReply(response, maxBodyBytes))
          )
    return Effect.flatMap(whole, (reply) =>
      Effect.fromResult(
        Result.map(described(gateway, request, reply, range, reply.bytes.length), (about) => ({
          ...about,
          bytes: reply.bytes,
          get text() {
            return decoder.decode(reply.bytes)
          }
        }))
      )
    )
  })

const decoder = new TextDecoder()
