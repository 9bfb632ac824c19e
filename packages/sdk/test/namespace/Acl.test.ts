import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import * as Acl from "../../src/namespace/Acl.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import { inTime, keeping, requests, tagOf } from "../utils/namespaces.ts"
import { answer, makeClient, type ScriptedNodes, script } from "../utils/ScriptedNodes.ts"

const calling = <A, E>(nodes: ScriptedNodes, f: (acls: Acl.Operations) => Effect.Effect<A, E>) =>
  inTime(Effect.flatMap(makeClient(nodes), (client) => f(Namespace.make(client).acl)))

const alice = Acl.user("alice")
const editors = Acl.group("editors", "corp.example.com")
const shared: Acl.Acl = {
  grants: [
    { grantee: Acl.allUsers, permissions: ["READ"] },
    { grantee: editors, permissions: ["READ", "READ_ACL", "WRITE", "WRITE_ACL", "DELETE"] }
  ]
}

const xml =
  '<?xml version="1.0" encoding="UTF-8"?><accessControlList>' +
  "<grant><grantee><type>group</type><name>all_users</name></grantee><permissions><permission>READ</permission></permissions></grant>" +
  "<grant><grantee><type>group</type><name>editors</name><domain>corp.example.com</domain></grantee><permissions>" +
  "<permission>READ</permission><permission>READ_ACL</permission><permission>WRITE</permission>" +
  "<permission>WRITE_ACL</permission><permission>DELETE</permission></permissions></grant></accessControlList>"

const json =
  '{"grant":[{"grantee":{"type":"group","name":"all_users"},"permissions":{"permission":["READ"]}},' +
  '{"grantee":{"type":"group","name":"editors","domain":"corp.example.com"},' +
  '"permissions":{"permission":["READ","READ_ACL","WRITE","WRITE_ACL","DELETE"]}}]}'

describe("the data", () => {
  it("is granted and revoked", () => {
    const granted = Acl.grant(Acl.grant(Acl.empty, alice, ["WRITE"]), Acl.user("ALICE"), ["READ", "WRITE"])
    assert.deepStrictEqual(granted.grants, [{ grantee: alice, permissions: ["READ", "WRITE"] }])
    assert.deepStrictEqual(Acl.permissionsOf(granted, alice), ["READ", "WRITE"])
    assert.deepStrictEqual(Acl.permissionsOf(granted, Acl.group("alice")), [])
    assert.deepStrictEqual(Acl.permissionsOf(Acl.revoke(granted, alice, ["READ", "DELETE"]), alice), ["WRITE"])
    assert.deepStrictEqual(Acl.revoke(granted, alice, ["READ", "WRITE"]), Acl.empty)
    assert.deepStrictEqual(Acl.revoke(shared, editors).grants, shared.grants.slice(0, 1))
    assert.deepStrictEqual(Acl.revoke(shared, alice), shared)
  })

  it("is checked", () => {
    const detailOf = (acl: Acl.Acl): string => {
      const result = Acl.check(acl)
      assert(Result.isFailure(result))
      assert.strictEqual(result.failure.field, "acl")
      return result.failure.detail
    }
    const one: Acl.Grant = { grantee: alice, permissions: ["READ"] }
    assert.include(detailOf({ grants: [one, { ...one, grantee: Acl.user("Alice") }] }), "twice")
    assert.isTrue(Result.isSuccess(Acl.check({ grants: [one, { ...one, grantee: Acl.user("alice", "d") }] })))
    assert.include(detailOf({ grants: [{ ...one, permissions: [] }] }), "nothing")
    assert.include(detailOf({ grants: [{ ...one, grantee: Acl.user(" ") }] }), "no name")
    assert.include(detailOf({ grants: [{ ...one, grantee: Acl.group("all_users", "d") }] }), "no domain")
    const many = Array.from({ length: 1001 }, (_, index) => ({ ...one, grantee: Acl.user(`u${index}`) }))
    assert.include(detailOf({ grants: many }), "1001")
    assert.isTrue(Result.isSuccess(Acl.check({ grants: many.slice(1) })))
    const control = Acl.toXml({ grants: [{ ...one, grantee: Acl.user("a\u0001") }] })
    assert(Result.isFailure(control))
  })

  it.effect("travels as XML and JSON", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Acl.toXml(shared), Result.succeed(xml))
      assert.deepStrictEqual(Acl.toJson(shared), Result.succeed(json))
      assert.deepStrictEqual(yield* Acl.fromXml(xml), shared)
      assert.deepStrictEqual(yield* Acl.fromJson(json), shared)
      const odd = Acl.grant(Acl.empty, Acl.user(`<&"'> ü`), ["READ"])
      assert.deepStrictEqual(yield* Acl.fromXml(Result.getOrThrow(Acl.toXml(odd))), odd)
      assert.deepStrictEqual(yield* Acl.fromXml("<accessControlList/>"), Acl.empty)
      // Shapes that come of turning XML into JSON.
      assert.deepStrictEqual(
        yield* Acl.fromJson(
          '{"accessControlList":{"grant":{"grantee":{"type":"USER","name":"alice"},"permissions":{"permission":"read"}}}}'
        ),
        Acl.grant(Acl.empty, alice, ["READ"])
      )
    })
  )

  it.effect("is not read where a part of it is not understood", () =>
    Effect.gen(function* () {
      const reasons = [
        Acl.fromXml("<other/>"),
        Acl.fromXml(xml.replace("<permission>DELETE<", "<permission>FULL_CONTROL<")),
        Acl.fromXml(xml.replace("<type>group<", "<type>robot<")),
        Acl.fromXml(xml.replace("<name>all_users</name>", "")),
        Acl.fromJson("[1"),
        Acl.fromJson("7")
      ]
      for (const effect of reasons) assert.strictEqual(yield* tagOf(effect), "UnexpectedAnswer")
      assert.strictEqual(yield* tagOf(Acl.fromXml("<accessControlList>")), "InvalidXml")
    })
  )
})

