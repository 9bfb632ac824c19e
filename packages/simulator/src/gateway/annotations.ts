/**
 * Annotations, which the protocol calls custom metadata: `?type=custom-metadata[&annotation=name]` and their list,
 * `?type=custom-metadata-info`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Annotation, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { toText } from "../internal/time.ts"
import * as Xml from "../internal/xml.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import * as Draft from "./annotationDraft.ts"
import { emptyBody, type Header, plain, privateHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import * as Gzip from "./gzip.ts"
import { findCurrent, readable } from "./lookup.ts"
import { created } from "./newVersion.ts"
import { changeTimeMillis } from "./objectHeaders.ts"
import { need, needWritable, type ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import * as SystemMetadata from "./systemMetadata.ts"
import { announcedSize, checkArrived, uploadBody } from "./uploadBody.ts"

const maxAnnotations = 10

/** What is never allowed for annotations, whatever the method. */
const checkRequest = (request: ObjectRequest): Effect.Effect<void, Refusal> =>
  Preconditions.isConditional(request.request)
    ? Effect.fail(refusal(400, "conditional headers are not allowed on custom metadata"))
    : Effect.void

const checkChange = (request: ObjectRequest): Effect.Effect<void, Refusal> =>
  request.parameters.has("version")
    ? Effect.fail(refusal(400, "the custom metadata of an old version cannot be changed"))
    : Effect.void

const find = ({ annotations }: ObjectVersion, wanted: string): Annotation | undefined =>
  annotations.find(({ name }) => name === wanted)

/** The version whose annotation may be stored (or, with `isRemoval`, removed) as things are now. */
const changeable = (request: ObjectRequest, name: string, isRemoval: boolean): Result.Result<ObjectVersion, Refusal> =>
  Result.gen(function* () {
    const { namespace, now } = request
    const version = yield* findCurrent(request)
    const present = find(version, name)
    const allowed = namespace.spec.customMetadataChanges
    const isFree = allowed === "ALL" || (allowed === "ADD" && present === undefined)
    const protection = SystemMetadata.protection(namespace, version, now, false)
    // Removing what is not there changes nothing.
    if (protection !== undefined && !isFree && !(isRemoval && present === undefined)) {
      return yield* Result.fail(protection)
    }
    if (!isRemoval && present === undefined && version.annotations.length >= maxAnnotations) {
      return yield* Result.fail(refusal(400, `an object can have ${maxAnnotations} annotations`))
    }
    return version
  })

const checkRoom = ({ namespace }: ObjectRequest, size: number): Effect.Effect<void, Refusal> => {
  if (size > Draft.maxAnnotation) return Effect.fail(refusal(413, "an annotation may have 1 GB"))
  return namespace.tree.counts().bytes + size > namespace.spec.hardQuota
    ? Effect.fail(refusal(413, "the namespace is full"))
    : Effect.void
}

const commitAnnotation = Effect.fnUntraced(function* (
  request: ObjectRequest,
  name: string,
  draft: Draft.Draft
): Effect.fn.Return<Annotation, Refusal | SimulatorError> {
  yield* checkArrived(request.request, draft.blob.size)
  if (draft.problem !== undefined) return yield* refusal(400, `the annotation is ${draft.problem}`)
  yield* checkRoom(request, draft.blob.size)
  const changed = yield* request.core.stamp
  const annotation = { ...Draft.toAnnotation(name, draft), changed }
  yield* request.core.commit("client", () =>
    Result.map(changeable(request, name, false), (version) => {
      const annotations =
        find(version, name) === undefined
          ? [...version.annotations, annotation]
          : version.annotations.map((present) => (present.name === name ? annotation : present))
      return [
        {
          _tag: "PutVersion",
          namespace: request.namespace.spec.key,
          path: request.path,
          version: { ...version, annotations, changed, replicated: false }
        }
      ]
    })
  )
  return annotation
})

/**
 * PUT: adds an annotation or replaces one as a whole. The answers: 201; 400 for a bad name, an eleventh annotation,
 * what is not XML where XML is wanted, a directory, an old version; 403 under retention or hold if the namespace does
 * not let it; 404 without an object; 413 beyond 1 GiB or the quota.
 *
 * @internal
 */
