import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type * as HcpSystem from "../src/HcpSystem.ts"
import { makeNamespace, makeSystem, send, status } from "./utils/exchange.ts"
import { code, mapi, must } from "./utils/mapi.ts"
import { paths } from "./utils/query.ts"

const n1 = "/tenants/t1/namespaces/n1"
const on = (name: string) => ({ host: `${name}.t1.hcp1.example.com` })

/** What a namespace may be asked over the data path: the status of a PUT by user `n`. */
const put = (hcp: HcpSystem.HcpSystem, name: string, path = "/rest/a") =>
  status(hcp, "PUT", path, { ...on(name), body: "1" })

describe("a namespace", () => {
  it.effect("says whether queries find it, and whether it is replicated, as it is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* put(hcp, "n1"), 201)
      const state = Effect.map(must(hcp, "GET", n1), ({ json }) => [
        json.searchEnabled,
        json.indexingEnabled,
        json.replicationEnabled
      ])
      assert.deepStrictEqual(yield* state, [true, true, true])
      assert.deepStrictEqual(yield* paths(hcp, "*:*"), ["/a"])
      yield* must(hcp, "POST", n1, { json: { indexingEnabled: false, replicationEnabled: false } })
      assert.deepStrictEqual(yield* state, [true, false, false])
      assert.deepStrictEqual(yield* paths(hcp, "*:*"), [])
      assert.strictEqual(yield* code(hcp, "POST", n1, { json: { customMetadataIndexingEnabled: true } }), 400)
      yield* must(hcp, "POST", n1, { json: { indexingEnabled: true } })
      assert.deepStrictEqual(yield* paths(hcp, "*:*"), ["/a"])
      yield* must(hcp, "POST", n1, { json: { searchEnabled: false } })
      assert.deepStrictEqual(yield* state, [false, false, false])
    })
  )

  it.effect("can be written to as soon as it is made, and its name resolves", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* put(hcp, "new"), 403)
      yield* must(hcp, "PUT", "/tenants/t1/namespaces", {
        xml: "<namespace><name>New</name><hashScheme>MD5</hashScheme><hardQuota>1 GB</hardQuota><softQuota>90</softQuota></namespace>"
      })
      assert.include(yield* hcp.hostNames, "new.t1.hcp1.example.com")
      const stored = yield* send(hcp, "PUT", "/rest/a", { ...on("new"), body: "1" })
      assert.strictEqual(stored.status, 201)
      assert.match(stored.headers["x-hcp-hash"] ?? "", /^MD5 /)
      assert.include((yield* send(hcp, "GET", "/proc", on("n1"))).text, `name="new"`)
      const statistics = yield* send(hcp, "GET", "/proc/statistics", on("new"))
      assert.include(statistics.text, `totalCapacityBytes="${1024 ** 3}"`)
      assert.strictEqual(yield* status(hcp, "GET", "/rest", { ...on("new"), secure: false }), 403)
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/namespaces")).json, { name: ["n1", "new"] })
      const { json } = yield* must(hcp, "GET", "/tenants/t1/namespaces/NEW?verbose=true")
      assert.strictEqual(json.hashScheme, "MD5")
      assert.strictEqual(json.softQuota, 90)
      assert.strictEqual(json.fullyQualifiedName, "new.t1.hcp1.example.com")
      assert.notProperty(json, "versioningSettings")
      assert.notProperty((yield* must(hcp, "GET", "/tenants/t1/namespaces/new")).json, "hashScheme")
    })
  )

  it.effect("is refused when it cannot be", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const create = (json: unknown) => code(hcp, "PUT", "/tenants/t1/namespaces", { json })
      assert.strictEqual(yield* create({ name: "N1" }), 409)
      assert.strictEqual(yield* create({}), 400)
      for (const name of ["-a", "a-", "xn--a", "a.b", "a b", "a".repeat(64), ""]) {
        assert.strictEqual(yield* create({ name }), 400, name)
      }
      for (const bad of [
        { hashScheme: "md5" },
        { softQuota: 9 },
        { hardQuota: "10" },
        { aclsUsage: "ENABLED" },
        { owner: "nobody" },
        { owner: "x", ownerType: "EXTERNAL" },
        { indexingEnabled: true },
        { multipartUploadAutoAbortDays: 181 },
        { appendEnabled: true, versioningSettings: { enabled: true, prune: false } },
        { versioningSettings: { prune: true } },
        { versioningSettings: { enabled: true, prune: true } },
        { tags: { tag: ["a,b"] } }
      ]) {
        assert.strictEqual(yield* create({ name: "x", ...bad }), 400, JSON.stringify(bad))
      }
      assert.strictEqual(yield* create({ name: "x", creationTime: "now" }), 403)
      assert.strictEqual(yield* code(hcp, "PUT", "/tenants/t9/namespaces", { json: { name: "x" } }), 404)
      yield* must(hcp, "POST", "/tenants/t1", { json: { namespaceQuota: 1 } })
      assert.strictEqual(yield* create({ name: "x" }), 403)
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/namespaces")).json, { name: ["n1"] })
    })
  )

  it.effect("is deleted when it is empty, and is gone then", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* put(hcp, "n1", "/rest/d/a")
      const refused = yield* mapi(hcp, "DELETE", n1)
      assert.strictEqual(refused.status, 403)
      assert.include(refused.message ?? "", "not empty")
      yield* send(hcp, "DELETE", "/rest/d/a", on("n1"))
      yield* must(hcp, "DELETE", n1)
      assert.strictEqual(yield* put(hcp, "n1"), 403)
      assert.strictEqual(yield* code(hcp, "GET", n1), 404)
      assert.notInclude(yield* hcp.hostNames, "n1.t1.hcp1.example.com")
      assert.deepStrictEqual(hcp.namespaces, [])
      yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "n1" } })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d", on("n1")), 404)
    })
  )

  it.effect("keeps what it holds and who may use it when it is renamed", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: [{ username: "n", password: "n01", permissions: { "n1.t1": ["browse", "read", "write"] } }]
      })
      yield* put(hcp, "n1")
      yield* must(hcp, "POST", n1, { json: { name: "Moved" } })
      assert.strictEqual(yield* code(hcp, "GET", n1), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", on("n1")), 403)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a", on("moved"))).text, "1")
      yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "n1" } })
      assert.strictEqual(yield* code(hcp, "POST", n1, { json: { name: "moved" } }), 403)
    })
  )

  it.effect("changes what the data side does", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* put(hcp, "n1"), 201)
      assert.strictEqual(yield* put(hcp, "n1"), 409)
      yield* must(hcp, "POST", `${n1}/versioningSettings`, { json: { enabled: true, prune: true, pruneDays: 10 } })
      assert.strictEqual(yield* put(hcp, "n1"), 201)
      assert.deepStrictEqual((yield* must(hcp, "GET", `${n1}/versioningSettings`)).json, {
        enabled: true,
        prune: true,
        pruneDays: 10,
        keepDeletionRecords: true,
        useDeleteMarkers: false
      })
      yield* must(hcp, "DELETE", `${n1}/versioningSettings`)
      assert.strictEqual(yield* put(hcp, "n1"), 409)
      yield* must(hcp, "POST", `${n1}/complianceSettings`, {
        xml: "<complianceSettings><retentionDefault>A+1y</retentionDefault><customMetadataChanges>all</customMetadataChanges><shreddingDefault>true</shreddingDefault></complianceSettings>"
      })
      yield* put(hcp, "n1", "/rest/b")
      const head = yield* send(hcp, "HEAD", "/rest/b", on("n1"))
      assert.strictEqual(head.headers["x-hcp-shred"], "true")
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/b", on("n1")), 403)
      yield* must(hcp, "POST", `${n1}/protocols/http`, { json: { httpsEnabled: false } })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", on("n1")), 403)
      yield* must(hcp, "POST", `${n1}/protocols/http`, { json: { httpsEnabled: true, restEnabled: false } })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", on("n1")), 403)
      yield* must(hcp, "POST", `${n1}/protocols/http`, { json: { restEnabled: true } })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", on("n1")), 200)
    })
  )

  it.effect("lets everybody in when it asks nobody for credentials", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* put(hcp, "n1")
      const get = () => status(hcp, "GET", "/rest/a", { ...on("n1"), anonymous: true })
      yield* must(hcp, "POST", n1, { json: { authAndAnonymousMinimumPermissions: { permission: ["READ", "browse"] } } })
      assert.strictEqual(yield* get(), 403)
      yield* must(hcp, "POST", `${n1}/protocols/http`, { json: { restRequiresAuthentication: false } })
      assert.strictEqual(yield* get(), 200)
      yield* must(hcp, "POST", n1, { json: { authAndAnonymousMinimumPermissions: { permission: [] } } })
      assert.strictEqual(yield* get(), 403)
    })
  )

  it.effect("goes from enterprise to compliance mode and from no lists to lists, never back", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* must(hcp, "POST", n1, { json: { enterpriseMode: false, aclsUsage: "enforced" } })
      const { json } = yield* must(hcp, "GET", n1)
      assert.strictEqual(json.enterpriseMode, false)
      assert.strictEqual(json.aclsUsage, "ENFORCED")
      assert.strictEqual(yield* code(hcp, "POST", n1, { json: { enterpriseMode: true } }), 403)
      assert.strictEqual(yield* code(hcp, "POST", n1, { json: { aclsUsage: "NOT_ENABLED" } }), 403)
      assert.strictEqual(yield* code(hcp, "POST", n1, { json: { hashScheme: "MD5" } }), 403)
      assert.strictEqual(yield* code(hcp, "POST", `${n1}?resetMQECheckpoint=01/02/2026`), 200)
      assert.strictEqual(yield* code(hcp, "POST", `${n1}?resetMQECheckpoint=x`), 400)
    })
  )
})

