import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { Dns } from "effect/net"
import { TestClock } from "effect/testing"
import { unusableKind } from "../src/internal/dns/unusable.ts"
import * as Resolver from "../src/Resolver.ts"
import { none, times } from "./utils/poolWatch.ts"
import { always, answer, makeClient, makeTarget, type TargetOptions } from "./utils/ScriptedNodes.ts"
import { fqdn, makePool } from "./utils/ScriptedResolver.ts"

const bad = {
  unspecified: ["0.0.0.0", "0.0.0.1", "0.255.255.255", "::", "0:0::0", "::%eth0", "::ffff:0.0.0.0", "::ffff:0:7"],
  multicast: ["224.0.0.1", "239.255.255.255", "ff00::", "ff02::1", "FF05::2%2", "::ffff:224.0.0.251", "::ffff:e000:1"],
  broadcast: ["255.255.255.255", "::ffff:255.255.255.255", "::ffff:ffff:ffff"]
}
const good = [
  "127.0.0.1",
  "1.0.0.0",
  "10.255.255.255",
  "192.0.2.255",
  "223.255.255.255",
  "240.0.0.1",
  "::1",
  "fe80::1%eth0",
  "fd00::1",
  "2001:db8::",
  "::ffff:192.0.2.1",
  "n1.t1.hcp.test",
  ""
]

describe("an address that no node can have", () => {
  it("is known in every form, and nothing else is", () => {
    for (const [kind, addresses] of Object.entries(bad)) {
      for (const address of addresses) assert.strictEqual(unusableKind(address), kind, address)
    }
    for (const address of good) assert.isUndefined(unusableKind(address), address)
  })

  it.effect("is dropped from the answer of any resolver; what is left is used", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(["0.0.0.0", "10.0.0.1", "::ffff:0.0.0.0", "224.0.0.1", "10.0.0.2"])
      const taken = yield* Effect.forEach(times(20), () => pool.next(none))
      assert.sameMembers([...new Set(taken.map((node) => node.address))], ["10.0.0.1", "10.0.0.2"])
      zone.addresses = ["0.0.0.0", "::"]
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(pool.refresh)
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.include(error.message, "only 0.0.0.0 (unspecified), :: (unspecified) and no address of a node")
      assert.lengthOf(yield* pool.addresses, 2, "the nodes that were known stay")
    })
  )

  it.effect("alone is an error that names it, and nothing is connected to", () =>
    Effect.gen(function* () {
      const resolver = Layer.succeed(Resolver.Resolver, {
        resolve: () => Effect.succeed([{ address: "0.0.0.0", family: "IPv4" as const, ttl: Duration.seconds(5) }])
      })
      const nodes = always(answer(200))
      const client = yield* makeClient(nodes, { resolver })
      const error = yield* Effect.flip(client.get("/rest/secret"))
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.include(error.message, "0.0.0.0 (unspecified)")
      assert.deepStrictEqual([nodes.calls.length, nodes.connects.length], [0, 0])
    })
  )

  it.effect("is dropped from what the operating system says", () =>
    Effect.gen(function* () {
      const resolver = yield* Resolver.makeSystem({ family: "both" })
      const found = yield* resolver.resolve("hcp1.test")
      assert.deepStrictEqual(
        found.map((one) => one.address),
        ["192.0.2.1", "2001:db8::1"]
      )
      const error = yield* Effect.flip(resolver.resolve("blocked.test"))
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.include(error.message, "only 0.0.0.0 (unspecified), :: (unspecified)")
    }).pipe(
      Effect.provide(
        Dns.layerStatic({
          hosts: { "hcp1.test": ["0.0.0.0", "192.0.2.1", "2001:db8::1", "ff02::1"], "blocked.test": ["0.0.0.0", "::"] }
        })
      )
    )
  )

  it.effect("is InvalidInput where a user gives it", () =>
    Effect.gen(function* () {
      for (const [options, field, named] of [
        [{ addresses: ["192.0.2.1", "0.0.0.0"] }, "addresses", "0.0.0.0 is unspecified"],
        [{ addresses: ["::ffff:224.0.0.1"] }, "addresses", "::ffff:224.0.0.1 is multicast"],
        [{ addresses: ["255.255.255.255"] }, "addresses", "255.255.255.255 is broadcast"],
        [{ fqdn: "0.0.0.0", addresses: undefined }, "fqdn", "0.0.0.0 is unspecified"]
      ] satisfies ReadonlyArray<readonly [TargetOptions, string, string]>) {
        const { reason } = yield* Effect.flip(makeTarget(always(answer(200)), options))
        assert.isTrue(reason._tag === "InvalidInput" && reason.field === field, named)
        assert.include(reason.message, named)
      }
      const resolver = yield* Resolver.make({ nameServers: ["127.0.0.1:1"] })
      for (const literal of ["0.0.0.0", "[::]", "224.0.0.1"]) {
        assert.strictEqual((yield* Effect.flip(resolver.resolve(literal))).reason._tag, "InvalidInput")
      }
      assert.strictEqual((yield* Effect.flip(Resolver.makeStatic({ [fqdn]: ["0.0.0.0"] }))).reason._tag, "InvalidInput")
    })
  )
})
