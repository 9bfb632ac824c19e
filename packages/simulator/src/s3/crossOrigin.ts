/**
 * What scripts of other origins may do with a bucket: the answer to the question a browser asks before (`OPTIONS`), and
 * the headers of the answer to what it does then.
 *
 * HCP's manual says where there is none: for URLs with the names of its other gateways in them. In all else the rules
 * are read as AWS reads them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Exchange, Header } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { fromXml } from "../mapi/format.ts"
import type { Address } from "./address.ts"
import { bare } from "./answer.ts"
import { branchesOf, textOf, textsOf } from "./body.ts"
import { noSuchBucket, recordOf } from "./permissions.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

/** Namespaces with these in their URLs get no answer, and `hs3` is in those of the door of HCP's own credentials. */
const reserved: ReadonlySet<string> = new Set(["rest", "webdav", "fcfs_data", "browser", "hs3", "swift"])

const methods: ReadonlySet<string> = new Set(["GET", "PUT", "POST", "DELETE", "HEAD"])

/** More than any browser asks for at once; each of them is held against every rule. */
const maxHeaders = 100

/** What somebody asks for. */
interface Wanted {
  readonly origin: string
  readonly method: string
  /** Lower case. */
  readonly headers: ReadonlyArray<string>
}

/** The rules of a bucket, or where it has none those of its tenant; undefined if neither has any. */
const rulesOf = (
  { core }: Exchange,
  { namespace, tenant }: Address
): Effect.Effect<ReadonlyArray<Branch> | undefined> => {
  const record = namespace === undefined ? undefined : recordOf(core, namespace)
  const text = record?.cors ?? core.registry.tenant(tenant)?.cors
  if (text === undefined) return Effect.undefined
  return Effect.match(fromXml(text), {
    onFailure: () => [],
    onSuccess: ({ document }) => (isBranch(document) ? branchesOf(document, "CORSRule") : [])
  })
}

/** A pattern may have one `*`, for any number of characters. */
const matches = (pattern: string, text: string): boolean => {
  const [start = "", end] = pattern.split("*", 2)
  if (end === undefined) return pattern === text
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

const allowsHeaders = (rule: Branch, headers: ReadonlyArray<string>): boolean => {
  const patterns = new Set(textsOf(rule, "AllowedHeader").map((pattern) => pattern.toLowerCase()))
  const open = [...patterns].filter((pattern) => pattern.includes("*"))
  return headers.every((name) => patterns.has(name) || open.some((pattern) => matches(pattern, name)))
}

const allows = (rule: Branch, { headers, method, origin }: Wanted): boolean =>
  textsOf(rule, "AllowedOrigin").some((pattern) => matches(pattern, origin)) &&
  textsOf(rule, "AllowedMethod").includes(method) &&
  allowsHeaders(rule, headers)

/** What a rule lets a browser know. */
const headersOf = (rule: Branch, { headers, origin }: Wanted): ReadonlyArray<Header> => {
  const isAnybody = textsOf(rule, "AllowedOrigin").includes("*")
  const exposed = textsOf(rule, "ExposeHeader")
  const maxAge = textOf(rule, "MaxAgeSeconds")
  return [
    ["Access-Control-Allow-Origin", isAnybody ? "*" : origin],
    ["Access-Control-Allow-Methods", textsOf(rule, "AllowedMethod").join(", ")],
    ...(headers.length === 0 ? [] : [["Access-Control-Allow-Headers", headers.join(", ")] as const]),
    ...(exposed.length === 0 ? [] : [["Access-Control-Expose-Headers", exposed.join(", ")] as const]),
    ...(maxAge === undefined ? [] : [["Access-Control-Max-Age", maxAge] as const]),
    ...(isAnybody ? [] : [["Access-Control-Allow-Credentials", "true"] as const]),
    ["Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"]
  ]
}

const isReserved = ({ bucket, door }: Address): boolean => door === "hcp" || reserved.has(bucket.toLowerCase())

const forbidden = (message: string): S3Refusal => refuse("AccessForbidden", `CORSResponse: ${message}`)

/**
 * `OPTIONS`: what a browser asks before it lets a script do something. It has no credentials, so everybody gets an
 * answer. `AccessForbidden` where no rule allows it, `BadRequest` where it does not say what it wants.
 *
 * @internal
 */
export const preflight = Effect.fnUntraced(function* (
  exchange: Exchange,
  address: Address
): Effect.fn.Return<GatewayResponse, S3Refusal> {
  const { headers } = exchange.request
  if (address.bucket === "" || isReserved(address)) {
    return yield* refuse("MethodNotAllowed", "The method OPTIONS is not allowed against this resource.")
  }
  if (address.namespace === undefined) return yield* noSuchBucket(address.bucket)
  const origin = headers.origin
  if (origin === undefined) {
    return yield* refuse("BadRequest", "Insufficient information. Origin request header needed.")
  }
  const method = headers["access-control-request-method"]?.trim()
  if (method === undefined || !methods.has(method)) {
    return yield* refuse("BadRequest", `Invalid Access-Control-Request-Method: ${method ?? "null"}`)
  }
  const rules = address.namespace.spec.s3 ? yield* rulesOf(exchange, address) : undefined
  if (rules === undefined) return yield* forbidden("CORS is not enabled for this bucket.")
  const names = (headers["access-control-request-headers"] ?? "").toLowerCase().split(",")
  const wanted = {
    origin,
    method,
    headers: [...new Set(names.map((name) => name.trim()).filter((name) => name !== ""))]
  }
  if (wanted.headers.length > maxHeaders) {
    return yield* refuse("BadRequest", `Access-Control-Request-Headers may name ${maxHeaders} headers`)
  }
  const rule = rules.find((candidate) => allows(candidate, wanted))
  return rule === undefined
    ? yield* forbidden(
        "This CORS request is not allowed: no rule of the bucket is for this origin, method and headers."
      )
    : bare(exchange, 200, headersOf(rule, wanted))
})

/**
 * The answer with what a browser needs to know before it hands it to a script of another origin.
 *
 * @internal
 */
export const withCrossOrigin = (
  exchange: Exchange,
  address: Address,
  response: GatewayResponse
): Effect.Effect<GatewayResponse> => {
  const { headers, method } = exchange.request
  const { origin } = headers
  if (origin === undefined || method === "OPTIONS" || isReserved(address)) return Effect.succeed(response)
  const wanted = { origin, method, headers: [] }
  return Effect.map(rulesOf(exchange, address), (rules) => {
    const rule = rules?.find((candidate) => allows(candidate, wanted))
    return rule === undefined ? response : { ...response, headers: [...response.headers, ...headersOf(rule, wanted)] }
  })
}
