import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Target from "@effect-hcp/sdk/Target"
import { Effect, Layer, Result, Stream } from "effect"
import {
  always,
  answer,
  brokenOff,
  lost,
  type ScriptedNodes,
  type Step,
  script
} from "../../sdk/test/utils/ScriptedNodes.ts"
import { Account, Container, Swift, SwiftObject } from "../src/index.ts"
import { against, failing } from "./utils/scripted.ts"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")
const marks = { "X-Trans-Id": "28b610b7-0fbc-4d83-821b-f7d2a3f20e27" }
const json = (value: unknown): Step => ({ ...answer(200, marks, JSON.stringify(value)), marks: false })
const stored: Step = { ...answer(201, { ...marks, ETag: md5("x") }), marks: false }

const callOf = (nodes: ScriptedNodes, index = 0) => {
  const call = nodes.calls[index]
  if (call === undefined) throw new Error(`there is no call ${index}`)
  const { method, path } = call.request
  return { line: `${method} ${path}`, header: call.header }
}

describe("what is sent", () => {
  it.effect("is the account, the container and the object of the path, encoded once, with the token of the user", () =>
    Effect.gen(function* () {
      const nodes = script(stored)
      yield* against(nodes, SwiftObject.put("finance", "q4/50% ü+.txt", "x", { metadata: { a: "1" } }))
      const { header, line } = callOf(nodes)
      assert.strictEqual(line, "PUT /swift/v1/europe/finance/q4/50%25%20%C3%BC%2B.txt")
      assert.strictEqual(header("x-auth-token"), `HCP bg==:${md5("n01-secret")}`)
      assert.strictEqual(header("x-object-meta-a"), "1")
      assert.strictEqual(header("if-none-match"), "*")
      assert.isUndefined(header("authorization"))
      assert.isUndefined(header("etag"))
    })
  )

  it.effect("names the target of a copy in a header, and the source in the path", () =>
    Effect.gen(function* () {
      const nodes = script(stored)
      yield* against(
        nodes,
        SwiftObject.copy({ container: "a", object: "b c" }, "d", "e/f ü", { source: { ifMatch: "x" } })
      )
      const { header, line } = callOf(nodes)
      assert.strictEqual(line, "COPY /swift/v1/europe/a/b%20c")
      assert.strictEqual(header("destination"), "/d/e/f%20%C3%BC")
      assert.strictEqual(header("if-match"), '"x"')
    })
  )

  it.effect("asks for lists as JSON behind the last name, until a page is empty", () =>
    Effect.gen(function* () {
      const nodes = script(json([{ name: "a", bytes: 1 }, { subdir: "b/" }]), json([{ name: "c" }]), json([]))
      const entries = yield* against(nodes, Stream.runCollect(Container.list("finance", { delimiter: "/" })))
      assert.deepStrictEqual(
        entries.map(({ _tag, name }) => [_tag, name]),
        [
          ["Object", "a"],
          ["Prefix", "b/"],
          ["Object", "c"]
        ]
      )
      const line = "GET /swift/v1/europe/finance?format=json&limit=10000"
      assert.deepStrictEqual(
        [0, 1, 2].map((index) => callOf(nodes, index).line),
        [`${line}&delimiter=%2F`, `${line}&marker=b%2F&delimiter=%2F`, `${line}&marker=c&delimiter=%2F`]
      )
    })
  )
})

