/**
 * Objects at the Swift gateway, on the store of all gateways.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { type Header, refusal } from "../gateway/exchange.ts"
import { checkPlace, checkSize, commitVersion } from "../gateway/newVersion.ts"
import { removeObject } from "../gateway/removeObject.ts"
import { toHttpDate } from "../internal/time.ts"
import { current } from "../ObjectTree.ts"
import { keep } from "../s3/body.ts"
import { type Failure, type ObjectCall, withoutConditions } from "../s3/call.ts"
import * as S3Copy from "../s3/copyObject.ts"
import { readObject } from "../s3/readObject.ts"
import { withMetadata } from "../s3/storeObject.ts"
import { contentTypeOf, extras, readAsked } from "../s3/storeVersion.ts"
import * as UserMetadata from "../s3/userMetadata.ts"
import { bare, commonHeaders } from "./answer.ts"
import { type ContainerCall, need, ofObject } from "./call.ts"

const refuseFolder = ({ isFolder }: ObjectCall): Effect.Effect<void, Failure> =>
  isFolder ? Effect.fail(refusal(409, "a name that ends in a slash is that of a directory")) : Effect.void

const currentOf = ({ namespace, path }: ObjectCall): ObjectVersion | undefined => {
  const entry = namespace.tree.find(path)
  return entry?._tag === "Object" ? current(entry) : undefined
}

/** The ETag has no quotes here. */
const etagHeader = ({ md5 }: ObjectVersion): Header => ["Etag", md5]

const put = Effect.fnUntraced(function* (container: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  const call = yield* ofObject(container)
  yield* refuseFolder(call)
  const asked = yield* readAsked(call)
  const metadata = yield* UserMetadata.read(call)
  yield* Effect.fromResult(checkPlace(call, asked.requested))
  yield* checkSize(call, Number(call.request.headers["content-length"] ?? 0))
  const s3 = extras(contentTypeOf(call), undefined)
  const version = yield* keep(call, (blob) =>
    withMetadata(call, metadata, (annotations) =>
      commitVersion(call, { requested: asked.requested, blob, annotations, grants: undefined, s3 })
    )
  )
  return bare(call, 201, [etagHeader(version), ["Last-Modified", toHttpDate(version.createdMillis)]])
})

/** The headers of S3 as this gateway calls them; what only S3 has is left out. */
const fromS3 = (headers: ReadonlyArray<Header>): ReadonlyArray<Header> =>
  headers.flatMap(([name, value]): ReadonlyArray<Header> => {
    if (/^x-amz-meta-/i.test(name)) return [[`X-Object-Meta-${name.slice("x-amz-meta-".length)}`, value]]
    switch (name.toLowerCase()) {
      case "etag":
        return [["Etag", value.replaceAll('"', "")]]
      case "x-amz-missing-meta":
        return [["X-Object-Missing-Meta", value]]
      case "content-type":
        return [["Content-Type", value === "x-directory" ? "application/octet-stream" : value]]
      case "content-length":
      case "content-range":
      case "last-modified":
      case "accept-ranges":
        return [[name, value]]
      default:
        return []
    }
  })

const read = Effect.fnUntraced(function* (container: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(container, "read")
  const call = yield* ofObject(container)
  const { body, headers, status } = yield* readObject({
    ...call,
    parameters: new Map(),
    // Only S3 is known to pack what it sends.
    request: { ...call.request, headers: { ...call.request.headers, "accept-encoding": "identity" } }
  })
  return { status, headers: [...commonHeaders(call), ...fromS3(headers)], body }
})

const remove = Effect.fnUntraced(function* (container: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  const call = yield* ofObject(container)
  const isFolder = call.namespace.tree.find(call.path)?._tag === "Directory"
  if (isFolder !== call.isFolder) return yield* refusal(404, "the object does not exist")
  const { "content-type": _, ...headers } = call.request.headers
  yield* removeObject({ ...call, parameters: new Map(), request: { ...call.request, headers } })
  return bare(call, 204)
})

/** The user metadata of a version, as headers of a request. */
const headersOf = (call: ObjectCall, version: ObjectVersion): Effect.Effect<Record<string, string>, Failure> =>
  Effect.map(UserMetadata.headersOf(call, version), (headers) =>
    Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
  )

