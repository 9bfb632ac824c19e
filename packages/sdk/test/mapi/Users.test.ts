import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import * as Credentials from "../../src/Credentials.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as Groups from "../../src/mapi/Groups.ts"
import type * as Mapi from "../../src/mapi/Mapi.ts"
import * as Users from "../../src/mapi/Users.ts"
import { lost, type Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const shown = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const password = Redacted.make("Start-12345")
const all = "/mapi/tenants/finance/userAccounts"

describe("a user", () => {
  it.effect("reads the same from XML and JSON, roles or not", () =>
    Effect.gen(function* () {
      const wanted = {
        username: "lgreen",
        fullName: "Lee Green",
        description: "",
        localAuthentication: true,
        enabled: true,
        forcePasswordChange: false,
        roles: ["SECURITY"],
        allowNamespaceManagement: false,
        userGUID: "f0e1d2c3-0000-4000-8000-0000000000aa",
        userID: 500
      }
      const asXml = xml(
        `<userAccount><allowNamespaceManagement>false</allowNamespaceManagement><description/><enabled>true</enabled>
          <forcePasswordChange>false</forcePasswordChange><fullName>Lee Green</fullName><localAuthentication>true</localAuthentication>
          <roles><role>security</role></roles><userGUID>f0e1d2c3-0000-4000-8000-0000000000aa</userGUID><userID>500</userID>
          <username>lgreen</username></userAccount>`
      )
      for (const step of [json({ ...wanted, roles: { role: ["SECURITY"] } }), asXml]) {
        const { sent, value } = yield* over([step], Users.get("lgreen"))
        assert.deepStrictEqual(shown(value), wanted)
        assert.strictEqual(sent[0]?.line, `GET ${all}/lgreen?verbose=true`)
      }
      const little = yield* over([json({ username: "lgreen", enabled: true })], Users.get("lgreen"))
      assert.deepStrictEqual(shown(little.value), { username: "lgreen", enabled: true })
    })
  )

  it.effect("is listed page by page, and looked for under odd names", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* over([json({ username: ["a", "b"] }), json({})], Stream.runCollect(Users.list()))
      assert.deepStrictEqual(value, ["a", "b"])
      assert.strictEqual(sent[0]?.line, `GET ${all}?offset=0&count=500&sortType=username&sortOrder=ascending`)
      const odd = yield* over([done], Users.exists("Müller & Söhne+1@corp\\x"))
      assert.strictEqual(odd.sent[0]?.line, `HEAD ${all}/M%C3%BCller%20%26%20S%C3%B6hne%2B1@corp%5Cx`)
    })
  )

  it.effect("is created with what HCP insists on, the password in the query", () =>
    Effect.gen(function* () {
      const call = Users.create({ username: "app", fullName: "Invoicing", password, roles: ["MONITOR"] })
      const { sent } = yield* over([done], call)
      assert.deepStrictEqual(
        [sent[0]?.line, sent[0]?.body],
        [
          `PUT ${all}?password=Start-12345`,
          '{"username":"app","fullName":"Invoicing","localAuthentication":true,"enabled":true,"forcePasswordChange":false,"roles":{"role":["MONITOR"]}}'
        ]
      )
      const { value } = yield* over([lost, refused(409)], Effect.flip(call))
      assert(value.reason._tag === "AlreadyExists")
      assert.isTrue(value.reason.perhapsByThisCall)
      assert.notInclude(`${value.stack} ${JSON.stringify(value)}`, "Start-12345")
      for (const [input, says] of [
        [{ username: "[x", fullName: "X", password }, "username: must not begin"],
        [{ username: "x", fullName: "", password }, "fullName: is empty"],
        [{ username: "x", fullName: "X", password, roles: ["KING"] }, "roles.0: must be one of"],
        [{ username: "x", fullName: "X", password: Redacted.make("short") }, "password: must hold at least two"],
        [
          Object.assign({ username: "x", fullName: "X", password }, { allowNamespaceManagement: true }),
          "allowNamespaceManagement: cannot be set"
        ]
      ] as const) {
        const call: Effect.Effect<void, HcpError, Mapi.Mapi> = Users.create(input)
        assert.include((yield* over([], Effect.flip(call))).value.message, says)
      }
    })
  )

  it.effect("is changed, and given a new password in three ways", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Effect.Effect<void, unknown, Mapi.Mapi>, line: string, body: string]> = [
        [
          Users.modify("app", { roles: [], enabled: false }),
          `POST ${all}/app`,
          '{"enabled":false,"roles":{"role":[]}}'
        ],
        [Users.modify("app", { password }), `POST ${all}/app?password=Start-12345`, "{}"],
        [Users.modifyPassword("app", password), `POST ${all}/app/changePassword`, '{"newPassword":"Start-12345"}'],
        [Users.resetPasswords(password), `POST ${all}?resetPasswords=Start-12345`, "{}"],
        [Users.delete("app"), `DELETE ${all}/app`, ""]
      ]
      for (const [call, line, body] of cases) {
        const { sent } = yield* over([done], call)
        assert.deepStrictEqual([sent[0]?.line, sent[0]?.body], [line, body])
      }
      const asXml = yield* over([done], Users.modifyPassword("app", password), { format: "xml" })
      assert.include(asXml.sent[0]?.body, "<updatePasswordRequest><newPassword>Start-12345</newPassword>")
    })
  )

  it.effect("that changes its own password is told so, though the repetition after a lost answer is refused", () =>
    Effect.gen(function* () {
      const token = `HCP ${Redacted.value(Credentials.localToken("n", password))}`
      const ways = [Users.modify("n", { password }), Users.modifyPassword("n", password)]
      const places = [
        [{}, `GET ${all}/n`],
        [{ fqdn: admin }, "GET /mapi/userAccounts/n"]
      ] as const
      for (const way of ways) {
        for (const [at, line] of places) {
          for (const status of [401, 403]) {
            const { calls, sent } = yield* over([lost, refused(status), done], way, {}, at)
            assert.strictEqual(sent[2]?.line, line)
            assert.strictEqual(calls[2]?.header("authorization"), token)
            assert.notStrictEqual(calls[1]?.header("authorization"), token)
          }
        }
        const tagged = (...steps: ReadonlyArray<Step>) => Effect.map(over(steps, Effect.flip(way)), (run) => run.value)
        const old = yield* tagged(lost, refused(403, "no"), refused(403))
        assert.deepStrictEqual([old.reason._tag, old.reached], ["Forbidden", "answer"])
        const never = yield* tagged(refused(403))
        assert.strictEqual(never.reason._tag, "Forbidden")
        const unknown = yield* tagged(lost, refused(403), refused(404))
        assert.deepStrictEqual([unknown.reason._tag, unknown.reached], ["NotFound", "request"])
      }
    })
  )

  it.effect("is made as it should be; the password only matters where it is created", () =>
    Effect.gen(function* () {
      const call = Users.ensure({ username: "app", fullName: "Invoicing", password, roles: ["MONITOR", "SECURITY"] })
      const there = { username: "App", fullName: "Invoicing", enabled: true, roles: { role: ["SECURITY", "MONITOR"] } }
      const run = (...steps: ReadonlyArray<Step>) => over(steps, call)
      assert.strictEqual((yield* run(refused(404), done)).value.outcome, "created")
      assert.strictEqual((yield* run(json(there))).value.outcome, "unchanged")
      const changed = yield* run(json({ ...there, roles: { role: ["MONITOR"] } }), done)
      assert.deepStrictEqual(changed.value.changed, ["roles"])
      assert.strictEqual(changed.sent[1]?.line, `POST ${all}/app`)
      assert.strictEqual((yield* run(refused(404), lost, refused(409), json(there))).value.outcome, "unchanged")
    })
  )

  it.effect("of the system is meant where no tenant is", () =>
    Effect.gen(function* () {
      const at = { fqdn: admin }
      const listed = yield* over([json({ username: ["root"] })], Stream.runCollect(Users.list()), {}, at)
      assert.strictEqual(listed.sent[0]?.line, "GET /mapi/userAccounts")
      const changed = yield* over([done], Users.modify("root", { password }), {}, at)
      assert.strictEqual(changed.sent[0]?.line, "POST /mapi/userAccounts/root?password=Start-12345")
      const other = yield* over([], Effect.flip(Users.modify("root", { enabled: false })), {}, at)
      assert.include(other.value.message, "enabled: cannot be set")
      const ofTenant = yield* over([json({ username: "u" })], Users.get("u", { tenant: "hr" }), {}, at)
      assert.strictEqual(ofTenant.sent[0]?.line, "GET /mapi/tenants/hr/userAccounts/u?verbose=true")
      const created = Users.create({ username: "u", fullName: "U", password })
      assert.include((yield* over([], Effect.flip(created), {}, at)).value.message, "the tenant must be named")
    })
  )

  it.effect("has its permissions namespace by namespace", () =>
    Effect.gen(function* () {
      const wanted = [
        { namespaceName: "a", permissions: ["READ", "BROWSE"] },
        { namespaceName: "b", permissions: [] }
      ]
      const asJson = json({
        namespacePermission: [
          { namespaceName: "a", permissions: { permission: ["READ", "BROWSE"] } },
          { namespaceName: "b", permissions: { permission: [] } }
        ]
      })
      const asXml = xml(
        `<dataAccessPermissions><namespacePermission><namespaceName>a</namespaceName><permissions><permission>READ</permission>
          <permission>browse</permission></permissions></namespacePermission>
          <namespacePermission><namespaceName>b</namespaceName><permissions/></namespacePermission></dataAccessPermissions>`
      )
      for (const step of [asJson, asXml]) {
        assert.deepStrictEqual(shown((yield* over([step], Users.dataAccess.get("u"))).value), wanted)
      }
      assert.deepStrictEqual((yield* over([xml("<dataAccessPermissions/>")], Users.dataAccess.get("u"))).value, [])
      const { sent } = yield* over([done], Users.dataAccess.modify("u", wanted))
      assert.deepStrictEqual(
        [sent[0]?.line, sent[0]?.body],
        [
          `POST ${all}/u/dataAccessPermissions`,
          '{"namespacePermission":[{"namespaceName":"a","permissions":{"permission":["READ","BROWSE"]}},{"namespaceName":"b","permissions":{"permission":[]}}]}'
        ]
      )
      const bad = Users.dataAccess.modify("u", [{ namespaceName: "a" }])
      assert.include((yield* over([], Effect.flip(bad))).value.message, "namespacePermission.0.permissions: is missing")
    })
  )
})

