import { assert, describe } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Protocols from "../../src/mapi/Protocols.ts"
import * as Quota from "../../src/mapi/Quota.ts"
import * as RetentionClasses from "../../src/mapi/RetentionClasses.ts"
import * as Users from "../../src/mapi/Users.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import { tagOf } from "../utils/namespaces.ts"
import { first, inBothFormats, type Stage } from "./contract.ts"

const at = { tenant: "t1" }
const all = ["READ", "WRITE", "DELETE", "PURGE", "PRIVILEGED", "SEARCH"] as const

/** An administrator, and a namespace that the user `n` may do everything in. */
const begin = Effect.fnUntraced(function* (stage: Stage, input: Namespaces.NewNamespace) {
  const admin = yield* stage.admin()
  yield* admin(Namespaces.create(input, at))
  yield* admin(Users.dataAccess.modify("n", [{ namespaceName: input.name, permissions: [...all] }], at))
  return { admin, ns: yield* stage.namespace(`${input.name}.t1`, "n", "n01") }
})

describe("namespaces over the wire", () => {
  inBothFormats("a namespace can be written to as soon as it is made, and is only removed when it is empty", (stage) =>
    Effect.gen(function* () {
      const { admin, ns } = yield* begin(stage, {
        name: "ledger",
        description: "<Bücher>",
        hardQuota: Quota.gb(50),
        hashScheme: "SHA-512",
        tags: ["a"]
      })
      assert.isTrue(yield* admin(Namespaces.exists("LEDGER", at)))
      assert.isFalse(yield* admin(Namespaces.exists("other", at)))
      const stored = yield* ns.put("/a/b.txt", HcpBody.text("x"))
      assert.strictEqual(stored.metadata.hash?.algorithm, "SHA-512")
      const { description, fullyQualifiedName, hashScheme, tags } = yield* admin(Namespaces.get("ledger", at))
      assert.deepStrictEqual(
        [description, fullyQualifiedName, hashScheme, tags],
        ["<Bücher>", `ledger.t1.${first}`, "SHA-512", ["a"]]
      )
      const { objectCount } = yield* admin(Namespaces.statistics("ledger", at))
      assert.strictEqual(Number(objectCount), 1)

      const full = yield* Effect.flip(admin(Namespaces.delete("ledger", at)))
      assert.strictEqual(full.reason._tag, "Forbidden")
      assert.match(full.message, /the namespace is not empty/)
      yield* ns.delete("/a/b.txt")
      yield* admin(Namespaces.delete("ledger", at))
      assert.isFalse(yield* admin(Namespaces.exists("ledger", at)))
      assert.strictEqual(yield* tagOf(admin(Namespaces.get("ledger", at))), "NotFound")
      const again = yield* Effect.flip(admin(Namespaces.delete("ledger", at)))
      assert.match(again.message, /there is no namespace 'ledger'/)
    })
  )

  inBothFormats("ensure makes it once, with its versioning, and then only changes what differs", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const wanted = {
        name: "Ledger",
        hardQuota: Quota.tb(1),
        versioningSettings: { enabled: true, prune: true, pruneDays: 30 },
        tags: ["x", "y"]
      }
      const ensure = (input: Namespaces.NewNamespace) => admin(Namespaces.ensure(input, at))
      assert.deepStrictEqual(yield* ensure(wanted), { outcome: "created", changed: [] })
      assert.deepStrictEqual(yield* ensure(wanted), { outcome: "unchanged", changed: [] })
      assert.deepStrictEqual(
        yield* ensure({
          ...wanted,
          softQuota: 70,
          versioningSettings: { enabled: true, prune: true, pruneDays: 60 }
        }),
        { outcome: "changed", changed: ["softQuota", "versioningSettings"] }
      )
      assert.strictEqual((yield* admin(Namespaces.versioning.get("ledger", at))).pruneDays, 60)
      const other = yield* Effect.flip(ensure({ ...wanted, hashScheme: "MD5" }))
      assert.match(other.message, /Ledger has SHA-256/)
    })
  )

  inBothFormats("what is changed by management holds for the next request for data", (stage) =>
    Effect.gen(function* () {
      const { admin, ns } = yield* begin(stage, { name: "live" })
      yield* ns.put("/v", HcpBody.text("one"))
      yield* admin(Namespaces.versioning.modify("live", { enabled: true, prune: false }, at))
      const second = yield* ns.put("/v", HcpBody.text("two"), { ifExists: "newVersion" })
      assert.strictEqual(second.outcome, "newVersion")

      yield* admin(Namespaces.compliance.modify("live", { retentionDefault: "A+1y" }, at))
      const kept = yield* ns.put("/kept", HcpBody.text("x"))
      assert.strictEqual(yield* tagOf(ns.delete("/kept")), "UnderRetention")
      assert.match(kept.metadata.versionId ?? "", /^\d+$/)

      yield* admin(Namespaces.permissions.modify("live", ["READ"], at))
      assert.deepStrictEqual(yield* admin(Namespaces.permissions.get("live", at)), ["READ"])
      assert.strictEqual(yield* tagOf(ns.put("/w", HcpBody.text("x"))), "Forbidden")
      assert.strictEqual((yield* ns.get("/v")).text, "two")
      yield* admin(Namespaces.permissions.modify("live", [...all], at))
      yield* ns.put("/w", HcpBody.text("x"))

      yield* admin(Protocols.http.modify("live", { httpsEnabled: false, httpEnabled: true }, at))
      const { httpEnabled, httpsEnabled } = yield* admin(Protocols.http.get("live", at))
      assert.deepStrictEqual([httpEnabled, httpsEnabled], [true, false])
      assert.strictEqual(yield* tagOf(ns.get("/v")), "Forbidden")
    })
  )

  inBothFormats("a retention class counts for the objects that have it", (stage) =>
    Effect.gen(function* () {
      const { admin, ns } = yield* begin(stage, { name: "hold" })
      const wanted = { name: "ten-years", value: "A+10y", description: "§ 147 AO", allowDisposition: false }
      assert.strictEqual((yield* admin(RetentionClasses.ensure("hold", wanted, at))).outcome, "created")
      assert.strictEqual((yield* admin(RetentionClasses.ensure("hold", wanted, at))).outcome, "unchanged")
      assert.deepStrictEqual(yield* admin(Stream.runCollect(RetentionClasses.list("hold", at))), ["ten-years"])
      yield* ns.put("/invoice", HcpBody.text("x"), { retention: Retention.ofClass("ten-years") })
      assert.strictEqual((yield* ns.head("/invoice")).retention.retentionClass, "ten-years")
      assert.strictEqual(yield* tagOf(ns.delete("/invoice")), "UnderRetention")
      const there = yield* Effect.flip(admin(RetentionClasses.create("hold", wanted, at)))
      assert.strictEqual(there.reason._tag, "AlreadyExists")
    })
  )

  inBothFormats("a list of several pages is sorted and filtered by the server", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const names = Array.from({ length: 7 }, (_, n) => `x${n}`)
      yield* Effect.forEach(names, (name, n) =>
        admin(Namespaces.create({ name, hardQuota: Quota.gb(20 - n), tags: n < 3 ? ["Red"] : ["blue"] }, at))
      )
      const list = (options: Parameters<typeof Namespaces.list>[0]) =>
        admin(Stream.runCollect(Namespaces.list({ ...at, pageSize: 2, ...options })))
      const backwards = [...names].reverse()
      assert.deepStrictEqual(yield* list({}), ["n1", ...names])
      assert.deepStrictEqual(yield* list({ order: "descending" }), [...backwards, "n1"])
      assert.deepStrictEqual(yield* list({ sort: "hardQuota", filter: { by: "name", prefix: "X" } }), backwards)
      assert.deepStrictEqual(yield* list({ filter: { by: "tag", prefix: "RED" } }), ["x0", "x1", "x2"])
    })
  )

  inBothFormats("a bad value is named, whichever side finds it", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const hyphen = yield* Effect.flip(admin(Namespaces.create({ name: "-x" }, at)))
      assert(hyphen.reason._tag === "InvalidInput")
      assert.strictEqual(hyphen.reason.field, "name")
      const owner = yield* Effect.flip(admin(Namespaces.create({ name: "x", owner: "nobody" }, at)))
      assert.strictEqual(owner.reason._tag, "BadRequest")
      assert.match(owner.message, /there is no user 'nobody'/)
      assert.isFalse(yield* admin(Namespaces.exists("x", at)))
    })
  )
})