describe("what HCP has not, and what is no name or option", () => {
  const body = HcpBody.text("x")
  const given: ReadonlyArray<
    readonly [what: string, call: Effect.Effect<unknown, HcpError, Swift.Swift>, text: string]
  > = [
    [
      "a manifest of segments",
      SwiftObject.put("c", "o", body, { headers: { "X-Object-Manifest": "c/o/" } }),
      "headers.X-Object-Manifest: HCP's Swift gateway joins no segments; store what is large through S3"
    ],
    [
      "an expiry",
      SwiftObject.put("c", "o", body, { headers: [["x-delete-after", "60"]] }),
      "deletes nothing by itself"
    ],
    [
      "versions",
      Container.create("c", { headers: { "X-Versions-Location": "d" } }),
      "headers.X-Versions-Location: HCP's Swift gateway shows the current version alone"
    ],
    [
      "letters that Swift would read as others",
      SwiftObject.put("c", "o", body, { headers: { "X-Object-Meta-a": "größe" } }),
      "headers.X-Object-Meta-a: holds letters beyond ASCII"
    ],
    [
      "a header that an option sets to another value",
      SwiftObject.put("c", "o", body, { contentType: "text/plain", headers: { "content-type": "text/html" } }),
      'header "Content-Type": is given twice'
    ],
    ["an option of segments", SwiftObject.put("c", "o", body, Object({ segmentSize: 5 })), "segmentSize: HCP's Swift"],
    [
      "an option of versions",
      SwiftObject.get("c", "o", Object({ versionId: "1" })),
      "versionId: HCP's Swift gateway shows"
    ],
    ["a bulk request", Container.delete("c", Object({ bulkDelete: true })), "has no bulk requests"],
    ["an option that there is not", SwiftObject.head("c", "o", Object({ ifmatch: "x" })), 'did you mean "ifMatch"?'],
    ["a container that is none", SwiftObject.head("a_b", "o"), "container: is no name of a container"],
    ["an object that is none", SwiftObject.head("c", "a//b"), "object: has an empty segment"],
    ["an object that is a folder", SwiftObject.put("c", "a/", body), "ends in a slash"],
    ["a copy to a folder", SwiftObject.copy({ container: "c", object: "o" }, "c", "a/"), "object: ends in a slash"],
    [
      "a quota as metadata",
      Container.create("c", { metadata: { "quota-bytes": "5" } }),
      'metadata: holds "quota-bytes"; give `quotaBytes`'
    ],
    [
      "a quota that is taken away",
      Container.modify("c", { removeMetadata: ["Quota-Bytes"] }),
      "a quota cannot be taken away"
    ],
    [
      "metadata that nobody would see",
      SwiftObject.put("c", "o", body, { metadata: Object(new Map([["a", "b"]])) }),
      "metadata: is a Map; give { name: text }"
    ],
    ["metadata without a name", Container.modify("c", { removeMetadata: [""] }), "removeMetadata: holds an empty name"],
    ["nobody who may read", Container.modify("c", { read: [""] }), 'read: holds ""'],
    ["two in one who may write", Container.create("c", { write: ["t:a,t:b"] }), 'write: holds "t:a,t:b"'],
    ["more readers than HCP takes", Container.modify("c", { read: ["x".repeat(8193)] }), "HCP takes 8192"],
    [
      "a page that is too large",
      Stream.runDrain(Account.list({ pageSize: 10_001 })),
      "pageSize: is not a whole number from 1 to 10000"
    ],
    [
      "the MD5 of a stream that is gone then",
      SwiftObject.put("c", "o", HcpBody.streamOnce(Stream.empty), { announceMd5: true }),
      "announceMd5: takes reading the body twice"
    ],
    [
      "metadata that would be changed",
      SwiftObject.put("c", "o", body, { metadata: { Color: "1" } }),
      "would be changed on the way"
    ]
  ]
  for (const [what, call, text] of given) {
    it.effect(`is refused before a byte is sent: ${what}`, () =>
      Effect.gen(function* () {
        const nodes = script()
        const error = yield* failing(nodes, call)
        assert.strictEqual(error.reason._tag, "InvalidInput")
        assert.include(error.message, text)
        assert.deepStrictEqual(nodes.calls, [])
      })
    )
  }

  it.effect("no changes at all are none", () =>
    Effect.gen(function* () {
      const nodes = script({ ...answer(204, marks), marks: false })
      const call: ReturnType<typeof Container.modify> = Reflect.apply(Container.modify, undefined, ["c"])
      yield* against(nodes, call)
      assert.strictEqual(callOf(nodes).line, "POST /swift/v1/europe/c")
    })
  )

  it.effect("more than a user and a password is no user", () =>
    Effect.gen(function* () {
      const credentials = { username: "n", password: "n01-secret", domain: "ad.hcp.test" }
      const made = Layer.build(Swift.layerHcp({ fqdn: "api.hcp.test", account: "europe", credentials }))
      const error = yield* Effect.flip(Effect.scoped(made))
      assert.include(error.message, "credentials.domain: there is no such option")
      assert.notInclude(error.message, "n01-secret")
    })
  )

  it.effect("an account or a root that is none makes no gateway", () =>
    Effect.gen(function* () {
      for (const options of [
        { account: "a/b" },
        { account: "" },
        { account: "..", root: "/v1" },
        { account: "a", root: "v1" },
        { account: "a", root: "/../v1" },
        { account: "a", root: "/v1/." }
      ]) {
        const client = HcpClient.layer.pipe(Layer.provide(Target.layerTest(() => Effect.die("asked"))))
        const made = Layer.build(Swift.layer(options).pipe(Layer.provide(client)))
        const result = yield* Effect.result(Effect.scoped(made))
        assert.isTrue(Result.isFailure(result), JSON.stringify(options))
      }
    })
  )
})

