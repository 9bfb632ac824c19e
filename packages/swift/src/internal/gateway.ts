/**
 * The one way to the Swift gateway: which account, container and object, with which parameters, and what came back,
 * checked.
 *
 * @internal
 */
import type { CallOptions } from "@effect-hcp/sdk/CallKinds"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { HcpError, InvalidInput, type Reason } from "@effect-hcp/sdk/HcpError"
import { type HcpRequest, pairsOf, type RequestOptions } from "@effect-hcp/sdk/HcpRequest"
import { type HcpReply, type HcpResponse, responseError } from "@effect-hcp/sdk/HcpResponse"
import { keyProblem, placeProblem } from "@effect-hcp/sdk/ObjectName"
import { type Kinds, problemOf } from "@effect-hcp/sdk/OptionCheck"
import { okOrFail, readReply } from "@effect-hcp/sdk/ReplyStatus"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { absentFeature, headersIn } from "./absentFeature.ts"

/** A name and a value. */
export type Pair = readonly [name: string, value: string]

/** Where the gateway is. */
export interface Gateway {
  readonly client: HcpClient.Shape
  /** What comes before the container in every path: `/swift/v1/europe`. */
  readonly root: string
}

/** One request to the gateway. */
export interface SwiftRequest {
  readonly method: HcpRequest["method"]
  /** None for the account. */
  readonly container?: string | undefined
  /** None for the container itself. */
  readonly object?: string | undefined
  readonly query?: HcpRequest["query"]
  readonly headers?: ReadonlyArray<Pair> | undefined
  readonly body?: HcpBody.Input | undefined
  readonly verify?: RequestOptions["verify"]
  readonly idempotent?: boolean | undefined
  readonly options?: CallOptions | undefined
}

/** What a request is about, as much as an error tells of it. */
export type About = Pick<SwiftRequest, "method" | "container" | "object">

/** Container and object as one path. */
export const shownPath = ({ container, object }: About): string =>
  container === undefined ? "/" : object === undefined ? `/${container}` : `/${container}/${object}`

/** An error about a request of which nothing was sent. */
export const refused = (about: About, reason: Reason): HcpError =>
  new HcpError({ operation: about.method, path: shownPath(about), reason })

/** An error of input, before anything is sent. */
export const invalid = (about: About, field: string, detail: string): HcpError =>
  refused(about, new InvalidInput({ field, detail }))

/** What was checked, or the error. */
export const checked = <A>(about: About, result: Result.Result<A, InvalidInput>): Effect.Effect<A, HcpError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => refused(about, reason))

/**
 * The error of a call whose options are none of its own, or ask for what HCP has not, or whose container or object is
 * no name, if so. Without its container a request would be about the account.
 */
export const misuseOf = (
  about: About,
  options: unknown,
  kinds: Kinds,
  required?: ReadonlyArray<string>
): HcpError | undefined => {
  const reason =
    absentFeature(options) ?? problemOf(options, kinds, { required }) ?? headerProblem(options) ?? nameProblem(about)
  return reason === undefined ? undefined : refused(about, reason)
}

/** Letters beyond ASCII go out as Latin-1, and Swift reads headers as UTF-8: others would come back, or none. */
const headerProblem = (options: unknown): InvalidInput | undefined => {
  const name = headersIn(options).find(([, value]) => !/^\p{ASCII}*$/u.test(value))?.[0]
  const detail = "holds letters beyond ASCII, which Swift would read as others; percent-encode them"
  return name === undefined ? undefined : new InvalidInput({ field: `headers.${name}`, detail })
}

const nameProblem = (about: About): InvalidInput | undefined => {
  const container = "container" in about ? placeProblem(about.container, "container") : undefined
  if (container !== undefined) return new InvalidInput({ field: "container", detail: container })
  const object = "object" in about ? keyProblem(about.object) : undefined
  return object === undefined ? undefined : new InvalidInput({ field: "object", detail: object })
}

/** What HCP answers when it has done what was asked. */
const done: Readonly<Record<"place" | "object", Readonly<Record<HcpRequest["method"], ReadonlyArray<number>>>>> = {
  place: { GET: [200, 204], HEAD: [200, 204], PUT: [201, 202], POST: [200, 202, 204], DELETE: [204], COPY: [] },
  object: { GET: [200, 206], HEAD: [200, 204], PUT: [201], POST: [200, 202, 204], DELETE: [200, 204], COPY: [201] }
}

const wireRequest = ({ root }: Gateway, request: SwiftRequest): HcpRequest => {
  const { body, container, headers, idempotent, method, object, options, query, verify } = request
  const place = container === undefined ? root : `${root}/${container}`
  return {
    method,
    path: object === undefined ? place : `${place}/${object}`,
    query,
    headers: options?.headers === undefined ? headers : [...pairsOf(options.headers), ...(headers ?? [])],
    body,
    verify,
    idempotent,
    deadline: options?.deadline,
    responseTimeout: options?.responseTimeout,
    bodyTimeout: options?.bodyTimeout,
    minRate: options?.minRate,
    expects: { gateway: "swift", statuses: done[object === undefined ? "place" : "object"][method] }
  }
}

/** Sends a request and hands back the whole answer, whatever its status. */
export const call = (
  gateway: Gateway,
  request: SwiftRequest,
  options?: Parameters<HcpClient.Shape["call"]>[1]
): Effect.Effect<HcpReply, HcpError> =>
  Effect.suspend(() => gateway.client.call(wireRequest(gateway, request), options))

/** Fails where the status is not 2xx, with what it means. */
export const accepted = (gateway: Gateway, request: SwiftRequest, reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
  okOrFail(wireRequest(gateway, request))(reply)

/** Sends a request; any status but 2xx is an error. */
export const send = (
  gateway: Gateway,
  request: SwiftRequest,
  options?: Parameters<HcpClient.Shape["call"]>[1]
): Effect.Effect<HcpReply, HcpError> =>
  Effect.flatMap(call(gateway, request, options), (reply) => accepted(gateway, request, reply))

/** Sends a request and hands back the answer with its body to be read; any status but 2xx is an error. */
export const open = (
  gateway: Gateway,
  request: SwiftRequest,
  options?: Pick<HcpClient.DownloadOptions, "resume">
): Effect.Effect<HcpResponse, HcpError, Scope.Scope> =>
  Effect.gen(function* () {
    const response = yield* gateway.client.execute(wireRequest(gateway, request), options)
    if (response.status < 300) return response
    yield* accepted(gateway, request, yield* readReply(response, undefined))
    return response
  })

/** An error that an answer stands for. */
export const answered = (
  gateway: Gateway,
  request: SwiftRequest,
  reply: Pick<HcpReply, "target" | "failedAttempts">,
  reason: Reason
): HcpError => responseError({ operation: request.method, path: wireRequest(gateway, request).path }, reply, reason)

/** The same result, whose failure is an error of the request. */
export const orFail = <A>(
  gateway: Gateway,
  request: SwiftRequest,
  reply: Pick<HcpReply, "target" | "failedAttempts">,
  result: Result.Result<A, Reason>
): Result.Result<A, HcpError> => Result.mapError(result, (reason) => answered(gateway, request, reply, reason))
