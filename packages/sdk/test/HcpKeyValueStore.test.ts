import { assert, describe, it } from "@effect/vitest"
import * as Simulation from "@effect-hcp/simulator/Simulation"
import { Effect, Exit, Fiber, Layer, Option, Schema, Stream } from "effect"
import { KeyValueStore, Persistable, PersistedCache, Persistence } from "effect/persistence"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpError from "../src/HcpError.ts"
import * as HcpKeyValueStore from "../src/HcpKeyValueStore.ts"
import { keyOf, nameOf } from "../src/namespace/internal/keyName.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Retention from "../src/namespace/Retention.ts"
import { fresh, type NamespaceName } from "./utils/memory.ts"
import { digest } from "./utils/namespaces.ts"

const directory = "/stores/one"

const store = (name: NamespaceName = "plain", options?: Partial<HcpKeyValueStore.Options>) =>
  Layer.provideMerge(HcpKeyValueStore.layer({ directory, ...options }), fresh(name))

const utf8 = (text: string) => new TextEncoder().encode(text)

const reasonOf = ({ cause }: KeyValueStore.KeyValueStoreError) =>
  HcpError.isHcpError(cause) ? cause.reason._tag : undefined

/** The names of what is stored in a directory. */
const namesIn = (path: string) =>
  Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    return (yield* Stream.runCollect(ns.list(path))).map(({ name }) => name).sort()
  })

/** What every `KeyValueStore` of effect does, whatever is below it. */
const contract = (name: string, layer: Layer.Layer<KeyValueStore.KeyValueStore, unknown>) =>
  it.layer(layer)(`keeps the contract of effect's stores: ${name}`, (it) => {
    const empty = Effect.gen(function* () {
      const kv = yield* KeyValueStore.KeyValueStore
      yield* kv.clear
      return kv
    })

    it.effect("sets, gives, replaces and counts", () =>
      Effect.gen(function* () {
        const kv = yield* empty
        assert.deepStrictEqual([yield* kv.size, yield* kv.isEmpty, yield* kv.get("/a/b")], [0, true, undefined])
        yield* kv.set("/a/b", "one")
        yield* kv.set("/a/b", "two")
        yield* kv.set("c", "three")
        assert.deepStrictEqual([yield* kv.get("/a/b"), yield* kv.get("c")], ["two", "three"])
        assert.deepStrictEqual([yield* kv.size, yield* kv.isEmpty], [2, false])
        assert.deepStrictEqual([...(yield* kv.keys)].sort(), ["/a/b", "c"])
        assert.deepStrictEqual([yield* kv.has("/a/b"), yield* kv.has("/a")], [true, false])
      })
    )

    it.effect("keeps bytes and texts, and takes no text for Base64", () =>
      Effect.gen(function* () {
        const kv = yield* empty
        const bytes = Uint8Array.of(0, 42, 255, 128)
        yield* kv.set("bytes", bytes)
        assert.deepStrictEqual(yield* kv.getUint8Array("bytes"), bytes)
        assert.strictEqual(yield* kv.get("bytes"), "ACr/gA==")
        for (const text of ["Zm9v", "héllo \u{1f44b}", "\ufeffmarked", ""]) {
          yield* kv.set("text", text)
          assert.strictEqual(yield* kv.get("text"), text)
          assert.deepStrictEqual(yield* kv.getUint8Array("text"), utf8(text))
        }
      })
    )

    it.effect("removes one, those with a prefix, and all, whether they are there or not", () =>
      Effect.gen(function* () {
        const kv = yield* empty
        for (const key of ["a:1", "a:2", "a", "b:1"]) yield* kv.set(key, key)
        yield* kv.remove("a:1")
        yield* kv.remove("a:1")
        assert.deepStrictEqual([...(yield* kv.keys)].sort(), ["a", "a:2", "b:1"])
        yield* kv.clearPrefix("a:")
        assert.deepStrictEqual([...(yield* kv.keys)].sort(), ["a", "b:1"])
        yield* kv.clear
        yield* kv.clear
        assert.deepStrictEqual([yield* kv.size, yield* kv.get("a"), yield* kv.has("b:1")], [0, undefined, false])
      })
    )

    it.effect("changes what is there, and makes nothing of what is not", () =>
      Effect.gen(function* () {
        const kv = yield* empty
        assert.isUndefined(yield* kv.modify("a", (value) => `${value}!`))
        assert.isUndefined(yield* kv.modifyUint8Array("a", (value) => value))
        assert.strictEqual(yield* kv.size, 0)
        yield* kv.set("a", "bar")
        assert.strictEqual(yield* kv.modify("a", (value) => value + value), "barbar")
        assert.deepStrictEqual(yield* kv.modifyUint8Array("a", (value) => value.slice(3)), utf8("bar"))
        assert.deepStrictEqual([yield* kv.getUint8Array("a"), yield* kv.size], [utf8("bar"), 1])
      })
    )

    it.effect("carries prefixed views and schemas", () =>
      Effect.gen(function* () {
        const kv = yield* empty
        const view = KeyValueStore.prefix(kv, "view/")
        yield* kv.set("other", "1")
        yield* view.set("a", "2")
        assert.deepStrictEqual(yield* view.keys, ["a"])
        assert.strictEqual(yield* kv.get("view/a"), "2")
        yield* view.clear
        assert.deepStrictEqual(yield* kv.keys, ["other"])
        const dates = KeyValueStore.toSchemaStore(kv, Schema.Struct({ at: Schema.Date, name: Schema.String }))
        yield* dates.set("d", { at: new Date(0), name: "epoch" })
        yield* dates.modify("d", (value) => ({ ...value, name: "begin" }))
        assert.deepStrictEqual(yield* dates.get("d"), Option.some({ at: new Date(0), name: "begin" }))
      })
    )
  })