describe("retention classes", () => {
  it.effect("are made, used, prolonged and deleted", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const classes = `${n1}/retentionClasses`
      yield* must(hcp, "PUT", classes, { json: { name: "Bills", value: "A+1y", allowDisposition: true } })
      assert.deepStrictEqual((yield* must(hcp, "GET", classes)).json, { name: ["Bills"] })
      const stored = { ...on("n1"), body: "1" }
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a?retention=C%2Bbills", stored), 201)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a", on("n1")), 403)
      assert.include((yield* send(hcp, "GET", "/proc/retentionClasses", on("n1"))).text, `name="Bills"`)
      assert.deepStrictEqual((yield* must(hcp, "GET", `${classes}/bills?verbose=true`)).json, {
        name: "Bills",
        allowDisposition: true,
        description: "Retention class Bills",
        value: "A+1y"
      })
      const create = (json: unknown) => code(hcp, "PUT", classes, { json })
      assert.strictEqual(yield* create({ name: "bills", value: "0" }), 409)
      assert.strictEqual(yield* create({ name: "x", value: "A+1y" }), 400)
      assert.strictEqual(yield* create({ name: "x", value: "soon" }), 400)
      assert.strictEqual(yield* create({ name: "a b", value: "0" }), 400)
      assert.strictEqual(yield* code(hcp, "HEAD", `${classes}/bills`), 200)
      assert.strictEqual(yield* code(hcp, "HEAD", `${classes}/none`), 302)
      yield* must(hcp, "DELETE", `${classes}/bills`)
      assert.strictEqual(yield* code(hcp, "GET", `${classes}/bills`), 404)
    })
  )

  it.effect("only grow in compliance mode", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({
        retentionMode: "compliance",
        retentionClasses: [{ name: "c", value: "A+2y" }]
      })
      const change = (value: string) => code(hcp, "POST", `${n1}/retentionClasses/c`, { json: { value } })
      assert.strictEqual(yield* change("A+1y"), 403)
      assert.strictEqual(yield* change("A+3y"), 200)
      assert.strictEqual(yield* change("-1"), 200)
      assert.strictEqual(yield* change("0"), 403)
      assert.strictEqual(yield* code(hcp, "DELETE", `${n1}/retentionClasses/c`), 403)
    })
  )
})

