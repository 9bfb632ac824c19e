/**
 * Downloads that survive a node: a body that breaks is continued where it broke, from another node and of the same
 * version.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BodyTooLarge, HcpError, ProtocolError, type Reason, UnexpectedStatus } from "../../HcpError.ts"
import { type HcpRequest, pairsOf } from "../../HcpRequest.ts"
import {
  defaultMaxBytes,
  type HcpReply,
  type HcpResponse,
  type OnReceived,
  replyWith,
  servedOf
} from "../../HcpResponse.ts"
import { readReply } from "../../ReplyStatus.ts"
import type { ExecuteOptions } from "../../Target.ts"
import { contentRangeOf } from "../body/contentRange.ts"
import { EndingPull } from "../body/endingPull.ts"
import { checked, codingOf, expectedOf, given, isVerified, statedSizeOf } from "../body/integrity.ts"
import { pullOf } from "../body/openedStream.ts"
import type { Chunks } from "../body/streamedBody.ts"
import { collect } from "./response.ts"
import { isIncomplete } from "./retry.ts"
import { fromStatus } from "./statusReason.ts"

/** @internal */
export type Execute = (
  request: HcpRequest,
  options?: Pick<ExecuteOptions, "avoid">
) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>

/** The ETag that names exactly these bytes; a weak one names any that mean the same, and fulfils no `If-Match`. @internal */
export const strong = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : undefined

/** Where a body lies in its object, and which version of it that is. */
interface Place {
  readonly etag: string
  readonly begin: number
  /** The last byte; `undefined` for all there are. */
  readonly last: number | undefined
}

/** The place of a body that can be continued. A part of what is stored would not go on where a packed body broke. */
const placeOf = (request: HcpRequest, response: HcpResponse): Place | undefined => {
  const { headers, status } = response
  const etag = strong(headers.get("etag") ?? given(request.headers, "if-match"))
  if (etag === undefined || codingOf(headers) !== "identity") return undefined
  if (status === 200) return { etag, begin: 0, last: undefined }
  const part = status === 206 ? contentRangeOf(headers) : undefined
  return part === undefined ? undefined : { etag, begin: part.first, last: part.last }
}

/** The answer to a GET, and its body continued over several nodes. @internal */
export class ResumedDownload {
  readonly first: HcpResponse
  /** How often the body was continued. */
  resumed = 0
  readonly #request: HcpRequest
  readonly #execute: Execute
  readonly #scope: Scope.Scope
  readonly #attempts: number
  readonly #place: Place | undefined
  readonly #broken: Array<string> = []
  #part: Part
  #received = 0

  private constructor(request: HcpRequest, execute: Execute, scope: Scope.Scope, attempts: number, part: Part) {
    this.#request = request
    this.#execute = execute
    this.#scope = scope
    this.#attempts = attempts
    this.#part = part
    this.first = part.response
    this.#place = placeOf(request, part.response)
  }

  /**
   * Sends the request; the answer is held until the scope closes. `attempts` is how often its body is continued at
   * most.
   */
  static start(
    request: HcpRequest,
    execute: Execute,
    attempts: number
  ): Effect.Effect<ResumedDownload, HcpError, Scope.Scope> {
    return Effect.flatMap(Effect.scope, (scope) =>
      Effect.map(
        // The hash is of the whole, which no single part is.
        openPart(execute({ ...request, verify: false }), scope),
        (part) => new ResumedDownload(request, execute, scope, attempts, part)
      )
    )
  }

  /** The answer, its body continued. */
  get response(): HcpResponse {
    const { first } = this
    const { begun } = new EndingPull(this.pull)
    const request = this.#request
    return {
      status: first.status,
      headers: first.headers,
      ...servedOf(first),
      get timings() {
        return first.timings
      },
      stream: Stream.fromPull(begun),
      bytes: (limit = defaultMaxBytes) =>
        Effect.flatMap(begun, (pull) =>
          collect(pull, limit, () => aboutAnswer(request, first, new BodyTooLarge({ limit })))
        )
    }
  }

