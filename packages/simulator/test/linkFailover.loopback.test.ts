import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Schedule } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { resolve } from "./utils/dns.ts"
import { ask } from "./utils/wire.ts"

const host = "n1.t1.hcp1.example.com"
const linkPath = "/mapi/services/replication/links/hcp1-hcp2"
const admin = `HCP ${btoa("service")}:${createHash("md5").update("service01").digest("hex")}`
const user = `HCP ${btoa("n")}:${createHash("md5").update("n01").digest("hex")}`

const layer = Simulator.layer({
  systems: [
    { domain: "hcp1.example.com", nodes: 2 },
    { domain: "hcp2.example.com", nodes: 2 }
  ],
  replication: "activePassive"
})

describe("a replication link over the wire", () => {
  it.live("fails over and recovers while a client keeps writing by name, and loses nothing", () =>
    Effect.gen(function* () {
      const { ca, nameServer, systems } = yield* Simulator.Simulator
      const [first, second] = systems
      if (second === undefined) return assert.fail("two systems are linked")

      const manage = ({ domain, nodes, ports }: Simulator.RunningSystem, method: string, query = "") =>
        ask({
          address: nodes[0],
          port: ports.mapi,
          method,
          path: `${linkPath}${query}`,
          headers: { Host: `admin.${domain}`, Authorization: admin, Accept: "application/json" },
          tls: { ca, name: `admin.${domain}` }
        })
      const turn = (system: Simulator.RunningSystem, action: string) =>
        Effect.map(manage(system, "POST", `?${action}`), ({ status }) => assert.strictEqual(status, 200, action))
      const messageOf = (system: Simulator.RunningSystem) =>
        Effect.map(manage(system, "GET", "?verbose=true"), ({ body }): string => JSON.parse(body).statusMessage)

      const request = (address: string, method: string, path: string) =>
        ask({
          address,
          port: first.ports.http,
          method,
          path: `/rest/${path}`,
          headers: { Host: host, Authorization: user },
          ...(method === "PUT" ? { body: path } : {})
        })
      const written = new Map<string, string>()
      let waiting: { readonly by: string; readonly latch: Latch.Latch } | undefined
      const write = Effect.gen(function* () {
        const [address = ""] = yield* resolve(nameServer, host)
        const path = `o${written.size}`
        const { headers, status } = yield* request(address, "PUT", path)
        const by = String(headers["x-hcp-servicedbysystem"])
        if (status === 201) {
          written.set(path, by)
          if (waiting?.by === by) yield* waiting.latch.open
        } else assert.strictEqual(status, 403, "read-only for a moment, nothing else")
      })
      /** Waits until the client has written to a system. */
      const isServedBy = Effect.fnUntraced(function* ({ domain }: Simulator.RunningSystem) {
        const latch = yield* Latch.make()
        waiting = { by: domain, latch }
        yield* latch.await
      })
      const client = yield* Effect.forkScoped(Effect.forever(write))

      yield* isServedBy(first)
      yield* turn(second, "failOver")
      assert.deepStrictEqual([...(yield* resolve(nameServer, host))].sort(), [...second.nodes].sort())
      yield* isServedBy(second)
      assert.strictEqual(yield* messageOf(first), "Failed over")
      assert.strictEqual((yield* request(first.nodes[0], "PUT", "x")).status, 403)

      yield* turn(second, "beginRecovery")
      yield* isServedBy(second)
      yield* turn(second, "completeRecovery")
      yield* Effect.repeat(messageOf(first), {
        schedule: Schedule.spaced("5 millis"),
        until: (message) => message === "Sending data"
      })
      yield* isServedBy(first)
      yield* Fiber.interrupt(client)

      assert.sameMembers([...new Set(written.values())], [first.domain, second.domain])
      for (const [path, by] of written) {
        const { body, headers } = yield* request(first.nodes[1] ?? "", "GET", path)
        assert.strictEqual(body, path, `written to ${by}`)
        assert.strictEqual(headers["x-hcp-servicedbysystem"], first.domain)
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