contract("memory", KeyValueStore.layerMemory)
contract("a namespace without versions", store("plain"))
contract("a namespace with versions", store("versions"))

class User extends Schema.Class<User>("User")({ id: Schema.Number, name: Schema.String }) {}

class Lookup extends Persistable.Class<{ payload: { id: number } }>()("Lookup", {
  primaryKey: ({ id }) => `Lookup:${id}`,
  success: User,
  error: Schema.String
}) {}

describe("caches on a namespace", () => {
  it.effect("live longer than who made them, as long as they are told to, and apart from one another", () =>
    Effect.gen(function* () {
      let lookups = 0
      const found = (storeId: string, id: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const cache = yield* PersistedCache.make(
              (key: Lookup) =>
                Effect.sync(() => {
                  lookups++
                  return new User({ id: key.id, name: "John" })
                }),
              { storeId, timeToLive: () => "5 minutes" }
            )
            return yield* cache.get(new Lookup({ id }))
          })
        )
      const john = new User({ id: 1, name: "John" })
      assert.deepStrictEqual([yield* found("users", 1), yield* found("users", 1)], [john, john])
      assert.strictEqual(lookups, 1)
      yield* found("users:2", 1)
      assert.strictEqual(lookups, 2)
      yield* TestClock.adjust("6 minutes")
      assert.deepStrictEqual(yield* found("users", 1), john)
      assert.strictEqual(lookups, 3)
      const persistence = yield* Persistence.Persistence
      const kept = yield* persistence.make({ storeId: "users" })
      yield* kept.setMany([
        [new Lookup({ id: 1 }), Exit.fail("gone")],
        [new Lookup({ id: 2 }), Exit.succeed(john)]
      ])
      assert.deepStrictEqual(yield* kept.getMany([new Lookup({ id: 1 }), new Lookup({ id: 2 })]), [
        Exit.fail("gone"),
        Exit.succeed(john)
      ])
    }).pipe(Effect.scoped, Effect.provide(Persistence.layerKvs.pipe(Layer.provide(store()))))
  )
})

