import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Logger, Metric, References, Schema } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as HcpErrorCodec from "../../src/HcpErrorCodec.ts"
import type { HcpReply } from "../../src/HcpResponse.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import * as FaultNodes from "../utils/FaultNodes.ts"

const { answer, fin, mute, raw, reply, rst } = FaultNode

const sha256 = (text: string) => `X-HCP-Hash: SHA-256 ${crypto.createHash("sha256").update(text).digest("hex")}`

type Client = HcpClient.HcpClient["Service"]
type Call = (client: Client) => Effect.Effect<HcpReply, HcpError>

const get: Call = (client) => client.get("/rest/a")
const put: Call = (client) => client.put("/rest/a", HcpBody.bytes(Buffer.from("body")))
const head: Call = (client) => client.head("/rest/a")
const post: Call = (client) => client.post("/rest/a", HcpBody.bytes(Buffer.from("body")))
const remove: Call = (client) => client.delete("/rest/a")

/** What happens on a warm connection to the first of two nodes, and what the second says if it is asked. */
const cases: ReadonlyArray<{
  readonly name: string
  readonly call: Call
  readonly step: FaultNode.Step
  /** What the node says when it is asked again. */
  readonly again?: FaultNode.Step
}> = [
  { name: "GET 200", call: get, step: reply(200, "warm", [sha256("warm")]) },
  { name: "GET 200 in parts", call: get, step: raw(answer(200, "in parts").slice(0, -4), "arts") },
  {
    name: "GET 200 in chunks",
    call: get,
    step: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "0\r\n\r\n")
  },
  { name: "GET 204", call: get, step: reply(204) },
  { name: "GET 404", call: get, step: reply(404, "no such object") },
  { name: "GET 404 with a long page", call: get, step: reply(404, "x".repeat(100_000)) },
  { name: "GET 410", call: get, step: reply(410) },
  { name: "GET 304", call: get, step: raw("HTTP/1.1 304 Not Modified\r\n\r\n") },
  { name: "GET 302", call: get, step: reply(302, "", ["Location: http://elsewhere/"]) },
  { name: "GET 403", call: get, step: reply(403, "", ["X-HCP-ErrorMessage: no"]) },
  { name: "GET 503", call: get, step: reply(503, "busy") },
  { name: "GET 500 whose body breaks", call: get, step: fin("HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nab") },
  { name: "GET of another hash", call: get, step: reply(200, "other", [sha256("this")]) },
  { name: "GET whose body breaks off", call: get, step: fin("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab") },
  { name: "GET whose body is reset", call: get, step: rst("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab") },
  { name: "GET without a length, reset", call: get, step: rst("HTTP/1.1 200 OK\r\n\r\nab") },
  { name: "GET that is no HTTP", call: get, step: raw("SSH-2.0-OpenSSH\r\n\r\n") },
  { name: "GET lost before the answer", call: get, step: rst() },
  { name: "GET closed before the answer", call: get, step: fin() },
  {
    name: "GET that stays mute",
    call: (client) => client.get("/rest/a", { responseTimeout: "200 millis" }),
    step: mute
  },
  {
    name: "GET whose body stands still",
    call: (client) => client.get("/rest/a", { bodyTimeout: "200 millis" }),
    step: raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
  },
  {
    name: "GET of more than wanted",
    call: (client) => client.get("/rest/a", { maxBodyBytes: 3 }),
    step: reply(200, "four")
  },
  {
    name: "GET whose deadline is over first",
    call: (client) => client.get("/rest/a", { deadline: "200 millis" }),
    step: mute
  },
  { name: "GET of no object path", call: (client) => client.get("rest/a"), step: reply(200) },
  { name: "HEAD 200", call: head, step: raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") },
  { name: "HEAD 404", call: head, step: raw("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n") },
  { name: "PUT 201", call: put, step: reply(201, "", [sha256("body")]) },
  { name: "PUT 201 of another hash", call: put, step: reply(201, "", [sha256("else")]) },
  { name: "PUT 409", call: put, step: reply(409) },
  { name: "PUT lost before the answer", call: put, step: rst() },
  { name: "PUT of an empty body", call: (client) => client.put("/rest/a", HcpBody.empty), step: reply(201) },
  { name: "PUT 503", call: put, step: reply(503) },
  { name: "POST 200", call: post, step: reply(200) },
  { name: "POST lost before the answer", call: post, step: rst() },
  { name: "DELETE 200", call: remove, step: reply(200) },
  { name: "DELETE lost before the answer", call: remove, step: rst(), again: reply(404) }
]

const told = (exit: Exit.Exit<HcpReply, HcpError>) =>
  Exit.match(exit, {
    onSuccess: ({ attempts, failedAttempts, headers, node, retriedAfterAmbiguousFailure, role, status, text }) => ({
      attempts,
      failedAttempts,
      headers: headers.toJSON(),
      node,
      retriedAfterAmbiguousFailure,
      role,
      status,
      text
    }),
    onFailure: () =>
      Exit.findErrorOption(exit).pipe((error) => Schema.encodeUnknownSync(Schema.Option(HcpErrorCodec.HcpError))(error))
  })

/** Everything that can be seen of a call. */
const observe = (step: FaultNode.Step, again: FaultNode.Step, call: Call) =>
  Effect.gen(function* () {
    const warm = reply(200)
    const group = yield* FaultNodes.make([
      [warm, step, again, again, again],
      [warm, again, again, again]
    ])
    const target = yield* FaultNodes.targetOf(group)
    const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
    yield* client.get("/rest/warm")
    yield* client.get("/rest/warm")
    const before = yield* Metric.snapshot
    const exit = yield* Effect.exit(call(client)).pipe(FaultNodes.withoutDelay)
    const counted = (yield* Metric.snapshot).filter(
      ({ id }) => id === "hcp_requests_total" || id === "hcp_retries_total"
    )
    const health = (yield* target.nodes.health).map(({ consecutiveFailures, status }) => ({
      consecutiveFailures,
      status
    }))
    return {
      call: told(exit),
      requests: group.requests(),
      health,
      busy: (yield* target.connections).map(({ busy, waiting }) => ({ busy, waiting })),
      counted: counted.map(({ attributes, id, state }) => [id, attributes, state]),
      before: before.length > 0
    }
  }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map()))

describe("a call on a warm connection", () => {
  for (const { again = reply(200, "again"), call, name, step } of cases) {
    it.live(`is the same with the debug log on and off: ${name}`, () =>
      Effect.gen(function* () {
        const silent = yield* observe(step, again, call)
        const logged = yield* observe(step, again, call).pipe(
          Effect.provideService(References.MinimumLogLevel, "Debug"),
          Effect.provide(Logger.layer([]))
        )
        assert.deepStrictEqual(JSON.parse(JSON.stringify(silent)), JSON.parse(JSON.stringify(logged)))
      })
    )
  }
})