/** The container and the object that `Destination` names, with or without a slash before. */
const destinationOf = ({ request }: ContainerCall): readonly [container: string, object: string] | undefined => {
  const decoded = Result.getOrUndefined(Result.try(() => decodeURIComponent(request.headers.destination ?? "")))
  const [, container, object] = /^\/?([^/]+)\/(.+)$/s.exec(decoded ?? "") ?? []
  return container === undefined || object === undefined ? undefined : [container.toLowerCase(), object]
}

/** Makes what S3 makes by a copy with other metadata; the conditions are those of the source. */
const copyAs = Effect.fnUntraced(function* (
  target: ObjectCall,
  source: { readonly container: string; readonly object: string },
  metadata: Readonly<Record<string, string>>,
  contentType: string | undefined
): Effect.fn.Return<void, Failure> {
  const { headers } = target.request
  const conditions = Object.entries(headers).filter(([name]) => name.startsWith("if-"))
  const request = {
    ...target.request,
    rawHeaders: undefined,
    headers: {
      ...metadata,
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      ...Object.fromEntries(conditions.map(([name, value]) => [`x-amz-copy-source-${name}`, value])),
      "x-amz-metadata-directive": "REPLACE"
    }
  }
  const place = `/${source.container}/${encodeURIComponent(source.object)}`
  yield* S3Copy.copyObject({ ...target, request }, place)
})

const copy = Effect.fnUntraced(function* (
  container: ContainerCall,
  at: (name: string) => Effect.Effect<ContainerCall, Failure>
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(container, "read")
  const source = yield* ofObject(container)
  const destination = destinationOf(container)
  if (destination === undefined) return yield* refusal(412, "Destination names no container and object")
  const [name, object] = destination
  const target = yield* ofObject(yield* at(name), object)
  yield* refuseFolder(target)
  const version = currentOf(source)
  if (version === undefined) return yield* refusal(404, "the object does not exist")
  const isSelf = target.namespace === source.namespace && target.path.join("/") === source.path.join("/")
  if (isSelf && !target.namespace.spec.versioning) return yield* refusal(409, "the object exists")
  const given = Object.entries(source.request.headers).filter(([header]) => header.startsWith("x-amz-meta-"))
  const metadata = { ...(yield* headersOf(source, version)), ...Object.fromEntries(given) }
  const type = source.request.headers["content-type"] ?? version.s3?.contentType
  yield* copyAs(
    { ...target, request: source.request },
    { container: source.bucket, object: source.key },
    metadata,
    type
  )
  const made = currentOf(target)
  return bare(source, 201, [
    ["X-Copied-From", `${source.bucket}/${encodeURIComponent(source.key).replaceAll("%2F", "/")}`],
    ...(made === undefined ? [] : [etagHeader(made)])
  ])
})

/** A guess, as the manual tells of metadata only where objects are stored and copied: all of it is replaced. */
const post = Effect.fnUntraced(function* (container: ContainerCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(container, "write")
  const call = withoutConditions(yield* ofObject(container))
  const version = currentOf(call)
  if (version === undefined) return yield* refusal(404, "the object does not exist")
  const given = Object.entries(call.request.headers).filter(([header]) => header.startsWith("x-amz-meta-"))
  const type = call.request.headers["content-type"] ?? version.s3?.contentType
  yield* copyAs(call, { container: call.bucket, object: call.key }, Object.fromEntries(given), type)
  return bare(call, 202)
})

/**
 * Answers a request about an object; `at` is another container of the account.
 *
 * @internal
 */
export const onObject = (
  call: ContainerCall,
  at: (container: string) => Effect.Effect<ContainerCall, Failure>
): Effect.Effect<GatewayResponse, Failure> => {
  switch (call.request.method) {
    case "PUT":
      return put(call)
    case "GET":
    case "HEAD":
      return read(call)
    case "DELETE":
      return remove(call)
    case "COPY":
      return copy(call, at)
    case "POST":
      return post(call)
    default:
      return Effect.fail(refusal(405, "the method is not supported"))
  }
}