  /** The whole body, compared with its hash at the end. */
  get pull(): Pull.Pull<Chunks, HcpError> {
    const { headers, status } = this.first
    const expected = isVerified(this.#request) ? expectedOf(this.#request, status, headers) : undefined
    return expected === undefined
      ? this.#pull
      : checked(this.#pull, expected, (reason) => Effect.fail(aboutAnswer(this.#request, this.first, reason)))
  }

  readonly #pull: Pull.Pull<Chunks, HcpError> = Effect.suspend(() =>
    Pull.matchEffect(this.#part.pull, {
      onSuccess: (chunks) => {
        for (const chunk of chunks) this.#received += chunk.length
        return Effect.succeed(chunks)
      },
      onDone: () => Cause.done(),
      onFailure: (cause) => {
        const error = Option.getOrUndefined(Cause.findErrorOption(cause))
        if (
          error === undefined ||
          this.#place === undefined ||
          !isIncomplete(error.reason) ||
          isTooLong(error.reason)
        ) {
          return Effect.failCause(cause)
        }
        // Only the end of its framing was lost. Behind the last byte there is nothing to be asked for.
        if (this.#isWhole) return Cause.done()
        if (this.resumed >= this.#attempts) return Effect.failCause(cause)
        return Effect.andThen(this.#resume(this.#place), this.#pull)
      }
    })
  )

  /** Whether all bytes came that HCP says the body has. */
  get #isWhole(): boolean {
    const { headers, status } = this.first
    return statedSizeOf(this.#request, status, headers) === this.#received
  }

  #resume(place: Place): Effect.Effect<void, HcpError> {
    return Effect.suspend(() => {
      const { begin, etag, last } = place
      this.resumed++
      this.#broken.push(this.#part.response.node)
      const request: HcpRequest = {
        ...this.#request,
        verify: false,
        headers: [
          ...withoutConditions(this.#request),
          ["Range", `bytes=${begin + this.#received}-${last ?? ""}`],
          ["If-Match", etag]
        ]
      }
      return Scope.close(this.#part.scope, Exit.void).pipe(
        Effect.andThen(openPart(this.#execute(request, { avoid: this.#broken }), this.#scope)),
        Effect.flatMap((part) => {
          const reason = this.#objection(part.response, place)
          if (reason !== undefined) return Effect.fail(aboutAnswer(this.#request, part.response, reason))
          this.#part = part
          return Effect.void
        })
      )
    })
  }

  /** Why an answer is not the rest of the body; `undefined` if it is. */
  #objection(rest: HcpResponse, { begin, etag, last }: Place): Reason | undefined {
    const { node, status } = rest
    const from = begin + this.#received
    if (status !== 206) {
      const detail = `asked for the rest of an object from byte ${from}, it sent the whole`
      if (status === 200) return new ProtocolError({ address: node, detail })
      return fromStatus(status, rest.headers) ?? new UnexpectedStatus({ status })
    }
    const part = contentRangeOf(rest.headers)
    const length = this.first.headers.get("content-length")
    const total = last === undefined ? length : contentRangeOf(this.first.headers)?.size
    const isRest =
      part !== undefined &&
      part.first === from &&
      (last === undefined ? part.last + 1 === part.size : part.last === last) &&
      (total === undefined || Number(total) === part.size)
    if (!isRest) {
      const sent = rest.redact(rest.headers.get("content-range") ?? "no Content-Range")
      const detail = `asked for the rest of an object from byte ${from}, it sent ${sent}`
      return new ProtocolError({ address: node, detail })
    }
    const other = [["etag", etag] as const, ...identifying.map((name) => [name, this.first.headers.get(name)] as const)]
      .filter(([name, value]) => value !== undefined && (rest.headers.get(name) ?? value) !== value)
      .map(([name]) => name)
    if (other.length === 0) return undefined
    const detail = `the rest of an object is of another version than its beginning (${other.join(", ")})`
    return new ProtocolError({ address: node, detail })
  }
}

// Besides the ETag; both systems of a link give the same for the same version.
const identifying = ["x-hcp-hash", "x-hcp-size"]

/** A resumed GET into memory. @internal */
export const download = (
  request: HcpRequest,
  options: {
    readonly execute: Execute
    readonly attempts: number
    readonly maxBytes: number | undefined
    readonly onReceived: OnReceived | undefined
  }
): Effect.Effect<HcpReply, HcpError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { first, pull } = yield* ResumedDownload.start(request, options.execute, options.attempts)
      if (first.status >= 300) return yield* readReply(first, options.maxBytes)
      const { connect, firstByte, total } = first.timings
      const readFrom = yield* Clock.monotonicTimeNanos
      const limit = options.maxBytes ?? defaultMaxBytes
      let received = 0
      const watched = Effect.map(pull, (chunks) => {
        for (const chunk of chunks) received += chunk.length
        options.onReceived?.(received, first)
        return chunks
      })
      const bytes = yield* collect(watched, limit, () => aboutAnswer(request, first, new BodyTooLarge({ limit })))
      const reading = Duration.nanos((yield* Clock.monotonicTimeNanos) - readFrom)
      return replyWith(first, bytes, { connect, firstByte, total: Duration.sum(total, reading) })
    })
  )

const aboutAnswer = (request: HcpRequest, response: HcpResponse, reason: Reason): HcpError =>
  new HcpError({
    operation: request.method,
    target: response.target,
    path: request.path,
    reached: "answer",
    failedAttempts: response.failedAttempts,
    reason
  })

/** One answer and the scope that holds its connection. */
interface Part {
  readonly response: HcpResponse
  readonly scope: Scope.Closeable
  readonly pull: Pull.Pull<Chunks, HcpError>
}

const openPart = (
  answer: Effect.Effect<HcpResponse, HcpError, Scope.Scope>,
  parent: Scope.Scope
): Effect.Effect<Part, HcpError> =>
  Effect.suspend(() => {
    const scope = Scope.forkUnsafe(parent)
    return Scope.provide(
      Effect.flatMap(answer, (response) =>
        Effect.map(pullOf(response.stream, scope), (pull): Part => ({ response, scope, pull }))
      ),
      scope
    ).pipe(Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void)))
  })

/** More bytes than there can be: what is to be asked for is not known. */
const isTooLong = (reason: Reason): boolean =>
  reason._tag === "IncompleteBody" && reason.expected !== undefined && reason.received > reason.expected

/** The caller's headers; the ETag of what was begun says more than any condition for beginning. */
const withoutConditions = ({ headers }: HcpRequest): ReadonlyArray<readonly [string, string]> =>
  pairsOf(headers).filter(([name]) => !/^(?:if-|range$)/i.test(name))
