import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSystem, status } from "./utils/exchange.ts"
import { code, mapi, must, tokenFor } from "./utils/mapi.ts"

const finance = { json: { name: "Finance", hardQuota: "5 GB", softQuota: 80, namespaceQuota: "2" } }
const asLisa = { at: "finance", as: ["lgreen", "p4ssw0rd"] as const }

const withFinance = Effect.gen(function* () {
  const hcp = yield* makeSystem()
  yield* must(hcp, "PUT", "/tenants?username=lgreen&password=p4ssw0rd", finance)
  return hcp
})

describe("a tenant", () => {
  it.effect("is made with a first user, who has the SECURITY role and no more", () =>
    Effect.gen(function* () {
      const hcp = yield* withFinance
      assert.include(yield* hcp.hostNames, "finance.hcp1.example.com")
      assert.deepStrictEqual(hcp.tenants, ["t1", "finance"])
      const { json } = yield* must(hcp, "GET", "/tenants/finance")
      assert.strictEqual(json.hardQuota, "5.00 GB")
      assert.strictEqual(json.namespaceQuota, "2")
      assert.deepStrictEqual(json.authenticationTypes, { authenticationType: ["LOCAL", "RADIUS"] })
      const users = yield* must(hcp, "GET", "/tenants/finance/userAccounts/lgreen?verbose=true")
      assert.deepStrictEqual(users.json.roles, { role: ["SECURITY"] })
      assert.strictEqual(users.json.fullName, "lgreen")
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/finance/consoleSecurity", asLisa), 200)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/finance", asLisa), 403)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/consoleSecurity", asLisa), 403)
    })
  )

  it.effect("is refused when it exists, has a bad name, or no first user", () =>
    Effect.gen(function* () {
      const hcp = yield* withFinance
      const put = (query: string, json: unknown) => code(hcp, "PUT", `/tenants${query}`, { json })
      const user = "?username=u&password=pass01"
      assert.strictEqual(yield* put(user, { name: "FINANCE" }), 409)
      assert.strictEqual(yield* put(user, { name: "a.b" }), 400)
      assert.strictEqual(yield* put(user, { name: "www" }), 400)
      assert.strictEqual(yield* put(user, {}), 400)
      assert.strictEqual(yield* put("", { name: "x" }), 400)
      assert.strictEqual(yield* put("?username=u&password=short", { name: "x" }), 400)
      assert.strictEqual(yield* put("?username=u&password=onlyletters", { name: "x" }), 400)
      assert.strictEqual(yield* put(user, { name: "x", administrationAllowed: true }), 403)
      assert.strictEqual(yield* put(user, { name: "x", authenticationTypes: { authenticationType: ["RADIUS"] } }), 400)
      assert.strictEqual(yield* put(user, { name: "x", id: "1" }), 403)
      assert.strictEqual(yield* put("?initialSecurityGroup=g", { name: "x" }), 400)
      assert.deepStrictEqual(hcp.tenants, ["t1", "finance"])
    })
  )

  it.effect("shows each level what concerns it, and lets it change that only", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: [{ username: "n", password: "n01", roles: ["ADMINISTRATOR"] }]
      })
      const asTenant = { at: "t1", as: ["n", "n01"] as const }
      yield* must(hcp, "POST", "/tenants/t1", { json: { systemVisibleDescription: "ours", hardQuota: "2 TB" } })
      const system = yield* must(hcp, "GET", "/tenants/t1?verbose=true")
      assert.strictEqual(system.json.systemVisibleDescription, "ours")
      const brief = yield* must(hcp, "GET", "/tenants/t1", asTenant)
      assert.sameMembers(Object.keys(brief.json), [
        "tenantVisibleDescription",
        "administrationAllowed",
        "maxNamespacesPerUser",
        "snmpLoggingEnabled",
        "syslogLoggingEnabled"
      ])
      const verbose = yield* must(hcp, "GET", "/tenants/t1?verbose=true", asTenant)
      assert.strictEqual(verbose.json.hardQuota, "2.00 TB")
      assert.notProperty(verbose.json, "systemVisibleDescription")
      const post = (json: unknown, asked = {}) => code(hcp, "POST", "/tenants/t1", { ...asked, json })
      assert.strictEqual(yield* post({ hardQuota: "3 TB" }, asTenant), 403)
      assert.strictEqual(yield* post({ administrationAllowed: false }), 403)
      assert.strictEqual(yield* post({ tenantVisibleDescription: "mine" }, asTenant), 200)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces"), 200)
      assert.strictEqual(yield* post({ administrationAllowed: false }, asTenant), 200)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1/namespaces"), 403)
      assert.strictEqual(yield* post({ tenantVisibleDescription: "theirs" }), 403)
      assert.notProperty((yield* must(hcp, "GET", "/tenants/t1?verbose=true")).json, "administrationAllowed")
    })
  )

  it.effect("goes only when it owns no namespace, and takes its names and users along", () =>
    Effect.gen(function* () {
      const hcp = yield* withFinance
      yield* must(hcp, "PUT", "/tenants/finance/namespaces", { json: { name: "ns" } })
      const refused = yield* mapi(hcp, "DELETE", "/tenants/finance")
      assert.strictEqual(refused.status, 403)
      assert.include(refused.message ?? "", "namespaces")
      yield* must(hcp, "DELETE", "/tenants/finance/namespaces/ns")
      yield* must(hcp, "DELETE", "/tenants/finance")
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/finance"), 404)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/finance/consoleSecurity", asLisa), 403)
      assert.notInclude(yield* hcp.hostNames, "finance.hcp1.example.com")
    })
  )

  it.effect("of the specification is closed to the system if the specification says so", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ administrationAllowed: false })
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/t1"), 200)
      assert.strictEqual(yield* code(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "n2" } }), 403)
    })
  )

  it.effect("may be the default one, which is small", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ defaultNamespace: true })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants")).json, { name: ["Default", "t1"] })
      assert.deepStrictEqual(Object.keys((yield* must(hcp, "GET", "/tenants/default")).json).sort(), [
        "snmpLoggingEnabled",
        "syslogLoggingEnabled",
        "systemVisibleDescription",
        "tenantVisibleDescription"
      ])
      const verbose = yield* must(hcp, "GET", "/tenants/Default?verbose=true")
      assert.strictEqual(verbose.json.id, "00000000-0000-0000-0000-000000000000")
      assert.strictEqual(verbose.json.name, "Default")
      assert.strictEqual(yield* code(hcp, "DELETE", "/tenants/Default"), 403)
      assert.strictEqual(yield* code(hcp, "PUT", "/tenants/Default/namespaces", { json: { name: "x" } }), 403)
      const protocols = yield* must(hcp, "GET", "/tenants/Default/namespaces/Default/protocols")
      assert.strictEqual(protocols.json.httpEnabled, true)
    })
  )
})

