/**
 * The S3 compatible API: finds out who asks for what and hands it to the operation.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Exchange } from "../gateway/exchange.ts"
import type { Parameters } from "../gateway/requestTarget.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type Address, keyOf, parametersOf } from "./address.ts"
import { refused } from "./answer.ts"
import { readBucketAcl, storeBucketAcl } from "./bucketAcl.ts"
import * as BucketSettings from "./bucketSettings.ts"
import { createBucket, deleteBucket, headBucket, listBuckets } from "./buckets.ts"
import type { BucketCall, Failure, ObjectCall, State, TenantCall } from "./call.ts"
import { callerOf } from "./caller.ts"
import { copyObject } from "./copyObject.ts"
import { preflight, withCrossOrigin } from "./crossOrigin.ts"
import { listObjects } from "./listing.ts"
import { complete } from "./multipart/complete.ts"
import { listUploads } from "./multipart/listUploads.ts"
import * as Parts from "./multipart/parts.ts"
import type { Uploads } from "./multipart/uploads.ts"
import * as ObjectSettings from "./objectSettings.ts"
import { noSuchBucket, permissionsAt, permissionsOf, recordOf } from "./permissions.ts"
import { postForm } from "./postForm.ts"
import { readObject } from "./readObject.ts"
import { accessDenied, fromRefusal, refuse } from "./refusal.ts"
import { removeMany, removeObject } from "./removeObject.ts"
import * as SortedNames from "./sortedNames.ts"
import { storeObject } from "./storeObject.ts"
import { listVersions } from "./versionListing.ts"

type Answer = Effect.Effect<GatewayResponse, Failure>

const notAllowed = ({ request }: Exchange): Answer =>
  Effect.fail(refuse("MethodNotAllowed", `The method ${request.method} is not allowed against this resource.`))

/** Looks for a parameter whose name may be written in any case. */
const findAnyCase = (parameters: Parameters, wanted: string): string | undefined => {
  for (const [name, value] of parameters) if (name.toLowerCase() === wanted.toLowerCase()) return value
  return undefined
}

type Operations<Call> = ReadonlyArray<readonly [parameter: string, run: (call: Call) => Answer]>

/** What of a bucket is asked for by a parameter. One that is not known here counts as not there. */
const bucketOperations: Readonly<Record<string, Operations<BucketCall>>> = {
  GET: [
    ["acl", readBucketAcl],
    ["versioning", BucketSettings.readVersioning],
    ["cors", BucketSettings.readCors],
    ["object-lock", BucketSettings.readObjectLock],
    ["uploads", listUploads]
  ],
  PUT: [
    ["acl", storeBucketAcl],
    ["versioning", BucketSettings.storeVersioning],
    ["cors", BucketSettings.storeCors],
    ["object-lock", BucketSettings.storeObjectLock]
  ],
  POST: [["delete", removeMany]],
  DELETE: [["cors", BucketSettings.deleteCors]]
}

const onBucket = (call: BucketCall): Answer => {
  const { method } = call.request
  const { parameters } = call
  const operation = bucketOperations[method]?.find(([parameter]) => parameters.has(parameter))?.[1]
  if (operation !== undefined) return operation(call)
  switch (method) {
    case "GET":
      return findAnyCase(parameters, "versions") === undefined ? listObjects(call) : listVersions(call)
    case "HEAD":
      return headBucket(call)
    case "PUT":
      return createBucket(call)
    case "DELETE":
      return deleteBucket(call)
    case "POST":
      return postForm(call)
    default:
      return notAllowed(call)
  }
}

const objectOperations: Readonly<Record<string, Operations<ObjectCall>>> = {
  GET: [
    ["acl", ObjectSettings.readAcl],
    ["legal-hold", ObjectSettings.readLegalHold],
    ["retention", ObjectSettings.readRetention]
  ],
  PUT: [
    ["acl", ObjectSettings.storeAcl],
    ["legal-hold", ObjectSettings.storeLegalHold],
    ["retention", ObjectSettings.storeRetention]
  ],
  POST: [["uploads", Parts.initiate]]
}