describe("a group", () => {
  const groups = "/mapi/tenants/finance/groupAccounts"

  it.effect("is listed at once, read, created by name or SID, changed and removed", () =>
    Effect.gen(function* () {
      const listed = yield* over(
        [xml("<groupAccounts><groupname>g@corp</groupname></groupAccounts>")],
        Stream.runCollect(Groups.list())
      )
      assert.deepStrictEqual([listed.value, listed.sent[0]?.line], [["g@corp"], `GET ${groups}`])
      const read = yield* over(
        [json({ groupname: "g", externalGroupID: "S-1-5", roles: { role: "MONITOR" } })],
        Groups.get("g")
      )
      assert.deepStrictEqual(shown(read.value), { groupname: "g", externalGroupID: "S-1-5", roles: ["MONITOR"] })
      const made = yield* over([done], Groups.create({ externalGroupID: "S-1-5", roles: ["MONITOR"] }))
      assert.deepStrictEqual(
        [made.sent[0]?.line, made.sent[0]?.body],
        [`PUT ${groups}`, '{"externalGroupID":"S-1-5","roles":{"role":["MONITOR"]}}']
      )
      const none = yield* over([], Effect.flip(Groups.create({ roles: [] })))
      assert.include(none.value.message, "groupname: is missing")
      const changed = yield* over([done], Groups.modify("g", { allowNamespaceManagement: true }))
      assert.strictEqual(changed.sent[0]?.body, '{"allowNamespaceManagement":true}')
      assert.strictEqual((yield* over([done], Groups.delete("g"))).sent[0]?.line, `DELETE ${groups}/g`)
      const system = yield* over([json({ groupname: [] })], Stream.runCollect(Groups.list()), {}, { fqdn: admin })
      assert.strictEqual(system.sent[0]?.line, "GET /mapi/groupAccounts")
    })
  )

  it.effect("is made as it should be", () =>
    Effect.gen(function* () {
      const call = Groups.ensure({ groupname: "g@corp", roles: ["MONITOR"] })
      assert.strictEqual((yield* over([refused(404), done], call)).value.outcome, "created")
      assert.strictEqual(
        (yield* over([json({ groupname: "g@corp", roles: { role: ["MONITOR"] } })], call)).value.outcome,
        "unchanged"
      )
      const changed = yield* over([json({ groupname: "g@corp", roles: { role: [] } }), done], call)
      assert.deepStrictEqual(changed.value, { outcome: "changed", changed: ["roles"] })
      const ours = json({ groupname: "g@corp", roles: { role: ["MONITOR"] } })
      const create = Groups.create({ groupname: "g@corp", roles: ["MONITOR"] })
      assert.lengthOf((yield* over([lost, refused(409), ours], create)).sent, 3)
    })
  )
})