export const storeAnnotation = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* need(request, "write")
  yield* checkRequest(request)
  yield* checkChange(request)
  const name = yield* Effect.fromResult(Draft.readName(request.parameters))
  yield* Effect.fromResult(changeable(request, name, false))
  yield* checkRoom(request, announcedSize(request.request) ?? 0)
  const body = yield* uploadBody(request.request)
  const annotation = yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(Draft.takeIn(request, body)), (draft) =>
      Effect.onError(commitAnnotation(request, name, draft), () =>
        Effect.ignore(request.core.blobs.delete(draft.blob.id))
      )
    )
  )
  return created(request, [
    ["X-HCP-Hash", `${request.namespace.spec.hashScheme} ${annotation.hash}`],
    ["ETag", `"${annotation.md5}"`]
  ])
})

/**
 * DELETE: 200, 204 if there is no such annotation; refusals as for PUT.
 *
 * @internal
 */
export const removeAnnotation = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* need(request, "delete")
  yield* checkRequest(request)
  yield* checkChange(request)
  const name = yield* Effect.fromResult(Draft.readName(request.parameters))
  const changed = yield* request.core.stamp
  yield* request.core.commit("client", () =>
    Result.flatMap(changeable(request, name, true), (version) =>
      find(version, name) === undefined
        ? Result.fail(refusal(204))
        : Result.succeed([
            {
              _tag: "PutVersion" as const,
              namespace: request.namespace.spec.key,
              path: request.path,
              version: {
                ...version,
                annotations: version.annotations.filter((annotation) => annotation.name !== name),
                changed,
                replicated: false
              }
            }
          ])
    )
  )
  return plain(request, 200)
})

const contentTypes: Readonly<Record<Annotation["contentType"], string>> = {
  "text/xml": "text/xml",
  unknown: "application/octet-stream"
}

/**
 * GET and HEAD: 200, 204 if there is no such annotation; `version` may name an old version.
 *
 * @internal
 */
export const readAnnotation = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  const { headers: sent, method } = request.request
  yield* need(request, "read")
  yield* checkRequest(request)
  if (method === "GET" && Gzip.negotiate(sent["accept-encoding"]) === undefined) return yield* refusal(406)
  const name = yield* Effect.fromResult(Draft.readName(request.parameters))
  const version = yield* readable(request)
  const annotation = find(version, name)
  if (annotation === undefined) return yield* refusal(204)
  const { blob, changed, contentType, hash, md5, size } = annotation
  const headers: ReadonlyArray<Header> = [
    ...serviceHeaders(request),
    ["ETag", `"${md5}"`],
    ...privateHeaders(request),
    ["Content-Type", contentTypes[contentType]],
    ["Content-Length", String(size)],
    ["X-HCP-Type", "annotation"],
    ["X-HCP-Size", String(size)],
    ["X-HCP-Hash", `${version.hashScheme} ${hash}`],
    ["X-HCP-ChangeTimeMilliseconds", changeTimeMillis(changed)],
    ["X-HCP-ChangeTimeString", toText(changed.millis)]
  ]
  if (method === "HEAD" || size === 0) return { status: 200, headers, body: emptyBody }
  return Gzip.encode(sent["accept-encoding"], {
    status: 200,
    headers,
    body: { _tag: "Stream", length: size, stream: request.core.blobs.read(blob) }
  })
})

const annotationElement = (scheme: string, annotation: Annotation): string =>
  [
    `  ${Xml.open("annotation")}`,
    `    ${Xml.text("name", annotation.name)}`,
    `    ${Xml.text("hash", `${scheme} ${annotation.hash}`)}`,
    `    ${Xml.text("changeTimeMilliseconds", changeTimeMillis(annotation.changed))}`,
    `    ${Xml.text("changeTimeString", toText(annotation.changed.millis))}`,
    `    ${Xml.text("size", String(annotation.size))}`,
    `    ${Xml.text("contentType", annotation.contentType)}`,
    `  ${Xml.close("annotation")}`
  ].join("\n")

/**
 * GET and HEAD of the list: 200, 204 if there are none.
 *
 * @internal
 */
export const listAnnotations = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  yield* need(request, "read")
  yield* checkRequest(request)
  const version = yield* readable(request)
  if (version.annotations.length === 0) return yield* refusal(204)
  const lines = [
    Xml.open("annotations"),
    ...version.annotations.map((annotation) => annotationElement(version.hashScheme, annotation)),
    Xml.close("annotations")
  ]
  return {
    status: 200,
    headers: [...serviceHeaders(request), ...privateHeaders(request), ["Content-Type", "text/xml;charset=utf-8"]],
    body: { _tag: "Bytes", bytes: new TextEncoder().encode(`${Xml.declaration}${lines.join("\n")}\n`) }
  }
})