describe("what came back", () => {
  const page: Step = { ...answer(200, { "Content-Type": "text/html" }, "<html>sign in</html>"), marks: false }

  it.effect("counts only with a mark or the evidence of the protocol", () =>
    Effect.gen(function* () {
      const put = SwiftObject.put("c", "o", "x")
      const bare = (status: number, headers: Record<string, string> = {}): Step => ({
        ...answer(status, headers),
        marks: false
      })
      assert.strictEqual((yield* failing(always(page), put)).reason._tag, "UnexpectedAnswer")
      assert.strictEqual((yield* failing(always(bare(201)), put)).reason._tag, "UnexpectedAnswer")
      yield* against(script(bare(201, { ETag: md5("x") })), put)
      assert.strictEqual((yield* failing(always(page), Account.head())).reason._tag, "UnexpectedAnswer")
      yield* against(script(bare(204)), SwiftObject.delete("c", "o"))
      assert.strictEqual((yield* failing(always(answer(200, marks)), put)).reason._tag, "UnexpectedAnswer")
    })
  )

  it.effect("is compared with what was sent and with what the ETag says, with or without quotes", () =>
    Effect.gen(function* () {
      const wrong: Step = { ...answer(201, { ...marks, ETag: md5("y") }), marks: false }
      assert.strictEqual((yield* failing(always(wrong), SwiftObject.put("c", "o", "x"))).reason._tag, "IntegrityError")
      for (const etag of [md5("y"), `"${md5("y")}"`]) {
        const other: Step = { ...answer(200, { ...marks, ETag: etag }, "x"), marks: false }
        assert.strictEqual((yield* failing(always(other), SwiftObject.get("c", "o"))).reason._tag, "IntegrityError")
        const { text } = yield* against(always(other), SwiftObject.get("c", "o", { verify: false }))
        assert.strictEqual(text, "x")
      }
    })
  )

  it.effect("is asked for again where a page of a list breaks off or is cut, and no entry comes twice", () =>
    Effect.gen(function* () {
      const cut: Step = { ...answer(200, marks, '[{"name":"a"},{"na'), marks: false }
      const nodes = script(json([{ name: "a" }]), { ...brokenOff, body: "[{" }, cut, json([{ name: "b" }]), json([]))
      const entries = yield* against(nodes, Stream.runCollect(Container.list("c")))
      assert.deepStrictEqual(
        entries.map(({ name }) => name),
        ["a", "b"]
      )
      assert.deepStrictEqual(nodes.steps, [])
    })
  )

  it.effect("is no list where it repeats itself, names nothing, or counts beyond 2^53", () =>
    Effect.gen(function* () {
      const list = Stream.runDrain(Container.list("c"))
      for (const [step, text] of [
        [json([{ name: "a" }]), "the list repeats itself"],
        [json([{ bytes: 1 }]), "has no name"],
        [json([{ bytes: 1 }, { name: "z" }]), "has no name"],
        [json(["a"]), "is no object"],
        [json({ name: "a" }), "it is no list in JSON"],
        [{ ...answer(200, marks, '[{"name":"a","bytes":9007199254740993}]'), marks: false }, "beyond 2^53"]
      ] as const) {
        const error = yield* failing(always(step), list)
        assert.include(error.message, text)
        assert.strictEqual(error.reached, "answer")
      }
    })
  )

  it.effect("shows no secret of ours in an error, whatever it quotes", () =>
    Effect.gen(function* () {
      const token = `HCP bg==:${md5("n01-secret")}`
      const quoting: Step = answer(403, { "X-HCP-ErrorMessage": `bad token ${token}` })
      const error = yield* failing(always(quoting), Account.head())
      assert.notInclude(JSON.stringify(error), md5("n01-secret"))
      assert.include(error.message, "<redacted>")
    })
  )
})

