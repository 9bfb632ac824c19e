import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { HcpSystem } from "../src/HcpSystem.ts"
import { act, administer, look, refused } from "./utils/administer.ts"
import { collect, makeSystem, respond, send } from "./utils/exchange.ts"
import { unzip } from "./utils/zip.ts"

const start = Date.UTC(2026, 10, 21, 14, 5, 7)
const today = { startDate: "11/21/2026", endDate: "11/21/2026" }

const makeLogged = Effect.gen(function* () {
  yield* TestClock.setTime(start)
  const hcp = yield* makeSystem()
  hcp.management.settle({ nodes: ["127.0.11.1", "127.0.11.2"], certificate: "" })
  yield* send(hcp, "PUT", "/rest/a.txt", { body: "12345" })
  return hcp
})

const idle = {
  readyForStreaming: false,
  streamingInProgress: false,
  started: false,
  error: false,
  content: "ACCESS,SYSTEM,SERVICE,APPLICATION"
}
const preparing = { ...idle, started: true }
const ready = { ...preparing, readyForStreaming: true }

const state = (hcp: HcpSystem) => look(hcp, "/logs")

/** Begins a download without reading it. */
const download = (hcp: HcpSystem) =>
  Effect.map(
    respond(hcp, "POST", "/mapi/logs/download", {
      host: `admin.${hcp.domain}`,
      listener: "mapi",
      headers: {
        authorization: "HCP c2VydmljZQ==:e4e5ace7271dde224933ffa1fb38f280",
        "content-type": "application/json"
      },
      body: "{}"
    }),
    ({ body }) => body
  )

