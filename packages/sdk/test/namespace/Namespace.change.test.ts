import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Layer } from "effect"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import { created, directory, inTime, keeping, makeNamespace, objectOf, requests, tagOf } from "../utils/namespaces.ts"
import { always, answer, lost, makeClient, script } from "../utils/ScriptedNodes.ts"

const listing = (entry: string) =>
  answer(
    200,
    { ...directory, "Content-Type": "text/xml" },
    `<?xml version="1.0"?><directory path="/rest/d">${entry}</directory>`
  )
const entry = '<entry urlName="a" utf8Name="a" type="object" size="1" state="created"/>'
const onHold = answer(200, objectOf("x", { "X-HCP-RetentionHold": "true" }))
const kept = answer(200, objectOf("x", { "X-HCP-Retention": "-1", "X-HCP-RetentionString": "Deletion Prohibited" }))

describe("delete", () => {
  it.effect("says which, and how", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const ns = yield* makeNamespace(nodes)
      yield* ns.delete("/a")
      yield* ns.delete("/a", { purge: true, privileged: { reason: "court order 1/2" } })
      yield* ns.delete("/a", { versionId: "97548093539073" })
      assert.deepStrictEqual(requests(nodes), [
        "DELETE /rest/a",
        "DELETE /rest/a?privileged=true&reason=court%20order%201%2F2&purge=true",
        "DELETE /rest/a?version=97548093539073"
      ])
    })
  )

  it.effect("moves a reason that is too long for the request line into the body", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = always(keeping(bodies, answer(200)))
      const ns = yield* makeNamespace(nodes)
      yield* ns.delete("/a", { privileged: { reason: "ü".repeat(1024) } })
      assert.deepStrictEqual(requests(nodes), ["DELETE /rest/a"])
      assert.strictEqual(nodes.calls[0]?.header("content-type"), "application/x-www-form-urlencoded")
      assert.strictEqual(bodies[0]?.toString(), `privileged=true&reason=${"%C3%BC".repeat(1024)}`)
    })
  )

  it.effect("refuses what makes no sense", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script())
      const calls = [
        ns.delete("a"),
        ns.delete("/a", { purge: true, versionId: "1" }),
        ns.delete("/a", { privileged: { reason: "" } }),
        ns.delete("/a", { privileged: { reason: "x".repeat(1025) } }),
        ns.delete("/a", { privileged: { reason: `${"x".repeat(1023)}\ud800` } }),
        ns.delete("/a", { versionId: "latest" })
      ]
      for (const call of calls) assert.strictEqual(yield* tagOf(call), "InvalidInput")
    })
  )

  it.effect("finds out why it was refused", () =>
    Effect.gen(function* () {
      const privileged = { privileged: { reason: "r" } }
      const table = [
        [[answer(403), onHold], {}, "OnHold"],
        [[answer(403), onHold], privileged, "OnHold"],
        [[answer(403), kept], {}, "UnderRetention"],
        // Privileged passes retention: the namespace is in compliance mode, or a permission is missing.
        [[answer(403), kept], privileged, "Forbidden"],
        [[answer(403), answer(200, objectOf("x"))], {}, "Forbidden"],
        [[answer(403), answer(403)], {}, "Forbidden"],
        [[answer(403), answer(200, directory), listing(entry)], {}, "DirectoryNotEmpty"],
        [[answer(403), answer(200, directory), listing("")], {}, "Forbidden"],
        [[answer(403), answer(200, directory), answer(403)], {}, "Forbidden"],
        [[answer(404)], {}, "NotFound"],
        [[answer(409)], {}, "Conflict"]
      ] as const
      for (const [steps, options, expected] of table) {
        const nodes = script(...steps)
        const error = yield* Effect.flip((yield* makeNamespace(nodes)).delete("/d", options))
        assert.strictEqual(error.reason._tag, expected)
        assert.strictEqual(error.operation, "DELETE")
        assert.strictEqual(error.reached, "answer")
        assert.deepStrictEqual(nodes.steps, [])
      }
      // The version that was to be deleted is the one that is looked at.
      const nodes = script(answer(403), kept)
      yield* tagOf((yield* makeNamespace(nodes)).delete("/a", { versionId: "1" }))
      assert.deepStrictEqual(requests(nodes), ["DELETE /rest/a?version=1", "HEAD /rest/a?version=1"])
    })
  )

  it.effect("is done when a 404 follows a lost answer", () =>
    Effect.gen(function* () {
      const nodes = script(lost, answer(404))
      yield* (yield* makeNamespace(nodes)).delete("/a")
      assert.deepStrictEqual(nodes.steps, [])
    })
  )
})