describe("an answer that was lost", () => {
  const found: Step = { ...answer(200, { ...marks, ETag: md5("x"), "Content-Length": "1" }), marks: false }

  it.effect("of a PUT: what is there then is compared with what was sent", () =>
    Effect.gen(function* () {
      for (const status of [409, 412]) {
        const nodes = script(lost, answer(status, marks), found)
        const { etag } = yield* against(nodes, SwiftObject.put("c", "o", "x"))
        assert.strictEqual(etag, md5("x"))
        assert.strictEqual(callOf(nodes, 2).line, "HEAD /swift/v1/europe/c/o")
        const other = script(lost, answer(status, marks), found)
        assert.strictEqual((yield* failing(other, SwiftObject.put("c", "o", "other"))).reason._tag, "Conflict")
      }
      const unasked = script(answer(412, marks))
      assert.strictEqual((yield* failing(unasked, SwiftObject.put("c", "o", "x"))).reason._tag, "Conflict")
    })
  )

  it.effect("of a COPY: target and source are compared", () =>
    Effect.gen(function* () {
      const copy = SwiftObject.copy({ container: "c", object: "a" }, "c", "b")
      const nodes = script(lost, answer(409, marks), found, found)
      assert.strictEqual((yield* against(nodes, copy)).etag, md5("x"))
      const other: Step = { ...answer(200, { ...marks, ETag: md5("y"), "Content-Length": "1" }), marks: false }
      assert.strictEqual((yield* failing(script(lost, answer(409, marks), found, other), copy)).reason._tag, "Conflict")
    })
  )

  it.effect("of a DELETE and of a container that was made: what is gone is deleted, what is there is made", () =>
    Effect.gen(function* () {
      yield* against(script(lost, answer(404, marks)), SwiftObject.delete("c", "o"))
      yield* against(script(lost, answer(404, marks)), Container.delete("c"))
      yield* against(script(lost, answer(202, marks)), Container.create("c"))
      const error = yield* failing(script(answer(404, marks)), SwiftObject.delete("c", "o"))
      assert.strictEqual(error.reason._tag, "NotFound")
    })
  )

  it.effect("of a POST: the same is said once more, at another node", () =>
    Effect.gen(function* () {
      const nodes = script(lost, answer(202, marks))
      yield* against(nodes, SwiftObject.modify("c", "o", { metadata: { a: "1" } }))
      assert.strictEqual(new Set(nodes.nodes).size, 2)
    })
  )

  it.effect("of a stream that can be read once: nothing is sent twice", () =>
    Effect.gen(function* () {
      const once = HcpBody.streamOnce(Stream.make(new Uint8Array(3)))
      const nodes = script((request) =>
        Effect.flatMap(
          request.body === undefined || request.body instanceof Uint8Array
            ? Effect.void
            : Effect.ignore(Stream.runDrain(request.body)),
          () => Effect.fail(lost)
        )
      )
      assert.strictEqual((yield* failing(nodes, SwiftObject.put("c", "o", once))).reason._tag, "NotReplayable")
      assert.lengthOf(nodes.calls, 1)
    })
  )
})
