/**
 * Data and annotation in one body: put together for HCP, and taken apart again.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError, Reason } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { defaultMaxBytes, type HcpResponse, isSuccess, responseError } from "../../HcpResponse.ts"
import { EndingPull } from "../../internal/body/endingPull.ts"
import { isPacked, unpacked } from "../../internal/body/gzip.ts"
import { checked as comparing, type SentHashes, statedHash } from "../../internal/body/integrity.ts"
import { collect } from "../../internal/request/response.ts"
import { IsADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import { okOrFail, readReply } from "../../ReplyStatus.ts"
import { NotFound } from "../../StatusReason.ts"
import { BodyTooLarge, IncompleteBody } from "../../WireReason.ts"
import { fromHeaders } from "../ObjectMetadata.ts"
import { Counter } from "../Progress.ts"
import type { Stored } from "../StoreOptions.ts"
import type { GetWithAnnotationOptions, ObjectWithAnnotation, PutWithAnnotationOptions } from "../WholeObject.ts"
import { annotationQuery } from "./annotationName.ts"
import { checkXml } from "./annotationXml.ts"
import { bytesOf, hashed, lengthOf, passedThrough } from "./bodyStream.ts"
import { type About, checked, common, invalid, joined, type Pair, sameTimes, wirePath, within } from "./call.ts"
import { Cut } from "./cut.ts"
import { ofStore } from "./refusals.ts"
import { toPairs } from "./settings.ts"
import { onlyNew, send, toStored } from "./storeObject.ts"
import { versionQuery } from "./version.ts"

const wholeObject: Pair = ["type", "whole-object"]

/** @internal */
export const putWithAnnotation = (
  client: HcpClient.Shape,
  path: string,
  given: HcpBody.Input,
  annotation: HcpBody.Input,
  options: PutWithAnnotationOptions = {}
): Effect.Effect<Stored, HcpError> => {
  const about: About = { operation: "PUT", path }
  return Effect.gen(function* () {
    const wire = yield* wirePath(about)
    const settings = yield* checked(about, toPairs(options))
    const name = yield* checked(about, annotationQuery(options.name))
    if (typeof annotation === "string") yield* checkXml(about, annotation)
    const data = yield* checked(about, HcpBody.fromInput(given))
    const second = yield* checked(about, HcpBody.fromInput(annotation, "annotation"))
    const size = yield* lengthOf(data)
    if (size === undefined) {
      const detail = "has no known length, and HCP must know where the data ends; give the stream its length"
      return yield* invalid(about, "body", detail)
    }
    const counter = options.onProgress === undefined ? undefined : new Counter(options.onProgress, size)
    let sent: SentHashes | undefined
    const watched = (bytes: Stream.Stream<Uint8Array, HcpError>) =>
      Stream.suspend(() => {
        const seen = counter === undefined ? bytes : counter.watch(bytes)
        if (options.verify === false) return seen
        const { content, hashes } = hashed(seen)
        sent = hashes
        return content
      })
    const rest = yield* lengthOf(second)
    const total = rest === undefined ? undefined : size + rest
    const isOnce = second._tag === "StreamedOnce" && data._tag !== "StreamedOnce"
    const body = isOnce
      ? passedThrough(second, (bytes) => Stream.concat(watched(bytesOf(data)), bytes), total)
      : passedThrough(data, (bytes) => Stream.concat(watched(bytes), bytesOf(second)), total)
    const request: HcpRequest = {
      ...common(options),
      deadline: undefined,
      method: "PUT",
      path: wire,
      body,
      query: joined(options.query, [wholeObject, ...name, ...settings]),
      headers: joined(options.headers, [["X-HCP-Size", String(size)]])
    }
    const isOnlyNew = (options.ifExists ?? "fail") === "fail"
    const upload = { client, request, plain: data, sent: () => sent, done: counter?.done }
    return yield* send(upload, ...(isOnlyNew ? [onlyNew] : [])).pipe(
      Effect.catch(ofStore({ client, path: wire, options: sameTimes(options) }, isOnlyNew)),
      Effect.map(toStored(isOnlyNew ? "created" : "newVersion"))
    )
  }).pipe(within(about, options.deadline))
}

