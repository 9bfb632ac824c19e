import * as Crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeNamespace, makeSystem, send, status } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const get = (hcp: Parameters<typeof send>[0], target: string, host?: string) =>
  Effect.gen(function* () {
    const answer = yield* send(hcp, "GET", target, host === undefined ? {} : { host })
    assert.strictEqual(answer.status, 200)
    assert.match(answer.headers["content-type"] ?? "", /^text\/xml/)
    return yield* parseXml(answer.text)
  })

const system = makeSystem({
  namespaces: [
    {
      name: "n1",
      tenant: "t1",
      description: "a ° b ]]> c",
      retentionClasses: [{ name: "TAX_DATA", value: "A+10y", autoDelete: true }]
    },
    "n2.t1",
    "n3.t1",
    "n1.t2"
  ],
  users: [{ username: "n", password: "n01", permissions: { "n1.t1": ["browse", "read", "write"], "n2.t1": ["read"] } }]
})

describe("/proc", () => {
  it.effect("lists the namespaces the user can reach, or only the one that was asked", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      const all = yield* get(hcp, "/proc")
      assert.strictEqual(all.name, "namespaces")
      assert.strictEqual(all.attributes.tenantHostName, "t1.hcp1.example.com")
      assert.deepStrictEqual(
        all.children.map(({ attributes }) => attributes.name),
        ["n1", "n2"]
      )
      const single = yield* get(hcp, "/proc?single=true")
      assert.deepStrictEqual(
        single.children.map(({ attributes }) => attributes),
        [
          {
            name: "n1",
            nameIDNA: "n1",
            versioningEnabled: "false",
            searchEnabled: "true",
            retentionMode: "enterprise",
            defaultShredValue: "false",
            defaultIndexValue: "true",
            defaultRetentionValue: "0",
            hashScheme: "SHA-256",
            dpl: "2"
          }
        ]
      )
      assert.strictEqual(single.children[0]?.children[0]?.text.trim(), "a ° b ]]> c")
      const ofTenant = yield* get(hcp, "/proc", "t1.hcp1.example.com")
      assert.strictEqual(ofTenant.children.length, 2)
      // Clients were seen to die of an element without text.
      for (const namespace of all.children) assert.notStrictEqual(namespace.children[0]?.text.trim(), "")
    })
  )

  it.effect("counts what is stored, in nine attributes", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      yield* send(hcp, "PUT", "/rest/a", { body: "12345" })
      yield* send(hcp, "PUT", "/rest/b?shred=true", { body: "123" })
      const { attributes, name } = yield* get(hcp, "/proc/statistics")
      assert.strictEqual(name, "statistics")
      const { "xmlns:xsi": _, "xsi:noNamespaceSchemaLocation": __, ...rest } = attributes
      assert.deepStrictEqual(rest, {
        namespaceName: "n1",
        totalCapacityBytes: "53687091200",
        usedCapacityBytes: "8",
        softQuotaPercent: "85",
        objectCount: "2",
        shredObjectCount: "1",
        shredObjectBytes: "3",
        customMetadataObjectCount: "0",
        customMetadataObjectBytes: "0"
      })
    })
  )

  it.effect("shows retention classes and permissions", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      const classes = yield* get(hcp, "/proc/retentionClasses")
      assert.deepStrictEqual(
        classes.children.map(({ attributes }) => attributes),
        [{ name: "TAX_DATA", value: "A+10y", autoDelete: "true" }]
      )
      assert.notStrictEqual(classes.children[0]?.children[0]?.text, "")
      const permissions = yield* get(hcp, "/proc/permissions")
      assert.deepStrictEqual(
        permissions.children.map(({ name }) => name),
        ["namespacePermissions", "namespaceEffectivePermissions", "userPermissions", "userEffectivePermissions"]
      )
      assert.deepStrictEqual(permissions.children[2]?.attributes, {
        browse: "true",
        read: "true",
        write: "true",
        readAcl: "false",
        writeAcl: "false",
        changeOwner: "false",
        delete: "false",
        privileged: "false",
        purge: "false",
        search: "false"
      })
    })
  )

  it.effect("answers 401 for a namespace that is not the user's, and 404 for other resources", () =>
    Effect.gen(function* () {
      const hcp = yield* system
      for (const host of ["n3.t1.hcp1.example.com", "n9.t1.hcp1.example.com", "n1.t9.hcp1.example.com"]) {
        assert.strictEqual(yield* status(hcp, "GET", "/proc/statistics", { host }), 401, host)
      }
      assert.strictEqual(yield* status(hcp, "GET", "/proc", { anonymous: true }), 401)
      assert.strictEqual(yield* status(hcp, "GET", "/proc/nsPermissions"), 404)
      assert.strictEqual(yield* status(hcp, "PUT", "/proc"), 405)
    })
  )

  it.effect("is refused over a protocol that is switched off", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ http: false })
      assert.strictEqual(yield* status(hcp, "GET", "/proc", { secure: false }), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/proc", { secure: true }), 200)
    })
  )

  it.effect("tells what is granted from what masks leave of it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const admin = Buffer.from("service").toString("base64")
      const digest = Crypto.createHash("md5").update("service01").digest("hex")
      const mapi = (path: string, body: string) =>
        status(hcp, "POST", `/mapi/tenants/t1${path}`, {
          ...{ host: "admin.hcp1.example.com", listener: "mapi", body },
          headers: { authorization: `HCP ${admin}:${digest}`, "content-type": "application/xml" }
        })
      const mask = (...names: ReadonlyArray<string>) =>
        `<permissions>${names.map((name) => `<permission>${name}</permission>`).join("")}</permissions>`
      assert.strictEqual(yield* mapi("/permissions", mask("READ", "WRITE")), 200)
      assert.strictEqual(yield* mapi("/namespaces/n1/permissions", mask("READ", "DELETE")), 200)
      const { children } = yield* get(hcp, "/proc/permissions")
      const granted = children.map(({ attributes }) => ["read", "write", "delete"].map((name) => attributes[name]))
      assert.deepStrictEqual(granted, [
        ["true", "false", "true"],
        ["true", "false", "false"],
        ["true", "true", "true"],
        ["true", "false", "false"]
      ])
    })
  )
})
