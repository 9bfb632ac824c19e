import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal } from "effect"
import * as HcpHeaders from "../../src/HcpHeaders.ts"
import { fromHeaders } from "../../src/namespace/ObjectMetadata.ts"
import { makeNamespace, objectOf } from "../utils/namespaces.ts"
import { answer, script } from "../utils/ScriptedNodes.ts"

const headers = { ...objectOf("the text"), "X-RequestId": "1", Location: "/rest/a" }
const metadata = fromHeaders(HcpHeaders.make(headers))

/** What users do with results: copy, clone, print, save and compare them. */
const assertLooksLike = (result: object, plain: object) => {
  assert.deepStrictEqual({ ...result }, plain)
  assert.deepStrictEqual(structuredClone(result), structuredClone(plain))
  assert.deepStrictEqual(JSON.parse(JSON.stringify(result)), JSON.parse(JSON.stringify(plain)))
  assert.strictEqual(inspect(result), inspect(plain))
}

describe("results", () => {
  it.effect("what get and open give looks as if it was decoded at once", () =>
    Effect.gen(function* () {
      const step = answer(200, headers, "the text")
      const ns = yield* makeNamespace(script(step, step, step))
      const found = yield* ns.get("/a")
      assertLooksLike(found, {
        metadata,
        range: undefined,
        bytes: new Uint8Array(Buffer.from("the text")),
        text: "the text"
      })
      assert.strictEqual(found.metadata, found.metadata)
      assert.isTrue(Equal.equals(found, yield* ns.get("/a")))
      const { stream: _, ...opened } = yield* ns.open("/a")
      assert.deepStrictEqual(opened, { metadata, range: undefined })
    })
  )

  it.effect("what put gives looks as if it was decoded at once", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script(answer(201, headers), answer(201, headers)))
      const stored = yield* ns.put("/a", "the text")
      assertLooksLike(stored, { metadata, outcome: "created", location: "/rest/a" })
      assert.isTrue(Equal.equals(stored, yield* ns.put("/a", "the text")))
    })
  )
})
