/**
 * The client: requests over nodes, retries and replicas, and the five verbs of HTTP on top.
 *
 * `execute` and `call` hand back any status, as HCP sent it. The verbs take only an answer of HCP, else they fail with
 * `UnexpectedAnswer` or `NotFromHcp`, and turn every status but 2xx into an {@link HcpError}.
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
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HcpBody from "./HcpBody.ts"
import { HcpError } from "./HcpError.ts"
import { type Expectation, type HcpRequest, isRead, type Method, type RequestOptions } from "./HcpRequest.ts"
import { type Check, type HcpReply, type HcpResponse, isSuccess, type OnReceived } from "./HcpResponse.ts"
import { openedStream } from "./internal/body/openedStream.ts"
import { withDeadline } from "./internal/request/deadline.ts"
import { makeLazy } from "./internal/request/lazyHttpClient.ts"
import { Observer } from "./internal/request/observe.ts"
import * as Kinds from "./internal/request/optionKinds.ts"
import { reconcileDelete, reconcilePut } from "./internal/request/reconcile.ts"
import { download, ResumedDownload } from "./internal/request/resume.ts"
import * as OptionCheck from "./OptionCheck.ts"
import * as ReplicaStrategy from "./ReplicaStrategy.ts"
import { okOrFail, readReply } from "./ReplyStatus.ts"
import * as Target from "./Target.ts"
import type { InvalidInput } from "./WireReason.ts"

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
 * What a call that looks for an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface LookupOptions {
  /**
   * For how long a 404 is asked again, every half second: HCP answers 404 while an object is still being written, by
   * another client for instance. Defaults to not at all.
   */
  readonly notFoundGrace?: Duration.Input | undefined
}

/**
 * How a call that keeps the answer's body in memory is watched.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchOptions {
  /** Is told of the bytes of a success as they come. Defaults to nobody. */
  readonly onReceived?: OnReceived | undefined
  /** Reads the answer before the call counts as done, so that it is asked again if it is cut. Defaults to nobody. */
  readonly check?: Check<HcpReply> | undefined
}

/**
 * What a download may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadOptions extends RequestOptions {
  /**
   * Whether a body that breaks is continued where it broke: the rest is asked for by `Range` and `If-Match`, of another
   * node if there is one. With `true` the body is asked for as often in all as the retry policy makes attempts. It
   * takes a whole object or one range of it, with a strong ETag. A continuation that is not the rest of the same
   * version fails: with `PreconditionFailed` if the object was changed meanwhile, else with `ProtocolError`. Defaults
   * to `false`.
   */
  readonly resume?: boolean | { readonly attempts: number } | undefined
}

