/**
 * Stores an object: what is sent, what to do where something is stored already, and whether what was stored is what was
 * sent.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
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
import { fromHeaders, type ObjectMetadata } from "../ObjectMetadata.ts"
import { Counter } from "../Progress.ts"
import type { IfExists, PutOptions, Stored } from "../StoreOptions.ts"
import { digest, hashed, lengthOf, passedThrough } from "./bodyStream.ts"
import {
  type About,
  amended,
  checked,
  common,
  invalid,
  joined,
  type Pair,
  refused,
  sameTimes,
  wirePath,
  within
} from "./call.ts"
import { lookUp, ofClass, ofStore, type Place, taken } from "./refusals.ts"
import { replace } from "./replaceObject.ts"
import { toPairs } from "./settings.ts"

/**
 * A PUT made ready: what is sent, and the caller's own body, of which size and hash are those of what will be stored.
 */
export interface Upload {
  readonly client: HcpClient.Shape
  readonly request: HcpRequest
  readonly plain: HcpBody.HcpBody
  /** The hashes of what was sent last, where the core cannot tell because it travelled packed. */
  readonly sent: () => SentHashes | undefined
  readonly done: Effect.Effect<void, HcpError>
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
  return Effect.gen(function* () {
    const upload = yield* prepare(client, about, yield* checked(about, HcpBody.fromInput(body)), options)
    const place: Place = { client, path: upload.request.path, options: sameTimes(options) }
    if (!Conditions.isConditional(options)) {
      const mode = options.ifExists ?? "fail"
      if (mode !== "replace") return yield* byMode[mode](upload, place)
      return yield* replace({
        about,
        place,
        here,
        options,
        store: (...added) => Effect.map(send(upload, ...added), toStored("newVersion")),
        storeBeside: (path, query) =>
          Effect.map(send({ ...upload, request: { ...upload.request, path, query } }, onlyNew), toStored("created"))
      })
    }
    if (options.ifExists !== undefined) {
      return yield* invalid(about, "ifExists", "conditions say what to do where something is stored; give one of both")
    }
    const outcome = options.ifNoneMatch === "*" ? "created" : "newVersion"
    return yield* Effect.map(Effect.catch(send(upload), ofStore(place, false)), toStored(outcome))
  }).pipe(
    Effect.catch(ofClass({ client, options: sameTimes(options) }, options.retention)),
    within(about, options.deadline)
  )
}

const prepare = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  about: About,
  plain: HcpBody.HcpBody,
  options: PutOptions
): Effect.fn.Return<Upload, HcpError> {
  const path = yield* wirePath(about)
  const settings = yield* checked(about, toPairs(options))
  const headers = [...(yield* checked(about, Conditions.toHeaders(options)))]
  let body = plain
  let done: Effect.Effect<void, HcpError> = Effect.void
  let sent: SentHashes | undefined
  if (options.onProgress !== undefined) {
    const length = yield* lengthOf(body)
    const counter = new Counter(options.onProgress, length)
    if (length !== 0) body = passedThrough(body, (bytes) => counter.watch(bytes), length)
    done = counter.done
  }
  if (options.gzip === true) {
    headers.push(["Content-Encoding", "gzip"])
    const verifies = options.verify !== false
    body = passedThrough(
      body,
      (bytes) =>
        Stream.suspend(() => {
          if (!verifies) return packed(bytes)
          const watched = hashed(bytes)
          sent = watched.hashes
          return packed(watched.content)
        }),
      undefined
    )
  }
  const request: HcpRequest = {
    ...common(options),
    deadline: undefined,
    verify: options.verify ?? true,
    method: "PUT",
    path,
    body,
    query: joined(options.query, settings),
    headers: joined(options.headers, headers)
  }
  return { client, request, plain, sent: () => sent, done }
})

/**
 * Sends it. A conflict, or a condition that does not hold, after an attempt whose answer was lost is settled by what is
 * stored: the same bytes are a success.
 */
export const send = ({ client, done, plain, request, sent }: Upload, ...added: ReadonlyArray<Pair>) => {
  const whole: HcpRequest = { ...request, headers: joined(request.headers, added) }
  return client.call(whole).pipe(
    Effect.flatMap((reply) => reconcilePut({ ...whole, body: plain }, reply, (head) => client.call(head))),
    Effect.tap((reply) => compare(whole, reply, sent())),
    Effect.tap(done)
  )
}

/** What was stored is compared here where the core could not, as its bytes were not those on the wire. */
const compare = (request: HcpRequest, reply: HcpReply, sent: SentHashes | undefined): Effect.Effect<void, HcpError> =>
  sent === undefined
    ? Effect.void
    : Effect.suspend(() => {
        const reason = sent.compare(statedHash(reply.headers), reply.headers, request)
        return reason === undefined
          ? Effect.void
          : Effect.fail(
              amended(refused({ operation: request.method, path: request.path }, reason), { reached: "answer" })
            )
      })

export const toStored =
  (outcome: Stored["outcome"]) =>
  ({ headers }: { readonly headers: ResponseHeaders }): Stored => ({
    outcome,
    metadata: fromHeaders(headers),
    location: headers.get("location")
  })

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
  const ours = yield* digest(plain, stored.hash.algorithm)
  if (ours?.size !== stored.size || ours.hex !== stored.hash.hex) return yield* exists
  yield* done
  return { outcome: "skipped", metadata: stored, location: undefined }
})