describe("settings of a tenant", () => {
  it.effect("are shown with their defaults and changed one by one", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const path = "/tenants/t1/consoleSecurity"
      const before = yield* must(hcp, "GET", path)
      assert.strictEqual(before.json.minimumPasswordLength, 6)
      assert.deepStrictEqual(before.json.ipSettings.allowAddresses, { ipAddress: ["0.0.0.0/0"] })
      yield* must(hcp, "POST", path, {
        xml: "<consoleSecurity><minimumPasswordLength>10</minimumPasswordLength><ipSettings><allowAddresses><ipAddress>10.0.0.0/8</ipAddress></allowAddresses><allowIfInBothLists>true</allowIfInBothLists><denyAddresses/></ipSettings></consoleSecurity>"
      })
      const after = yield* must(hcp, "GET", path)
      assert.deepStrictEqual(after.json, {
        ...before.json,
        minimumPasswordLength: 10,
        ipSettings: {
          allowAddresses: { ipAddress: ["10.0.0.0/8"] },
          allowIfInBothLists: true,
          denyAddresses: { ipAddress: [] }
        }
      })
      assert.strictEqual(yield* code(hcp, "POST", path, { json: { minimumPasswordLength: 65 } }), 400)
      assert.strictEqual(
        yield* code(hcp, "POST", path, { json: { ipSettings: { allowAddresses: { ipAddress: ["300.0.0.1"] } } } }),
        400
      )
      assert.strictEqual(yield* code(hcp, "POST", "/tenants/t1/userAccounts/n?password=short01", { json: {} }), 400)
    })
  )

  it.effect("hold contacts, mails, search and defaults for namespaces", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* must(hcp, "POST", "/tenants/t1/contactInfo", { xml: "<contactinfo><city>Ulm</city></contactinfo>" })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/contactInfo")).json, { city: "Ulm" })
      const mail = "/tenants/t1/emailNotification"
      const recipient = { address: "a@b.example", severity: "warning", type: "GENERAL, SECURITY" }
      yield* must(hcp, "POST", mail, { json: { enabled: true, recipients: { recipient: [recipient] } } })
      const kept = (yield* must(hcp, "GET", mail)).json
      assert.strictEqual(kept.enabled, true)
      assert.deepStrictEqual(kept.recipients, { recipient: [{ ...recipient, severity: "WARNING" }] })
      const post = (json: unknown) => code(hcp, "POST", mail, { json })
      assert.strictEqual(yield* post({ emailTemplate: { from: "a@b.example" } }), 400)
      assert.strictEqual(yield* post({ recipients: { recipient: [{ severity: "ERROR" }] } }), 400)
      assert.strictEqual(yield* post({ recipients: { recipient: Array.from({ length: 26 }, () => recipient) } }), 400)
      assert.strictEqual((yield* must(hcp, "GET", "/tenants/t1/searchSecurity")).status, 200)
      yield* must(hcp, "POST", "/tenants/t1/namespaceDefaults", {
        json: { hardQuota: "7 GB", versioningSettings: { enabled: true, prune: false }, hashScheme: "SHA-512" }
      })
      yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "made" } })
      const made = (yield* must(hcp, "GET", "/tenants/t1/namespaces/made?verbose=true")).json
      assert.strictEqual(made.hardQuota, "7.00 GB")
      assert.strictEqual(made.hashScheme, "SHA-512")
      const versioning = yield* must(hcp, "GET", "/tenants/t1/namespaces/made/versioningSettings")
      assert.strictEqual(versioning.json.enabled, true)
    })
  )

  it.effect("hold CORS rules and content classes", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const rules = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"
      for (const path of ["/tenants/t1/cors", "/tenants/t1/namespaces/n1/cors"]) {
        assert.strictEqual(yield* code(hcp, "GET", path), 404)
        yield* must(hcp, "PUT", path, { xml: `<cors><![CDATA[${rules}]]></cors>` })
        assert.deepStrictEqual((yield* must(hcp, "GET", path)).json, { cors: rules })
        const xml = yield* must(hcp, "GET", path, { headers: { accept: "application/xml" } })
        assert.include(xml.text, `<cors><![CDATA[${rules}]]></cors>`)
        assert.strictEqual(yield* code(hcp, "PUT", path, { json: { cors: "<x/>" } }), 400)
        yield* must(hcp, "PUT", path, { xml: rules })
        yield* must(hcp, "DELETE", path)
        assert.strictEqual(yield* code(hcp, "DELETE", path), 404)
      }
      const classes = "/tenants/t1/contentClasses"
      const contentProperty = [{ name: "p", expression: "/a/b", type: "STRING", multivalued: false, format: "" }]
      yield* must(hcp, "PUT", classes, { json: { name: "Meta", contentProperties: { contentProperty } } })
      assert.strictEqual(yield* code(hcp, "PUT", classes, { json: { name: "meta" } }), 409)
      assert.deepStrictEqual((yield* must(hcp, "GET", classes)).json, { name: ["Meta"] })
      assert.strictEqual(yield* code(hcp, "DELETE", `${classes}/meta`), 403)
      yield* must(hcp, "POST", `${classes}/meta`, { json: { contentProperties: {}, namespaces: { name: ["n1"] } } })
      assert.strictEqual(yield* code(hcp, "POST", `${classes}/meta`, { json: { namespaces: { name: ["x"] } } }), 400)
      yield* must(hcp, "DELETE", `${classes}/meta`)
    })
  )

  it.effect("limit what anybody may do with data", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const put = () => status(hcp, "PUT", "/rest/a", { body: "1", headers: { authorization: tokenFor("n", "n01") } })
      const path = "/tenants/t1/permissions"
      yield* must(hcp, "POST", path, { json: { permission: ["SEARCH"] } })
      assert.deepStrictEqual((yield* must(hcp, "GET", path)).json, { permission: ["READ", "SEARCH"] })
      assert.strictEqual(yield* put(), 403)
      yield* must(hcp, "POST", path, { xml: "<permissions><permission>WRITE</permission></permissions>" })
      assert.strictEqual(yield* put(), 201)
      assert.strictEqual(yield* code(hcp, "POST", path, { json: { permission: ["write"] } }), 400)
      yield* must(hcp, "POST", "/tenants/t1/namespaces/n1/permissions", { json: { permission: [] } })
      assert.strictEqual(yield* put(), 403)
    })
  )
})
