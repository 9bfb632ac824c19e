import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { OpenApi } from "effect/http-api"
import * as ControlApi from "../src/ControlApi.ts"
import * as ControlServer from "../src/ControlServer.ts"
import * as Simulator from "../src/Simulator.ts"
import { ask } from "./utils/wire.ts"

const two = {
  systems: [
    { domain: "hcp1.example.com", nodes: 2 },
    { domain: "hcp2.example.com", nodes: 1 }
  ]
}

const start = Effect.fnUntraced(function* () {
  const simulator = yield* Simulator.make(two)
  const { address, port, token } = yield* ControlServer.make(simulator)
  const url = `http://${address}:${port}`
  return { simulator, url, control: yield* ControlApi.client({ url, token }) }
}, Effect.provide(FetchHttpClient.layer))

describe("ControlApi", () => {
  it.live("has a client that understands every answer of the control port", () =>
    Effect.gen(function* () {
      const { control, simulator } = yield* start()
      const slow = { fault: "slow", delay: 5, times: 2 } as const
      const down = { fault: "refuse", node: "127.0.0.9" } as const
      assert.deepStrictEqual(yield* control.addFaults({ payload: [slow, { fault: "nameServer", mode: "down" }] }), [
        slow,
        { fault: "nameServer", mode: "down" }
      ])
      assert.deepStrictEqual(yield* control.endFaults({ payload: [{ fault: "nameServer", mode: "down" }] }), [slow])
      assert.deepStrictEqual(yield* control.faults(), [slow])
      assert.deepStrictEqual(yield* control.clearFaults(), [])
      assert.deepInclude(yield* Effect.flip(control.addFaults({ payload: [down] })), {
        error: `No node 127.0.0.9; there is ${simulator.systems.flatMap(({ nodes }) => nodes).join(", ")}.`
      })
      assert.deepStrictEqual(yield* control.failOver({ payload: { domain: "hcp1.example.com" } }), { ok: true })
      assert.strictEqual((yield* control.state()).systems[0]?.servedBy, "hcp2.example.com")
      assert.deepStrictEqual(yield* control.failBack({ payload: { domain: "hcp1.example.com" } }), { ok: true })
      const link = yield* control.modifyLink({ payload: { lag: 2000, suspended: true } })
      assert.deepInclude(link, { lagMillis: 2000, suspended: true })
      const state = yield* control.state()
      assert.deepStrictEqual(state.link, link)
      assert.deepStrictEqual(state.nameServer, { address: simulator.nameServer, queries: 0 })
      assert.strictEqual(state.systems[1]?.nodes.length, 1)
      assert.deepStrictEqual(yield* control.queries(), [])
    }).pipe(Effect.scoped)
  )

  it.live("tells what was asked of the nodes, and where the time went", () =>
    Effect.gen(function* () {
      const { control, simulator } = yield* start()
      const [{ domain, nodes, ports }] = simulator.systems
      const at = { address: nodes[0], port: ports.http, headers: { host: `n1.t1.${domain}` } }
      yield* control.addFaults({ payload: [{ fault: "slow", delay: 30, times: 1 }] })
      assert.strictEqual((yield* ask({ ...at, path: "/rest/a%20b?password=x" })).status, 403)
      yield* control.addFaults({ payload: [{ fault: "reset", times: 1 }] })
      yield* Effect.flip(ask({ ...at, path: "/rest/c" }))
      const seen = yield* control.requests({ query: {} })
      assert.deepStrictEqual(
        seen.map(({ host, method, node, number, status, target }) => ({ host, method, node, number, status, target })),
        [
          {
            number: 1,
            node: nodes[0],
            method: "GET",
            target: "/rest/a%20b?password=***",
            host: `n1.t1.${domain}`,
            status: 403
          },
          { number: 2, node: nodes[0], method: "GET", target: "/rest/c", host: `n1.t1.${domain}`, status: undefined }
        ]
      )
      assert.isAtLeast(seen[0]?.waitMillis ?? 0, 29)
      assert.isAtLeast(seen[0]?.bytes ?? 0, 100)
      assert.isNumber(seen[0]?.connectMillis)
      assert.deepStrictEqual(
        (yield* control.requests({ query: { after: 1 } })).map(({ number }) => number),
        [2]
      )
      assert.deepStrictEqual(yield* control.requests({ query: { after: 2 } }), [])
      const odd = yield* Effect.flip(control.requests({ query: { after: -1 } }))
      assert.deepInclude(odd, { error: '"after" is the number of a request, not "-1".' })
    }).pipe(Effect.scoped)
  )

  it.live("refuses whoever does not know the token", () =>
    Effect.gen(function* () {
      const { url } = yield* start()
      const stranger = yield* ControlApi.client({ url, token: Redacted.make("wrong") })
      assert.match(JSON.stringify(yield* Effect.flip(stranger.state())), /Send the token/)
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))
  )

  it("can be read as OpenAPI", () => {
    const { paths } = OpenApi.fromApi(ControlApi.api)
    assert.sameMembers(Object.keys(paths), [
      "/state",
      "/requests",
      "/queries",
      "/faults",
      "/faults/end",
      "/failover",
      "/failback",
      "/link"
    ])
  })
})
