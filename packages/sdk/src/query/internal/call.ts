/**
 * One call of the metadata query engine, and calls that stay on one node as long as it answers.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError, IncompleteResults, type Reason } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { defaultMaxBytes, type HcpReply, replyWith, responseError } from "../../HcpResponse.ts"
import { isPacked, unpacked } from "../../internal/body/gzip.ts"
import { amended } from "../../internal/request/amended.ts"
import { collect } from "../../internal/request/response.ts"
import { type About, mediaType } from "../../internal/xml/plainAnswer.ts"
import { okOrFail } from "../../ReplyStatus.ts"
import { BodyTooLarge } from "../../WireReason.ts"
import type { CallOptions, Format } from "../QueryRequest.ts"

export const about: About = { operation: "POST", path: "/query" }

/** Whom to ask, and how. */
export interface Asking {
  readonly client: HcpClient.HcpClient["Service"]
  readonly fqdn: string
  readonly format: Format
  /** Whether there may be another system to ask while this one is down. */
  readonly hasReplica: boolean
}

/** An error about a query, before it is sent unless something else is said. */
export const refused = (asking: Asking, reason: Reason, reached: HcpError["reached"] = "nothing"): HcpError =>
  new HcpError({ ...about, target: asking.fqdn, reached, reason })

/**
 * Asks once. A node that is busy or fails, and an answer that breaks off, are asked again by the rules of the client: a
 * query changes nothing.
 */
export const ask = (
  client: HcpClient.Shape,
  format: Format,
  body: string,
  options: CallOptions = {}
): Effect.Effect<HcpReply, HcpError> => {
  const { acceptGzip, bodyTimeout, deadline, maxBodyBytes, responseTimeout } = options
  const request: HcpRequest = {
    method: "POST",
    path: about.path,
    headers: { Accept: mediaType[format], "Content-Type": mediaType[format] },
    body: HcpBody.text(body),
    idempotent: true,
    verify: false,
    expects: { gateway: "query" },
    acceptGzip,
    bodyTimeout,
    deadline,
    responseTimeout
  }
  return client.call(request, { maxBodyBytes }).pipe(
    Effect.flatMap(okOrFail(request)),
    Effect.flatMap((reply) => (isPacked(reply) ? unpack(reply, maxBodyBytes) : Effect.succeed(reply)))
  )
}

const unpack = (reply: HcpReply, maxBytes = defaultMaxBytes): Effect.Effect<HcpReply, HcpError> => {
  const tooLarge = () => responseError(about, reply, new BodyTooLarge({ limit: maxBytes }))
  return Effect.scoped(
    Effect.flatMap(Stream.toPull(unpacked(Stream.make(reply.bytes), reply, about.path)), (pull) =>
      collect(pull, maxBytes, tooLarge)
    )
  ).pipe(
    Effect.mapBoth({
      onSuccess: (bytes) => replyWith(reply, bytes),
      onFailure: (error) => amended(error, { operation: about.operation })
    })
  )
}

/**
 * Whether another system may answer in place of one that is down. What is asked of a single system is no business of
 * the replica strategy; a read is, and shows it that the primary is down, so that from then on the replica is the
 * active system, if it may be read.
 */
const isElsewhere = (
  { client, hasReplica }: Asking,
  error: HcpError,
  options: CallOptions = {}
): Effect.Effect<boolean> => {
  const { deadline, responseTimeout } = options
  return hasReplica && error.systemDown
    ? Effect.isSuccess(client.call({ method: "HEAD", path: about.path, deadline, responseTimeout }))
    : Effect.succeed(false)
}

/** Something that is done once, at the system that is active; at the other one if that is found to be down. */
export const onActiveSystem = <A>(
  asking: Asking,
  options: CallOptions | undefined,
  use: (client: HcpClient.Shape) => Effect.Effect<A, HcpError>
): Effect.Effect<A, HcpError> => {
  const once = Effect.flatMap(asking.client.onActiveSystem, use)
  return Effect.catch(once, (error) =>
    Effect.flatMap(isElsewhere(asking, error, options), (elsewhere) => (elsewhere ? once : Effect.fail(error)))
  )
}

/** Something that is done with a client. */
export type Use = <A>(use: (client: HcpClient.Shape) => Effect.Effect<A, HcpError>) => Effect.Effect<A, HcpError>

// As many nodes as may fail one after another, before that is taken for the answer.
const maxMoves = 3

/**
 * Calls that all go to one node, which remembers what it has found, and to another one only once that fails: what a
 * page begins with is known here, so any node can go on. Where no node of the system answers the first call it is the
 * replica's turn; later ones go on with what only this system has said.
 */
export const onOneNode = (asking: Asking, options: CallOptions | undefined): Effect.Effect<Use, never, Scope.Scope> =>
  Effect.map(Effect.scope, (outer) => {
    let current: { readonly shape: HcpClient.Shape; readonly scope: Scope.Closeable } | undefined
    let begun = false
    const pin = Effect.gen(function* () {
      if (current !== undefined) return current
      const scope = yield* Scope.fork(outer)
      const shape = yield* Scope.provide(asking.client.pinned, scope)
      current = { shape, scope }
      return current
    })
    const leave = Effect.suspend(() => {
      const left = current
      current = undefined
      return left === undefined ? Effect.void : Scope.close(left.scope, Exit.void)
    })
    return (use) =>
      Effect.flatMap(pin, ({ shape }) => use(shape)).pipe(
        Effect.tap(() => {
          begun = true
          return Effect.void
        }),
        Effect.tapError((error) =>
          error.isRetryable
            ? Effect.andThen(begun ? Effect.void : isElsewhere(asking, error, options), leave)
            : Effect.void
        ),
        Effect.retry({ times: maxMoves - 1, while: (error) => error.isRetryable })
      )
  })

/**
 * Asks for a page that is not empty unless there is nothing left. HCP says INCOMPLETE where there is more, and where an
 * error cut the answer short; without a single record it can only have been that.
 */
export const whole = <
  Page extends {
    readonly isComplete: boolean
    readonly records: ReadonlyArray<unknown>
    readonly total?: number | undefined
  }
>(
  asking: Asking,
  page: Effect.Effect<Page, HcpError>
): Effect.Effect<Page, HcpError> =>
  Effect.flatMap(page, (found) =>
    found.isComplete || found.records.length > 0
      ? Effect.succeed(found)
      : Effect.fail(refused(asking, new IncompleteResults({ total: found.total }), "answer"))
  ).pipe(Effect.retry({ schedule: pauses, while: ({ reason }) => reason._tag === "IncompleteResults" }))

const pauses = Schedule.exponential("500 millis").pipe(Schedule.upTo({ times: 3 }))
