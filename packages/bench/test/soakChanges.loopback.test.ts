import { assert, describe, it } from "@effect/vitest"
import { Hcp, HcpBody, HcpClient } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Context, Effect, Layer, Redacted } from "effect"
import * as Changes from "../src/soak/Changes.ts"

const lagMillis = 300

/** Two linked systems, a client of the first one, and a tracker. */
const start = Effect.gen(function* () {
  const domains = ["hcp1.example.com", "hcp2.example.com"]
  const { link, nameServer, systems } = yield* Simulator.make({
    systems: domains.map((domain) => ({ domain, nodes: 1 })),
    lag: lagMillis
  })
  const [first, second] = systems
  if (second === undefined || link === undefined) return yield* Effect.die("the second system is missing")
  const services = yield* Layer.build(
    Hcp.layer({
      fqdn: `n1.t1.${first.domain}`,
      port: first.ports.http,
      tls: false,
      resolver: { nameServers: [nameServer] },
      credentials: { username: "n", password: Redacted.make("n01") }
    })
  )
  const tracker = yield* Changes.track([first.hcp, second.hcp])
  return { client: Context.get(services, HcpClient.HcpClient), link, tracker, domain: first.domain }
})

const twoLooks = Effect.sleep(2 * Changes.lookMillis + 30)

describe("the tracker", () => {
  it.live("notes what was stored and deleted where, and when the other system had it", () =>
    Effect.gen(function* () {
      const { client, domain, link, tracker } = yield* start
      yield* client.put("/rest/a", HcpBody.text("an object"))
      const [early] = tracker.of(["/rest/a"])
      assert.deepInclude(early, { what: "stored", domain, arrived: null })
      yield* Effect.andThen(link.settled, twoLooks)
      yield* client.delete("/rest/a")
      yield* Effect.andThen(link.settled, twoLooks)
      const [stored, deleted] = tracker.of(["/rest/a"])
      assert.deepInclude(deleted, { what: "deleted", domain })
      for (const made of [stored, deleted]) {
        const took = (made?.arrived ?? Number.NaN) - (made?.at ?? Number.NaN)
        assert.isAtLeast(took, lagMillis - Changes.lookMillis)
      }
      assert.isAtLeast(tracker.lag().longest, lagMillis - Changes.lookMillis)
    }).pipe(Effect.scoped)
  )

  it.live("is not held up by an object that was deleted before it was sent", () =>
    Effect.gen(function* () {
      const { client, link, tracker } = yield* start
      yield* client.put("/rest/short", HcpBody.text("an object"))
      yield* client.delete("/rest/short")
      yield* client.put("/rest/next", HcpBody.text("another"))
      yield* Effect.andThen(link.settled, twoLooks)
      assert.isNull(tracker.of(["/rest/short"])[0]?.arrived)
      assert.isNumber(tracker.of(["/rest/next"])[0]?.arrived)
    }).pipe(Effect.scoped)
  )
})
