/**
 * Watches requests from outside: writes each into the access log of its node, and counts what it did to its namespace,
 * when the last byte of the answer is gone.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { bodyLength, type GatewayRequest, type GatewayResponse } from "../Gateway.ts"
import type { Core, Namespace } from "../internal/core.ts"
import type { Traffic } from "../internal/usage.ts"
import type { Resolved } from "./virtualHost.ts"

/** The roots below which objects and their metadata lie. */
const objectRoot = /^(https?:\/\/[^/?]*)?\/(rest|fcfs_data|fcfs_metadata)([/?]|$)/i

/** The access key of a signature in the header, or in the query of a presigned URL. */
const accessKeyIn = (text: string): string | undefined =>
  /^\s*AWS ([^:\s]+):|[\s,]Credential=([^/\s]+)|[?&](?:AWSAccessKeyId|X-Amz-Credential)=([^&%/]+)/
    .exec(text)
    ?.slice(1)
    .find((part) => part !== undefined)

/** The name that a request claims to be sent by; it may be believed if the request was not refused. */
const claimedUser = ({ headers, target }: GatewayRequest): string | undefined => {
  const [, scheme = "", credentials = ""] = /^\s*(\S+)\s*(.*)$/s.exec(headers.authorization ?? "") ?? []
  if (scheme.toUpperCase() === "AD") return credentials.split(":", 1)[0]
  const accessKey = accessKeyIn(headers.authorization ?? "") ?? accessKeyIn(target)
  if (accessKey !== undefined) return Buffer.from(accessKey, "base64").toString("utf8")
  const token =
    scheme.toUpperCase() === "HCP"
      ? credentials
      : (/(?:^|[;,\s])hcp-(?:ns|api)-auth="?([^;,"]*)/.exec(headers.cookie ?? "")?.[1] ?? "")
  const name = token.split(":", 1)[0]
  return name === undefined || name === "" ? undefined : Buffer.from(name, "base64").toString("utf8")
}

/** What a request is about. */
export interface Subject {
  /** The key of a namespace, or the name of a tenant. */
  readonly place: string | undefined
  /** Whether it is for the contents of a namespace, and therefore counted. */
  readonly isData: (target: string) => boolean
}

const placeOf = (resolved: Resolved | undefined): string | undefined => {
  switch (resolved?.host._tag) {
    case "Namespace":
      return resolved.host.namespace?.spec.key
    case "Tenant":
      return resolved.host.tenant
    default:
      return undefined
  }
}

/**
 * What a request is about, by its host name, or by its path where that names a bucket.
 *
 * @internal
 */
export const subjectOf = (
  resolved: Resolved | undefined,
  address: { readonly namespace: Namespace | undefined } | undefined
): Subject => {
  const namespace = address?.namespace
  if (namespace !== undefined) return { place: namespace.spec.key, isData: () => true }
  const isOfNamespace = resolved?.host._tag === "Namespace"
  return { place: placeOf(resolved), isData: (target) => isOfNamespace && objectRoot.test(target) }
}

const trafficOf = (method: string, bytesIn: number, bytesOut: number): Partial<Traffic> => {
  switch (method) {
    case "GET":
    case "HEAD":
      return { reads: 1, bytesOut }
    case "DELETE":
      return { deletes: 1 }
    case "OPTIONS":
      return {}
    default:
      return { writes: 1, bytesIn }
  }
}

/** A request under watch. */
interface Watched {
  /** The request to carry out; what is read of its body is counted. */
  readonly request: GatewayRequest
  /** The response to send instead of the one that was given. */
  readonly finish: (response: GatewayResponse) => Effect.Effect<GatewayResponse>
}

/**
 * Begins to watch a request that came in at `now`, milliseconds since 1970.
 *
 * @internal
 */
export const watch = (core: Core, request: GatewayRequest, { isData, place }: Subject, now: number): Watched => {
  let bytesIn = 0
  const body = Stream.map(request.body, (chunk) => {
    bytesIn += chunk.length
    return chunk
  })

  const write = (status: number, bytesOut: number): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (end) => {
      const { client, listener, method, node, target } = request
      const user = status === 401 || status === 403 ? undefined : claimedUser(request)
      core.accessLog.record({
        node,
        listener,
        at: now,
        client,
        user,
        method,
        target,
        status,
        bytes: bytesOut,
        place,
        millis: end - now
      })
      const isDone = status >= 200 && status < 300
      if (isDone && listener === "data" && place !== undefined && isData(target)) {
        core.usage.count(place, end, trafficOf(method, bytesIn, bytesOut))
      }
    })

  const finish = (response: GatewayResponse): Effect.Effect<GatewayResponse> => {
    const { body, status } = response
    if (body._tag !== "Stream") return Effect.as(write(status, bodyLength(body) ?? 0), response)
    const counted = Stream.suspend(() => {
      let bytesOut = 0
      return body.stream.pipe(
        Stream.map((chunk) => {
          bytesOut += chunk.length
          return chunk
        }),
        Stream.ensuring(Effect.suspend(() => write(status, bytesOut)))
      )
    })
    return Effect.succeed({ ...response, body: { ...body, stream: counted } })
  }

  return { request: { ...request, body }, finish }
}
