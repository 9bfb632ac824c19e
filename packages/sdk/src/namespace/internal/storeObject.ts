/**
 * Stores an object: what is sent, what to do where something is stored already, and whether what was stored is what was
 * sent.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { packed } from "../../internal/body/gzip.ts"
import { type SentHashes, statedHash } from "../../internal/body/integrity.ts"
import { reconcilePut } from "../../internal/request/reconcile.ts"
import * as Conditions from "../Conditions.ts"
import type * as CopySource from "../CopySource.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import { Counter, type OnProgress } from "../Progress.ts"
import type { IfExists, PutOptions, Stored } from "../StoreOptions.ts"
import { digestIfKnown, hashed, lengthOf, passedThrough } from "./bodyStream.ts"
import {
  type About,
  amended,
  checkedNow,
  common,
  invalid,
  joined,
  type Pair,
  refused,
  sameTimes,
  within
} from "./call.ts"
import { lookUp, ofClass, ofStore, type Place, taken } from "./refusals.ts"
import { replace } from "./replaceObject.ts"
import { restPath } from "./restPath.ts"
import { toPairs } from "./settings.ts"
import { WithMetadata } from "./withMetadata.ts"

/**
 * A PUT made ready: what is sent, and the caller's own body, of which size and hash are those of what will be stored.
 */
export interface Upload {
  readonly client: HcpClient.Shape
  readonly request: HcpRequest
  readonly plain: HcpBody.HcpBody
  /** The hashes of what was sent last, where the core cannot tell because it travelled packed. */
  readonly sent: () => SentHashes | undefined
  readonly done: Effect.Effect<void, HcpError> | undefined
}

export const onlyNew: Pair = ["If-None-Match", "*"]

/** @internal */
export const put = (
  client: HcpClient.Shape,
  here: CopySource.Here | undefined,
  path: string,
  body: HcpBody.Input,
  options: PutOptions = {}
): Effect.Effect<Stored, HcpError> => {
  const about: About = { operation: "PUT", path }
  const stored = Effect.suspend(() => {
    const plain = checkedNow(about, HcpBody.fromInput(body))
    if (Result.isFailure(plain)) return Effect.fail(plain.failure)
    const request = requestOf(about, plain.success, options)
    if (Result.isFailure(request)) return Effect.fail(request.failure)
    const through = (watched: HcpBody.HcpBody, done: Upload["done"]) => {
      const { body, sent } =
        options.gzip === true ? gzipped(watched, options.verify) : { body: watched, sent: notHashed }
      const whole = body === plain.success ? request.success : { ...request.success, body }
      return store(about, here, { client, request: whole, plain: plain.success, sent, done }, options)
    }
    return options.onProgress === undefined
      ? through(plain.success, undefined)
      : Effect.flatMap(watchedBy(options.onProgress, plain.success), ({ body, done }) => through(body, done))
  })
  const { retention } = options
  const explained =
    retention === undefined ? stored : Effect.catch(stored, ofClass({ client, options: sameTimes(options) }, retention))
  return within(about, options.deadline)(explained)
}

const store = (
  about: About,
  here: CopySource.Here | undefined,
  upload: Upload,
  options: PutOptions
): Effect.Effect<Stored, HcpError> => {
  const { client, request } = upload
  const place: Place = { client, path: request.path, options: sameTimes(options) }
  if (!Conditions.isConditional(options)) {
    const mode = options.ifExists ?? "fail"
    if (mode !== "replace") return byMode[mode](upload, place)
    return replace({
      about,
      place,
      here,
      options,
      store: (...added) => Effect.map(send(upload, ...added), toStored("newVersion")),
      storeBeside: (path, query) =>
        Effect.map(send({ ...upload, request: { ...request, path, query } }, onlyNew), toStored("created"))
    })
  }
  if (options.ifExists !== undefined) {
    return Effect.fail(
      invalid(about, "ifExists", "conditions say what to do where something is stored; give one of both")
    )
  }
  const outcome = options.ifNoneMatch === "*" ? "created" : "newVersion"
  return Effect.map(Effect.catch(send(upload), ofStore(place, false)), toStored(outcome))
}

/** The request of a PUT. */
const requestOf = (about: About, body: HcpBody.HcpBody, options: PutOptions): Result.Result<HcpRequest, HcpError> => {
  const path = checkedNow(about, restPath(about.path))
  if (Result.isFailure(path)) return Result.fail(path.failure)
  const settings = checkedNow(about, toPairs(options))
  if (Result.isFailure(settings)) return Result.fail(settings.failure)
  const conditions = checkedNow(about, Conditions.toHeaders(options))
  if (Result.isFailure(conditions)) return Result.fail(conditions.failure)
  const headers = options.gzip === true ? [...conditions.success, packedWithGzip] : conditions.success
  return Result.succeed({
    ...common(options),
    deadline: undefined,
    verify: options.verify ?? true,
    method: "PUT",
    path: path.success,
    body,
    query: joined(options.query, settings.success),
    headers: joined(options.headers, headers)
  })
}

const packedWithGzip: Pair = ["Content-Encoding", "gzip"]

