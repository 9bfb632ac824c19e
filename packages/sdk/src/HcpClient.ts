/**
 * The client: requests over nodes, retries and replicas, and the five verbs of HTTP on top.
 *
 * `execute` hands back any status, as HCP sent it; the verbs turn every status but 2xx into an {@link HcpError}.
 *
 * **Example** (store, look, read, delete)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { HcpBody, HcpClient } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* HcpClient.HcpClient
 *   yield* client.put("/rest/notes/a.txt", HcpBody.text("This is an example"), { query: { index: "true" } })
 *   const head = yield* client.head("/rest/notes/a.txt")
 *   const reply = yield* client.get("/rest/notes/a.txt")
 *   yield* client.delete("/rest/notes/a.txt")
 *   return [head.headers.get("x-hcp-hash"), reply.text]
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { HcpBody } from "./HcpBody.ts"
import { HcpError } from "./HcpError.ts"
import { type HcpRequest, isRead, type RequestOptions } from "./HcpRequest.ts"
import type { HcpReply, HcpResponse } from "./HcpResponse.ts"
import { fromExecute } from "./internal/httpClient.ts"
import { observed } from "./internal/observe.ts"
import { okOrFail, readReply } from "./internal/replyStatus.ts"
import { settle } from "./internal/settlePut.ts"
import * as ReplicaStrategy from "./ReplicaStrategy.ts"
import * as Target from "./Target.ts"
import { Timeout } from "./WireReason.ts"

/**
 * What a call that keeps the answer's body in memory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplyOptions extends RequestOptions {
  /** The most bytes of the answer that are kept in memory. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * The verbs of a client. The shape of {@link HcpClient}, and of what {@link HcpClient.pinned} gives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /**
   * Sends a request and hands back the answer, whatever its status. The connection is held until the scope closes; the
   * deadline ends with the head of the answer. Fails with any `WireReason`.
   */
  readonly execute: (request: HcpRequest) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  /**
   * PUT. When an attempt that may have taken effect was repeated and HCP then says 409, the stored object is compared by size
   * and hash: the same bytes are a success with status 201 and the headers of the HEAD, others fail with `Conflict`.
   */
  readonly put: (path: string, body: HcpBody, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /** GET into memory. A body that breaks off is asked for again, as often as the retry policy makes attempts. */
  readonly get: (path: string, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /** HEAD: the headers of an object, directory or version. */
  readonly head: (path: string, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /** POST, mostly of system metadata as a form. Repeated only if nothing was sent, or with `idempotent: true`. */
  readonly post: (path: string, body?: HcpBody, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /** DELETE. A 404 after an attempt that may have taken effect counts as done. */
  readonly delete: (path: string, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /** GET as a stream with back-pressure; the connection is given back when the stream ends, fails or is left. */
  readonly stream: (path: string, options?: RequestOptions) => Stream.Stream<Uint8Array, HcpError>
  /** The same way through nodes, retries and replica for code written against `effect/http`. URLs are paths: `/rest/a.txt`. */
  readonly httpClient: HttpClient.HttpClient
}

/**
 * The client.
 *
 * @category services
 * @since 0.1.0
 */
export class HcpClient extends Context.Service<
  HcpClient,
  Shape & {
    /**
     * A client that stays on one node of the system that is active now, for calls whose state lives on a node (as the pages of
     * a metadata query do). It lives as long as the scope, and neither moves to another node nor to the replica.
     */
    readonly pinned: Effect.Effect<Shape, HcpError, Scope.Scope>
  }
>()("@effect-hcp/sdk/HcpClient") {}

type Execute = Shape["execute"]

const makeShape = (send: Execute, system: Target.Shape): Shape => {
  const within = <A, R>(request: HcpRequest, effect: Effect.Effect<A, HcpError, R>) =>
    withDeadline(request, system.fqdn, effect)

  const execute: Execute = (request) => within(request, observed(request, send(request)))

  const call = (request: HcpRequest, maxBodyBytes?: number): Effect.Effect<HcpReply, HcpError> =>
    Effect.scoped(Effect.flatMap(observed(request, send(request)), (response) => readReply(response, maxBodyBytes)))

  // The deadline is the limit of everything a verb does, so it is put around the outermost effect.
  const verb = (request: HcpRequest, options: ReplyOptions | undefined): Effect.Effect<HcpReply, HcpError> =>
    within(request, Effect.flatMap(call(request, options?.maxBodyBytes), okOrFail(request)))

  return {
    execute,
    get: (path, options) => {
      const request: HcpRequest = { ...options, method: "GET", path }
      return within(
        request,
        call(request, options?.maxBodyBytes).pipe(
          Effect.retry({ times: system.retry.attempts - 1, while: isBrokenBody }),
          Effect.flatMap(okOrFail(request))
        )
      )
    },
    put: (path, body, options) => {
      const request: HcpRequest = { ...options, method: "PUT", path, body }
      return within(
        request,
        Effect.flatMap(call(request, options?.maxBodyBytes), (reply) =>
          reply.status === 409 && reply.repeatedAfterUnknown ? settle(request, reply, call) : okOrFail(request)(reply)
        )
      )
    },
    delete: (path, options) => {
      const request: HcpRequest = { ...options, method: "DELETE", path }
      return within(
        request,
        Effect.flatMap(call(request, options?.maxBodyBytes), (reply) =>
          reply.status === 404 && reply.repeatedAfterUnknown ? Effect.succeed(reply) : okOrFail(request)(reply)
        )
      )
    },
    head: (path, options) => verb({ ...options, method: "HEAD", path }, options),
    post: (path, body, options) => verb({ ...options, method: "POST", path, body }, options),
    stream: (path, options) => {
      const request: HcpRequest = { ...options, method: "GET", path }
      return Stream.scoped(
        Stream.unwrap(
          Effect.flatMap(execute(request), (response) =>
            response.status < 300
              ? Effect.succeed(response.stream)
              : readReply(response, undefined).pipe(Effect.flatMap(okOrFail(request)), Effect.as(Stream.empty))
          )
        )
      )
    },
    httpClient: fromExecute(execute, system.fqdn)
  }
}

const isBrokenBody = (error: HcpError): boolean =>
  error.reason._tag === "IncompleteBody" || (error.reason._tag === "Timeout" && error.reason.phase === "body")

const withDeadline = <A, R>(
  request: HcpRequest,
  target: string,
  effect: Effect.Effect<A, HcpError, R>
): Effect.Effect<A, HcpError, R> => {
  if (request.deadline === undefined) return effect
  const deadline = Duration.fromInputUnsafe(request.deadline)
  return Effect.timeoutOrElse(effect, {
    duration: deadline,
    orElse: () =>
      Effect.fail(
        new HcpError({
          operation: request.method,
          target,
          path: request.path,
          reached: isRead(request) ? "nothing" : "request",
          reason: new Timeout({ phase: "deadline", millis: Duration.toMillis(deadline) })
        })
      )
  })
}

/**
 * Makes a client over a strategy.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (strategy: ReplicaStrategy.ReplicaStrategy["Service"]): HcpClient["Service"] => ({
  ...makeShape(strategy.execute, strategy.primary),
  pinned: Effect.flatMap(strategy.active, (system) =>
    Effect.map(system.pinned, (pinned) => makeShape((request) => pinned.execute(request), pinned))
  )
})

/**
 * The client over {@link Target.Target}; with a {@link ReplicaStrategy.ReplicaStrategy} beside it also over the replica.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HcpClient, never, Target.Target> = Layer.effect(
  HcpClient,
  Effect.gen(function* () {
    const primary = yield* Target.Target
    const strategy = yield* Effect.serviceOption(ReplicaStrategy.ReplicaStrategy)
    return make(Option.isSome(strategy) ? strategy.value : yield* ReplicaStrategy.make(primary, undefined))
  })
)
