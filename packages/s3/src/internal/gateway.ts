/**
 * The one way to the S3 gateway: which bucket and key, addressed in which style, with which parameters, and what came
 * back, checked.
 *
 * @internal
 */
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { HcpError, InvalidInput, type Reason, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import { type Expectation, type HcpRequest, pairsOf, type RequestOptions } from "@effect-hcp/sdk/HcpRequest"
import { checkedBy, type HcpReply, type HcpResponse, isSuccess, responseError } from "@effect-hcp/sdk/HcpResponse"
import { type Kind, type Kinds, problemOf, problemOfValue } from "@effect-hcp/sdk/OptionCheck"
import type { Redact } from "@effect-hcp/sdk/Redactor"
import type { XmlElement, XmlEvent } from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import { localName, readEvents, readRoot } from "./answerXml.ts"
import { idProblem } from "./ids.ts"
import { bucketProblem, keyProblem } from "./names.ts"
import type { Query } from "./parameter.ts"
import { fromErrorElement, type Place, refusalOf } from "./refusal.ts"

/** A name and a value. */
export type Pair = readonly [name: string, value: string]

/** One request to the gateway. */
export interface S3Request {
  readonly method: HcpRequest["method"]
  /** None for the list of buckets. */
  readonly bucket?: string | undefined
  /** None for the bucket itself. */
  readonly key?: string | undefined
  readonly query?: Query | undefined
  readonly headers?: ReadonlyArray<Pair> | undefined
  readonly body?: HcpBody.Input | undefined
  readonly verify?: RequestOptions["verify"]
  readonly idempotent?: boolean | undefined
  readonly options?: CallOptions | undefined
}

/** The path on the wire, decoded. */
export const pathOf = (
  { credentials: { prefix }, style }: Pick<Gateway, "credentials" | "style">,
  bucket: string | undefined,
  key: string | undefined
): string => {
  const at = bucket === undefined || style === "virtualHost" ? prefix : `${prefix}/${bucket}`
  return key === undefined ? at || "/" : `${at}/${key}`
}

/** What a request is about, as much as an error tells of it. */
export type About = Pick<S3Request, "method" | "bucket" | "key">

/** Bucket and key as one path, in which style ever they are sent. */
const shownPath = ({ bucket, key }: About): string =>
  bucket === undefined ? "/" : key === undefined ? `/${bucket}` : `/${bucket}/${key}`

/** An error about a request of which nothing was sent. */
export const refused = (about: About, reason: Reason): HcpError =>
  new HcpError({ operation: about.method, path: shownPath(about), reason })

/** An error of input, before anything is sent. */
export const invalid = (about: About, field: string, detail: string): HcpError =>
  refused(about, new InvalidInput({ field, detail }))

/** What a call is given besides its options; each that is there has to be a text. */
export type Given = About & { readonly uploadId?: string | undefined; readonly file?: string | undefined }

/**
 * The error of a call whose options are none of its own, or whose bucket, key, upload or file is no name, if so.
 * Without its bucket a request would be about the list of buckets.
 */
export const misuseOf = (
  about: Given,
  options: unknown,
  kinds: Kinds,
  required?: ReadonlyArray<string>
): HcpError | undefined => {
  const reason = problemOf(options, kinds, { required }) ?? nameProblem(about)
  return reason === undefined ? undefined : refused(about, reason)
}

const nameProblem = (about: Given): InvalidInput | undefined => {
  const bucket = "bucket" in about ? bucketProblem(about.bucket) : undefined
  if (bucket !== undefined) return new InvalidInput({ field: "bucket", detail: bucket })
  const key = "key" in about ? keyProblem(about.key) : undefined
  if (key !== undefined) return new InvalidInput({ field: "key", detail: key })
  const upload = "uploadId" in about ? problemOfValue(about.uploadId, "text", "uploadId") : undefined
  return upload ?? ("file" in about ? problemOfValue(about.file, "text", "file") : undefined)
}

/** A value, if it is of the kind; `field` is what the error calls it. */
export const checkedValue = <A>(value: A, kind: Kind, field: string): Result.Result<A, InvalidInput> => {
  const problem = problemOfValue(value, kind, field)
  return problem === undefined ? Result.succeed(value) : Result.fail(problem)
}

/** What was checked, or the error. */
export const checked = <A>(about: About, result: Result.Result<A, InvalidInput>): Effect.Effect<A, HcpError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => refused(about, reason))

