import { assert, describe } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as ErasureCoding from "../../src/mapi/ErasureCoding.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Nodes from "../../src/mapi/Nodes.ts"
import * as Services from "../../src/mapi/Services.ts"
import * as System from "../../src/mapi/System.ts"
import { tagOf } from "../utils/namespaces.ts"
import { first, inBothFormats, second } from "./contract.ts"

describe("the system over the wire", () => {
  inBothFormats("nodes and services are those of the system", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const [{ nodes: addresses }] = stage.simulator.systems
      const { nodes = [] } = yield* admin(Nodes.statistics)
      assert.deepStrictEqual(
        nodes.flatMap(({ frontendIpAddresses = [] }) => frontendIpAddresses),
        [...addresses]
      )
      const [volume] = nodes[0]?.volumes ?? []
      assert.isAtMost(volume?.freeBytes ?? Number.NaN, volume?.totalBytes ?? 0)
      const { services = [] } = yield* admin(Services.statistics)
      assert.include(
        services.map(({ name }) => name),
        "GarbageCollection"
      )
      const manager = yield* stage.manager("t1", "n", "n01")
      assert.strictEqual(yield* tagOf(manager(Nodes.statistics)), "Forbidden")
    })
  )

  inBothFormats("settings of the system are written and read back", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      assert.lengthOf(yield* admin(System.licenses()), 1)
      yield* admin(System.installLicense("a key of one line"))
      assert.lengthOf(yield* admin(System.licenses()), 1)
      assert.lengthOf(yield* admin(System.licenses({ history: true })), 2)
      yield* admin(System.network.modify({ downstreamDNSMode: "ADVANCED" }))
      assert.strictEqual((yield* admin(System.network.get())).downstreamDNSMode, "ADVANCED")
      assert.strictEqual((yield* admin(System.supportAccess)).type, "Default")
      yield* admin(System.installSupportAccess(HcpBody.text("a package")))
      const support = yield* admin(System.supportAccess)
      assert.strictEqual(support.type, "Exclusive")
      assert(support.applyTimeStamp !== undefined)
      assert.isAbove(DateTime.toEpochMillis(support.applyTimeStamp), 1_700_000_000_000)
    })
  )

  inBothFormats("any resource can be asked, and a verb it does not have is refused", (stage, format) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const wadl = yield* admin(
        Mapi.raw({ method: "GET", path: "/network", headers: { Accept: `application/${format}` } })
      )
      assert.include(wadl.text, "downstreamDNSMode")
      const none = yield* Effect.flip(admin(Mapi.raw({ method: "DELETE", path: "/network" })))
      assert.match(none.message, /405.*DELETE is not valid for \/mapi\/network/)
      const missing = yield* Effect.flip(admin(Mapi.raw({ method: "GET", path: "/nothing" })))
      assert.strictEqual(missing.reason._tag, "NotFound")
    })
  )

  inBothFormats(
    "a topology of three systems is made, filled and retired",
    (stage) =>
      Effect.gen(function* () {
        const admin = yield* stage.admin()
        const links = ["hcp1-hcp2", "hcp1-hcp3", "hcp2-hcp3"].map((name) => ({ name }))
        const made = { name: "three", type: "FULLY_CONNECTED", replicationLinks: links } as const
        yield* admin(ErasureCoding.create(made))
        const { hcpSystems, state, type } = yield* admin(ErasureCoding.get("three"))
        assert.deepStrictEqual([type, state, hcpSystems?.length], ["FULLY_CONNECTED", "ACTIVE", 3])
        assert.deepStrictEqual(yield* admin(Stream.runCollect(ErasureCoding.list())), ["three"])
        yield* admin(ErasureCoding.tenants.add("three", "t1"))
        assert.deepStrictEqual(yield* admin(Stream.runCollect(ErasureCoding.tenants.list("three"))), ["t1"])
        yield* admin(ErasureCoding.tenants.delete("three", "t1"))
        yield* admin(ErasureCoding.retire("three"))
        yield* admin(ErasureCoding.delete("three"))
        assert.isFalse(yield* admin(ErasureCoding.exists("three")))
      }),
    {
      systems: [
        { domain: first, nodes: 1 },
        { domain: second, nodes: 1 },
        { domain: "hcp3.example.com", nodes: 1 }
      ]
    }
  )
})
