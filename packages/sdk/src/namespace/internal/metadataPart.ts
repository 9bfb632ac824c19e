/**
 * What hangs on an object and is only read, replaced and deleted as a whole: its annotations and its ACL. They differ
 * in the `type` that is asked for, and little else.
 *
 * HCP answers 204 where the object is there and the part is not, and 404 where there is no object.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { Expectation, HcpRequest, RequestOptions } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { okOrFail } from "../../ReplyStatus.ts"
import { common, joined, type Pair, refused, within } from "./call.ts"

/** Which part of which object. */
export interface Part {
  /** The path as the user wrote it, for the deadline's error. */
  readonly path: string
  /** The path on the wire. */
  readonly rest: string
  readonly query: ReadonlyArray<Pair>
}

const withQuery = ({ query, rest }: Part, options: RequestOptions): RequestOptions & { readonly path: string } => ({
  ...common(options),
  deadline: undefined,
  query: joined(options.query, query),
  path: rest
})

/** The part in memory; none where the object has no such part. */
export const get = (
  client: HcpClient.Shape,
  part: Part,
  options: HcpClient.ReplyOptions
): Effect.Effect<Option.Option<HcpReply>, HcpError> => {
  const { path, ...request } = withQuery(part, options)
  return client
    .get(path, { ...request, maxBodyBytes: options.maxBodyBytes })
    .pipe(Effect.map(unlessAbsent), within({ operation: "GET", path: part.path }, options.deadline))
}

/** The headers of the part; none where the object has no such part. */
export const head = (
  client: HcpClient.Shape,
  part: Part,
  options: RequestOptions
): Effect.Effect<Option.Option<HcpReply>, HcpError> => {
  const { path, ...request } = withQuery(part, options)
  return client
    .head(path, request)
    .pipe(Effect.map(unlessAbsent), within({ operation: "HEAD", path: part.path }, options.deadline))
}

/** Whether the object is there, and has this part. */
export const exists = (
  client: HcpClient.Shape,
  part: Part,
  options: RequestOptions
): Effect.Effect<boolean, HcpError> =>
  Effect.map(head(client, part, options), Option.isSome).pipe(
    Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
  )

const removed: Expectation = { gateway: "hcp", statuses: [200, 204] }

/** Whether there was one to delete. */
export const remove = (
  client: HcpClient.Shape,
  part: Part,
  options: RequestOptions
): Effect.Effect<boolean, HcpError> => {
  // Not `client.delete`: a 404 says that there is no object, which an attempt before has not brought about.
  const request: HcpRequest = { ...withQuery(part, options), method: "DELETE", expects: removed }
  return Effect.flatMap(client.call(request), okOrFail(request)).pipe(
    // An attempt whose answer was lost may have deleted it.
    Effect.map((reply) => reply.status !== 204 || reply.retriedAfterAmbiguousFailure),
    within({ operation: "DELETE", path: part.path }, options.deadline)
  )
}

/** What HCP says while others write parts of the same object: 50 ms to about 3 seconds in all, and then the error. */
const untilOthersAreDone = Schedule.exponential(Duration.millis(50)).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 6 })
)

/** Replaces the part, or makes it. Parts are replaced as a whole, so the request may be repeated. */
export const put = (
  client: HcpClient.Shape,
  part: Part,
  given: HcpBody.Input,
  headers: ReadonlyArray<Pair>,
  options: RequestOptions
): Effect.Effect<HcpReply, HcpError> => {
  const body = HcpBody.fromInput(given, "content")
  if (Result.isFailure(body)) return Effect.fail(refused({ operation: "PUT", path: part.path }, body.failure))
  const { path, ...rest } = withQuery(part, options)
  // Not `client.put`: what that does about a lost answer looks at the data of the object.
  const request: HcpRequest = {
    ...rest,
    headers: joined(options.headers, headers),
    method: "PUT",
    path,
    body: body.success
  }
  return Effect.flatMap(client.call(request), okOrFail(request)).pipe(
    Effect.retry({
      schedule: untilOthersAreDone,
      while: (error) => error.reason._tag === "Conflict" && HcpBody.isReplayable(body.success)
    }),
    within({ operation: "PUT", path: part.path }, options.deadline)
  )
}

const unlessAbsent = (reply: HcpReply): Option.Option<HcpReply> =>
  reply.status === 204 ? Option.none() : Option.some(reply)
