/**
 * What a call leaves behind for those who watch: one span, counters, and a histogram of durations.
 *
 * Attribute names follow the OpenTelemetry conventions for HTTP clients. Query parameters, header values and
 * credentials are never recorded.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type { Span } from "effect/Tracer"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest, Method } from "../../HcpRequest.ts"
import type { Served } from "../../HcpResponse.ts"

const requests = (method: Method, outcome: string): Metric.Counter<number> =>
  Metric.counter("hcp_requests_total", {
    description: "Calls by method and outcome: a status, or the reason of an error",
    incremental: true,
    attributes: { method, outcome }
  })
const retries = Metric.counter("hcp_retries_total", {
  description: "Attempts beyond the first of a call",
  incremental: true
})
const durations = Metric.histogram("hcp_request_duration_millis", {
  description: "Time to the head of the answer, all attempts together",
  boundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]
})

const spanNames: Record<Method, string> = {
  GET: "hcp GET",
  HEAD: "hcp HEAD",
  PUT: "hcp PUT",
  POST: "hcp POST",
  DELETE: "hcp DELETE",
  COPY: "hcp COPY"
}

/** What is recorded of an answer. */
type Answered = Pick<Served, "attempts" | "node" | "role"> & { readonly status: number }

/** Watches the calls of one client. @internal */
export class Observer {
  // Looking a counter up is much cheaper than making it anew.
  readonly #counters: Record<Method, Map<number | string, Metric.Counter<number>>> = {
    GET: new Map(),
    HEAD: new Map(),
    PUT: new Map(),
    POST: new Map(),
    DELETE: new Map(),
    COPY: new Map()
  }

  counter(method: Method, outcome: number | string): Metric.Counter<number> {
    const known = this.#counters[method]
    let counter = known.get(outcome)
    if (counter === undefined) {
      counter = requests(method, String(outcome))
      known.set(outcome, counter)
    }
    return counter
  }

  /** The same call, watched until it is answered. The span, if spans are on, is one of its own. */
  observed<A extends Answered, R>(
    request: HcpRequest,
    call: Effect.Effect<A, HcpError, R>
  ): Effect.Effect<A, HcpError, R> {
    return Effect.withFiber((fiber) => {
      if (!fiber.getRef(References.TracerEnabled)) return new Watch(this, fiber, request, undefined).until(call)
      const attributes = { "http.request.method": request.method, "url.path": request.path }
      return Effect.useSpan(spanNames[request.method], { kind: "client", attributes }, (span) =>
        new Watch(this, fiber, request, span).until(call)
      )
    })
  }
}

/** One call that is watched. */
class Watch {
  readonly #clock: Clock.Clock
  readonly #observer: Observer
  readonly #method: Method
  readonly #context: Context.Context<never>
  readonly #begun: bigint
  readonly #span: Span | undefined

  constructor(observer: Observer, fiber: Fiber.Fiber<unknown, unknown>, request: HcpRequest, span: Span | undefined) {
    this.#observer = observer
    this.#method = request.method
    this.#context = fiber.context
    this.#clock = fiber.getRef(Clock.Clock)
    this.#begun = this.#clock.monotonicTimeNanosUnsafe()
    this.#span = span
  }

  until<A extends Answered, R>(call: Effect.Effect<A, HcpError, R>): Effect.Effect<A, HcpError, R> {
    return Effect.onExitPrimitive(call, (exit) => {
      if (Exit.isSuccess(exit)) this.answered(exit.value, this.#clock.monotonicTimeNanosUnsafe())
      else this.failed(Option.getOrUndefined(Exit.findErrorOption(exit)))
      return undefined
    })
  }

  answered({ attempts, node, role, status }: Answered, now: bigint): void {
    const span = this.#span
    if (span !== undefined) {
      span.attribute("http.response.status_code", status)
      span.attribute("network.peer.address", node)
      span.attribute("hcp.role", role)
      span.attribute("hcp.attempts", attempts)
    }
    this.#count(status, attempts, now)
  }

  /** Without an error the call was interrupted. */
  failed(error: HcpError | undefined): void {
    const outcome = error?.reason._tag ?? "Interrupted"
    const attempts = (error?.failedAttempts.length ?? 0) + 1
    const span = this.#span
    if (span !== undefined) {
      span.attribute("error.type", outcome)
      span.attribute("hcp.attempts", attempts)
    }
    this.#count(outcome, attempts, this.#clock.monotonicTimeNanosUnsafe())
  }

  #count(outcome: number | string, attempts: number, now: bigint): void {
    const context = this.#context
    this.#observer.counter(this.#method, outcome).updateUnsafe(1, context)
    durations.updateUnsafe(Number(now - this.#begun) / 1e6, context)
    if (attempts > 1) retries.updateUnsafe(attempts - 1, context)
  }
}