/**
 * The verbs of a client. The shape of {@link HcpClient}, and of what {@link HcpClient.pinned} gives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /** How many attempts a call makes at most, the first one included: what its `RetryPolicy` says. */
  readonly attempts: number
  /**
   * Sends a request and hands back the answer, whatever its status. The connection is held until the scope closes; the
   * deadline ends with the head of the answer, or with its `check`. With `resume` a body that breaks is continued; it
   * is not checked then. Fails with any `WireReason`, and where the request says what it `expects` also with
   * `UnexpectedAnswer` and `NotFromHcp`.
   */
  readonly execute: (
    request: HcpRequest,
    options?: Pick<DownloadOptions, "resume"> & { readonly check?: Check<HcpResponse> | undefined }
  ) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  /**
   * Sends a request and reads the whole answer, whatever its status: `execute` for answers that fit into memory. Of an
   * answer other than 2xx no more than 64 KiB of body is kept. Fails as `execute` does.
   */
  readonly call: (
    request: HcpRequest,
    options?: Pick<ReplyOptions, "maxBodyBytes"> & Pick<WatchOptions, "check">
  ) => Effect.Effect<HcpReply, HcpError>
  /**
   * PUT. When an attempt that may have taken effect was repeated and HCP then says 409 or 412, the stored object is
   * compared by size and hash: the same bytes are a success with status 201 and the headers of the HEAD, others fail
   * with `Conflict` or `PreconditionFailed`. When the hash in the 201 is not that of the bytes that were sent, it fails
   * with `IntegrityError`: other bytes are stored.
   */
  readonly put: (path: string, body: HcpBody.Input, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /**
   * GET into memory. A body that breaks off is asked for again, as often as the retry policy makes attempts, and one
   * whose hash is wrong once.
   */
  readonly get: (
    path: string,
    options?: ReplyOptions & DownloadOptions & LookupOptions & WatchOptions
  ) => Effect.Effect<HcpReply, HcpError>
  /** HEAD: the headers of an object, directory or version. */
  readonly head: (path: string, options?: ReplyOptions & LookupOptions) => Effect.Effect<HcpReply, HcpError>
  /** POST, mostly of system metadata as a form. It is repeated only if nothing was sent, or with `idempotent: true`. */
  readonly post: (path: string, body?: HcpBody.Input, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /**
   * DELETE. A 404 after an attempt that may have taken effect counts as done, of two systems only where the one that
   * says so could have known the object.
   */
  readonly delete: (path: string, options?: ReplyOptions) => Effect.Effect<HcpReply, HcpError>
  /**
   * GET as a stream with back-pressure; the connection is given back when the stream ends, fails or is left. The
   * deadline ends with the head of the answer.
   */
  readonly stream: (path: string, options?: DownloadOptions) => Stream.Stream<Uint8Array, HcpError>
  /**
   * The same way through nodes, retries and replica for code written against `effect/http`. URLs are paths:
   * `/rest/a.txt`.
   */
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
     * A client that stays on one node of the system that is active now, for calls whose state lives on a node (as the
     * pages of a metadata query do). It lives as long as the scope, and neither moves to another node nor to the
     * replica.
     */
    readonly pinned: Effect.Effect<Shape, HcpError, Scope.Scope>
    /**
     * A client that stays on the system that is active now, on any of its nodes, for calls whose state lives on a
     * system (as the parts of a multipart upload do).
     */
    readonly onActiveSystem: Effect.Effect<Shape>
  }
>()("@effect-hcp/sdk/HcpClient") {}

/** Who sends the requests of a client: a strategy, or one system. */
type Sender = Pick<ReplicaStrategy.ReplicaStrategy["Service"], "execute" | "call">

// The compiler says here which option has no kind.
const replyKinds: OptionCheck.KindsOf<ReplyOptions> = Kinds.replyKinds
const headKinds: OptionCheck.KindsOf<ReplyOptions & LookupOptions> = Kinds.headKinds
const downloadKinds: OptionCheck.KindsOf<DownloadOptions> = Kinds.downloadKinds
const getKinds: OptionCheck.KindsOf<ReplyOptions & DownloadOptions & LookupOptions & WatchOptions> = Kinds.getKinds

const aRequest: OptionCheck.Kind = {
  is: (value) => typeof value === "object" && value !== null,
  wanted: 'a request, e.g. { method: "GET", path: "/rest/a.txt" }'
}

/** The verbs take only an answer of HCP, whatever its status. */
const ofHcp: Expectation = { gateway: "hcp" }

const makeShape = (sender: Sender, system: Target.Shape): Shape => {
  const observer = new Observer()

  const within = <A, R>(request: HcpRequest, effect: Effect.Effect<A, HcpError, R>) =>
    limited(request, system.fqdn, effect)

  const watched: Sender["execute"] = (request, options) => observer.observed(request, sender.execute(request, options))

  const execute: Sender["execute"] = (request, options) => within(request, watched(request, options))

  const call = (
    request: HcpRequest,
    options?: Pick<ReplyOptions, "maxBodyBytes"> & WatchOptions
  ): Effect.Effect<HcpReply, HcpError> => {
    const { check, maxBodyBytes, onReceived } = options ?? {}
    const isPlain = maxBodyBytes === undefined && onReceived === undefined && check === undefined
    return observer.observed(request, sender.call(request, isPlain ? undefined : { maxBodyBytes, onReceived, check }))
  }

  // The deadline is the limit of everything a verb does, so it is put around the outermost effect.
  const verb = (
    request: HcpRequest,
    options: ReplyOptions | undefined,
    judge: (reply: HcpReply) => Effect.Effect<HcpReply, HcpError> = okOrFail(request)
  ): Effect.Effect<HcpReply, HcpError> => within(request, Effect.flatMap(call(request, options), judge))

  const patientVerb = (
    request: HcpRequest,
    options: (ReplyOptions & LookupOptions & WatchOptions) | undefined
  ): Effect.Effect<HcpReply, HcpError> => {
    const asked = Effect.flatMap(call(request, options), okOrFail(request))
    return within(request, patiently(options?.notFoundGrace, asked))
  }

  const continuations = (resume: DownloadOptions["resume"]): number =>
    typeof resume === "object" ? resume.attempts : resume === true ? system.retry.attempts - 1 : 0

  const refused = (operation: string, path: string, reason: InvalidInput) =>
    new HcpError({ operation, target: system.fqdn, path: typeof path === "string" ? path : undefined, reason })

  /** The error of a verb whose options are no options of it. */
  const misuse = (method: Method, path: string, options: object | undefined, kinds: OptionCheck.Kinds) => {
    const problem = options === undefined ? undefined : OptionCheck.problemOf(options, kinds)
    return problem === undefined ? undefined : Effect.fail(refused(method, path, problem))
  }

  /** The same for calls that are given a whole request. */
  const misuseOf = (request: HcpRequest, options: object | undefined, kinds: OptionCheck.Kinds) => {
    const whole = OptionCheck.problemOfValue(request, aRequest, "request")
    if (whole !== undefined) return Effect.fail(new HcpError({ operation: "call", target: system.fqdn, reason: whole }))
    const problem = OptionCheck.problemOf(request, Kinds.requestKinds) ?? OptionCheck.problemOf(options, kinds)
    return problem === undefined ? undefined : Effect.fail(refused(request.method, request.path, problem))
  }

  return {
    attempts: system.retry.attempts,
    execute: (request, options) => {
      const wrong = misuseOf(request, options, Kinds.executeKinds)
      if (wrong !== undefined) return wrong
      const attempts = continuations(options?.resume)
      return attempts === 0
        ? execute(request, options?.check === undefined ? undefined : { check: options.check })
        : Effect.map(ResumedDownload.start(request, execute, attempts), (resumed) => resumed.response)
    },
    call: (request, options) =>
      misuseOf(request, options, Kinds.watchedKinds) ?? within(request, call(request, options)),
    get: (path, options) => {
      const wrong = misuse("GET", path, options, getKinds)
      if (wrong !== undefined) return wrong
      const request: HcpRequest = { ...options, verify: options?.verify ?? true, method: "GET", path, expects: ofHcp }
      const attempts = continuations(options?.resume)
      if (attempts === 0) return patientVerb(request, options)
      const { maxBodyBytes, onReceived } = options ?? {}
      const resumed = download(request, { execute: watched, attempts, maxBytes: maxBodyBytes, onReceived })
      return within(request, patiently(options?.notFoundGrace, Effect.flatMap(resumed, okOrFail(request))))
    },
    put: (path, given, options) => {
      const body = HcpBody.fromInput(given)
      if (Result.isFailure(body)) return Effect.fail(refused("PUT", path, body.failure))
      const wrong = misuse("PUT", path, options, replyKinds)
      if (wrong !== undefined) return wrong
      const request: HcpRequest = {
        ...options,
        verify: options?.verify ?? true,
        method: "PUT",
        path,
        body: body.success,
        expects: ofHcp
      }
      return verb(request, options, (reply) => reconcilePut(request, reply, call))
    },
    delete: (path, options) => {
      const wrong = misuse("DELETE", path, options, replyKinds)
      if (wrong !== undefined) return wrong
      const request: HcpRequest = { ...options, method: "DELETE", path, expects: ofHcp }
      return verb(request, options, reconcileDelete(request))
    },
    head: (path, options) =>
      misuse("HEAD", path, options, headKinds) ??
      patientVerb({ ...options, method: "HEAD", path, expects: ofHcp }, options),
    post: (path, body, options) =>
      misuse("POST", path, options, replyKinds) ??
      verb({ ...options, method: "POST", path, body, expects: ofHcp }, options),
    stream: (path, options) => {
      const wrong = misuse("GET", path, options, downloadKinds)
      if (wrong !== undefined) return Stream.fromEffect(wrong)
      const request: HcpRequest = { ...options, verify: options?.verify ?? true, method: "GET", path, expects: ofHcp }
      const failed = (response: HcpResponse) =>
        readReply(response, undefined).pipe(Effect.flatMap(okOrFail(request)), Effect.as(Stream.empty))
      const attempts = continuations(options?.resume)
      return openedStream(
        attempts === 0
          ? Effect.flatMap(execute(request), (response) =>
              isSuccess(response) ? Effect.succeed(response.stream) : failed(response)
            )
          : Effect.flatMap(ResumedDownload.start(request, execute, attempts), ({ first, response }) =>
              isSuccess(first) ? Effect.succeed(response.stream) : failed(first)
            )
      )
    },
    httpClient: makeLazy(execute, system.fqdn)
  }
}

const notFoundPause = Duration.millis(500)

const patiently = <A>(
  grace: Duration.Input | undefined,
  effect: Effect.Effect<A, HcpError>
): Effect.Effect<A, HcpError> =>
  grace === undefined
    ? effect
    : Effect.retry(effect, {
        schedule: Schedule.spaced(notFoundPause),
        times: Math.floor(Duration.toMillis(grace) / Duration.toMillis(notFoundPause)),
        while: (error) => error.reason._tag === "NotFound"
      })

const limited = <A, R>(
  request: HcpRequest,
  target: string,
  effect: Effect.Effect<A, HcpError, R>
): Effect.Effect<A, HcpError, R> =>
  request.deadline === undefined
    ? effect
    : withDeadline(
        effect,
        request.deadline,
        (reason, attempts) =>
          new HcpError({
            operation: request.method,
            target,
            path: request.path,
            reached: isRead(request) ? "nothing" : "request",
            failedAttempts: attempts,
            reason
          })
      )

/**
 * Makes a client over a strategy.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (strategy: ReplicaStrategy.ReplicaStrategy["Service"]): HcpClient["Service"] => ({
  ...makeShape(strategy, strategy.primary),
  pinned: Effect.flatMap(strategy.active, (system) => Effect.map(system.pinned, (pinned) => makeShape(pinned, pinned))),
  onActiveSystem: Effect.map(strategy.active, (system) => makeShape(system, system))
})

/**
 * The client over {@link Target.Target}; with a {@link ReplicaStrategy.ReplicaStrategy} beside it also over the
 * replica. Built anew wherever it is provided, so two of them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HcpClient, never, Target.Target> = Layer.fresh(
  Layer.effect(
    HcpClient,
    Effect.gen(function* () {
      const primary = yield* Target.Target
      const strategy = yield* Effect.serviceOption(ReplicaStrategy.ReplicaStrategy)
      return make(
        Option.isSome(strategy) ? strategy.value : yield* ReplicaStrategy.makeChecked(primary, undefined, undefined)
      )
    })
  )
)