describe("log packages", () => {
  it.effect("are prepared, fetched as a zip of the access logs, and gone then", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      assert.deepStrictEqual(yield* state(hcp), idle)
      yield* act(hcp, "POST", "/logs?mark=Begin+of+test%201")
      yield* act(hcp, "POST", "/logs/prepare", today)
      assert.deepStrictEqual(yield* state(hcp), preparing)
      assert.match(yield* refused(hcp, "POST", "/logs/prepare", today), /^400 A log download/)
      assert.match(yield* refused(hcp, "POST", "/logs/download", {}), /^400 .*not ready/)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* state(hcp), ready)
      const answer = yield* administer(hcp, "POST", "/logs/download", {
        headers: { "content-type": "application/xml", accept: "*/*" },
        body: '<?xml version="1.0"?><logDownload><nodes>1</nodes><snodes/><content>ACCESS</content></logDownload>'
      })
      assert.strictEqual(answer.status, 200)
      assert.deepInclude(answer.headers, {
        "content-type": "application/zip",
        "content-disposition": "attachment; filename=HCPLogs-admin.hcp1.example.com-n1-acc-20261121-1405.zip",
        "accept-ranges": "none"
      })
      assert.isUndefined(answer.headers["content-length"])
      const folder = "HCPLogs-admin.hcp1.example.com-n1-acc-20261121-1405"
      const files = unzip(answer.bytes)
      const log = files.get(`${folder}/001/access-logs-20261121-1405/http_gateway_request.log.0`)
      assert.match(log ?? "", /"PUT \/rest\/a\.txt HTTP\/1\.1" 201 .*\n.* MARK Begin of test 1\n$/)
      const manifest = files.get(`${folder}/manifest.csv`)?.split("\n") ?? []
      assert.match(manifest[0] ?? "", /^"Node IP",/)
      assert.strictEqual(manifest.filter((line) => line.startsWith('"127.0.11.1","001/access-logs')).length, 3)
      assert.isFalse(manifest.some((line) => line.includes("127.0.11.2")))
      assert.deepStrictEqual(yield* state(hcp), idle)
    })
  )

  it.effect("take a second for each day of logs", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* TestClock.adjust("5 days")
      yield* act(hcp, "POST", "/logs/prepare", { startDate: "01/01/1970" })
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* state(hcp), preparing)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* state(hcp), ready)
    })
  )

  it.effect("hold the days that were asked for only", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* TestClock.adjust("1 day")
      yield* send(hcp, "GET", "/rest/a.txt")
      yield* act(hcp, "POST", "/logs/prepare", {})
      yield* TestClock.adjust("2 seconds")
      const { bytes } = yield* administer(hcp, "POST", "/logs/download", { body: '{"content":"ACCESS,SYSTEM"}' })
      const text = [...unzip(bytes).values()].join("")
      assert.include(text, "GET /rest/a.txt")
      assert.notInclude(text, "PUT /rest/a.txt")
    })
  )

  it.effect("are replaced by the next ones once they are finished, while a download of the former ones goes on", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* act(hcp, "POST", "/logs/prepare", today)
      yield* TestClock.adjust("2 seconds")
      const body = yield* download(hcp)
      yield* act(hcp, "POST", "/logs/prepare", { startDate: "11/20/2026" })
      assert.deepStrictEqual(yield* state(hcp), preparing)
      assert.match(yield* refused(hcp, "POST", "/logs/prepare", today), /^400 A log download/)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* state(hcp), ready)
      assert.strictEqual(body._tag, "Stream")
      if (body._tag === "Stream") assert.isAbove((yield* collect(Stream.orDie(body.stream))).length, 0)
      assert.deepStrictEqual(yield* state(hcp), ready)
    })
  )

  it.effect("are dropped when they are cancelled, or after a day", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* act(hcp, "POST", "/logs?cancel")
      yield* act(hcp, "POST", "/logs/prepare", today)
      yield* act(hcp, "POST", "/logs?cancel=")
      assert.deepStrictEqual(yield* state(hcp), idle)
      yield* act(hcp, "POST", "/logs/prepare", today)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* state(hcp), ready)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* state(hcp), idle)
    })
  )

  it.effect("can be had again after a download that broke off, but not twice at a time", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* act(hcp, "POST", "/logs/prepare", today)
      yield* TestClock.adjust("2 seconds")
      const body = yield* download(hcp)
      assert.strictEqual(body._tag, "Stream")
      if (body._tag !== "Stream") return
      const begun = yield* Latch.make()
      const fiber = yield* body.stream.pipe(
        Stream.runForEach(() => Effect.andThen(begun.open, Effect.never)),
        Effect.forkScoped
      )
      yield* begun.await
      assert.deepStrictEqual(yield* state(hcp), { ...preparing, streamingInProgress: true })
      assert.match(yield* refused(hcp, "POST", "/logs/download", {}), /^400 .*being downloaded/)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* state(hcp), ready)
      assert.isAbove(unzip((yield* administer(hcp, "POST", "/logs/download", { body: "{}" })).bytes).size, 1)
    })
  )

  it.effect("break off their download when they are cancelled", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* act(hcp, "POST", "/logs/prepare", today)
      yield* TestClock.adjust("2 seconds")
      const { deliver } = yield* hcp.management.logs.take
      const endless = Stream.forever(Stream.succeed(new Uint8Array(1)))
      const begun = yield* Latch.make()
      const fiber = yield* deliver(endless).pipe(
        Stream.runForEach(() => begun.open),
        Effect.flip,
        Effect.forkScoped
      )
      yield* begun.await
      yield* act(hcp, "POST", "/logs?cancel")
      assert.strictEqual(yield* Fiber.join(fiber), "cancelled")
      assert.deepStrictEqual(yield* state(hcp), idle)
    })
  )

  it.effect("are refused for what makes no sense", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      const prepare = (body: unknown) => refused(hcp, "POST", "/logs/prepare", body)
      assert.match(yield* prepare({ startDate: "2026-11-21" }), /^400 .*startDate/)
      assert.match(yield* prepare({ startDate: "02/30/2026" }), /^400 .*startDate/)
      assert.match(yield* prepare({ startDate: "11/21/2026", endDate: "11/20/2026" }), /^400 .*before/)
      assert.match(yield* prepare({ ...today, snodes: "7" }), /^400 .*S node/)
      yield* act(hcp, "POST", "/logs/prepare", { ...today, snodes: "" })
      yield* TestClock.adjust("2 seconds")
      const fetch = (body: unknown) => refused(hcp, "POST", "/logs/download", body)
      assert.match(yield* fetch({ content: "" }), /^400 .*content/)
      assert.match(yield* fetch({ content: "ACCESS,NONSENSE" }), /^400 .*content/)
      assert.match(yield* fetch({ nodes: "1,9" }), /^400 .*node 9/)
      assert.match(yield* refused(hcp, "POST", "/logs?mark="), /^400 .*mark/)
      assert.match(yield* refused(hcp, "GET", "/logs/prepare"), /^405 /)
      const { bytes } = yield* administer(hcp, "POST", "/logs/download", { body: '{"nodes":""}' })
      assert.strictEqual(unzip(bytes).size, 1, "no nodes, only the table")
    })
  )
})

describe("a health check report", () => {
  it.effect("is prepared and fetched like logs", () =>
    Effect.gen(function* () {
      const hcp = yield* makeLogged
      yield* act(hcp, "POST", "/healthCheckReport/prepare", { ...today, exactTime: "12:30", collectCurrent: true })
      assert.match(yield* refused(hcp, "POST", "/healthCheckReport/prepare", {}), /^400 A health check/)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* look(hcp, "/healthCheckReport"), { ...ready, content: "HCR" })
      const { bytes, headers } = yield* administer(hcp, "POST", "/healthCheckReport/download", {
        body: '{"nodes":"2","content":"HCR"}'
      })
      assert.strictEqual(headers["content-type"], "application/zip")
      const files = unzip(bytes)
      const name = `HCR-hcp1.example.com-${start / 1000}`
      assert.deepStrictEqual([...files.keys()], [`${name}/summary.txt`, `${name}/node-002.txt`])
      assert.include(files.get(`${name}/summary.txt`) ?? "", "Objects: 1\n")
      yield* act(hcp, "POST", "/healthCheckReport/prepare", {})
      yield* act(hcp, "POST", "/healthCheckReport/cancel")
      assert.deepInclude(Object(yield* look(hcp, "/healthCheckReport")), { started: false })
    })
  )
})
