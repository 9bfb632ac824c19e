/**
 * Traces, metrics and logs of a program that uses HCP, sent by OTLP to a collector: the one that the variables of
 * OpenTelemetry name.
 *
 *     OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp \
 *       OTEL_LOGS_EXPORTER=otlp OTEL_SERVICE_NAME=invoices OTEL_SERVICE_VERSION=1.0.0 npm run example -- telemetry
 *
 * Without them it does the same, and sends nothing.
 */
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Effect, Layer, References } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp, OtlpSerialization } from "effect/observability"
import { main } from "./program/main.ts"
import { simulated } from "./simulated.ts"

// With fixed settings in place of the variables: `Otlp.layerJson({ baseUrl, resource: { serviceName } })`.
const Telemetry = Otlp.layerFromConfig({ resource: { serviceName: "invoices" } }).pipe(
  Layer.provide([OtlpSerialization.layerJson, FetchHttpClient.layer])
)

const archiveInvoice = Effect.fn("archiveInvoice")(function* (number: number) {
  const ns = yield* Namespace.Namespace
  yield* ns.put(`/invoices/${number}.txt`, HcpBody.text(`invoice ${number}`), { index: true })
  yield* Effect.logInfo(`invoice ${number} is stored`)
})

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  yield* Effect.forEach([1, 2, 3], archiveInvoice, { concurrency: 3, discard: true })
  yield* ns
    .get("/invoices/4.txt")
    .pipe(Effect.catchReason("HcpError", "NotFound", ({ message }) => Effect.logWarning(message)))
  yield* Console.log("stored 3 invoices, and looked for another one")
}).pipe(Effect.withSpan("invoices"))

main(
  "telemetry",
  program.pipe(
    Effect.provide(simulated()),
    // Around everything else: what is provided inside it is traced and logged, too. Its end sends what is left.
    Effect.provide(Telemetry),
    // With "Debug" also each phase of a call to HCP.
    Effect.provideService(References.MinimumLogLevel, "Info")
  )
)
