/**
 * The bytes of objects: uploads, downloads and previews.
 *
 * What an object holds must never run in a page of the console. So it is always sent as bytes or plain text, to be
 * saved, under a policy that allows nothing; only pictures of a few kinds are sent as what they are.
 *
 * @internal
 */
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { type Failure, statusOf } from "./api.ts"
import { failure, type Gateways, toFailure } from "./gateways.ts"
import { splitTarget } from "./guard.ts"
import { known } from "./objectDocuments.ts"

/** How much of an object its preview shows. */
const previewBytes = 64 * 1024

/** Uploads up to this many bytes are held in memory. */
const maxHeld = 8 * 1024 * 1024

/** What a browser shows as a picture, and never as a page. */
const pictures: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])

const sandbox = { "content-security-policy": "sandbox; default-src 'none'" }

const refused = (problem: Failure) => HttpServerResponse.jsonUnsafe(problem, { status: statusOf(problem) })

interface Asked {
  readonly system: string
  readonly namespace: string
  readonly path: string
  readonly versionId: string | undefined
  readonly parameters: URLSearchParams
}

const askedOf = (request: HttpServerRequest.HttpServerRequest): Asked => {
  const [, parameters] = splitTarget(request.url)
  const text = (name: string) => parameters.get(name) ?? ""
  return {
    system: text("system"),
    namespace: text("namespace"),
    path: text("path"),
    versionId: parameters.get("versionId") ?? undefined,
    parameters
  }
}

/** The name that a download gets, in the only form that takes every name. */
const dispositionOf = (path: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(path.slice(path.lastIndexOf("/") + 1)).replaceAll("'", "%27")}`

const download = (gateways: Gateways) =>
  Effect.fnUntraced(function* (asked: Asked) {
    const { namespace, path, system } = asked
    const objects = yield* gateways.objects(system, namespace)
    // Nothing is sent to the browser before the answer of HCP has begun, so a refusal can still be a status with words.
    const { metadata, stream } = yield* Effect.mapError(objects.open(path, { versionId: asked.versionId }), toFailure)
    const type = metadata.contentType ?? ""
    const isPicture = asked.parameters.has("picture") && pictures.has(type)
    return HttpServerResponse.stream(stream, {
      contentType: isPicture ? type : "application/octet-stream",
      headers: { ...sandbox, "content-disposition": dispositionOf(path) },
      ...known({ contentLength: metadata.size })
    })
  })

const preview = (gateways: Gateways) =>
  Effect.fnUntraced(function* ({ namespace, path, system, versionId }: Asked) {
    const objects = yield* gateways.objects(system, namespace)
    const { bytes } = yield* objects
      .get(path, { versionId, range: ByteRange.between(0, previewBytes - 1) })
      .pipe(Effect.mapError(toFailure))
    return HttpServerResponse.uint8Array(bytes, { contentType: "text/plain; charset=utf-8", headers: sandbox })
  })

/** What is small is held, so that it can be sent again where a node fails; what is large can be sent once. */
const bodyOf = (request: HttpServerRequest.HttpServerRequest, length: number) => {
  if (length === 0) return Effect.succeed(HcpBody.empty)
  if (length > maxHeld) return Effect.succeed(HcpBody.streamOnce(request.stream, { length }))
  return request.arrayBuffer.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(maxHeld)),
    Effect.mapBoth({
      onFailure: () => failure("Aborted", "The upload broke off."),
      onSuccess: (bytes) => HcpBody.bytes(new Uint8Array(bytes))
    })
  )
}

const upload = (gateways: Gateways) =>
  Effect.fnUntraced(function* (asked: Asked, request: HttpServerRequest.HttpServerRequest) {
    const { namespace, path, system } = asked
    yield* gateways.writable(system)
    const objects = yield* gateways.objects(system, namespace)
    const length = Number(request.headers["content-length"])
    if (!Number.isSafeInteger(length)) return yield* Effect.fail(failure("BadRequest", "An upload says its length."))
    const ifExists = asked.parameters.get("ifExists") === "newVersion" ? "newVersion" : "fail"
    const body = yield* bodyOf(request, length)
    const { metadata, outcome } = yield* Effect.mapError(objects.put(path, body, { ifExists }), (error: HcpError) =>
      toFailure(error)
    )
    return HttpServerResponse.jsonUnsafe({
      outcome,
      ...known({ hash: metadata.hash && { ...metadata.hash }, versionId: metadata.versionId })
    })
  })

export const layer = (gateways: Gateways) => {
  const route = <R>(
    method: "GET" | "PUT",
    path: `/${string}`,
    handle: (
      asked: Asked,
      request: HttpServerRequest.HttpServerRequest
    ) => Effect.Effect<HttpServerResponse.HttpServerResponse, Failure, R>
  ) =>
    HttpRouter.add(method, path, (request) =>
      Effect.catch(handle(askedOf(request), request), (problem) => Effect.succeed(refused(problem)))
    )
  return Layer.mergeAll(
    route("GET", "/api/content", download(gateways)),
    route("GET", "/api/preview", preview(gateways)),
    route("PUT", "/api/content", upload(gateways))
  )
}
