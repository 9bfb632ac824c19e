import { assert, describe } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Groups from "../../src/mapi/Groups.ts"
import * as Tenants from "../../src/mapi/Tenants.ts"
import * as Users from "../../src/mapi/Users.ts"
import { tagOf } from "../utils/namespaces.ts"
import { inBothFormats, secret } from "./contract.ts"

const at = { tenant: "t1" }
const grant = (...permissions: ReadonlyArray<string>) => [{ namespaceName: "n1", permissions }]

describe("users over the wire", () => {
  inBothFormats("a new user can do what it was granted, with its password of now and none of before", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* admin(
        Users.create({ username: "Ann", fullName: "Ann Ö'Hara", password: secret("first+1&?"), roles: ["MONITOR"] }, at)
      )
      const { enabled, fullName, roles, username } = yield* admin(Users.get("ann", at))
      assert.deepStrictEqual([username, fullName, enabled, roles], ["Ann", "Ann Ö'Hara", true, ["MONITOR"]])
      const old = yield* stage.namespace("n1.t1", "Ann", "first+1&?")
      assert.strictEqual(yield* tagOf(old.put("/a", HcpBody.text("x"))), "Forbidden")
      yield* admin(Users.dataAccess.modify("ann", grant("READ", "WRITE"), at))
      yield* old.put("/a", HcpBody.text("x"))
      assert.strictEqual((yield* old.get("/a")).text, "x")
      assert.strictEqual(yield* tagOf(old.delete("/a")), "Forbidden")

      for (const [index, change] of [
        (password: string) => Users.modify("ann", { password: secret(password) }, at),
        (password: string) => Users.modifyPassword("ann", secret(password), at)
      ].entries()) {
        const password = `second-${index} %`
        yield* admin(change(password))
        assert.strictEqual(yield* tagOf(old.get("/a")), "Forbidden")
        const renewed = yield* stage.namespace("n1.t1", "Ann", password)
        assert.strictEqual((yield* renewed.get("/a")).text, "x")
        const manager = yield* stage.manager("t1", "Ann", password)
        assert.strictEqual((yield* manager(Tenants.get())).name, "t1")
      }
    })
  )

  inBothFormats("a permission that is taken away is gone at once, and only that one", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* admin(Users.create({ username: "bob", fullName: "Bob", password: secret("start-1") }, at))
      yield* admin(Users.dataAccess.modify("bob", grant("READ", "WRITE", "PURGE"), at))
      assert.deepStrictEqual(yield* admin(Users.dataAccess.get("bob", at)), [
        { namespaceName: "n1", permissions: ["BROWSE", "DELETE", "PURGE", "READ", "WRITE"] }
      ])
      const bob = yield* stage.namespace("n1.t1", "bob", "start-1")
      yield* bob.put("/a", HcpBody.text("x"))
      yield* admin(Users.dataAccess.modify("bob", grant("READ"), at))
      assert.strictEqual(yield* tagOf(bob.put("/b", HcpBody.text("x"))), "Forbidden")
      assert.strictEqual((yield* bob.get("/a")).text, "x")
      yield* admin(Users.dataAccess.modify("bob", grant(), at))
      assert.strictEqual(yield* tagOf(bob.get("/a")), "Forbidden")

      yield* admin(Users.dataAccess.modify("bob", grant("READ"), at))
      yield* admin(Users.modify("bob", { enabled: false }, at))
      assert.strictEqual(yield* tagOf(bob.get("/a")), "Forbidden")
      yield* admin(Users.modify("bob", { enabled: true }, at))
      assert.strictEqual((yield* bob.get("/a")).text, "x")
      yield* admin(Users.delete("bob", at))
      assert.isFalse(yield* admin(Users.exists("bob", at)))
      assert.strictEqual(yield* tagOf(bob.get("/a")), "Forbidden")
    })
  )

  inBothFormats("roles decide what a user of the tenant may manage", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* admin(
        Users.create({ username: "sec", fullName: "Sec", password: secret("start-1"), roles: ["SECURITY"] }, at)
      )
      yield* admin(
        Users.create({ username: "mon", fullName: "Mon", password: secret("start-1"), roles: ["MONITOR"] }, at)
      )
      const sec = yield* stage.manager("t1", "sec", "start-1")
      const mon = yield* stage.manager("t1", "mon", "start-1")
      yield* sec(Users.modify("mon", { description: "sees" }))
      assert.strictEqual((yield* mon(Users.get("sec"))).roles, undefined)
      assert.deepStrictEqual((yield* sec(Users.get("mon"))).roles, ["MONITOR"])
      const refused = yield* Effect.flip(mon(Users.modify("sec", { description: "x" })))
      assert.strictEqual(refused.reason._tag, "Forbidden")
      assert.match(refused.message, /your roles do not allow/)
      const last = yield* Effect.flip(sec(Users.delete("sec")))
      assert.strictEqual(last.reason._tag, "Forbidden")
      assert.match(last.message, /last/)
      yield* admin(Users.resetPasswords(secret("reset-2"), at))
      assert.strictEqual(yield* tagOf(sec(Users.get("mon"))), "Forbidden")
      const again = yield* stage.manager("t1", "sec", "reset-2")
      assert.strictEqual((yield* again(Users.get("mon"))).description, "sees")
    })
  )

  inBothFormats("ensure and lists", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const wanted = {
        username: "zoe",
        fullName: "Zoe",
        password: secret("start-1"),
        roles: ["SECURITY", "MONITOR"] as const
      }
      const ensure = (input: Parameters<typeof Users.ensure>[0]) => admin(Users.ensure(input, at))
      assert.strictEqual((yield* ensure(wanted)).outcome, "created")
      assert.strictEqual((yield* ensure({ ...wanted, password: secret("other-1") })).outcome, "unchanged")
      assert.deepStrictEqual(yield* ensure({ ...wanted, description: "d" }), {
        outcome: "changed",
        changed: ["description"]
      })
      for (const n of [3, 1, 2]) {
        yield* admin(Users.create({ username: `u${n}`, fullName: "U", password: secret("start-1") }, at))
      }
      const list = (options: Parameters<typeof Users.list>[0]) =>
        admin(Stream.runCollect(Users.list({ ...at, pageSize: 2, ...options })))
      assert.deepStrictEqual(yield* list({}), ["n", "u1", "u2", "u3", "zoe"])
      assert.deepStrictEqual(yield* list({ order: "descending" }), ["zoe", "u3", "u2", "u1", "n"])
      assert.deepStrictEqual(yield* list({ filter: { by: "username", prefix: "U" } }), ["u1", "u2", "u3"])
      const twice = yield* Effect.flip(admin(Users.create(wanted, at)))
      assert.strictEqual(twice.reason._tag, "AlreadyExists")
      assert.notInclude(JSON.stringify(twice), "start-1")
    })
  )

  inBothFormats("users of the system are seen at system level", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      assert.deepStrictEqual(yield* admin(Stream.runCollect(Users.list())), ["service"])
      assert.isTrue(yield* admin(Users.exists("service")))
      yield* admin(Users.modify("service", { password: secret("service02") }))
      assert.strictEqual(yield* tagOf(admin(Users.get("service"))), "Forbidden")
    })
  )
})