const notHashed = (): undefined => undefined

/** The same body, whose progress is reported. */
const watchedBy = (onProgress: OnProgress, body: HcpBody.HcpBody) =>
  Effect.map(lengthOf(body), (length) => {
    const counter = new Counter(onProgress, length)
    const watched = length === 0 ? body : passedThrough(body, (bytes) => counter.watch(bytes), length)
    return { body: watched, done: counter.done }
  })

/** The same body packed, and the hashes of its unpacked bytes. */
const gzipped = (
  body: HcpBody.HcpBody,
  verify: PutOptions["verify"]
): { readonly body: HcpBody.HcpBody; readonly sent: Upload["sent"] } => {
  let sent: SentHashes | undefined
  const through = (bytes: Stream.Stream<Uint8Array, HcpError>) =>
    Stream.suspend(() => {
      if (verify === false) return packed(bytes)
      const watched = hashed(bytes)
      sent = watched.hashes
      return packed(watched.content)
    })
  return { body: passedThrough(body, through, undefined), sent: () => sent }
}

/**
 * Sends it. A conflict, or a condition that does not hold, after an attempt whose answer was lost is settled by what is
 * stored: the same bytes are a success.
 */
export const send = (
  { client, done, plain, request, sent }: Upload,
  ...added: ReadonlyArray<Pair>
): Effect.Effect<HcpReply, HcpError> => {
  const whole: HcpRequest = added.length === 0 ? request : { ...request, headers: joined(request.headers, added) }
  const answer = Effect.flatMap(client.call(whole), (reply) =>
    reconcilePut(whole.body === plain ? whole : { ...whole, body: plain }, reply, (head) => client.call(head))
  )
  return Effect.flatMap(answer, (reply) => {
    const wrong = compare(whole, reply, sent())
    if (wrong !== undefined) return Effect.fail(wrong)
    return done === undefined ? Effect.succeed(reply) : Effect.as(done, reply)
  })
}

/** What was stored is compared here where the core could not, as its bytes were not those on the wire. */
const compare = (request: HcpRequest, reply: HcpReply, sent: SentHashes | undefined): HcpError | undefined => {
  const reason = sent?.compare(statedHash(reply.headers), reply.headers, request)
  return reason === undefined
    ? undefined
    : amended(refused({ operation: request.method, path: request.path }, reason), { reached: "answer" })
}

export const toStored =
  (outcome: Stored["outcome"]) =>
  ({ headers }: { readonly headers: ResponseHeaders }): Stored =>
    new StoredNow(outcome, headers)

class StoredNow extends WithMetadata implements Stored {
  readonly outcome: Stored["outcome"]
  readonly location: string | undefined

  constructor(outcome: Stored["outcome"], headers: ResponseHeaders) {
    super(headers)
    this.outcome = outcome
    this.location = headers.get("location")
  }
}

const byMode: Record<
  Exclude<IfExists, "replace">,
  (upload: Upload, place: Place) => Effect.Effect<Stored, HcpError>
> = {
  fail: (upload, place) => Effect.map(Effect.catch(send(upload, onlyNew), ofStore(place, true)), toStored("created")),
  newVersion: (upload, place) => Effect.map(Effect.catch(send(upload), ofStore(place, false)), toStored("newVersion")),
  skip: (upload, place) =>
    Effect.flatMap(lookUp(place.client, place.path, place.options), (stored) =>
      stored === undefined
        ? send(upload, onlyNew).pipe(
            Effect.map(toStored("created")),
            // Somebody else was faster; it may have been with the same bytes.
            Effect.catch((error) =>
              error.reason._tag === "PreconditionFailed" || error.reason._tag === "Conflict"
                ? Effect.flatMap(lookUp(place.client, place.path, place.options), (found) =>
                    found === undefined ? Effect.fail(error) : skipped(upload, found)
                  )
                : ofStore(place, true)(error)
            )
          )
        : skipped(upload, stored)
    )
}

/** Nothing is to be done if the same bytes are stored. */
const skipped = Effect.fnUntraced(function* (
  { done, plain, request }: Upload,
  stored: ObjectMetadata
): Effect.fn.Return<Stored, HcpError> {
  const exists = amended(refused({ operation: "PUT", path: request.path }, taken(stored)), { reached: "answer" })
  if (stored.type === "directory" || stored.hash === undefined || stored.size === undefined) return yield* exists
  const length = yield* lengthOf(plain)
  if (length !== undefined && length !== stored.size) return yield* exists
  if (!HcpBody.isReplayable(plain)) return yield* exists
  if (plain._tag === "StreamedOnce") {
    const detail =
      'can be read only once, and ifExists "skip" has to compare it with what is stored; use HcpBody.stream'
    return yield* invalid({ operation: "PUT", path: request.path }, "body", detail)
  }
  const ours = yield* digestIfKnown(plain, stored.hash.algorithm)
  if (ours?.size !== stored.size || ours.hash.hex !== stored.hash.hex) return yield* exists
  if (done !== undefined) yield* done
  return { outcome: "skipped", metadata: stored, location: undefined }
})
