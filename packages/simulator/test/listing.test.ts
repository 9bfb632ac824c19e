import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { makeNamespace, makeSystem, readBody, respond, send, status } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const oddNames = [
  "a b",
  "a+b",
  "100%",
  "#1",
  "what?",
  "a&b=c",
  `"quoted" and 'quoted'`,
  "<tag/>",
  "back\\slash",
  "tab\there",
  "line\nbreak\r",
  "\u{1f600} ünïcödé 漢字",
  "__proto__",
  "semi;colon,comma",
  ".hidden",
  "e\u0301"
]

describe("the listing of a directory", () => {
  it.effect("has the attributes of a recorded one", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* TestClock.setTime(1_422_736_466_446)
      yield* send(hcp, "PUT", "/rest/dir/.lost%2Bfound/x", { body: "x" })
      yield* send(hcp, "PUT", "/rest/dir/a.txt?hold=true", { body: "This is an example" })
      const answer = yield* send(hcp, "GET", "/rest/dir/")
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["x-hcp-type"], "directory")
      assert.match(answer.headers["content-type"] ?? "", /^text\/xml/)
      const root = yield* parseXml(answer.text)
      assert.deepStrictEqual(
        [root.name, root.attributes],
        [
          "directory",
          {
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "/static/xsd/ns-directory-6.0.xsd",
            path: "/rest/dir",
            utf8Path: "/rest/dir",
            parentDir: "/rest",
            utf8ParentDir: "/rest",
            namespaceName: "n1",
            utf8NamespaceName: "n1",
            dirDeleted: "false",
            showDeleted: "false",
            changeTimeMilliseconds: "1422736466446.01",
            changeTimeString: "2015-01-31T20:34:26+0000"
          }
        ]
      )
      assert.deepStrictEqual(
        root.children.map(({ attributes }) => attributes),
        [
          {
            urlName: ".lost%2bfound",
            utf8Name: ".lost+found",
            type: "directory",
            changeTimeMilliseconds: "1422736466446.00",
            changeTimeString: "2015-01-31T20:34:26+0000",
            state: "created"
          },
          {
            urlName: "a.txt",
            utf8Name: "a.txt",
            type: "object",
            size: "18",
            hashScheme: "SHA-256",
            hash: "47FB563CC8F86DC37C86D08BC542968F7986ACD81C97BF76DB7AD744407FE117",
            etag: "68791e1b03badd5e4eb9287660f67745",
            retention: "0",
            retentionString: "Deletion Allowed",
            retentionClass: "",
            ingestTime: "1422736466",
            ingestTimeMilliseconds: "1422736466446",
            ingestTimeString: "1/31/2015 8:34PM",
            hold: "true",
            shred: "false",
            dpl: "2",
            index: "true",
            customMetadata: "false",
            customMetadataAnnotations: "",
            version: "91055133852546",
            replicated: "false",
            changeTimeMilliseconds: "1422736466446.01",
            changeTimeString: "2015-01-31T20:34:26+0000",
            owner: "n",
            domain: "",
            hasAcl: "false",
            state: "created"
          }
        ]
      )
      const head = yield* send(hcp, "HEAD", "/rest/dir")
      assert.strictEqual(head.status, 200)
      assert.strictEqual(head.headers["x-hcp-changetimemilliseconds"], "1422736466446.01")
    })
  )

  it.effect("says /rest and / of the root", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const root = yield* parseXml((yield* send(hcp, "GET", "/rest")).text)
      assert.strictEqual(root.attributes.path, "/rest")
      assert.strictEqual(root.attributes.parentDir, "/")
      assert.deepStrictEqual(root.children, [])
    })
  )

  it.effect("gives every odd name back, and its urlName leads to the object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      for (const name of oddNames) {
        const path = `/rest/odd%20%26/${encodeURIComponent(name)}`
        assert.strictEqual(yield* status(hcp, "PUT", path, { body: name }), 201, name)
      }
      const root = yield* parseXml((yield* send(hcp, "GET", "/rest/odd%20%26")).text)
      assert.strictEqual(root.attributes.utf8Path, "/rest/odd &")
      assert.deepStrictEqual(
        root.children.map(({ attributes }) => attributes.utf8Name),
        oddNames
      )
      for (const { attributes } of root.children) {
        const answer = yield* send(hcp, "GET", `${root.attributes.path}/${attributes.urlName}`)
        assert.strictEqual(answer.text, attributes.utf8Name)
      }
    })
  )

  it.effect("is well formed even for names that XML cannot hold, and takes a plus sign as it is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/%01a", { body: "1" })
      yield* send(hcp, "PUT", "/rest/a+b", { body: "2" })
      const root = yield* parseXml((yield* send(hcp, "GET", "/rest")).text)
      assert.deepStrictEqual(
        root.children.map(({ attributes }) => [attributes.urlName, attributes.utf8Name]),
        [
          ["%01a", "\ufffda"],
          ["a%2bb", "a+b"]
        ]
      )
    })
  )

  it.effect("comes in small pieces, as it was when it began", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* Effect.forEach(Array.from({ length: 1000 }), (_, index) =>
        send(hcp, "PUT", `/rest/d/${index}`, { body: "1" })
      )
      const response = yield* respond(hcp, "GET", "/rest/d")
      assert.ok(response.body._tag === "Stream")
      assert.isUndefined(response.body.length)
      yield* send(hcp, "DELETE", "/rest/d/999")
      yield* send(hcp, "POST", "/rest/d/998?index=false")
      const largest = yield* Stream.runFold(
        Stream.orDie(response.body.stream),
        () => 0,
        (most, chunk) => Math.max(most, chunk.length)
      )
      assert.isBelow(largest, 100_000)
      const root = yield* parseXml(new TextDecoder().decode(yield* readBody(response)))
      assert.strictEqual(root.children.length, 1000)
    })
  )
})

describe("the list of versions", () => {
  it.effect("has the newest first", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const first = yield* send(hcp, "PUT", "/rest/d/a%20b", { body: "1" })
      const second = yield* send(hcp, "PUT", "/rest/d/a%20b", { body: "22" })
      const root = yield* parseXml((yield* send(hcp, "GET", "/rest/d/a%20b?version=list")).text)
      assert.strictEqual(root.name, "versions")
      assert.strictEqual(root.attributes.path, "/rest/d/a%20b")
      assert.strictEqual(root.attributes.utf8ParentDir, "/rest/d")
      assert.deepStrictEqual(
        root.children.map(({ attributes }) => [attributes.utf8Name, attributes.version, attributes.size]),
        [
          ["a b", second.headers["x-hcp-versionid"], "2"],
          ["a b", first.headers["x-hcp-versionid"], "1"]
        ]
      )
    })
  )
})