describe("groups over the wire", () => {
  inBothFormats("a group is made, granted, changed and removed", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const wanted = { groupname: "clerks@corp.example.com", roles: ["MONITOR"] as const }
      const local = yield* Effect.flip(admin(Groups.create(wanted, at)))
      assert.match(local.message, /does not use Active Directory/)
      yield* admin(Tenants.modify({ authenticationTypes: ["LOCAL", "EXTERNAL"] }, at))
      assert.strictEqual((yield* admin(Groups.ensure(wanted, at))).outcome, "created")
      assert.strictEqual((yield* admin(Groups.ensure(wanted, at))).outcome, "unchanged")
      assert.deepStrictEqual(yield* admin(Groups.ensure({ ...wanted, roles: ["SECURITY"] }, at)), {
        outcome: "changed",
        changed: ["roles"]
      })
      const name = wanted.groupname
      yield* admin(Groups.dataAccess.modify(name, grant("WRITE"), at))
      assert.deepStrictEqual(yield* admin(Groups.dataAccess.get(name, at)), [
        { namespaceName: "n1", permissions: ["WRITE"] }
      ])
      assert.deepStrictEqual(yield* admin(Stream.runCollect(Groups.list(at))), [name])
      const last = yield* Effect.flip(admin(Groups.delete(name, at)))
      assert.match(last.message, /nobody would be left with the SECURITY role/)
      yield* admin(Groups.modify(name, { roles: [] }, at)).pipe(Effect.flip)
      yield* admin(
        Users.create({ username: "sec", fullName: "Sec", password: secret("start-1"), roles: ["SECURITY"] }, at)
      )
      yield* admin(Groups.delete(name, at))
      assert.isFalse(yield* admin(Groups.exists(name, at)))
    })
  )
})
