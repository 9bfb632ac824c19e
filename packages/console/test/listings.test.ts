import { assert, describe, it } from "@effect/vitest"
import { type HcpError, Namespace } from "@effect-hcp/sdk"
import { Namespace as Fake, HcpError as Made } from "@effect-hcp/sdk/testing"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Listings from "../src/internal/listings.ts"

type Listed = Stream.Stream<ReturnType<typeof Fake.makeEntry>, HcpError.HcpError>

/** A namespace whose folders have these entries. */
const namespaceOf = (list: (path: string) => Listed) =>
  Effect.provide(
    Effect.map(Namespace.Namespace, (namespace) => namespace),
    Fake.layerTest({ list })
  )

const entries = (from: number, to: number): Listed =>
  Stream.map(Stream.range(from, to), (index) => Fake.makeEntry({ path: `/many/object-${index}`, size: index }))

describe("a listing of a folder", () => {
  it.effect("gives any part of 100,000 entries, and never more than a page", () =>
    Effect.gen(function* () {
      const listings = yield* Listings.make
      const namespace = yield* namespaceOf(() => entries(0, 99_999))
      const name = yield* listings.begin(namespace, "/many")
      // The last one is there when all are.
      const last = yield* listings.page(name, 99_999, 200)
      assert.deepInclude(last, { total: 100_000, complete: true, offset: 99_999 })
      assert.deepStrictEqual(
        last.entries.map((entry) => entry.name),
        ["object-99999"]
      )
      const middle = yield* listings.page(name, 50_000, 1_000_000)
      assert.strictEqual(middle.entries.length, 1000)
      assert.deepInclude(middle.entries[0], { name: "object-50000", kind: "object", size: 50_000 })
      assert.deepStrictEqual((yield* listings.page(name, 100_000, 10)).entries, [])
    })
  )

  it.effect("gives what there is before the end of it, and then why there is no more", () =>
    Effect.gen(function* () {
      const listings = yield* Listings.make
      const go = yield* Deferred.make<void>()
      const broken = Stream.unwrap(
        Effect.as(Deferred.await(go), Stream.fail(Made.make({ reason: "Forbidden", path: "/many" })))
      )
      const namespace = yield* namespaceOf(() => Stream.concat(entries(0, 9), broken))
      const name = yield* listings.begin(namespace, "/many")
      // A page that is full waits for nothing, one that is not for a moment.
      assert.deepInclude(yield* listings.page(name, 0, 5), { total: 10, complete: false })
      const short = yield* Effect.forkChild(listings.page(name, 5, 20))
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* Fiber.join(short)).entries.length, 5)
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual((yield* Effect.flip(listings.page(name, 10, 5))).reason, "Forbidden")
      assert.deepInclude(yield* listings.page(name, 5, 5), { total: 10, complete: true })
    })
  )

  it.effect("is dropped for others, and no longer read: the one that is used stays", () =>
    Effect.gen(function* () {
      const listings = yield* Listings.make
      const ended: Array<string> = []
      const namespace = yield* namespaceOf((path) =>
        Stream.concat(entries(0, 0), Stream.never).pipe(Stream.onExit(() => Effect.sync(() => void ended.push(path))))
      )
      const begin = Effect.fnUntraced(function* (path: string) {
        const name = yield* listings.begin(namespace, path)
        yield* listings.page(name, 0, 1)
        return name
      })
      const [first, second, third] = yield* Effect.forEach(["/1", "/2", "/3", "/4"], begin)
      yield* listings.page(second ?? "", 0, 1)
      yield* listings.page(first ?? "", 0, 1)
      yield* Effect.forEach(["/5", "/6"], begin)
      assert.deepStrictEqual(ended, ["/3", "/4"])
      assert.strictEqual((yield* listings.page(first ?? "", 0, 1)).entries.length, 1)
      assert.strictEqual((yield* Effect.flip(listings.page(third ?? "", 0, 1))).reason, "Gone")
    })
  )

  it.effect("is not waited for when it is dropped, or when a fault ends it", () =>
    Effect.gen(function* () {
      const listings = yield* Listings.make
      const namespace = yield* namespaceOf((path) => (path === "/broken" ? Stream.die("boom") : Stream.never))
      const slow = yield* listings.begin(namespace, "/slow")
      const waiting = yield* Effect.forkChild(Effect.flip(listings.page(slow, 0, 10)), { startImmediately: true })
      yield* Effect.forEach(["/1", "/2", "/3"], (path) => listings.begin(namespace, path))
      const broken = yield* listings.begin(namespace, "/broken")
      assert.strictEqual((yield* Fiber.join(waiting)).reason, "Gone")
      const { error, reason } = yield* Effect.flip(listings.page(broken, 0, 10))
      assert.deepStrictEqual([reason, error], ["Defect", "The folder cannot be read: boom"])
    })
  )
})