// Half surrogate pairs, points, the escape itself, and what is special in paths and URLs come often.
const Key = Schema.Array(
  Schema.Literals(["=", ".", "/", "%", "\u0000", "a", "Z", "2", "F", "u", "\ud83d", "\ude00", "é", " ", "\ufeff"])
)

describe("keys", () => {
  it.prop("have names of their own, which lead back to them", [Key], ([parts]) => {
    const key = parts.join("")
    const name = nameOf(key)
    assert.match(name, /^(?!\.)[A-Za-z0-9._=-]+$/)
    assert.strictEqual(keyOf(name), key)
  })

  it("are seen only in names that a key has", () => {
    for (const name of ["a b", "=2f", "=61", "=", "=u0061", "=C3", ".hcp-replace-1", "=uD83D=uDE00", "=3"]) {
      const key = keyOf(name)
      if (key !== undefined) assert.strictEqual(nameOf(key), name)
      assert.strictEqual(key, name === "=" ? "" : undefined, name)
    }
  })

  const strange = ["", ".", "..", ".directory-metadata", "a/b", "a//b", "50% & #?+;", "\ud83d", "\0", "\u65e5\u672c"]

  it.effect("may be any text", () =>
    Effect.gen(function* () {
      const kv = yield* KeyValueStore.KeyValueStore
      yield* Effect.forEach(strange, (key) => kv.set(key, `of ${JSON.stringify(key)}`))
      for (const key of strange) assert.strictEqual(yield* kv.get(key), `of ${JSON.stringify(key)}`)
      assert.sameMembers([...(yield* kv.keys)], strange)
    }).pipe(Effect.provide(store()))
  )

  it.effect("that no path has room for are refused, and so are texts that have no UTF-8 form", () =>
    Effect.gen(function* () {
      const { requests } = yield* Simulation.Simulation
      const kv = yield* KeyValueStore.KeyValueStore
      const before = yield* requests
      const long = yield* Effect.flip(kv.set("k".repeat(5_000), "value"))
      assert.deepStrictEqual([long.method, reasonOf(long)], ["set", "InvalidInput"])
      const broken = yield* Effect.flip(kv.set("key", "\ud83d"))
      assert.deepStrictEqual([broken.key, reasonOf(broken)], ["key", "InvalidInput"])
      assert.include(broken.message, "surrogate")
      assert.deepStrictEqual(yield* requests, before)
      assert.isTrue(yield* kv.isEmpty)
    }).pipe(Effect.provide(store()))
  )
})

describe("the directory of a store", () => {
  it.effect("holds values as anybody can read them, and nothing of others is taken for one or deleted", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const kv = yield* KeyValueStore.KeyValueStore
      yield* kv.set("user:7", "Ann")
      assert.strictEqual((yield* ns.get(`${directory}/user=3A7`)).text, "Ann")
      yield* ns.put(`${directory}/below/a`, HcpBody.text("not a value"))
      yield* ns.put(`${directory}/a b`, HcpBody.text("not a value"))
      assert.deepStrictEqual(yield* kv.keys, ["user:7"])
      assert.deepStrictEqual([yield* kv.get("below"), yield* kv.has("below"), yield* kv.size], [undefined, false, 1])
      yield* kv.clear
      assert.deepStrictEqual(yield* namesIn(directory), ["a b", "below"])
      assert.isTrue(yield* kv.isEmpty)
    }).pipe(Effect.provide(store()))
  )

  it.effect("cannot be the root of the namespace, nor what is no path", () =>
    Effect.gen(function* () {
      for (const path of ["/", "relative", "/a//b", ""]) {
        const built = yield* Effect.flip(Effect.scoped(HcpKeyValueStore.make({ directory: path })))
        assert.deepStrictEqual([built.reason._tag, built.path], ["InvalidInput", path])
      }
      // As JavaScript may give it.
      const misspelt = { directory: "/a", purged: true }
      for (const [options, field] of [
        [misspelt, "purged"],
        [JSON.parse('{ "directory": 7 }'), "directory"],
        [JSON.parse("{}"), "directory"]
      ]) {
        const { reason } = yield* Effect.flip(Effect.scoped(HcpKeyValueStore.make(options)))
        assert.deepStrictEqual([reason._tag, reason._tag === "InvalidInput" && reason.field], ["InvalidInput", field])
      }
    }).pipe(Effect.provide(fresh()))
  )
})