/** @internal */
export const getWithAnnotation = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  options: GetWithAnnotationOptions = {}
): Effect.fn.Return<ObjectWithAnnotation, HcpError, Scope.Scope> {
  const about: About = { operation: "GET", path }
  const wire = yield* wirePath(about)
  const name = yield* checked(about, annotationQuery(options.name))
  const version = yield* checked(about, versionQuery(options.versionId))
  const request: HcpRequest = {
    ...common(options),
    method: "GET",
    path: wire,
    query: joined(options.query, [wholeObject, ...name, ...version]),
    headers: joined(options.headers, [["X-HCP-CustomMetadataFirst", "true"]])
  }
  const response = yield* client.execute(request)
  if (!isSuccess(response)) yield* Effect.flatMap(readReply(response, undefined), okOrFail(request))
  const fail = (reason: Reason) => Effect.fail(failure(request, response, reason))
  if (response.status === 204) return yield* fail(new NotFound({ status: 204 }))
  if (fromHeaders(response.headers).type === "directory") return yield* fail(new IsADirectory())
  const layout = layoutOf(response, options.name ?? "default")
  if (typeof layout === "string") return yield* fail(new UnexpectedAnswer({ detail: layout }))
  const bytes = isPacked(response) ? unpacked(response.stream, response, wire) : response.stream
  const cut = new Cut(yield* Stream.toPull(bytes), (received, expected) =>
    failure(request, response, new IncompleteBody({ address: response.node, expected, received }))
  )
  const limit = options.maxAnnotationBytes ?? defaultMaxBytes
  const tooLarge = () => failure(request, response, new BodyTooLarge({ limit }))
  const { annotationSize, size } = layout
  const first =
    layout.isFirst && annotationSize !== undefined
      ? yield* collect(cut.exactly(annotationSize), limit, tooLarge)
      : undefined
  const counter = options.onProgress === undefined ? undefined : new Counter(options.onProgress, size)
  const part = cut.exactly(size)
  const expected = options.verify === false ? undefined : statedHash(response.headers)
  const whole = expected === undefined ? part : comparing(part, expected, (reason) => fail(reason))
  const data = Stream.fromPull(new EndingPull(whole).begun)
  return {
    metadata: fromHeaders(response.headers),
    stream: counter === undefined ? data : Stream.onEnd(counter.watch(data), counter.done),
    annotation: layout.isFirst
      ? Effect.succeed(first?.length === 0 && !layout.isStated ? undefined : first)
      : yield* Effect.cached(
          Effect.andThen(
            Stream.runDrain(Stream.fromPull(Effect.succeed(part))),
            Effect.map(collect(cut.rest, limit, tooLarge), (found) =>
              found.length === 0 && !layout.isStated ? undefined : found
            )
          )
        )
  }
})

const failure = (request: HcpRequest, response: HcpResponse, reason: Reason): HcpError =>
  responseError({ operation: request.method, path: request.path }, response, reason)

interface Layout {
  /** Of the data. */
  readonly size: number
  readonly isFirst: boolean
  /** Whether HCP says that there is an annotation. */
  readonly isStated: boolean
  readonly annotationSize: number | undefined
}

/** Where the data begins and ends; a text says why that cannot be known. */
const layoutOf = (response: HcpResponse, name: string): Layout | string => {
  const { headers } = response
  const metadata = fromHeaders(headers)
  const { size } = metadata
  if (size === undefined) return "it does not say where the data ends (X-HCP-Size)"
  const length = headers.get(isPacked(response) ? "x-hcp-contentlength" : "content-length")
  const rest = length === undefined ? undefined : Number(length) - size
  if (rest !== undefined && !(rest >= 0)) return "its data (X-HCP-Size) is longer than its body"
  const isFirst = headers.get("x-hcp-custommetadatafirst")?.trim().toLowerCase() === "true"
  const isListed = metadata.annotations.some((each) => each.name === name)
  // An object with annotations of other names, or none: whatever the order of the parts is called then.
  const isDenied = metadata.hasAnnotations === false || (metadata.annotations.length > 0 && !isListed)
  const isStated =
    !isDenied && (headers.has("x-hcp-custommetadatacontenttype") || headers.has("x-hcp-custommetadatafirst"))
  const annotationSize = rest ?? metadata.annotations.find((each) => each.name === name)?.size
  return isFirst && annotationSize === undefined
    ? "it does not say where the annotation ends"
    : { size, isFirst, isStated, annotationSize }
}
