import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSystem, status } from "./utils/exchange.ts"
import { code, mapi, must, tokenFor } from "./utils/mapi.ts"

const users = "/tenants/t1/userAccounts"

const mia = {
  username: "Mia",
  fullName: "Mia M.",
  localAuthentication: true,
  enabled: true,
  forcePasswordChange: false,
  description: ""
}

/** A system where Mia has been made, and how she stores an object. */
const withMia = Effect.gen(function* () {
  const hcp = yield* makeSystem({ namespaces: ["n1.t1", "n2.t1"] })
  yield* must(hcp, "PUT", `${users}?password=start1`, { json: mia })
  const put = (password: string, namespace = "n1", method = "PUT") =>
    status(hcp, method, "/rest/a", {
      host: `${namespace}.t1.hcp1.example.com`,
      body: "1",
      headers: { authorization: tokenFor("Mia", password) }
    })
  return { hcp, put }
})

const grant = (namespaceName: string, permission: ReadonlyArray<string>) => ({
  json: { namespacePermission: [{ namespaceName, permissions: { permission } }] }
})

describe("a user", () => {
  it.effect("may do with data what is granted, until it is taken away", () =>
    Effect.gen(function* () {
      const { hcp, put } = yield* withMia
      const path = `${users}/mia/dataAccessPermissions`
      assert.strictEqual(yield* put("start1"), 403)
      yield* must(hcp, "POST", path, grant("n1", ["write", "READ"]))
      assert.strictEqual(yield* put("start1"), 201)
      assert.strictEqual(yield* put("start1", "n2"), 403)
      assert.strictEqual(yield* put("start1", "n1", "DELETE"), 403)
      yield* must(hcp, "POST", path, grant("N2", ["SEARCH"]))
      assert.deepStrictEqual((yield* must(hcp, "GET", path)).json, {
        namespacePermission: [
          { namespaceName: "n1", permissions: { permission: ["BROWSE", "READ", "WRITE"] } },
          { namespaceName: "n2", permissions: { permission: ["BROWSE", "READ", "SEARCH"] } }
        ]
      })
      const page = yield* must(hcp, "GET", `${path}?filterString=n2`)
      assert.strictEqual(page.json.namespacePermission.length, 1)
      const xml = yield* must(hcp, "GET", `${path}?count=1`, { headers: { accept: "application/xml" } })
      assert.include(
        xml.text,
        "<dataAccessPermissions><namespacePermission><namespaceName>n1</namespaceName><permissions><permission>BROWSE</permission>"
      )
      yield* must(hcp, "POST", path, {
        xml: "<dataAccessPermissions><namespacePermission><namespaceName>n1</namespaceName><permissions/></namespacePermission></dataAccessPermissions>"
      })
      assert.strictEqual(yield* put("start1"), 403)
      assert.strictEqual(yield* code(hcp, "POST", path, grant("n9", ["READ"])), 400)
      assert.strictEqual(yield* code(hcp, "POST", path, grant("n1", ["FLY"])), 400)
      assert.strictEqual(yield* code(hcp, "GET", `${users}/nobody/dataAccessPermissions`), 404)
    })
  )

  it.effect("has one password at a time", () =>
    Effect.gen(function* () {
      const { hcp, put } = yield* withMia
      yield* must(hcp, "POST", `${users}/mia/dataAccessPermissions`, grant("n1", ["WRITE"]))
      assert.strictEqual(yield* put("start1"), 201)
      yield* must(hcp, "POST", `${users}/mia?password=second2`, { json: {} })
      assert.strictEqual(yield* put("start1"), 403)
      assert.strictEqual(yield* put("second2"), 409)
      yield* must(hcp, "POST", `${users}/mia/changePassword`, {
        xml: "<updatePasswordRequest><newPassword>third-3</newPassword></updatePasswordRequest>"
      })
      assert.strictEqual(yield* put("second2"), 403)
      assert.strictEqual(yield* put("third-3"), 409)
      const short = yield* mapi(hcp, "POST", `${users}/mia/changePassword`, { json: { newPassword: "abc1" } })
      assert.strictEqual(short.status, 400)
      assert.notInclude(short.message ?? "", "abc1")
      yield* must(hcp, "POST", `${users}/mia`, { json: { roles: { role: ["security"] } } })
      yield* must(hcp, "POST", `${users}?resetPasswords=fourth4`, { xml: "<userAccount/>" })
      assert.strictEqual(yield* put("fourth4"), 409)
    })
  )

  it.effect("is refused when incomplete, double or strange", () =>
    Effect.gen(function* () {
      const { hcp } = yield* withMia
      const create = (changes: object, query = "?password=start1") =>
        code(hcp, "PUT", `${users}${query}`, { json: { ...mia, username: "other", ...changes } })
      assert.strictEqual(yield* create({ username: "MIA" }), 409)
      assert.strictEqual(yield* create({ username: "[x" }), 400)
      assert.strictEqual(yield* create({ fullName: undefined }), 400)
      assert.strictEqual(yield* create({ enabled: undefined }), 400)
      assert.strictEqual(yield* create({ roles: { role: ["SERVICE"] } }), 400)
      assert.strictEqual(yield* create({ allowNamespaceManagement: true }), 403)
      assert.strictEqual(yield* create({ username: "a1", allowNamespaceManagement: false }), 200)
      const administrator = { username: "a2", roles: { role: ["ADMINISTRATOR"] }, allowNamespaceManagement: true }
      assert.strictEqual(yield* create(administrator), 200)
      assert.strictEqual(yield* create({ ...administrator, username: "a3", allowNamespaceManagement: false }), 403)
      yield* must(hcp, "DELETE", `${users}/a1`)
      yield* must(hcp, "DELETE", `${users}/a2`)
      assert.strictEqual(yield* create({ userID: 7 }), 403)
      assert.strictEqual(yield* create({}, ""), 400)
      assert.strictEqual(yield* create({ localAuthentication: false }, ""), 200)
      assert.strictEqual(yield* code(hcp, "POST", `${users}/mia`, { json: { localAuthentication: false } }), 403)
      assert.deepStrictEqual((yield* must(hcp, "GET", users)).json, { username: ["Mia", "n", "other"] })
      assert.deepStrictEqual((yield* must(hcp, "GET", `${users}?filterString=M`)).json, { username: ["Mia"] })
    })
  )

  it.effect("is shown to each role as far as it concerns it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: [
          { username: "s", password: "s01", roles: ["SECURITY"] },
          { username: "a", password: "a01", roles: ["ADMINISTRATOR"] }
        ]
      })
      const by = (name: string) => ({ at: "t1", as: [name, `${name}01`] as const })
      const full = (yield* must(hcp, "GET", `${users}/a?verbose=true`, by("s"))).json
      assert.deepStrictEqual(full.roles, { role: ["ADMINISTRATOR"] })
      assert.isNumber(full.userID)
      assert.isTrue(full.localAuthentication)
      assert.isTrue(full.allowNamespaceManagement)
      const part = (yield* must(hcp, "GET", `${users}/s?verbose=true`, by("a"))).json
      assert.notProperty(part, "roles")
      assert.notProperty(part, "userGUID")
      assert.notProperty(part, "forcePasswordChange")
      assert.notInclude(JSON.stringify(full), 'assword":"')
      const post = (name: string, json: unknown) => code(hcp, "POST", `${users}/s`, { ...by(name), json })
      assert.strictEqual(yield* post("a", { description: "x" }), 403)
      assert.strictEqual(yield* post("a", { allowNamespaceManagement: true }), 200)
      assert.strictEqual(yield* post("s", { allowNamespaceManagement: false }), 403)
      assert.strictEqual(yield* post("s", { description: "x" }), 200)
      // What is shown may be sent back as it is.
      const unchanged = { localAuthentication: true, allowNamespaceManagement: true }
      assert.strictEqual(yield* post("s", { ...unchanged, description: "y" }), 200)
      assert.strictEqual(yield* post("s", { ...unchanged, localAuthentication: false }), 403)
      assert.strictEqual((yield* must(hcp, "GET", `${users}/s`, by("s"))).json.description, "y")
      assert.strictEqual(yield* code(hcp, "PUT", `${users}?password=start1`, { ...by("a"), json: mia }), 403)
      assert.strictEqual(yield* code(hcp, "POST", `${users}?resetPasswords=fourth4`, { ...by("s"), json: {} }), 403)
    })
  )

  it.effect("signs in no more when disabled or deleted, and the last of SECURITY stays", () =>
    Effect.gen(function* () {
      const { hcp, put } = yield* withMia
      yield* must(hcp, "POST", `${users}/mia/dataAccessPermissions`, grant("n1", ["WRITE"]))
      yield* must(hcp, "POST", `${users}/mia`, { json: { enabled: false } })
      assert.strictEqual(yield* put("start1"), 403)
      yield* must(hcp, "POST", `${users}/mia`, { json: { enabled: true, roles: { role: ["SECURITY"] } } })
      assert.strictEqual(yield* put("start1"), 201)
      assert.strictEqual(yield* code(hcp, "DELETE", `${users}/mia`), 403)
      assert.strictEqual(yield* code(hcp, "POST", `${users}/mia`, { json: { roles: { role: [] } } }), 403)
      yield* must(hcp, "POST", `${users}/n`, { json: { roles: { role: ["SECURITY"] } } })
      yield* must(hcp, "DELETE", `${users}/mia`)
      assert.strictEqual(yield* put("start1"), 403)
      assert.strictEqual(yield* code(hcp, "GET", `${users}/mia`), 404)
      assert.strictEqual(yield* code(hcp, "HEAD", `${users}/mia`), 302)
    })
  )
})

