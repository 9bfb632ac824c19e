import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as ControlServer from "../src/ControlServer.ts"
import * as Simulator from "../src/Simulator.ts"
import { ask } from "./utils/wire.ts"

const two = { systems: [{ domain: "hcp1.example.com", nodes: 2 }, { domain: "hcp2.example.com" }] }

const start = Effect.fnUntraced(function* (options: Simulator.SimulatorOptions = two) {
  const simulator = yield* Simulator.make(options)
  const { address, port, token } = yield* ControlServer.make(simulator)
  const authorization = `Bearer ${Redacted.value(token)}`
  const control = (method: string, path: string, json?: unknown, more: Record<string, string> = {}) => {
    const body = json === undefined ? "" : typeof json === "string" ? json : JSON.stringify(json)
    const headers = { authorization, "Content-Length": String(Buffer.byteLength(body)), ...more }
    return Effect.map(
      // For DELETE the client of node:http gives no length by itself.
      ask({ address, port, method, path, body, headers }),
      (reply) => ({ status: reply.status, body: JSON.parse(reply.body) })
    )
  }
  return { simulator, control }
})

describe("ControlServer", () => {
  it.live("adds, lists and ends faults", () =>
    Effect.gen(function* () {
      const { simulator, control } = yield* start()
      const down = { fault: "refuse", system: "hcp1.example.com", node: 2 }
      const slow = { fault: "slow", delay: 5, times: 2 }
      assert.deepStrictEqual(yield* control("POST", "/faults", down), { status: 200, body: [down] })
      assert.deepStrictEqual((yield* control("POST", "/faults", [slow])).body, [down, slow])
      const { systems } = simulator
      const node = { address: systems[0].nodes[1] ?? "", port: systems[0].ports.http }
      assert.strictEqual(yield* Effect.flip(ask(node)), "ECONNREFUSED")
      assert.deepStrictEqual((yield* control("DELETE", "/faults", slow)).body, [down])
      assert.deepStrictEqual((yield* control("DELETE", "/faults")).body, [])
      assert.deepStrictEqual((yield* control("GET", "/faults")).body, [])
      assert.isNumber((yield* ask(node)).status)
    }).pipe(Effect.scoped)
  )

  it.live("moves names, steers the link, and tells the state", () =>
    Effect.gen(function* () {
      const { control } = yield* start()
      const servedBy = Effect.map(control("GET", "/state"), ({ body }) => body.systems[0].servedBy)
      assert.strictEqual((yield* control("POST", "/failover", { domain: "hcp1.example.com" })).status, 200)
      assert.strictEqual(yield* servedBy, "hcp2.example.com")
      assert.strictEqual((yield* control("POST", "/failback", { domain: "hcp1.example.com" })).status, 200)
      assert.strictEqual(yield* servedBy, "hcp1.example.com")
      const link = yield* control("POST", "/link", { lag: "2 seconds", suspended: true })
      assert.deepInclude(link.body, { lagMillis: 2000, suspended: true })
      assert.deepInclude((yield* control("POST", "/link", { lag: 50, suspended: false })).body, {
        lagMillis: 50,
        suspended: false
      })
    }).pipe(Effect.scoped)
  )

  it.live("is only for who knows its token, and never for pages in a browser", () =>
    Effect.gen(function* () {
      const { control } = yield* start({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })
      const answer = (more: Record<string, string>, body: unknown = [{ fault: "mute" }]) =>
        Effect.map(control("POST", "/faults", body, more), ({ status }) => status)
      for (const authorization of [
        "",
        "Bearer",
        "Bearer wrong",
        "Basic eDp5",
        "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"
      ]) {
        assert.strictEqual(yield* answer({ authorization }), 401, authorization)
      }
      for (const host of ["evil.example.com", "127.0.0.1.evil.example.com:80", "localhost.evil.example.com"]) {
        assert.strictEqual(yield* answer({ host }), 403, host)
      }
      for (const origin of ["http://evil.example.com", "null", "http://localhost:3000"]) {
        assert.strictEqual(yield* answer({ origin }), 403, origin)
      }
      assert.strictEqual(yield* answer({}, `"${"x".repeat(1024 ** 2)}"`), 413)
      assert.deepStrictEqual((yield* control("GET", "/faults")).body, [])
      for (const host of ["localhost:7070", "127.0.0.1", "[::1]:1"])
        assert.strictEqual(yield* answer({ host }), 200, host)
    }).pipe(Effect.scoped)
  )

  it.live("takes a token of the caller's, but none that a header cannot carry", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })
      const { address, port } = yield* ControlServer.make(simulator, { token: Redacted.make("mine") })
      const { status } = yield* ask({ address, port, path: "/state", headers: { authorization: "bearer mine" } })
      assert.strictEqual(status, 200)
      for (const token of ["", "a b", "ä"]) {
        const error = yield* Effect.flip(ControlServer.make(simulator, { token: Redacted.make(token) }))
        assert.strictEqual(error.reason, "specification")
      }
    }).pipe(Effect.scoped)
  )

  it.live("refuses what makes no sense, with a reason", () =>
    Effect.gen(function* () {
      const { control } = yield* start({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })
      const refused = Effect.fnUntraced(function* (method: string, path: string, body?: unknown) {
        const reply = yield* control(method, path, body)
        return `${reply.status} ${reply.body.error}`
      })
      assert.match(yield* refused("GET", "/nothing"), /^404 .*\/state, \/faults/)
      assert.match(yield* refused("PUT", "/faults"), /^405 \/faults takes GET, POST, DELETE/)
      assert.match(yield* refused("POST", "/faults", "{not json"), /^400 The body of the request is not JSON/)
      assert.match(yield* refused("POST", "/faults", { fault: "explode" }), /^400 .*one of refuse, mute.*not "explode"/)
      assert.match(yield* refused("POST", "/faults", { fault: "mute", nodes: "all" }), /^400 .*nodes/)
      assert.match(yield* refused("POST", "/faults"), /^400 A fault is/)
      assert.match(yield* refused("POST", "/faults", { fault: "mute", node: "127.0.0.1" }), /^400 No node 127\.0\.0\.1/)
      assert.match(yield* refused("POST", "/failover", { domain: "hcp1.example.com" }), /^400 No other system is up/)
      assert.match(yield* refused("POST", "/link", { suspended: true }), /^400 There is no replication link/)
    }).pipe(Effect.scoped)
  )
})