/** The request as the client takes it. Fails with `InvalidInput` for a bucket, key or id that cannot be one. */
export const wireRequest = (gateway: Gateway, request: S3Request): Result.Result<HcpRequest, HcpError> => {
  const { bucketHost } = gateway.found
  if (bucketHost !== undefined) {
    const detail = `${bucketHost} is the host of a bucket; give the tenant's, ${withoutFirst(bucketHost)}`
    return Result.fail(invalid(request, "fqdn", detail))
  }
  const { body, bucket, headers, idempotent, key, method, options, query, verify } = request
  const badBucket = bucket === undefined ? undefined : bucketProblem(bucket)
  if (badBucket !== undefined) return Result.fail(invalid(request, "bucket", badBucket))
  const badKey = key === undefined ? undefined : keyProblem(key)
  if (badKey !== undefined) return Result.fail(invalid(request, "key", badKey))
  const problem = idProblem("versionId", query?.versionId) ?? idProblem("uploadId", query?.uploadId)
  if (problem !== undefined) return Result.fail(invalid(request, ...problem))
  return Result.succeed({
    method,
    path: pathOf(gateway, bucket, key),
    query,
    headers: options?.headers === undefined ? headers : [...pairsOf(options.headers), ...(headers ?? [])],
    body,
    subdomain: gateway.style === "virtualHost" ? bucket : undefined,
    encodeAll: true,
    verify,
    idempotent,
    deadline: options?.deadline,
    responseTimeout: options?.responseTimeout,
    bodyTimeout: options?.bodyTimeout,
    minRate: options?.minRate,
    expects: expectation
  })
}

/** What HCP answers here when it has done what was asked. */
const expectation: Expectation = { gateway: "s3", statuses: [200, 204, 206] }

/** Sends a request and hands back the whole answer, whatever its status. */
export const call = (
  gateway: Gateway,
  request: S3Request,
  options?: Parameters<HcpClient.Shape["call"]>[1]
): Effect.Effect<HcpReply, HcpError> =>
  Effect.suspend(() => {
    const wire = wireRequest(gateway, request)
    return Result.isFailure(wire)
      ? Effect.fail(wire.failure)
      : Effect.flatMap(gateway.client.call(wire.success, options), (reply) => placed(gateway, request, reply))
  })

const withoutFirst = (host: string): string => host.slice(host.indexOf(".") + 1)

/**
 * Fails where the host of a bucket has carried out what was meant for another place: it takes the bucket in the path
 * for the first part of the key. Only an answer that names its domain shows that; from then on nothing is sent there.
 */
const placed = <Reply extends Pick<HcpReply, "status" | "target" | "failedAttempts" | "servicedBy">>(
  { found, style }: Gateway,
  request: S3Request,
  reply: Reply
): Effect.Effect<Reply, HcpError> => {
  const { bucket, key = "" } = request
  const { servicedBy = "", target } = reply
  // Of nearly all answers one label stands before the domain, which takes no copies of the names to see.
  if (target.indexOf(".") === target.length - servicedBy.length - 1) return Effect.succeed(reply)
  const domain = servicedBy.trim().toLowerCase()
  if (style !== "path" || bucket === undefined || domain === "" || !isSuccess(reply)) return Effect.succeed(reply)
  const host = target.toLowerCase()
  const labels = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1).split(".") : []
  if (labels.length !== 2) return Effect.succeed(reply)
  found.bucketHost = host
  const reason = new UnexpectedAnswer({
    detail:
      `the endpoint is the host of the bucket ${labels[0]}, where "${bucket}/${key}" is a key, ` +
      "and this was done to it",
    hint: `give the tenant's host, ${withoutFirst(host)}, and look at that key`
  })
  return Effect.fail(answered(request, reply, reason))
}

/** The error an answer with a status other than 2xx stands for. */
export const failureOf = (gateway: Gateway, request: S3Request, reply: HcpReply): Effect.Effect<HcpError> =>
  refusedBy(gateway, request, reply, reply.bytes)

const refusedBy = (
  gateway: Gateway,
  request: S3Request,
  reply: Pick<HcpResponse, "status" | "headers" | "target" | "failedAttempts" | "redact" | "servicedBy">,
  bytes: Uint8Array
): Effect.Effect<HcpError> =>
  Effect.map(
    refusalOf(
      { status: reply.status, headers: reply.headers, target: reply.target, bytes },
      placeOf(gateway, request, reply)
    ),
    (reason) => answered(request, reply, reason)
  )

/** An error that an answer stands for. */
export const answered = (about: About, reply: Pick<HcpReply, "target" | "failedAttempts">, reason: Reason): HcpError =>
  responseError({ operation: about.method, path: shownPath(about) }, reply, reason)