describe("a group", () => {
  it.effect("needs Active Directory, and has roles and permissions", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const groups = "/tenants/t1/groupAccounts"
      const sales = { groupname: "sales@ad.example.com", roles: { role: ["MONITOR"] } }
      assert.strictEqual(yield* code(hcp, "PUT", groups, { json: sales }), 403)
      yield* must(hcp, "POST", "/tenants/t1", {
        json: { authenticationTypes: { authenticationType: ["LOCAL", "EXTERNAL"] } }
      })
      yield* must(hcp, "PUT", groups, { json: sales })
      assert.strictEqual(yield* code(hcp, "PUT", groups, { json: sales }), 409)
      assert.strictEqual(yield* code(hcp, "PUT", groups, { json: {} }), 400)
      assert.deepStrictEqual((yield* must(hcp, "GET", groups)).json, { groupname: [sales.groupname] })
      assert.deepStrictEqual((yield* must(hcp, "GET", `${groups}/sales`)).json, {
        ...sales,
        allowNamespaceManagement: false
      })
      const path = `${groups}/${sales.groupname}`
      yield* must(hcp, "POST", path, { json: { allowNamespaceManagement: true } })
      yield* must(hcp, "POST", `${path}/dataAccessPermissions`, grant("n1", ["PURGE"]))
      assert.deepStrictEqual((yield* must(hcp, "GET", `${path}/dataAccessPermissions`)).json, {
        namespacePermission: [{ namespaceName: "n1", permissions: { permission: ["DELETE", "PURGE"] } }]
      })
      yield* must(hcp, "DELETE", path)
      assert.strictEqual(yield* code(hcp, "GET", path), 404)
    })
  )
})

