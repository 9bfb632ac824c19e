/**
 * `/fcfs_data` and `/fcfs_metadata` of the default namespace: objects and their metafiles, for everybody.
 *
 * It speaks the older dialect of the protocol: without credentials, with the `X-Arc` headers beside those of today.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import { toSeconds } from "../internal/time.ts"
import { type Entry, newest } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { permissionsIn } from "./authentication.ts"
import { type Exchange, type Header, type Refusal, refusal } from "./exchange.ts"
import * as Metafiles from "./metafiles.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { readObject } from "./readObject.ts"
import { removeObject } from "./removeObject.ts"
import { checkNames, maxPathBytes, type RequestTarget } from "./requestTarget.ts"
import { storeDirectory, storeObject } from "./storeObject.ts"

const methods = ["GET", "HEAD", "PUT", "DELETE", "MKDIR"]

/** The older names of who answered and when. */
const serviceHeaders = ({ core, now }: Exchange): ReadonlyArray<Header> => [
  ["X-ArcServicedBySystem", core.spec.domain],
  ["X-ArcClusterTime", String(toSeconds(now))]
]

const fileHeaders = (mode: string, changed: number, created: number, size: number): ReadonlyArray<Header> => [
  ["X-ArcPermissionsUidGid", `mode=${mode}; uid=0; gid=0`],
  ["X-ArcTimes", `ctime=${toSeconds(changed)}; mtime=${toSeconds(created)}; atime=${toSeconds(created)}`],
  ["X-ArcSize", String(size)]
]

/** What a file system would say of an entry. */
const entryHeaders = (entry: Entry | undefined): ReadonlyArray<Header> => {
  if (entry?._tag === "Directory") return fileHeaders("0040700", entry.changed.millis, entry.changed.millis, 0)
  const version = entry === undefined ? undefined : newest(entry)
  return version === undefined
    ? []
    : fileHeaders("0100400", version.changed.millis, version.createdMillis, version.size)
}

const withHeaders = (response: GatewayResponse, headers: ReadonlyArray<Header>): GatewayResponse => ({
  ...response,
  headers: [...headers, ...response.headers]
})

const handleData = (request: ObjectRequest): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const { method } = request.request
  const type = request.parameters.get("type")
  if (type !== undefined && type !== "directory") {
    return Effect.fail(refusal(400, `'type' parameter '${type}' is not supported in the default namespace.`))
  }
  switch (method) {
    case "GET":
    case "HEAD":
      return Effect.map(readObject(request), (response) =>
        withHeaders(response, entryHeaders(request.namespace.tree.find(request.path)))
      )
    case "PUT":
      return type === "directory" ? storeDirectory(request) : storeObject(request)
    case "MKDIR":
      return storeDirectory(request)
    case "DELETE":
      return removeObject(request)
    default:
      return Effect.fail(refusal(405, "", [["Allow", methods.join(", ")]]))
  }
}

/**
 * Answers a request to the default namespace: 404 outside the two roots, 403 for a protocol that is switched off, 405
 * for another method, 414 for a path that is too long.
 *
 * @internal
 */
export const handle = Effect.fnUntraced(function* (
  exchange: Exchange,
  target: RequestTarget,
  namespace: Namespace
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const [root = "", ...names] = target.segments
  if (root !== "fcfs_data" && root !== "fcfs_metadata") {
    return yield* refusal(404, `nothing is served at ${target.path}`)
  }
  if (Buffer.byteLength(exchange.request.target) - `/${root}`.length > maxPathBytes) return yield* refusal(414)
  const { secure } = exchange.request
  if (!(secure ? namespace.spec.https : namespace.spec.http)) {
    return yield* refusal(403, `${secure ? "HTTPS" : "HTTP"} is not enabled for the namespace`)
  }
  const request: ObjectRequest = {
    ...exchange,
    namespace,
    location: target.path,
    path: yield* checkNames(names),
    parameters: target.parameters,
    user: undefined,
    permissions: permissionsIn(namespace, undefined)
  }
  const response = yield* root === "fcfs_data" ? handleData(request) : Metafiles.handle(request)
  return withHeaders(response, serviceHeaders(exchange))
})
