import { assert, describe, it } from "@effect/vitest"
import { ByteRange, HcpBody, type HcpError, Namespace, type Progress } from "@effect-hcp/sdk"
import { HcpError as Failing, Namespace as Fake } from "@effect-hcp/sdk/testing"
import { Simulation } from "@effect-hcp/simulator"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { System, spooled } from "./spooled.ts"

const tagOf = <A, R>(call: Effect.Effect<A, HcpError.HcpError, R>) =>
  Effect.match(call, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "done" })

const namesOf = (ns: Namespace.Shape, path: string) =>
  Effect.map(Stream.runCollect(ns.list(path)), (entries) => entries.map(({ _tag, name }) => `${_tag} ${name}`))

/** A spool that sends nothing, and its namespace. */
const paused = Effect.gen(function* () {
  const { spool } = yield* spooled({ paused: true, durability: "process" })
  return { spool, ns: spool.namespace, hcp: yield* Namespace.Namespace }
})

describe("the namespace of a spool", () => {
  it.effect("refuses at once what its own entries refuse", () =>
    Effect.gen(function* () {
      const { hcp, ns, spool } = yield* paused
      yield* ns.put("/a", "one")
      const taken = yield* Effect.flip(ns.put("/a", "two"))
      assert.deepInclude(taken.reason, { _tag: "ObjectExists", kind: "object", size: 3 })
      assert.strictEqual(yield* tagOf(ns.putWithAnnotation("/a", "two", "<n/>")), "ObjectExists")
      assert.isFalse(yield* ns.annotations.delete("/a", "none"))
      yield* ns.annotations.put("/a", "note", "<n/>")
      assert.isTrue(yield* ns.annotations.delete("/a", "note"))
      assert.isFalse(yield* ns.annotations.delete("/a", "note"))
      yield* hcp.put("/b", "theirs")
      yield* ns.delete("/b")
      const calls = {
        delete: ns.delete("/b"),
        modify: ns.modify("/b", { index: false }),
        "annotations.put": ns.annotations.put("/b", "note", "x"),
        "annotations.delete": ns.annotations.delete("/b", "note"),
        "annotations.find": ns.annotations.find("/b", "note"),
        "annotations.list": Stream.runDrain(ns.annotations.list("/b")),
        get: ns.get("/b"),
        head: ns.head("/b"),
        open: Effect.scoped(ns.open("/b")),
        list: Stream.runDrain(ns.list("/b"))
      }
      for (const [name, call] of Object.entries(calls)) {
        assert.strictEqual(yield* tagOf<unknown, never>(call), "NotFound", name)
      }
      assert.strictEqual((yield* spool.stats).entries, 4)
      yield* spool.resume
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("gives any part of what is pending, with its annotation, and says how far it is", () =>
    Effect.gen(function* () {
      const { ns } = yield* paused
      const seen: Array<Progress.Progress> = []
      const onProgress = (progress: Progress.Progress) => Effect.sync(() => seen.push(progress))
      const stored = yield* ns.putWithAnnotation("/a", "0123456789", "<note/>", { name: "note", onProgress })
      assert.deepStrictEqual([stored.outcome, stored.metadata.size], ["pending", 10])
      assert.deepStrictEqual(seen.splice(0), [{ transferred: 10, total: 10 }])
      const read = (range: ByteRange.ByteRange) => ns.get("/a", { range, onProgress })
      const middle = yield* read(ByteRange.between(2, 4))
      assert.deepStrictEqual([middle.text, middle.range], ["234", { first: 2, last: 4, size: 10 }])
      assert.deepStrictEqual(seen.at(-1), { transferred: 3, total: 3 })
      assert.strictEqual((yield* read(ByteRange.from(7))).text, "789")
      assert.strictEqual((yield* read(ByteRange.last(3))).text, "789")
      assert.strictEqual((yield* read(ByteRange.last(99))).text, "0123456789")
      const end = yield* read(ByteRange.between(9, 99))
      assert.deepStrictEqual([end.text, end.range], ["9", { first: 9, last: 9, size: 10 }])
      const outside = yield* Effect.flip(read(ByteRange.from(10)))
      assert.deepInclude(outside.reason, { _tag: "RangeNotSatisfiable", size: 10 })
      assert.strictEqual(yield* tagOf(read(ByteRange.between(4, 2))), "InvalidInput")
      const streamed = yield* Stream.runCollect(ns.stream("/a", { range: ByteRange.from(5), onProgress }))
      assert.strictEqual(Buffer.concat(streamed).toString(), "56789")
      assert.strictEqual(yield* tagOf(ns.get("/a", { maxBodyBytes: 9 })), "BodyTooLarge")
      assert.strictEqual(yield* tagOf(ns.annotations.get("/a", "note", { maxBodyBytes: 3 })), "BodyTooLarge")
      const whole = yield* ns.getWithAnnotation("/a", { name: "note" })
      assert.strictEqual(Buffer.from((yield* whole.annotation) ?? []).toString(), "<note/>")
      assert.strictEqual(Buffer.concat(yield* Stream.runCollect(whole.stream)).toString(), "0123456789")
      assert.strictEqual(yield* tagOf(Effect.scoped(ns.getWithAnnotation("/a"))), "NotFound")
      assert.strictEqual(yield* ns.annotations.getText("/a", "note"), "<note/>")
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("shows directories that come and go with what is pending", () =>
    Effect.gen(function* () {
      const { hcp, ns } = yield* paused
      yield* hcp.put("/d/old", "x")
      yield* hcp.put("/d/gone", "x")
      yield* ns.put("/new/e/f", "x")
      yield* ns.put("/d/e/f", "x")
      yield* ns.delete("/d/gone")
      assert.strictEqual((yield* ns.head("/new")).type, "directory")
      assert.deepStrictEqual([yield* ns.exists("/new/e"), yield* ns.exists("/new/f")], [true, false])
      assert.deepStrictEqual(yield* namesOf(ns, "/new"), ["Directory e"])
      assert.deepStrictEqual(yield* namesOf(ns, "/d"), ["Object old", "Directory e"])
      assert.deepStrictEqual(yield* namesOf(ns, "/d/"), ["Object old", "Directory e"])
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.list("/new/e/f"))), "NotADirectory")
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.list("/nowhere"))), "NotFound")
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("reads versions of HCP beside what is pending, and waits for nothing then", () =>
    Effect.gen(function* () {
      const { hcp, ns } = yield* paused
      const { metadata } = yield* hcp.put("/a", "one")
      const { versionId } = metadata
      yield* ns.put("/a", "two", { ifExists: "newVersion" })
      assert.strictEqual((yield* ns.get("/a")).text, "two")
      assert.strictEqual((yield* ns.get("/a", { versionId })).text, "one")
      assert.strictEqual((yield* ns.head("/a", { versionId })).versionId, versionId)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("does what only HCP can do as soon as HCP has the entries, in order", () =>
    Effect.gen(function* () {
      const { hcp, ns, spool } = yield* paused
      yield* spool.resume
      yield* ns.put("/d/a", "one")
      yield* ns.copy("/d/a", "/copies/a")
      yield* ns.put("/d/a", "two", { ifExists: "newVersion" })
      assert.lengthOf(yield* Stream.runCollect(ns.versions("/d/a")), 2)
      const { etag } = yield* hcp.head("/d/a")
      yield* ns.put("/d/b", "b")
      assert.strictEqual((yield* ns.put("/d/a", "three", { ifMatch: etag })).outcome, "newVersion")
      assert.strictEqual(yield* ns.makeDirectory("/d"), false)
      yield* ns.put("/d/c", "c")
      assert.strictEqual((yield* Stream.runCollect(ns.walk("/d"))).length, 3)
      yield* ns.delete("/d/a")
      yield* ns.delete("/d/b")
      yield* ns.delete("/d/c")
      yield* ns.delete("/d")
      assert.isFalse(yield* hcp.exists("/d"))
      // A directory cannot be made in one that is still to go.
      yield* hcp.makeDirectory("/e")
      yield* ns.delete("/e")
      assert.isTrue(yield* ns.makeDirectory("/e/f"))
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
      yield* ns.put("/e/f/g", "x")
      yield* Stream.runDrain(ns.deleteTree("/e"))
      assert.isFalse(yield* hcp.exists("/e"))
      yield* ns.put("/p", "x")
      yield* ns.delete("/p", { purge: true })
      assert.strictEqual(yield* tagOf(Stream.runDrain(hcp.versions("/p", { deleted: true }))), "NotFound")
      assert.strictEqual((yield* hcp.get("/copies/a")).text, "one")
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("waits neither for what was given up, nor for what comes later", () =>
    Effect.gen(function* () {
      const answers = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const asked = [...answers]
      const { spool } = yield* spooled().pipe(
        Effect.provide(
          Fake.layerTest({
            put: () =>
              Effect.suspend(() => {
                const answer = asked.shift()
                return answer === undefined ? Effect.never : Effect.as(Deferred.await(answer), Fake.makeStored())
              }),
            copy: () => Effect.succeed(Fake.makeStored())
          })
        )
      )
      const { namespace: ns } = spool
      yield* spool.put("/a", "one")
      const copying = yield* Effect.forkChild(ns.copy("/a", "/b"), { startImmediately: true })
      const later = yield* spool.put("/a", "two", { ifExists: "newVersion" })
      const [first, second] = answers
      assert(first !== undefined && second !== undefined)
      yield* Deferred.succeed(first, undefined)
      yield* Fiber.join(copying)
      assert.strictEqual((yield* spool.status(later))._tag, "Waiting")
      const givenUp = yield* spool.put("/a", "three", { ifExists: "newVersion" })
      const again = yield* Effect.forkChild(ns.copy("/a", "/b"), { startImmediately: true })
      assert(givenUp._tag === "Pending")
      assert.isTrue(yield* spool.discard(givenUp.id))
      yield* Deferred.succeed(second, undefined)
      yield* Fiber.join(again)
    }).pipe(Effect.scoped)
  )
})

describe("an entry that HCP gets", () => {
  it.effect("is stored once where an answer was lost in the mode whenAway", () =>
    Effect.gen(function* () {
      const hcp = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      const { spool } = yield* spooled({ mode: "whenAway", paused: true })
      yield* faults.add({ fault: "loseAnswer", methods: ["PUT"], times: 1 })
      const { outcome } = yield* spool.namespace.put("/a", "text", { ifExists: "newVersion" })
      assert.strictEqual(outcome, "pending")
      yield* spool.resume
      yield* spool.drain
      assert.lengthOf(yield* Stream.runCollect(hcp.versions("/a")), 1)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("holds up no others where a device on the way refuses it alone", () =>
    Effect.gen(function* () {
      const refused = Failing.make({ reason: "NotFromHcp", status: 413, operation: "PUT" })
      const { spool } = yield* spooled().pipe(
        Effect.provide(
          Fake.layerTest({
            put: (path) => (path === "/large" ? Effect.fail(refused) : Effect.succeed(Fake.makeStored()))
          })
        )
      )
      yield* spool.put("/large", "x")
      const small = yield* spool.put("/small", "x")
      yield* spool.await(small)
      assert.isFalse((yield* spool.stats).away)
    }).pipe(Effect.scoped)
  )

  it.effect("of which credentials or certificates are wrong is not kept in the mode whenAway", () =>
    Effect.gen(function* () {
      for (const reason of ["CredentialsFailed", "CertificateError", "CannotConnect", "Busy"] as const) {
        const { spool } = yield* spooled({ mode: "whenAway", paused: true }).pipe(
          Effect.provide(Fake.layerTest({ put: () => Effect.fail(Failing.make({ reason })) }))
        )
        const end = yield* Effect.match(spool.namespace.put("/a", HcpBody.text("x")), {
          onFailure: ({ reason }) => reason._tag,
          onSuccess: ({ outcome }) => outcome
        })
        assert.strictEqual(end, reason === "CannotConnect" || reason === "Busy" ? "pending" : reason)
      }
    }).pipe(Effect.scoped)
  )
})