describe("the operations", () => {
  it.effect("get gives the list, none, or says that there is no object", () =>
    Effect.gen(function* () {
      const nodes = script(
        answer(200, {}, xml),
        answer(200, {}, json),
        answer(204),
        answer(404),
        answer(200, {}, "<x/>"),
        answer(200, {}, xml),
        answer(204)
      )
      const results = yield* calling(nodes, (acls) =>
        Effect.all([
          acls.find("/a b"),
          acls.find("/a", { format: "json" }),
          acls.find("/a"),
          tagOf(acls.find("/a")),
          tagOf(acls.find("/a")),
          acls.get("/a"),
          tagOf(acls.get("/a"))
        ])
      )
      assert.deepStrictEqual(results, [
        Option.some(shared),
        Option.some(shared),
        Option.none(),
        "NotFound",
        "UnexpectedAnswer",
        shared,
        "NotFound"
      ])
      assert.strictEqual(requests(nodes)[0], "GET /rest/a%20b?type=acl")
      assert.strictEqual(nodes.calls[0]?.header("accept"), "application/xml")
      assert.strictEqual(nodes.calls[1]?.header("accept"), "application/json")
    })
  )

  it.effect("put sends the whole list in the wanted form", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, answer(201)), keeping(bodies, answer(201)))
      yield* calling(nodes, (acls) =>
        Effect.andThen(acls.put("/a", shared), acls.put("/a", shared, { format: "json" }))
      )
      assert.deepStrictEqual(bodies.map(String), [xml, json])
      assert.strictEqual(nodes.calls[0]?.header("content-type"), "application/xml")
      assert.strictEqual(nodes.calls[1]?.header("content-type"), "application/json")
      assert.deepStrictEqual(requests(nodes), ["PUT /rest/a?type=acl", "PUT /rest/a?type=acl"])
    })
  )

  it.effect("put sends nothing that HCP would refuse", () =>
    Effect.gen(function* () {
      const bad = { grants: [{ grantee: alice, permissions: [] }] }
      assert.strictEqual(yield* tagOf(calling(script(), (acls) => acls.put("/a", bad))), "InvalidInput")
      assert.strictEqual(yield* tagOf(calling(script(), (acls) => acls.put("a", shared))), "InvalidInput")
    })
  )

  it.effect("delete and exists tell whether there was one", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), answer(204), answer(200), answer(204), answer(404), answer(403))
      const results = yield* calling(nodes, (acls) =>
        Effect.all([
          acls.delete("/a"),
          acls.delete("/a"),
          acls.exists("/a"),
          acls.exists("/a"),
          acls.exists("/a"),
          tagOf(acls.exists("/a"))
        ])
      )
      assert.deepStrictEqual(results, [true, false, true, false, false, "Forbidden"])
      assert.deepStrictEqual(requests(nodes).slice(1, 3), ["DELETE /rest/a?type=acl", "HEAD /rest/a?type=acl"])
    })
  )
})
