import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Logger, Metric, Redacted, References, Stream, Tracer } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, lost, makeClient, makeReplica, makeTarget, script } from "./utils/ScriptedNodes.ts"

const canary = "c4n4ry"
const token = "NmU3YzhkMWY="

const keptTracer = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

describe("secrets", () => {
  it.effect("are in no log, span, error, JSON or inspection", () =>
    Effect.gen(function* () {
      const printed: Array<string> = []
      const { spans, tracer } = keptTracer()
      const print = (value: unknown) => {
        printed.push(inspect(value, { depth: 20 }), String(value))
        printed.push(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each)) ?? "")
      }
      const logger = Logger.make((options) => {
        printed.push(Logger.formatLogFmt.log(options), Logger.formatJson.log(options), inspect(options.message))
      })
      const program = Effect.gen(function* () {
        const credentials = Credentials.layerEffect(
          Effect.succeed([["Authorization", Redacted.make(`HCP ${token}:${canary}`)] as const]),
          { refresh: Effect.succeed(true) }
        )
        const steps = [
          answer(403),
          answer(403),
          lost,
          answer(503),
          answer(400),
          lost,
          answer(200, { "Set-Cookie": canary })
        ]
        const primary = script(...steps)
        const replica = always(answer(503))
        const options = { credentials }
        const target = yield* makeTarget(primary, options)
        print(target)
        const strategy = yield* ReplicaStrategy.make(target, yield* makeReplica(replica, options), {
          read: "onFailover",
          write: "allowed"
        })
        const client = HcpClient.make(strategy)
        const call = { query: { key: canary }, headers: { "X-Key": canary } }
        const request: HcpRequest = { ...call, method: "GET", path: "/rest/a" }
        const body = HcpBody.text(canary)
        const calls = [
          client.execute(request),
          client.put("/rest/a", body, call),
          client.post("/rest/a", body, call),
          client.get("/rest/a", call),
          client.get("/rest/a", { ...call, headers: { "X-Key": `${canary}\r\n` } }),
          client.get("rest/a", call),
          Stream.runDrain(client.stream("/rest/a", call))
        ]
        for (const call of calls) {
          const exit = yield* Effect.exit(Effect.scoped(call))
          print(exit)
          if (Exit.isFailure(exit)) {
            print(Cause.pretty(exit.cause))
            printed.push(...Cause.prettyErrors(exit.cause).map((error) => `${error.stack}${error.message}`))
          }
        }
        primary.isDown = true
        replica.isDown = true
        print(yield* Effect.exit(client.get("/rest/a", call)))
      })
      const fiber = yield* program.pipe(
        Effect.provideService(Tracer.Tracer, tracer),
        Effect.provideService(References.MinimumLogLevel, "Trace"),
        Effect.provide(Logger.layer([logger])),
        Effect.forkScoped
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      for (const { attributes, events, links, name, status } of spans)
        print({ attributes: [...attributes], events, links, name, status })
      const all = printed.join("\n")
      for (const expected of ["attempt failed, trying again", "connected", "answered", "hcp PUT", "/rest/a"]) {
        assert.include(all, expected)
      }
      const at = all.search(new RegExp(`${canary}|${token}`))
      assert.strictEqual(at < 0 ? "" : all.slice(Math.max(0, at - 200), at + 100), "")
    })
  )
})

describe("a span", () => {
  it.effect("says who answered after how many attempts, and why a call failed", () =>
    Effect.gen(function* () {
      const { spans, tracer } = keptTracer()
      const client = yield* makeClient(script(lost, answer(200), lost))
      yield* client.get("/rest/a").pipe(Effect.provideService(Tracer.Tracer, tracer))
      yield* Effect.exit(client.post("/rest/b").pipe(Effect.provideService(Tracer.Tracer, tracer)))
      const shown = spans.map((span) => [span.name, Object.fromEntries(span.attributes)] as const)
      const address = shown[0]?.[1]["network.peer.address"]
      assert.match(String(address), /^192\.0\.2\.\d$/)
      assert.deepStrictEqual(shown, [
        [
          "hcp GET",
          {
            "http.request.method": "GET",
            "url.path": "/rest/a",
            "http.response.status_code": 200,
            "network.peer.address": address,
            "hcp.role": "primary",
            "hcp.attempts": 2
          }
        ],
        [
          "hcp POST",
          {
            "http.request.method": "POST",
            "url.path": "/rest/b",
            "error.type": "ConnectionLost",
            "hcp.attempts": 1
          }
        ]
      ])
    })
  )
})

describe("metrics", () => {
  it.effect("count calls by outcome, further attempts, and retries that were not made", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(script(lost, answer(200), lost), {
        retry: RetryPolicy.make({ budget: 15 })
      })
      yield* client.get("/rest/a")
      yield* Effect.exit(client.head("/rest/a"))
      const left = yield* Effect.forkChild(
        Effect.flatMap(makeClient(always(() => Effect.never)), (other) => other.get("/rest/a")),
        { startImmediately: true }
      )
      yield* Fiber.interrupt(left)
      const seen = (yield* Metric.snapshot).flatMap((metric) =>
        metric.type === "Counter" ? [[metric.id, metric.attributes?.outcome ?? "", metric.state.count]] : []
      )
      assert.deepStrictEqual(seen.sort(), [
        ["hcp_requests_total", "200", 1],
        ["hcp_requests_total", "ConnectionLost", 1],
        ["hcp_requests_total", "Interrupted", 1],
        ["hcp_retries_total", "", 1],
        ["hcp_retry_budget_empty_total", "", 1]
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})
