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
import type { HcpError } from "../HcpError.ts"
import type { HcpRequest, Method } from "../HcpRequest.ts"
import type { HcpResponse } from "../HcpResponse.ts"

const requests = Metric.counter("hcp_requests_total", {
  description: "Calls by method and outcome",
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
          const begun = clock.currentTimeNanosUnsafe()
          return Effect.onExit(effect, (exit) => {
            const millis = Number(clock.currentTimeNanosUnsafe() - begun) / 1e6
            const status = Exit.isSuccess(exit) ? String(exit.value.status) : "error"
            if (Exit.isSuccess(exit)) {
              span.attribute("http.response.status_code", exit.value.status)
              span.attribute("network.peer.address", exit.value.node)
              span.attribute("hcp.role", exit.value.role)
              span.attribute("hcp.attempts", exit.value.attempts)
            }
            const extra = Exit.isSuccess(exit) ? exit.value.attempts - 1 : 0
            return Effect.andThen(
              Effect.andThen(
                Metric.update(Metric.withAttributes(requests, { method: request.method, status }), 1),
                Metric.update(durations, millis)
              ),
              extra > 0 ? Metric.update(retries, extra) : Effect.void
            )
          })
        })
      )
  )
