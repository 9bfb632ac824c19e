/**
 * What a call leaves behind for those who watch: one span, counters, and a histogram of durations.
 *
 * Attribute names follow the OpenTelemetry conventions for HTTP clients. Query parameters, header values and credentials are
 * never recorded.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { Span } from "effect/Tracer"
import type { HcpError } from "../HcpError.ts"
import type { HcpRequest, Method } from "../HcpRequest.ts"
import type { HcpResponse } from "../HcpResponse.ts"

const requests = Metric.counter("hcp_requests_total", {
  description: "Calls by method and outcome: a status, or the reason of an error",
  incremental: true
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
  DELETE: "hcp DELETE"
}

/** @internal */
export const observed = <R>(
  request: HcpRequest,
  effect: Effect.Effect<HcpResponse, HcpError, R>
): Effect.Effect<HcpResponse, HcpError, R> =>
  Effect.useSpan(
    spanNames[request.method],
    { kind: "client", attributes: { "http.request.method": request.method, "url.path": request.path } },
    (span) =>
      Effect.clockWith((clock) =>
        Effect.suspend(() => {
          const begun = clock.monotonicTimeNanosUnsafe()
          return Effect.onExit(effect, (exit) => {
            const millis = Number(clock.monotonicTimeNanosUnsafe() - begun) / 1e6
            const { outcome, attempts } = describe(span, exit)
            return Effect.andThen(
              Effect.andThen(
                Metric.update(Metric.withAttributes(requests, { method: request.method, outcome }), 1),
                Metric.update(durations, millis)
              ),
              attempts > 1 ? Metric.update(retries, attempts - 1) : Effect.void
            )
          })
        })
      )
  )

const describe = (span: Span, exit: Exit.Exit<HcpResponse, HcpError>) => {
  if (Exit.isSuccess(exit)) {
    const { attempts, node, role, status } = exit.value
    span.attribute("http.response.status_code", status)
    span.attribute("network.peer.address", node)
    span.attribute("hcp.role", role)
    span.attribute("hcp.attempts", attempts)
    return { outcome: String(status), attempts }
  }
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  const outcome = error?.reason._tag ?? "Interrupted"
  const attempts = (error?.attempts.length ?? 0) + 1
  span.attribute("error.type", outcome)
  span.attribute("hcp.attempts", attempts)
  return { outcome, attempts }
}
