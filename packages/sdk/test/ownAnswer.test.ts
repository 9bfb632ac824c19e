import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import * as HcpBody from "../src/HcpBody.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as Chargeback from "../src/mapi/Chargeback.ts"
import * as Namespaces from "../src/mapi/Namespaces.ts"
import * as Users from "../src/mapi/Users.ts"
import type { Shape } from "../src/namespace/Namespace.ts"
import { over } from "./mapi/script.ts"
import { makeNamespace, objectOf, tagOf } from "./utils/namespaces.ts"
import { always, answer } from "./utils/ScriptedNodes.ts"

const page = (headers?: Record<string, string>) =>
  answer(200, { "Content-Type": "text/html; charset=utf-8", ...headers }, "<html><body>Sign in</body></html>")

describe("the page of a proxy with status 200", () => {
  it.effect("is no object that was read, stored, found, changed or deleted", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(always(page()))
      const body = HcpBody.text("the data")
      const calls: Readonly<Record<string, Effect.Effect<unknown, HcpError>>> = {
        put: ns.put("/a", body),
        "put over": ns.put("/a", body, { ifExists: "replace" }),
        "put with annotation": ns.putWithAnnotation("/a", body, "<a/>"),
        get: ns.get("/a"),
        "get with progress": ns.get("/a", { onProgress: () => Effect.void }),
        stream: Stream.runDrain(ns.stream("/a")),
        "resuming stream": Stream.runDrain(ns.stream("/a", { resume: true })),
        "get with annotation": Effect.scoped(ns.getWithAnnotation("/a")),
        head: ns.head("/a"),
        exists: ns.exists("/a"),
        delete: ns.delete("/a"),
        copy: ns.copy("/a", "/b"),
        setMetadata: ns.setMetadata("/a", { hold: true }),
        makeDirectory: ns.makeDirectory("/a"),
        "annotation put": ns.annotations.put("/a", "x", body),
        "annotation get": ns.annotations.get("/a", "x"),
        "annotation stream": Stream.runDrain(ns.annotations.stream("/a", "x")),
        "annotation delete": ns.annotations.delete("/a", "x"),
        "acl exists": ns.acl.exists("/a"),
        "acl delete": ns.acl.delete("/a")
      }
      for (const [name, call] of Object.entries(calls)) assert.strictEqual(yield* tagOf(call), "UnexpectedAnswer", name)
    })
  )

  it.effect("is nothing that was administered", () =>
    Effect.gen(function* () {
      const user = { username: "u", fullName: "U", password: Redacted.make("Start-12345") }
      for (const call of [
        Users.create(user),
        Users.remove("u"),
        Users.exists("u"),
        Namespaces.modify("n", { description: "x" }),
        Stream.runDrain(Chargeback.tenantText())
      ]) {
        const { value } = yield* over([page()], Effect.flip(call))
        assert.strictEqual(value.reason._tag, "UnexpectedAnswer")
        assert.include(value.message, "web page")
      }
    })
  )

  it.effect("is told from a page that is stored in HCP", () =>
    Effect.gen(function* () {
      const read = (headers: Record<string, string>) =>
        Effect.flatMap(makeNamespace(always(page(headers))), (ns: Shape) =>
          Effect.map(ns.get("/a"), ({ text }) => text)
        )
      const html = "<html><body>Sign in</body></html>"
      for (const headers of [
        objectOf(html),
        { "X-RequestId": "38AD86EF250DEB35" },
        { "X-ArcClusterTime": "1424278129" }
      ]) {
        assert.strictEqual(yield* read(headers), html)
      }
    })
  )
})