describe("modify", () => {
  it.effect("sends a form", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = always(keeping(bodies, answer(200)))
      const ns = yield* makeNamespace(nodes)
      yield* ns.modify("/a", {
        retention: Retention.years(1),
        index: false,
        shred: true,
        owner: "ann b",
        domain: "x.y"
      })
      yield* ns.modify("/a", { hold: true, labelledHolds: [{ id: "c", hold: false }], owner: false })
      assert.deepStrictEqual(requests(nodes), ["POST /rest/a", "POST /rest/a"])
      assert.strictEqual(nodes.calls[0]?.header("content-type"), "application/x-www-form-urlencoded")
      assert.deepStrictEqual(bodies.map(String), [
        "retention=A%2B1y&index=false&shred=true&owner=ann%20b&domain=x.y",
        "hold=true&label_hold=%5B%7B%22id%22%3A%22c%22%2C%22hold%22%3Afalse%7D%5D&owner="
      ])
    })
  )

  it.effect("is repeated after a lost answer, unless it would add to the present retention once more", () =>
    Effect.gen(function* () {
      const again = script(lost, answer(200))
      yield* (yield* makeNamespace(again)).modify("/a", { retention: Retention.years(1) })
      const never = script(lost)
      const call = (yield* makeNamespace(never)).modify("/a", { retention: Retention.extendBy({ years: 1 }) })
      const error = yield* Effect.flip(call)
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.strictEqual(error.reached, "request")
    })
  )

  it.effect("refuses what HCP never does", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script())
      const fromData = JSON.parse('{ "shred": false }')
      const calls = {
        hold: ns.modify("/a", { hold: true, retention: Retention.prohibited }),
        shred: ns.modify("/a", fromData),
        owner: ns.modify("/a", { owner: "" }),
        domain: ns.modify("/a", { domain: "x" }),
        changes: ns.modify("/a", {})
      }
      for (const [field, call] of Object.entries(calls)) {
        const { reason } = yield* Effect.flip(call)
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, field)
      }
    })
  )

  it.effect("finds out why a change of retention was refused", () =>
    Effect.gen(function* () {
      const longer = { retention: Retention.years(1) }
      const table = [
        [[answer(400), onHold], longer, "OnHold"],
        [[answer(403), onHold], longer, "OnHold"],
        [[answer(400), kept], longer, "BadRequest"],
        [[answer(403), kept], longer, "UnderRetention"],
        [[answer(403)], { hold: false }, "Forbidden"],
        [[answer(404)], longer, "NotFound"]
      ] as const
      for (const [steps, changes, expected] of table) {
        const nodes = script(...steps)
        assert.strictEqual(yield* tagOf((yield* makeNamespace(nodes)).modify("/a", changes)), expected)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )
})

describe("copy", () => {
  it.effect("names source, settings and conditions", () =>
    Effect.gen(function* () {
      const nodes = script(created("x"), answer(200, { "X-HCP-VersionId": "7" }))
      const ns = yield* makeNamespace(nodes)
      const stored = yield* ns.copy("/a b", "/c")
      assert.strictEqual(stored.outcome, "created")
      assert.strictEqual(nodes.calls[0]?.header("x-hcp-copysource"), "n1.t1/a%20b")
      assert.strictEqual(nodes.calls[0]?.header("if-none-match"), "*")
      assert.isUndefined(nodes.calls[0]?.header("x-hcp-metadatadirective"))
      const other = yield* ns.copy({ path: "/ä+b", namespace: "n2", tenant: "t2", versionId: "5" }, "/c", {
        ifExists: "newVersion",
        metadata: "all",
        encoding: "twice",
        source: { ifMatch: "e", ifUnmodifiedSince: DateTime.makeUnsafe(0) },
        retention: Retention.years(1)
      })
      assert.strictEqual(other.metadata.versionId, "7")
      const [, call] = nodes.calls
      assert.strictEqual(call?.request.path, "/rest/c?retention=A%2B1y")
      assert.strictEqual(call?.header("x-hcp-copysource"), "n2.t2/%25C3%25A4%252Bb?version=5")
      assert.strictEqual(call?.header("x-hcp-metadatadirective"), "ALL")
      assert.strictEqual(call?.header("x-hcp-copysource-if-match"), '"e"')
      assert.strictEqual(call?.header("x-hcp-copysource-if-unmodified-since"), "Thu, 01 Jan 1970 00:00:00 GMT")
      assert.isUndefined(call?.header("if-none-match"))
      assert.isUndefined(call?.header("if-match"))
    })
  )

  it.effect("has to be told the namespace where it is not known", () =>
    Effect.gen(function* () {
      const nodes = script(created("x"))
      const ns = Namespace.make(yield* makeClient(nodes))
      const { reason } = yield* Effect.flip(ns.copy("/a", "/c"))
      assert(reason._tag === "InvalidInput" && reason.field === "source namespace")
      yield* ns.copy({ path: "/a", namespace: "n1", tenant: "t1" }, "/c")
      const bad = [
        { path: "a" },
        { path: "/a", namespace: "n.1" },
        { path: "/a", tenant: "" },
        { path: "/a", versionId: "x" }
      ]
      const named = yield* makeNamespace(script())
      for (const source of bad) assert.strictEqual(yield* tagOf(named.copy(source, "/c")), "InvalidInput")
    })
  )

  it.effect("tells a target that exists from a source that is not as it should be", () =>
    Effect.gen(function* () {
      const source = { source: { ifMatch: "e" } }
      const exists = answer(200, objectOf("x"))
      const table = [
        [[answer(412), exists], {}, "ObjectExists"],
        [[answer(409), exists], {}, "ObjectExists"],
        [[answer(412), exists, exists], source, "ObjectExists"],
        [[answer(412), answer(404)], source, "PreconditionFailed"],
        [[answer(412)], { ...source, ifExists: "newVersion" as const }, "PreconditionFailed"],
        [[answer(404)], {}, "NotFound"],
        [[answer(403), onHold], {}, "OnHold"]
      ] as const
      for (const [steps, options, expected] of table) {
        const nodes = script(...steps)
        assert.strictEqual(yield* tagOf((yield* makeNamespace(nodes)).copy("/a", "/c", options)), expected)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("that was lost is settled by what is stored at source and target", () =>
    Effect.gen(function* () {
      const same = script(lost, answer(412), answer(200, objectOf("x")), answer(200, objectOf("x")))
      assert.strictEqual((yield* (yield* makeNamespace(same)).copy("/a", "/c")).metadata.size, 1)
      assert.deepStrictEqual(requests(same).slice(2), ["HEAD /rest/a", "HEAD /rest/c"])
      const other = script(lost, answer(412), ...["x", "y", "y"].map((text) => answer(200, objectOf(text))))
      assert.strictEqual(yield* tagOf((yield* makeNamespace(other)).copy("/a", "/c")), "ObjectExists")
      // Another namespace cannot be looked into from here.
      const far = script(lost, answer(412), answer(200, objectOf("x")))
      const call = (yield* makeNamespace(far)).copy({ path: "/a", namespace: "n2" }, "/c")
      assert.strictEqual(yield* tagOf(call), "ObjectExists")
    })
  )
})

describe("makeDirectory", () => {
  it.effect("makes one, or finds it", () =>
    Effect.gen(function* () {
      const table = [
        [[answer(201)], {}, true],
        [[answer(409), answer(200, directory)], {}, false],
        [[answer(409), answer(200, directory)], { ifExists: "fail" as const }, "ObjectExists"],
        [[lost, answer(409), answer(200, directory)], { ifExists: "fail" as const }, true],
        [[answer(409), answer(200, objectOf("x"))], {}, "ObjectExists"],
        [[answer(409), answer(404)], {}, "Conflict"],
        [[answer(403), answer(404)], {}, "Forbidden"]
      ] as const
      for (const [steps, options, expected] of table) {
        const nodes = script(...steps)
        const seen = yield* Effect.match((yield* makeNamespace(nodes)).makeDirectory("/d", options), {
          onFailure: ({ reason }) => reason._tag as string | boolean,
          onSuccess: (made) => made as string | boolean
        })
        assert.strictEqual(seen, expected)
        assert.strictEqual(requests(nodes)[0], "PUT /rest/d?type=directory")
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )
})

describe("every operation", () => {
  it.effect("keeps its deadline", () =>
    Effect.gen(function* () {
      const nodes = always(() => Effect.never)
      const ns = yield* makeNamespace(nodes, { retry: RetryPolicy.never, responseTimeout: "1 hour" })
      const deadline = { deadline: "2 seconds" } as const
      const calls: ReadonlyArray<Effect.Effect<unknown, { readonly reason: { readonly _tag: string } }>> = [
        ns.delete("/a", deadline),
        ns.modify("/a", { index: true }, deadline),
        ns.copy("/a", "/b", deadline),
        ns.makeDirectory("/a", deadline),
        ns.head("/a", deadline),
        ns.get("/a", deadline)
      ]
      for (const call of calls) assert.strictEqual(yield* inTime(tagOf(call)), "Timeout")
    })
  )

  it.effect("is there by the layer, which knows its own name from the target", () =>
    Effect.gen(function* () {
      const sources: Array<string | undefined> = []
      const target = Target.layerTest(({ headers }) =>
        Effect.sync(() => {
          sources.push(headers[headers.indexOf("X-HCP-CopySource") + 1])
          return { status: 201 }
        })
      )
      const layer = Namespace.layer.pipe(Layer.provideMerge(HcpClient.layer), Layer.provide(target))
      const hidden = Namespace.layer.pipe(Layer.provide(HcpClient.layer.pipe(Layer.provideMerge(target))))
      for (const each of [layer, hidden]) {
        const ns = Context.get(yield* Layer.build(each), Namespace.Namespace)
        yield* Effect.ignore(ns.copy("/a", "/b"))
      }
      assert.include(sources, "n1.t1/a")
    })
  )
})
