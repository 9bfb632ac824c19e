import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as Namespace from "../../src/namespace/Namespace.ts"
import type * as Versions from "../../src/namespace/Versions.ts"
import { inTime, requests } from "../utils/namespaces.ts"
import { answer, makeClient, type ScriptedNodes, script } from "../utils/ScriptedNodes.ts"

const listed = (nodes: ScriptedNodes, path = "/d/a.txt", options?: Versions.ListOptions) =>
  inTime(
    Effect.flatMap(makeClient(nodes), (client) => Stream.runCollect(Namespace.make(client).versions(path, options)))
  )

const recorded = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/static/xsl/ns-versions.xsl"?>
<versions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="/static/xsd/ns-versions.xsd"
   path="/rest/d/a.txt" utf8Path="/rest/d/a.txt" parentDir="/rest/d" utf8ParentDir="/rest/d" deleted="true"
   showDeleted="true" namespaceName="n1" utf8NamespaceName="n1">
  <entry urlname="a.txt" utf8Name="a.txt" type="object" version="110235921052673" state="deleted"
     ingestTimeMilliseconds="1722436266448" changeTimeMilliseconds="1722436266448.00"/>
  <entry urlName="a.txt" utf8Name="a.txt" type="object" version="110235921052545" state="created" size="18"
     hashScheme="MD5" hash="68791E1B03BADD5E4EB9287660F67745" retention="0" customMetadata="false"
     customMetadataAnnotations=""/>
  <entry version="110235921052481" state="created" size="0"/>
</versions>`

describe("list", () => {
  it.effect("tells versions from deletions", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200, { "X-HCP-Type": "object" }, recorded))
      const [marker, version, bare, ...others] = yield* listed(nodes, "/d/a.txt", { deleted: true })
      assert.deepStrictEqual(requests(nodes), ["GET /rest/d/a.txt?version=list&deleted=true"])
      assert.deepStrictEqual(marker, {
        _tag: "DeleteMarker",
        name: "a.txt",
        path: "/d/a.txt",
        versionId: "110235921052673",
        createdAt: DateTime.makeUnsafe(1_722_436_266_448),
        changedAt: { at: DateTime.makeUnsafe(1_722_436_266_448), count: 0 }
      })
      assert(version?._tag === "Version")
      assert.strictEqual(version.versionId, "110235921052545")
      assert.strictEqual(version.size, 18)
      assert.deepStrictEqual(version.hash, { algorithm: "MD5", hex: "68791e1b03badd5e4eb9287660f67745" })
      assert.deepStrictEqual(version.annotations, [])
      assert.strictEqual(version.path, "/d/a.txt")
      assert(bare?._tag === "Version")
      assert.strictEqual(bare.name, "a.txt")
      assert.strictEqual(bare.size, 0)
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("asks for deletions only if told to, and fails as HCP does", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200, {}, "<versions/>"))
      assert.deepStrictEqual(yield* listed(nodes), [])
      assert.deepStrictEqual(requests(nodes), ["GET /rest/d/a.txt?version=list"])
      assert.strictEqual((yield* Effect.flip(listed(script(answer(400), answer(403))))).reason._tag, "BadRequest")
      assert.strictEqual((yield* Effect.flip(listed(script(answer(404))))).reason._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(listed(script(), "a"))).reason._tag, "InvalidInput")
      const directory = yield* Effect.flip(listed(script(answer(200, { "X-HCP-Type": "directory" }, "<directory/>"))))
      assert.strictEqual(directory.reason._tag, "IsADirectory")
      const data = yield* Effect.flip(listed(script(answer(200, { "X-HCP-Type": "object" }, "data"))))
      assert.strictEqual(data.reason._tag, "InvalidXml")
      const nameless = yield* Effect.flip(listed(script(answer(200, {}, "<versions><entry/></versions>"))))
      assert.include(nameless.message, "version id")
    })
  )
})