describe("changes of a value", () => {
  it.effect("that happen at the same time in one store wait for one another", () =>
    Effect.gen(function* () {
      const kv = yield* KeyValueStore.KeyValueStore
      yield* kv.set("n", "0")
      const increments = Array.from({ length: 12 }, () => kv.modify("n", (value) => String(Number(value) + 1)))
      yield* Effect.all(increments, { concurrency: "unbounded" })
      assert.strictEqual(yield* kv.get("n"), "12")
    }).pipe(Effect.provide(store()))
  )

  it.effect("are tried again while another process replaces the value", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const kv = yield* KeyValueStore.KeyValueStore
      yield* kv.set("a", "one")
      // Where `replace` of another process keeps the new content until it is in place.
      const beside = `${directory}/.hcp-replace-${digest("sha256", "a").slice(0, 32)}`
      yield* ns.put(beside, HcpBody.text("two"))
      const ours = yield* Effect.forkChild(kv.set("a", "three"))
      yield* TestClock.adjust("100 millis")
      assert.isUndefined(ours.pollUnsafe())
      yield* ns.delete(beside)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(ours)
      assert.strictEqual(yield* kv.get("a"), "three")
      // One that never ends is told of after a while.
      yield* ns.put(beside, HcpBody.text("four"))
      const waiting = yield* Effect.forkChild(Effect.flip(kv.set("a", "five")))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(waiting)
      assert.deepStrictEqual([error.method, error.key, reasonOf(error)], ["set", "a", "Conflict"])
      assert.deepStrictEqual(yield* kv.keys, ["a"])
    }).pipe(Effect.provide(store()))
  )

  it.effect("are refused under retention, unless the store says that there is none", () =>
    Effect.gen(function* () {
      const kept = yield* Layer.build(HcpKeyValueStore.layer({ directory: "/kept" }))
      const free = yield* Layer.build(
        HcpKeyValueStore.layer({ directory: "/free", retention: Retention.deletionAllowed })
      )
      const results = yield* Effect.forEach([kept, free], (context) =>
        Effect.gen(function* () {
          const kv = yield* KeyValueStore.KeyValueStore
          yield* kv.set("a", "one")
          const replaced = yield* Effect.match(kv.set("a", "two"), { onFailure: reasonOf, onSuccess: () => "done" })
          const cleared = yield* Effect.match(kv.clear, { onFailure: reasonOf, onSuccess: () => "done" })
          return [replaced, cleared, yield* kv.get("a")]
        }).pipe(Effect.provideContext(context))
      )
      assert.deepStrictEqual(results, [
        ["UnderRetention", "UnderRetention", "one"],
        ["done", "done", undefined]
      ])
    }).pipe(Effect.scoped, Effect.provide(fresh("retained")))
  )

  it.effect("leave no version behind where the store purges", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const versionsOf = (path: string) =>
        Effect.map(Stream.runCollect(ns.versions(path, { deleted: true })), (all) => all.length)
      const left: Array<number> = []
      for (const purge of [false, true]) {
        const context = yield* Layer.build(HcpKeyValueStore.layer({ directory: `/purge-${purge}`, purge }))
        yield* Effect.gen(function* () {
          const kv = yield* KeyValueStore.KeyValueStore
          yield* kv.set("a", "one")
          yield* kv.set("a", "two")
          yield* kv.remove("a")
        }).pipe(Effect.provideContext(context))
        left.push(yield* Effect.orElseSucceed(versionsOf(`/purge-${purge}/a`), () => 0))
      }
      assert.deepStrictEqual(left, [3, 0])
    }).pipe(Effect.scoped, Effect.provide(fresh("versions")))
  )
})
