import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import type { PutOptions } from "../../src/namespace/StoreOptions.ts"
import { created, digest, directory, makeNamespace, objectOf, requests, settings, tagOf } from "../utils/namespaces.ts"
import { answer, lost, reading, type ScriptedNodes, script } from "../utils/ScriptedNodes.ts"

const body = HcpBody.text("the text")
const unread = HcpBody.stream(() => Stream.die(new Error("read")), { length: 3 })
const bytes = (text: string) => new TextEncoder().encode(text)

describe('ifExists "replace"', () => {
  const replace = { ifExists: "replace" } as const
  const temporary = `/rest/.hcp-replace-${digest("sha256", "a").slice(0, 32)}`
  const old = answer(200, objectOf("old"))
  const none = answer(404)
  const done = answer(200)
  const may = (...missing: ReadonlyArray<string>) => {
    const given = ["browse", "read", "write", "delete"].filter((name) => !missing.includes(name))
    const flags = given.map((name) => `${name}="true"`).join(" ")
    return answer(200, {}, `<permissions><userEffectivePermissions ${flags}/></permissions>`)
  }
  /** What is asked before anything is sent: what is there, what an earlier run has left, versions, permissions. */
  const before = [old, none, settings(false), may()] as const
  const looks = ["HEAD /rest/a", `HEAD ${temporary}`, "GET /proc?single=true", "GET /proc/permissions"]
  const beside = [`PUT ${temporary}?retention=0&index=false`, `HEAD ${temporary}`]
  const complete = [created("the text"), answer(200, objectOf("the text"))] as const
  const put = (nodes: ScriptedNodes, body: HcpBody.HcpBody, more: PutOptions = {}) =>
    Effect.flatMap(makeNamespace(nodes), (ns) => ns.put("/a", body, { ...replace, ...more }))

  it.effect("is a plain PUT where nothing is, and where versions are kept", () =>
    Effect.gen(function* () {
      const fresh = script(none, none, created("the text"))
      assert.strictEqual((yield* put(fresh, body)).outcome, "newVersion")
      const versioned = script(old, none, settings(true), created("the text"))
      assert.strictEqual((yield* put(versioned, body)).outcome, "newVersion")
      assert.deepStrictEqual(requests(versioned), [...looks.slice(0, 3), "PUT /rest/a"])
      // Somebody else writes at the same time.
      const raced = script(old, none, settings(true), answer(409), old, settings(true))
      const error = yield* Effect.flip(put(raced, body))
      assert(error.reason._tag === "Conflict" && error.isRetryable)
      // Who may not look may store.
      assert.strictEqual((yield* put(script(answer(403), created("the text")), body)).outcome, "newVersion")
    })
  )

  it.effect(
    "has the new content complete at HCP before it deletes the old one, and deletes what it needed for that",
    () =>
      Effect.gen(function* () {
        const nodes = script(...before, ...complete, done, created("the text"), done)
        const settled = {
          retention: Retention.years(1),
          hold: true,
          acl: "all_read",
          index: true,
          shred: true
        } as const
        const stored = yield* put(nodes, body, settled)
        assert.strictEqual(stored.outcome, "replaced")
        assert.deepStrictEqual(requests(nodes), [
          ...looks,
          `PUT ${temporary}?retention=0&index=false&shred=true`,
          `HEAD ${temporary}`,
          "DELETE /rest/a",
          "PUT /rest/a?retention=A%2B1y&hold=true&index=true&shred=true&acl=all_read",
          `DELETE ${temporary}`
        ])
        assert.strictEqual(nodes.calls[4]?.header("if-none-match"), "*")
        assert.strictEqual(nodes.calls[7]?.header("if-none-match"), "*")
        assert.strictEqual(nodes.calls[7]?.header("x-hcp-copysource"), `n1.t1${temporary.slice("/rest".length)}`)
        // A body that can be read once is read once.
        const once = HcpBody.streamOnce(Stream.make(bytes("the text")))
        const read = script(...before, reading(complete[0]), complete[1], done, created("the text"), done)
        assert.strictEqual((yield* put(read, once)).outcome, "replaced")
      })
  )

  it.effect("leaves all as it was where the new content cannot be stored, compared, or deleted again", () =>
    Effect.gen(function* () {
      const kept = { "X-HCP-Retention": "-1", "X-HCP-RetentionString": "Deletion Prohibited" }
      const table = [
        [[answer(413)], "TooLarge"],
        // Somebody else replaces it.
        [[answer(412)], "Conflict"],
        [[answer(409)], "Conflict"],
        [[created("other"), done], "IntegrityError"],
        [[complete[0], answer(200, objectOf("the text", kept)), done], "InvalidInput"],
        [[complete[0], none, none], "Conflict"]
      ] as const
      for (const [steps, expected] of table) {
        const nodes = script(...before, ...steps)
        const tag = yield* tagOf(put(nodes, body))
        assert.strictEqual(tag, expected)
        assert.notInclude(requests(nodes), "DELETE /rest/a")
        if (expected !== "IntegrityError") assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect(
    "is refused before anything is sent where something is protected, is a directory, or a permission is missing",
    () =>
      Effect.gen(function* () {
        const onHold = answer(200, objectOf("x", { "X-HCP-RetentionHold": "true" }))
        const kept = answer(
          200,
          objectOf("x", { "X-HCP-Retention": "-1", "X-HCP-RetentionString": "Deletion Prohibited" })
        )
        const table = [
          [[onHold, none, settings(false), may()], "OnHold"],
          [[kept, none, settings(false), may()], "UnderRetention"],
          [[answer(200, directory)], "ObjectExists"],
          [[old, none, settings(false), may("delete")], "InvalidInput"],
          [[old, none, settings(false), may("read")], "InvalidInput"],
          [[answer(400)], "BadRequest"]
        ] as const
        for (const [steps, expected] of table) {
          const nodes = script(...steps)
          assert.strictEqual(yield* tagOf(put(nodes, unread)), expected)
          assert.deepStrictEqual(nodes.steps, [])
          assert.isTrue(requests(nodes).every((request) => /^(HEAD|GET) /.test(request)))
        }
      })
  )

  it.effect("takes a name beside that was left, once nobody can be at work with it", () =>
    Effect.gen(function* () {
      const at = (seconds: number, text: string) =>
        answer(200, objectOf(text, { "X-HCP-IngestTimeMilliseconds": String((1_524_188_961 - seconds) * 1000) }))
      const rest = [settings(false), may()] as const
      const through = [...complete, done, created("the text"), done] as const
      const expected = [...beside, "DELETE /rest/a", "PUT /rest/a", `DELETE ${temporary}`]
      // Another run stored it a moment ago and will delete the old object.
      const young = script(old, at(10, "theirs"), ...rest)
      const error = yield* Effect.flip(put(young, body))
      assert.strictEqual(error.reason._tag, "Conflict")
      assert.include(error.message, "another `replace`")
      for (const left of [at(301, "theirs"), at(10, "old")]) {
        const nodes = script(old, left, ...rest, done, ...through)
        assert.strictEqual((yield* put(nodes, body)).outcome, "replaced")
        assert.deepStrictEqual(requests(nodes), [...looks, `DELETE ${temporary}`, ...expected])
      }
      // The old object was deleted, and nothing stored yet.
      const open = script(none, at(10, "theirs"), ...rest, created("the text"), done)
      assert.strictEqual((yield* put(open, body)).outcome, "newVersion")
      assert.deepStrictEqual(requests(open), [...looks, "PUT /rest/a", `DELETE ${temporary}`])
      assert.strictEqual(open.calls[4]?.header("if-none-match"), "*")
    })
  )

  it.effect(
    "keeps the new content where the old object is gone and it cannot be put in its place, and says where",
    () =>
      Effect.gen(function* () {
        const where = temporary.slice("/rest".length)
        for (const [steps, expected] of [
          [[done, answer(413)], "TooLarge"],
          [[done, created("other")], "IntegrityError"],
          [[none, none, none], "NotFound"]
        ] as const) {
          const nodes = script(...before, ...complete, ...steps)
          const error = yield* Effect.flip(put(nodes, body))
          assert.strictEqual(error.reason._tag, expected)
          assert.match(error.message, /^PUT after DELETE /)
          assert.include(error.message, `the new content is kept at ${where}`)
          assert.notInclude(requests(nodes), `DELETE ${temporary}`)
          assert.deepStrictEqual(nodes.steps, [])
        }
        // Whether the object is deleted is not known.
        const lostAnswer = script(...before, ...complete)
        lostAnswer.otherwise = lost
        assert.strictEqual((yield* Effect.flip(put(lostAnswer, body))).reached, "request")
        assert.notInclude(requests(lostAnswer), `DELETE ${temporary}`)
        // It is not.
        const refused = script(...before, ...complete, answer(403), old, done)
        assert.strictEqual(yield* tagOf(put(refused, body)), "Forbidden")
        assert.strictEqual(requests(refused).at(-1), `DELETE ${temporary}`)
      })
  )

  it.effect("hides nothing that somebody else has stored after the DELETE", () =>
    Effect.gen(function* () {
      for (const status of [409, 412]) {
        const nodes = script(...before, ...complete, done, answer(status), answer(200, objectOf("other")), done)
        const error = yield* Effect.flip(put(nodes, body))
        assert.strictEqual(error.reason._tag, "ObjectExists")
        assert.match(error.message, /^PUT after DELETE /)
        assert.strictEqual(requests(nodes).at(-1), `DELETE ${temporary}`)
      }
    })
  )

  it.effect("is finished before it can be interrupted, once the old object is about to go", () =>
    Effect.gen(function* () {
      const deleting = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const slow = () =>
        Deferred.succeed(deleting, undefined).pipe(Effect.andThen(Deferred.await(interrupted)), Effect.as(done))
      const nodes = script(...before, ...complete, slow, created("the text"), done)
      const fiber = yield* Effect.forkChild(put(nodes, body))
      yield* Deferred.await(deleting)
      const gone = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* Deferred.succeed(interrupted, undefined)
      yield* Fiber.join(gone)
      assert.deepStrictEqual(requests(nodes).slice(-3), ["DELETE /rest/a", "PUT /rest/a", `DELETE ${temporary}`])
    })
  )
})
