import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer, Option, Redacted, Schema, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Acl from "../../src/namespace/Acl.ts"
import * as Annotation from "../../src/namespace/Annotation.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import { tagOf } from "../utils/namespaces.ts"

const domain = "hcp1.example.com"

/** A client over HTTPS. */
const start = Effect.gen(function* () {
  const simulator = yield* Simulator.make({
    systems: [
      {
        domain,
        namespaces: [
          {
            name: "n1",
            tenant: "t1",
            versioning: true,
            description: "replicated°search",
            aclsUsage: "ENFORCED",
            retentionClasses: [{ name: "TAX", value: "A+10y", description: "taxes" }]
          },
          { name: "n2", tenant: "t1" }
        ]
      }
    ]
  })
  const layer = Hcp.layer({
    fqdn: `n1.t1.${domain}`,
    port: simulator.systems[0].ports.https,
    tls: { ca: simulator.ca },
    resolver: { nameServers: [simulator.nameServer] },
    credentials: { username: "n", password: Redacted.make("n01") }
  })
  return Context.get(yield* Layer.build(layer), HcpClient.HcpClient)
})

describe("against a system", () => {
  it.live("annotations are stored, read, listed and deleted", () =>
    Effect.gen(function* () {
      const client = yield* start
      const annotations = Namespace.make(client).annotations
      yield* client.put("/rest/a b.txt", HcpBody.text("data"))
      const codec = Annotation.xml("note", Schema.Struct({ "@by": Schema.String, line: Schema.Array(Schema.Finite) }))
      const note = { "@by": "ü & co.", line: [1, 2.5] }
      yield* annotations.putAs("/a b.txt", "note", codec, note)
      yield* annotations.put("/a b.txt", Annotation.defaultName, HcpBody.bytes(Uint8Array.of(0, 1, 2)))
      assert.deepStrictEqual(yield* annotations.findAs("/a b.txt", "note", codec), Option.some(note))
      const list = yield* Stream.runCollect(annotations.list("/a b.txt"))
      assert.deepStrictEqual(list.map(({ name }) => name).sort(), ["default", "note"])
      assert.strictEqual(list.find(({ name }) => name === "default")?.size, 3)
      const [entry] = yield* Stream.runCollect(Namespace.make(client).list("/"))
      assert(entry?._tag === "Object")
      assert.deepStrictEqual(entry.annotations.map(({ name }) => name).sort(), ["default", "note"])
      const bytes = Buffer.concat(yield* Stream.runCollect(annotations.stream("/a b.txt", "default")))
      assert.deepStrictEqual([...bytes], [0, 1, 2])
      assert.strictEqual((yield* annotations.head("/a b.txt", "default")).size, 3)
      assert.isTrue(yield* annotations.delete("/a b.txt", "default"))
      assert.isFalse(yield* annotations.delete("/a b.txt", "default"))
      assert.deepStrictEqual(yield* annotations.find("/a b.txt", "default"), Option.none())
      assert.isFalse(yield* annotations.exists("/a b.txt", "default"))
      assert.strictEqual(yield* tagOf(annotations.find("/none", "default")), "NotFound")
      assert.strictEqual(yield* tagOf(Stream.runDrain(annotations.list("/none"))), "NotFound")
      assert.deepStrictEqual(yield* Stream.runCount(annotations.list("/a b.txt")), 1)
    })
  )

  it.live("ACLs are replaced, read in both forms, and deleted", () =>
    Effect.gen(function* () {
      const client = yield* start
      const acls = Namespace.make(client).acl
      yield* client.put("/rest/a", HcpBody.text("data"))
      assert.deepStrictEqual(yield* acls.find("/a"), Option.none())
      const acl = Acl.grant(Acl.grant(Acl.empty, Acl.allUsers, ["READ"]), Acl.user("n"), ["READ", "WRITE"])
      yield* acls.put("/a", acl)
      assert.deepStrictEqual(yield* acls.find("/a"), Option.some(acl))
      assert.deepStrictEqual(yield* acls.find("/a", { format: "json" }), Option.some(acl))
      yield* acls.put("/a", Acl.revoke(acl, Acl.allUsers), { format: "json" })
      assert.deepStrictEqual(yield* acls.find("/a"), Option.some(Acl.revoke(acl, Acl.allUsers)))
      assert.isTrue(yield* acls.exists("/a"))
      assert.isTrue(yield* acls.delete("/a"))
      assert.isFalse(yield* acls.delete("/a"))
      assert.strictEqual(yield* tagOf(acls.find("/none")), "NotFound")
    })
  )

  it.live("a namespace tells what it is", () =>
    Effect.gen(function* () {
      const client = yield* start
      const info = Namespace.make(client).info
      yield* client.put("/rest/a", HcpBody.text("data"))
      yield* client.put("/rest/a", HcpBody.text("more data"))
      yield* client.delete("/rest/a")
      const statistics = yield* info.statistics()
      assert.strictEqual(statistics.namespaceName, "n1")
      assert.isAbove(statistics.totalCapacityBytes ?? 0, 0)
      const [own, ...others] = yield* info.namespaces()
      assert(own?.name === "n1")
      assert.deepStrictEqual(own.description, ["replicated", "search"])
      assert.isTrue(own.versioningEnabled)
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual((yield* info.namespaces({ all: true })).map(({ name }) => name).sort(), ["n1", "n2"])
      const [tax] = yield* info.retentionClasses()
      assert.deepStrictEqual(tax?.value, Retention.years(10))
      const { userEffectivePermissions } = yield* info.permissions()
      assert.isTrue(userEffectivePermissions.write)
      const versions = yield* Stream.runCollect(Namespace.make(client).versions("/a", { deleted: true }))
      assert.deepStrictEqual(versions.map(({ _tag }) => _tag).sort(), ["DeleteMarker", "Version", "Version"])
    })
  )
})