/** Fails where the status is not 2xx. */
export const okOrFail = (gateway: Gateway, request: S3Request, reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
  isSuccess(reply) ? Effect.succeed(reply) : Effect.flatMap(failureOf(gateway, request, reply), Effect.fail)

/**
 * Sends a request whose answer has nothing to say but that it was done. Any status but 2xx is an `S3Refused`, and so is
 * an `Error` in an answer of status 2xx.
 */
export const send = (gateway: Gateway, request: S3Request): Effect.Effect<HcpReply, HcpError> =>
  Effect.flatMap(call(gateway, request), (reply) => accepted(gateway, request, reply))

/** What is left to be looked at of an answer that has nothing to say but that it was done. */
export const accepted = (gateway: Gateway, request: S3Request, reply: HcpReply): Effect.Effect<HcpReply, HcpError> => {
  if (!isSuccess(reply) || reply.bytes.length === 0 || request.method === "HEAD") {
    return okOrFail(gateway, request, reply)
  }
  return Effect.flatMap(Effect.option(readRoot(reply, shownPath(request))), (root) =>
    Option.isSome(root) && localName(root.value.name) === "Error"
      ? Effect.fail(
          answered(request, reply, fromErrorElement(root.value, reply.status, placeOf(gateway, request, reply)))
        )
      : Effect.succeed(reply)
  )
}

/** What is known of the place of a request, for what is refused there. */
export const placeOf = (
  gateway: Gateway,
  { bucket, headers = [], method }: S3Request,
  reply: Pick<HcpReply, "redact" | "servicedBy">
): Place => ({
  bucket,
  replaces: method !== "GET" && method !== "HEAD" && headers.some(([name]) => name === "If-Match"),
  fqdn: gateway.endpoint?.fqdn,
  servicedBy: reply.servicedBy,
  redact: redactorOf(gateway, reply)
})

/** Blanks the secrets of the request and those it was signed with, in what an error quotes of its answer. */
const redactorOf =
  ({ credentials }: Gateway, { redact }: Pick<HcpReply, "redact">): Redact =>
  (text) =>
    redact(credentials.redact(text))

/** An answer whose body is XML with the expected root. */
interface XmlReply {
  readonly reply: HcpReply
  readonly root: XmlElement
}

/** The roots that an answer may have, by local name. */
export type Roots = string | ReadonlyArray<string>

/**
 * Sends a request whose answer is XML with one of these roots. An `Error` in an answer of status 200 is an `S3Refused`
 * as any other; another root is an `UnexpectedAnswer`: so HCP answers what it does not know with something else. A
 * document that is cut is asked for again by the client's policy, as a body that breaks.
 */
export const sendXml = (
  gateway: Gateway,
  request: S3Request,
  roots: Roots,
  maxBodyBytes?: number
): Effect.Effect<XmlReply, HcpError> =>
  Effect.map(
    sendAndRead(gateway, request, (reply) => rootOf(gateway, request, reply, roots), maxBodyBytes),
    ([reply, root]) => ({ reply, root })
  )

/** Sends a request and reads the document of its answer, which is read once though it is checked before it counts. */
export const sendAndRead = <A>(
  gateway: Gateway,
  request: S3Request,
  read: (reply: HcpReply) => Effect.Effect<A, HcpError>,
  maxBodyBytes?: number
): Effect.Effect<readonly [HcpReply, A], HcpError> =>
  Effect.gen(function* () {
    const document = checkedBy(read)
    const reply = yield* call(gateway, request, { maxBodyBytes, check: document.check })
    yield* okOrFail(gateway, request, reply)
    return [reply, yield* document.read(reply)] as const
  })

/** The events of the document of an answer. */
export const eventsOf = (gateway: Gateway, request: S3Request, reply: HcpReply): Stream.Stream<XmlEvent, HcpError> =>
  readEvents(reply, shownPath(request), redactorOf(gateway, reply))

/** The root of an answer of status 2xx, if it is one of these. */
export const rootOf = (
  gateway: Gateway,
  request: S3Request,
  reply: HcpReply,
  roots: Roots
): Effect.Effect<XmlElement, HcpError> =>
  Effect.flatMap(readRoot(reply, shownPath(request), redactorOf(gateway, reply)), (root) => {
    const name = localName(root.name)
    if (isOneOf(roots, name)) return Effect.succeed(root)
    if (name === "Error") {
      return Effect.fail(
        answered(request, reply, fromErrorElement(root, reply.status, placeOf(gateway, request, reply)))
      )
    }
    const found = redactorOf(gateway, reply)(name).slice(0, 40)
    const expected = typeof roots === "string" ? roots : roots.join("> or <")
    const detail = `it is XML with the root <${found}>, not <${expected}>`
    return Effect.fail(answered(request, reply, new UnexpectedAnswer({ detail })))
  })

/** Whether a root is one of the expected ones. */
export const isOneOf = (roots: Roots, name: string): boolean =>
  typeof roots === "string" ? roots === name : roots.includes(name)

/** Sends a request and hands back the answer with its body to be read; any status but 2xx is an `S3Refused`. */
export const open = (
  gateway: Gateway,
  request: S3Request,
  options?: Pick<HcpClient.DownloadOptions, "resume">
): Effect.Effect<HcpResponse, HcpError, Scope.Scope> =>
  Effect.suspend(() => {
    const wire = wireRequest(gateway, request)
    if (Result.isFailure(wire)) return Effect.fail(wire.failure)
    return Effect.flatMap(gateway.client.execute(wire.success, options), (response) =>
      isSuccess(response) ? placed(gateway, request, response) : refusedAnswer(gateway, request, response)
    )
  })

const refusedAnswer = (gateway: Gateway, request: S3Request, response: HcpResponse): Effect.Effect<never, HcpError> =>
  Effect.orElseSucceed(response.bytes(maxErrorBytes), () => noBytes).pipe(
    Effect.flatMap((bytes) => refusedBy(gateway, request, response, bytes)),
    Effect.flatMap(Effect.fail)
  )

const maxErrorBytes = 64 * 1024
const noBytes = new Uint8Array()