describe("accounts of the system", () => {
  it.effect("are shown and get new passwords", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ admins: ["service:service01", "other:other01"] })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/userAccounts")).json, { username: ["other", "service"] })
      const shown = (yield* must(hcp, "GET", "/userAccounts/service?verbose=true")).json
      assert.include(shown.roles.role, "SERVICE")
      yield* must(hcp, "POST", "/userAccounts/other?password=fresh-1", { xml: "<userAccount/>" })
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { as: ["other", "other01"] }), 403)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { as: ["other", "fresh-1"] }), 200)
      yield* must(hcp, "POST", "/userAccounts/other/changePassword", { json: { newPassword: "fresh-2" } })
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { as: ["other", "fresh-2"] }), 200)
      assert.strictEqual(yield* code(hcp, "PUT", "/userAccounts", { json: {} }), 405)
      assert.deepStrictEqual((yield* must(hcp, "GET", "/groupAccounts")).json, { groupname: [] })
      assert.strictEqual(yield* code(hcp, "GET", "/userAccounts/nobody"), 404)
    })
  )

  it.effect("come in through the host of a tenant too, those of a tenant not through that of the system", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ users: [{ username: "n", password: "n01", roles: ["ADMINISTRATOR"] }] })
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces", { at: "t1" }), 200)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces", { as: ["n", "n01"] }), 403)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces", { at: "n1.t1" }), 403)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces", { at: "t9" }), 403)
    })
  )
})