const onObject = (call: ObjectCall): Answer => {
  const { method } = call.request
  const { parameters } = call
  const operation = objectOperations[method]?.find(([parameter]) => parameters.has(parameter))?.[1]
  if (operation !== undefined) return operation(call)
  const uploadId = parameters.get("uploadId")
  switch (method) {
    case "GET":
      return uploadId === undefined ? readObject(call) : Parts.listParts(call, uploadId)
    case "HEAD":
      return readObject(call)
    case "PUT": {
      const id = findAnyCase(parameters, "uploadId")
      const number = findAnyCase(parameters, "partNumber")
      if (id !== undefined && number !== undefined) return Parts.storePart(call, id, number)
      const source = call.request.headers["x-amz-copy-source"]
      return source === undefined ? storeObject(call) : copyObject(call, source)
    }
    case "POST":
      return uploadId === undefined ? notAllowed(call) : complete(call, uploadId)
    case "DELETE":
      return uploadId === undefined ? removeObject(call) : Parts.abort(call, uploadId)
    default:
      return notAllowed(call)
  }
}

const onService = (call: TenantCall): Answer => (call.request.method === "GET" ? listBuckets(call) : notAllowed(call))

/** A bucket can be made, and buckets be listed, over plain HTTP whatever a namespace says. */
const checkServed = ({ namespace, request }: BucketCall): Effect.Effect<void, Failure> => {
  const { http, https, s3 } = namespace.spec
  if (!s3) return Effect.fail(accessDenied("the S3 compatible API is not enabled for the bucket"))
  return (request.secure ? https : http)
    ? Effect.void
    : Effect.fail(accessDenied(`${request.secure ? "HTTPS" : "HTTP"} is not enabled for the bucket`))
}

const handleAddress = Effect.fnUntraced(function* (
  exchange: Exchange,
  address: Address,
  state: State
): Effect.fn.Return<GatewayResponse, Failure> {
  if (exchange.request.method === "OPTIONS") return yield* preflight(exchange, address)
  const { account: user, payload } = yield* callerOf(exchange, address)
  const parameters = yield* parametersOf(address)
  const { bucket, namespace, rawKey, tenant } = address
  const call: TenantCall = { ...exchange, state, tenant, bucket, parameters, user, payload }
  if (bucket === "") return yield* onService(call)
  const isAboutBucket = rawKey === ""
  const isSetting = bucketOperations.PUT?.some(([parameter]) => parameters.has(parameter)) === true
  if (isAboutBucket && exchange.request.method === "PUT" && !isSetting) return yield* createBucket(call)
  const record = namespace === undefined ? undefined : recordOf(exchange.core, namespace)
  if (namespace === undefined || record === undefined) return yield* noSuchBucket(bucket)
  const inBucket: BucketCall = {
    ...call,
    namespace,
    record,
    location: address.rawPath,
    path: [],
    permissions: permissionsOf(namespace, record, user)
  }
  yield* checkServed(inBucket)
  yield* Parts.sweep(inBucket)
  if (isAboutBucket) return yield* onBucket(inBucket)
  const key = yield* Effect.fromResult(keyOf(address))
  return yield* onObject({ ...inBucket, ...key, permissions: permissionsAt(namespace, record, user, key.path) })
})

/** @internal */
export interface S3Gateway {
  /** Answers a request that is for this API; every refusal is an answer in XML. */
  readonly handle: (exchange: Exchange, address: Address) => Effect.Effect<GatewayResponse, SimulatorError>
}

/** @internal */
export const make = (uploads: Uploads): S3Gateway => {
  const state: State = { uploads, sorted: SortedNames.make() }
  return {
    handle: (exchange, address) =>
      handleAddress(exchange, address, state).pipe(
        Effect.catchTags({
          S3Refusal: (refusal) => Effect.succeed(refused(exchange, refusal)),
          Refusal: (refusal) => Effect.succeed(refused(exchange, fromRefusal(refusal)))
        }),
        Effect.flatMap((response) => withCrossOrigin(exchange, address, response))
      )
  }
}
