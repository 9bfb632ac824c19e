import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as consumers from "node:stream/consumers"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { runExample } from "./runExample.ts"

/** A collector that keeps what it is sent, by the path it is sent to. */
const collector = Effect.acquireRelease(
  Effect.callback<{
    readonly url: string
    readonly received: Map<string, Array<string>>
    readonly server: Http.Server
  }>((resume) => {
    const received = new Map<string, Array<string>>()
    const server = Http.createServer(async (request, response) => {
      const path = request.url ?? ""
      received.set(path, [...(received.get(path) ?? []), await consumers.text(request)])
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}")
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, server }))
    })
  }),
  ({ server }) =>
    Effect.promise(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    })
)

const Value = Schema.Struct({ stringValue: Schema.optional(Schema.String), intValue: Schema.optional(Schema.Unknown) })
const Attributes = Schema.Array(Schema.Struct({ key: Schema.String, value: Value }))
const Resource = Schema.Struct({ attributes: Attributes })

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({
      resource: Resource,
      scopeSpans: Schema.Array(
        Schema.Struct({
          spans: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              kind: Schema.Int,
              traceId: Schema.String,
              spanId: Schema.String,
              parentSpanId: Schema.optional(Schema.String),
              attributes: Attributes
            })
          )
        })
      )
    })
  )
})

const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({
      scopeMetrics: Schema.Array(
        Schema.Struct({
          metrics: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              sum: Schema.optional(
                Schema.Struct({
                  dataPoints: Schema.Array(
                    Schema.Struct({
                      attributes: Attributes,
                      asInt: Schema.optional(Schema.Unknown),
                      asDouble: Schema.optional(Schema.Finite)
                    })
                  )
                })
              ),
              histogram: Schema.optional(
                Schema.Struct({ dataPoints: Schema.Array(Schema.Struct({ count: Schema.Unknown })) })
              )
            })
          )
        })
      )
    })
  )
})

const Logs = Schema.Struct({
  resourceLogs: Schema.Array(
    Schema.Struct({
      scopeLogs: Schema.Array(
        Schema.Struct({
          logRecords: Schema.Array(
            Schema.Struct({ severityText: Schema.String, traceId: Schema.optional(Schema.String), body: Value })
          )
        })
      )
    })
  )
})

const record = (attributes: typeof Attributes.Type): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

it.live(
  "traces, metrics and logs of calls to HCP reach a collector, and nothing secret with them",
  () =>
    Effect.gen(function* () {
      const { received, url } = yield* collector
      const { code, stderr } = yield* runExample(["telemetry"], {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "otlp",
        OTEL_SERVICE_NAME: "invoices",
        OTEL_SERVICE_VERSION: "1.0.0"
      })
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual([...received.keys()].sort(), ["/v1/logs", "/v1/metrics", "/v1/traces"])
      const sent = <S extends Schema.Codec<unknown, unknown>>(path: string, schema: S) =>
        Effect.forEach(received.get(path) ?? [], (text) =>
          Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)
        )

      const traces = (yield* sent("/v1/traces", Traces)).flatMap(({ resourceSpans }) => resourceSpans)
      assert.strictEqual(record(traces[0]?.resource.attributes ?? [])["service.name"], "invoices")
      const spans = traces.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)
      const named = (name: string) => spans.filter((span) => span.name === name)
      const [root] = named("invoices")
      const invoices = named("archiveInvoice")
      const puts = named("hcp PUT")
      assert.strictEqual(new Set(spans.filter(({ name }) => name.startsWith("hcp ")).map((s) => s.traceId)).size, 1)
      assert.deepStrictEqual(
        invoices.map((span) => span.parentSpanId),
        Array.from({ length: 3 }, () => root?.spanId)
      )
      assert.deepStrictEqual(puts.map((span) => span.parentSpanId).sort(), invoices.map((span) => span.spanId).sort())
      assert.deepStrictEqual(puts.map(({ attributes }) => record(attributes)["url.path"]).sort(), [
        "/rest/invoices/1.txt",
        "/rest/invoices/2.txt",
        "/rest/invoices/3.txt"
      ])
      const [missing] = named("hcp GET")
      const { "network.peer.address": node, ...about } = record(missing?.attributes ?? [])
      assert.match(String(node), /^127\./)
      assert.deepInclude(about, { "http.request.method": "GET", "hcp.role": "primary" })
      assert.strictEqual(Number(about["http.response.status_code"]), 404)

      const metrics = (yield* sent("/v1/metrics", Metrics))
        .at(-1)
        ?.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
      const calls = metrics
        ?.filter(({ name }) => name === "hcp_requests_total")
        .flatMap(({ sum }) => sum?.dataPoints ?? [])
        .map(({ asDouble, asInt, attributes }) => {
          const { method, outcome } = record(attributes)
          return `${method} ${outcome}: ${asInt ?? asDouble}`
        })
      assert.deepStrictEqual(calls?.sort(), ["GET 404: 1", "PUT 201: 3"])
      const durations = metrics?.find(({ name }) => name === "hcp_request_duration_millis")
      assert.strictEqual(Number(durations?.histogram?.dataPoints[0]?.count), 4)

      const logs = (yield* sent("/v1/logs", Logs))
        .flatMap(({ resourceLogs }) => resourceLogs)
        .flatMap(({ scopeLogs }) => scopeLogs)
        .flatMap(({ logRecords }) => logRecords)
      const ofProgram = logs.filter(({ traceId }) => traceId === root?.traceId)
      assert.deepStrictEqual(
        ofProgram
          .map(({ body, severityText }) => `${severityText.toUpperCase()} ${body.stringValue?.split(";")[0]}`)
          .sort(),
        [
          "INFO invoice 1 is stored",
          "INFO invoice 2 is stored",
          "INFO invoice 3 is stored",
          "WARN nothing is stored there (404)"
        ]
      )

      const everything = [...received.values()].flat().join("\n")
      for (const secret of ["authorization", "HCP bg==:", "n01", "index=true"]) assert.notInclude(everything, secret)
    }).pipe(Effect.scoped),
  120_000
)