describe("settings of a namespace", () => {
  it.effect("are shown with defaults and checked", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const shown = (path: string) => Effect.map(must(hcp, "GET", `${n1}/${path}`), ({ json }) => json)
      const post = (path: string, json: unknown) => code(hcp, "POST", `${n1}/${path}`, { json })
      assert.strictEqual((yield* shown("protocols/cifs")).caseForcing, "DISABLED")
      assert.strictEqual(yield* post("protocols/cifs", { enabled: true, caseForcing: "lower" }), 200)
      assert.strictEqual((yield* shown("protocols/cifs")).caseForcing, "LOWER")
      assert.strictEqual(yield* post("protocols/cifs", { caseForcing: "TITLE" }), 400)
      assert.strictEqual((yield* shown("protocols/nfs")).uid, 0)
      assert.strictEqual((yield* shown("protocols/smtp")).emailLocation, "/email/")
      assert.strictEqual(yield* post("protocols/http", { hs3Enabled: true }), 400)
      const http = yield* shown("protocols/http")
      assert.strictEqual(http.restRequiresAuthentication, true)
      assert.strictEqual(http.hs3Enabled, false)
      assert.strictEqual(yield* code(hcp, "GET", `${n1}/protocols`), 403)
      assert.strictEqual(yield* post("replicationCollisionSettings", { deleteEnabled: true }), 400)
      assert.strictEqual(yield* post("replicationCollisionSettings", { deleteEnabled: true, deleteDays: 5 }), 200)
      assert.strictEqual((yield* shown("replicationCollisionSettings")).deleteDays, 5)
      assert.strictEqual(yield* post("customMetadataIndexingSettings", { fullIndexingEnabled: true }), 200)
      yield* must(hcp, "POST", n1, { json: { searchEnabled: false } })
      assert.strictEqual(yield* post("customMetadataIndexingSettings", { fullIndexingEnabled: true }), 403)
      assert.strictEqual(yield* post("complianceSettings", { retentionDefault: "C+none" }), 400)
      assert.strictEqual(yield* post("complianceSettings", { customMetadataChanges: "SOME" }), 400)
      assert.strictEqual(yield* post("versioningSettings", {}), 400)
    })
  )

  it.effect("belong to roles", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: [
          { username: "n", password: "n01", roles: ["COMPLIANCE"] },
          { username: "m", password: "m01", roles: ["MONITOR"] },
          { username: "a", password: "a01", roles: ["ADMINISTRATOR"] }
        ]
      })
      const by = (name: string, method: string, path: string, json?: unknown) =>
        code(hcp, method, path, { json, at: "t1", as: [name, `${name}01`] })
      const retention = { retentionDefault: "0" }
      assert.strictEqual(yield* by("n", "POST", `${n1}/complianceSettings`, retention), 200)
      assert.strictEqual(yield* by("a", "POST", `${n1}/complianceSettings`, retention), 403)
      assert.strictEqual(yield* by("m", "GET", `${n1}/complianceSettings`), 200)
      assert.strictEqual(yield* by("n", "POST", n1, { description: "x" }), 403)
      assert.strictEqual(yield* by("m", "GET", n1), 200)
      assert.strictEqual(yield* by("m", "POST", n1, { description: "x" }), 403)
      assert.strictEqual(yield* by("a", "POST", n1, { description: "x" }), 200)
      assert.strictEqual(yield* by("a", "GET", "/tenants"), 403)
      assert.strictEqual(yield* code(hcp, "GET", n1, { as: ["a", "a01"] }), 403)
    })
  )

  it.effect("are the owner's name alone for those who manage only their own namespaces", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* must(hcp, "POST", "/tenants/t1/userAccounts/n", { json: { allowNamespaceManagement: true } })
      const asUser = { at: "t1", as: ["n", "n01"] as const }
      yield* must(hcp, "PUT", "/tenants/t1/namespaces", { ...asUser, json: { name: "mine" } })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/namespaces", asUser)).json, { name: ["mine"] })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/namespaces/mine?verbose=true", asUser)).json, {
        name: "mine",
        owner: "n"
      })
      assert.strictEqual(yield* code(hcp, "GET", n1, asUser), 404)
      assert.strictEqual(yield* code(hcp, "DELETE", n1, asUser), 404)
      yield* must(hcp, "DELETE", "/tenants/t1/namespaces/mine", asUser)
    })
  )
})
