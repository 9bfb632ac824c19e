import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import * as Replication from "../src/Replication.ts"
import { makeSystem, send, status } from "./utils/exchange.ts"

const makePair = (options?: Replication.LinkOptions, versioning = false) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore.makeMemory()
    const namespaces = [{ name: "n1", tenant: "t1", versioning, aclsUsage: "ENFORCED" as const }]
    const first = yield* HcpSystem.make({ domain: "hcp1.example.com", namespaces }, { blobs })
    const second = yield* HcpSystem.make({ domain: "hcp2.example.com", namespaces }, { blobs })
    const link = yield* Replication.link([first, second], options)
    return { first, second, link }
  })

describe("a replication link", () => {
  it.effect("brings objects over with the same version, hash and times", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* TestClock.setTime(1_422_736_466_446)
      yield* send(first, "PUT", "/rest/a/b?retention=-1&index=false", { body: "This is an example" })
      yield* link.settled
      const original = yield* send(first, "GET", "/rest/a/b")
      const copy = yield* send(second, "GET", "/rest/a/b")
      assert.strictEqual(copy.text, "This is an example")
      assert.strictEqual(original.headers["x-hcp-replicated"], "true")
      const own = { "x-requestid": "", "x-hcp-servicedbysystem": "" }
      assert.deepStrictEqual({ ...copy.headers, ...own }, { ...original.headers, ...own })
      assert.strictEqual(copy.headers["x-hcp-servicedbysystem"], "hcp2.example.com")
    })
  )

  it.effect("follows changes of metadata, deletes and directories, both ways", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* send(first, "PUT", "/rest/a", { body: "1" })
      yield* send(first, "PUT", "/rest/d?type=directory")
      yield* link.settled
      yield* send(second, "POST", "/rest/a?shred=true")
      yield* link.settled
      assert.strictEqual((yield* send(first, "HEAD", "/rest/a")).headers["x-hcp-shred"], "true")
      assert.strictEqual((yield* send(first, "GET", "/rest/a")).text, "1")
      yield* send(second, "DELETE", "/rest/a")
      yield* send(second, "DELETE", "/rest/d")
      yield* link.settled
      assert.strictEqual(yield* status(first, "GET", "/rest/a"), 404)
      assert.strictEqual(yield* status(first, "GET", "/rest/d"), 404)
    })
  )

  it.effect("brings annotations, access control lists and labeled holds over, both ways", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      const annotation = (name: string) => `/rest/a?type=custom-metadata&annotation=${name}`
      const labels = encodeURIComponent('[{"id":"c","hold":true}]')
      yield* send(first, "PUT", `/rest/a?acl=all_read&label_hold=${labels}`, { body: "1" })
      yield* send(first, "PUT", annotation("one"), { body: "<one/>" })
      yield* link.settled
      yield* send(second, "PUT", annotation("two"), { body: "<two/>" })
      yield* send(second, "DELETE", "/rest/a?type=acl")
      yield* link.settled
      for (const hcp of [first, second]) {
        const { headers } = yield* send(hcp, "HEAD", "/rest/a")
        assert.strictEqual(headers["x-hcp-custommetadataannotations"], "one;6, two;6")
        assert.strictEqual(headers["x-hcp-labelretentionhold"], "true")
        assert.strictEqual(headers["x-hcp-acl"], "false")
        assert.strictEqual(headers["x-hcp-replicated"], "true")
        assert.strictEqual((yield* send(hcp, "GET", annotation("one"))).text, "<one/>")
        assert.strictEqual((yield* send(hcp, "GET", annotation("two"))).text, "<two/>")
      }
      yield* send(first, "PUT", "/rest/a?type=acl", { body: "<accessControlList/>" })
      yield* send(first, "PUT", "/rest/b?acl=auth_read", { body: "2" })
      yield* link.settled
      assert.strictEqual((yield* send(second, "HEAD", "/rest/a")).headers["x-hcp-acl"], "true")
      assert.strictEqual((yield* send(second, "HEAD", "/rest/b")).headers["x-hcp-acl"], "true")
    })
  )

  it.effect("gives an access control list to the object it was for, even when that was put aside", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* link.suspend
      yield* send(first, "PUT", "/rest/a?acl=all_read", { body: "earlier" })
      yield* TestClock.adjust("1 second")
      yield* send(second, "PUT", "/rest/a", { body: "later" })
      yield* link.resume
      yield* link.settled
      assert.strictEqual((yield* send(second, "HEAD", "/rest/a")).headers["x-hcp-acl"], "false")
      assert.strictEqual((yield* send(second, "HEAD", "/rest/a.collision")).headers["x-hcp-acl"], "true")
    })
  )

  it.effect("keeps the later of two changes that were made at the same time", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      const path = "/rest/a?type=custom-metadata"
      const acl = (name: string) =>
        `<accessControlList><grant><grantee><type>user</type><name>${name}</name><domain>ad.example.com</domain></grantee>` +
        "<permissions><permission>READ</permission></permissions></grant></accessControlList>"
      yield* send(first, "PUT", "/rest/a", { body: "1" })
      yield* send(first, "PUT", "/rest/b", { body: "1" })
      yield* link.settled
      yield* link.suspend
      yield* TestClock.adjust("1 second")
      yield* send(first, "PUT", path, { body: "earlier" })
      yield* send(second, "PUT", "/rest/b?type=acl", { body: "<accessControlList/>" })
      yield* TestClock.adjust("1 second")
      yield* send(second, "PUT", path, { body: "later" })
      yield* send(first, "PUT", "/rest/b?type=acl", { body: acl("later") })
      yield* link.resume
      yield* link.settled
      for (const hcp of [first, second]) {
        assert.strictEqual((yield* send(hcp, "GET", path)).text, "later")
        assert.include((yield* send(hcp, "GET", "/rest/b?type=acl")).text, "<name>later</name>")
        assert.strictEqual((yield* hcp.state).namespaces[0]?.bytes, 7)
      }
    })
  )

  it.effect("keeps the lag, which can be changed while changes are on their way", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair({ lag: "1 minute" })
      const there = status(second, "HEAD", "/rest/a")
      yield* send(first, "PUT", "/rest/a", { body: "1" })
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* there, 404)
      assert.deepInclude((yield* link.state).pending, { from: "hcp1.example.com", to: "hcp2.example.com", changes: 1 })
      assert.strictEqual((yield* send(first, "HEAD", "/rest/a")).headers["x-hcp-replicated"], "false")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* there, 200)

      yield* link.modify({ lag: "1 hour" })
      yield* send(first, "DELETE", "/rest/a")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* there, 200)
      yield* link.modify({ lag: 0 })
      yield* link.settled
      assert.strictEqual(yield* there, 404)
    })
  )

  it.effect("refuses to modify what is fixed, and a lag that is no time", () =>
    Effect.gen(function* () {
      const { link } = yield* makePair({ lag: "1 minute" })
      const misspelt: object = { mode: "activePassive" }
      const soon: object = { lag: "soon" }
      for (const changes of [misspelt, soon, { lag: Duration.seconds(-1) }]) {
        const { message, reason } = yield* Effect.flip(link.modify(changes))
        assert.strictEqual(reason, "control")
        assert.match(message, /"lag"/)
      }
      assert.strictEqual(Duration.toMillis((yield* link.state).lag), 60_000)
    })
  )

  it.effect("keeps everything while it is suspended", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* link.suspend
      yield* send(first, "PUT", "/rest/a", { body: "1" })
      yield* send(first, "PUT", "/rest/b", { body: "2" })
      yield* send(first, "DELETE", "/rest/b")
      const settled = yield* Effect.forkScoped(link.settled)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(settled.pollUnsafe(), undefined)
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      yield* link.resume
      yield* Fiber.join(settled)
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.strictEqual(yield* status(second, "GET", "/rest/b"), 404)
    })
  )

  it.effect("keeps the later of two objects under the name, and the other beside it, on both systems", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* link.suspend
      yield* send(first, "PUT", "/rest/a", { body: "earlier" })
      yield* TestClock.adjust("1 second")
      yield* send(second, "PUT", "/rest/a", { body: "later" })
      yield* link.resume
      yield* link.settled
      for (const hcp of [first, second]) {
        assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, "later")
        const aside = yield* send(hcp, "GET", "/rest/a.collision")
        assert.strictEqual(aside.text, "earlier")
        assert.strictEqual(aside.headers["x-hcp-replicationcollision"], "true")
        assert.strictEqual((yield* hcp.state).namespaces[0]?.objects, 2)
      }
    })
  )

  it.effect("agrees even on objects that were stored in the same millisecond", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair()
      yield* send(first, "PUT", "/rest/a", { body: "first" })
      yield* send(second, "PUT", "/rest/a", { body: "second" })
      yield* link.settled
      const texts = (path: string) =>
        Effect.forEach([first, second], (hcp) => Effect.map(send(hcp, "GET", path), ({ text }) => text))
      assert.deepStrictEqual(yield* texts("/rest/a"), ["second", "second"])
      assert.deepStrictEqual(yield* texts("/rest/a.collision"), ["first", "first"])
    })
  )

  it.effect("merges the versions of both systems", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair({}, true)
      yield* link.suspend
      yield* send(first, "PUT", "/rest/a", { body: "one" })
      yield* TestClock.adjust("1 second")
      yield* send(second, "PUT", "/rest/a", { body: "two" })
      yield* link.resume
      yield* link.settled
      const lists = yield* Effect.forEach([first, second], (hcp) => send(hcp, "GET", "/rest/a?version=list"))
      assert.strictEqual(lists[0]?.text, lists[1]?.text)
      assert.strictEqual(lists[0]?.text.match(/<entry /g)?.length, 2)
      assert.strictEqual((yield* send(first, "GET", "/rest/a")).text, "two")
    })
  )

  it.effect("sends what was there before it began", () =>
    Effect.gen(function* () {
      const first = yield* makeSystem()
      const second = yield* makeSystem({ domain: "hcp2.example.com" })
      yield* send(first, "PUT", "/rest/d/a", { body: "1" })
      const link = yield* Replication.link([first, second])
      yield* link.settled
      assert.strictEqual((yield* send(second, "GET", "/rest/d/a")).text, "1")
    })
  )

  it.effect("active/passive takes writes on the passive side only after a take-over, and then not on the other", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair({ mode: "activePassive" })
      yield* send(first, "PUT", "/rest/a", { body: "1" })
      yield* link.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.strictEqual(yield* status(second, "PUT", "/rest/b"), 403)
      assert.strictEqual(yield* status(second, "DELETE", "/rest/a"), 403)
      assert.isFalse((yield* second.state).writable)
      yield* second.takeOver("hcp1.example.com")
      assert.strictEqual(yield* status(second, "PUT", "/rest/b", { host: "n1.t1.hcp1.example.com" }), 201)
      assert.strictEqual(yield* status(first, "PUT", "/rest/c"), 403)
      yield* second.giveBack("hcp1.example.com")
      yield* link.settled
      assert.strictEqual(yield* status(first, "GET", "/rest/b"), 200)
      assert.strictEqual(yield* status(first, "PUT", "/rest/c"), 201)
    })
  )
})
