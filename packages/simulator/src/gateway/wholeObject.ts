/**
 * An object and one of its annotations as one body: `?type=whole-object[&annotation=name]`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { GatewayResponse } from "../Gateway.ts"
import { splitAt } from "../internal/splitBytes.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import * as Draft from "./annotationDraft.ts"
import { emptyBody, type Header, privateHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import * as Gzip from "./gzip.ts"
import { readable } from "./lookup.ts"
import { commitVersion, created, versionHeaders } from "./newVersion.ts"
import { contentType, objectHeaders } from "./objectHeaders.ts"
import { need, type ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import { type Asked, readAsked } from "./storeObject.ts"
import { announcedSize, checkArrived, uploadBody } from "./uploadBody.ts"

const readSize = ({ request }: ObjectRequest): Effect.Effect<number, Refusal> => {
  const size = request.headers["x-hcp-size"]?.trim() ?? ""
  if (!/^\d+$/.test(size)) return Effect.fail(refusal(400, "'X-HCP-Size' header is required."))
  const announced = announcedSize(request)
  return announced !== undefined && Number(size) > announced ? Effect.fail(tooShort) : Effect.succeed(Number(size))
}

const tooShort = refusal(400, "'X-HCP-Size' header is larger than the body.")

/** Stores the two parts, and the object, if the parts are what they should be. Of what is not used nothing remains. */
const storeParts = (request: ObjectRequest, asked: Asked, name: string, size: number) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { blobs } = request.core
      const { hashScheme } = request.namespace.spec
      const keepIfUsed = <A, E>(stored: Effect.Effect<A, E>, idOf: (stored: A) => string) =>
        Effect.acquireRelease(restore(stored), (part, exit) =>
          Exit.isSuccess(exit) ? Effect.void : Effect.ignore(blobs.delete(idOf(part)))
        )
      const { head, tail } = yield* splitAt(yield* uploadBody(request.request), size)
      const blob = yield* keepIfUsed(blobs.write(head, hashScheme), ({ id }) => id)
      if (blob.size < size) return yield* tooShort
      const draft = yield* keepIfUsed(Draft.takeIn(request, tail), (draft) => draft.blob.id)
      yield* checkArrived(request.request, size + draft.blob.size)
      if (draft.problem !== undefined) {
        // A real HCP refuses it too, and leaves this behind.
        const empty = yield* blobs.write(Stream.empty, hashScheme)
        yield* Effect.onError(commitVersion(request, { ...asked, blob: empty, annotations: [] }), () =>
          Effect.ignore(blobs.delete(empty.id))
        )
        return yield* refusal(400, `the annotation is ${draft.problem}`)
      }
      const version = yield* commitVersion(request, { ...asked, blob, annotations: [Draft.toAnnotation(name, draft)] })
      return created(request, [
        ...versionHeaders(version),
        ["X-HCP-CustomMetadataHash", `${hashScheme} ${draft.blob.hash}`]
      ])
    }).pipe(Effect.scoped)
  )

/**
 * PUT: the data, `X-HCP-Size` bytes of it, and right behind it the annotation. 201; 400 if the header is missing or too
 * large, and for an annotation that is not XML where XML is wanted: then the object is there nevertheless, empty. Else
 * as for a plain PUT.
 *
 * @internal
 */
export const storeWholeObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const asked = yield* readAsked(request)
  const name = yield* Effect.fromResult(Draft.readName(request.parameters))
  return yield* storeParts(request, asked, name, yield* readSize(request))
})

/**
 * GET: the data and the annotation, or the other way round with `X-HCP-CustomMetadataFirst: true`. 200; 400 for a
 * range, 404 if the object has no such annotation, else as for a plain GET.
 *
 * @internal
 */
export const readWholeObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  const { headers: sent, method } = request.request
  yield* need(request, "read")
  if (sent.range !== undefined) return yield* refusal(400, "a range of a whole object cannot be read")
  if (method === "GET" && Gzip.negotiate(sent["accept-encoding"]) === undefined) return yield* refusal(406)
  const name = yield* Effect.fromResult(Draft.readName(request.parameters))
  const version = yield* readable(request)
  const unmet = Preconditions.check(request.request, version, "read")
  if (unmet !== undefined) return yield* unmet
  const annotation = version.annotations.find((candidate) => candidate.name === name)
  if (annotation === undefined) return yield* refusal(404)
  const isAnnotationFirst = sent["x-hcp-custommetadatafirst"]?.trim().toLowerCase() === "true"
  const length = version.size + annotation.size
  const headers: ReadonlyArray<Header> = [
    ...serviceHeaders(request),
    ["ETag", `"${version.md5}"`],
    ...privateHeaders(request),
    ["Content-Type", "application/octet-stream"],
    ["Content-Length", String(length)],
    ...objectHeaders(request, version),
    ["X-HCP-CustomMetadataFirst", String(isAnnotationFirst)],
    ["X-HCP-CustomMetadataContentType", annotation.contentType],
    ["X-HCP-DataContentType", contentType(request.path.at(-1) ?? "")]
  ]
  if (method === "HEAD" || length === 0) return { status: 200, headers, body: emptyBody }
  const { blobs } = request.core
  const data = blobs.read(version.blob)
  const custom = blobs.read(annotation.blob)
  return Gzip.encode(sent["accept-encoding"], {
    status: 200,
    headers,
    body: {
      _tag: "Stream",
      length,
      stream: isAnnotationFirst ? Stream.concat(custom, data) : Stream.concat(data, custom)
    }
  })
})
