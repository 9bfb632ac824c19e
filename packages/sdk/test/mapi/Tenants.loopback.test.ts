import { assert, describe } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Quota from "../../src/mapi/Quota.ts"
import * as Tenants from "../../src/mapi/Tenants.ts"
import { first, inBothFormats, secret } from "./contract.ts"

const security = { username: "lisa", password: secret("start-1") }

describe("tenants over the wire", () => {
  inBothFormats("a tenant is made, looked at, changed and removed", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      assert.isFalse(yield* admin(Tenants.exists("finance")))
      yield* admin(
        Tenants.create({ name: "Finance", hardQuota: Quota.gb(100), softQuota: 85, tags: ["eu", "R&D <x>"] }, security)
      )
      assert.isTrue(yield* admin(Tenants.exists("FINANCE")))
      const made = yield* admin(Tenants.get({ tenant: "finance" }))
      assert.strictEqual(made.fullyQualifiedName?.toLowerCase(), `finance.${first}`)
      assert.strictEqual(made.softQuota, 85)
      assert.deepStrictEqual(made.tags, ["eu", "R&D <x>"])
      assert.strictEqual(made.hardQuota === undefined ? 0 : Quota.bytes(made.hardQuota), 100 * 1024 ** 3)

      yield* admin(Tenants.modify({ systemVisibleDescription: "Löhne & <Kosten>\n2026" }, { tenant: "finance" }))
      const changed = yield* admin(Tenants.get({ tenant: "finance" }))
      assert.strictEqual(changed.systemVisibleDescription, "Löhne & <Kosten>\n2026")
      assert.deepStrictEqual(changed.tags, made.tags)

      const again = yield* Effect.flip(admin(Tenants.create({ name: "finance" }, security)))
      assert.strictEqual(again.reason._tag, "AlreadyExists")
      assert.match(again.message, /tenant "finance" exists already, HCP says: .*finance/)

      yield* admin(Namespaces.create({ name: "n1" }, { tenant: "finance" }))
      const full = yield* Effect.flip(admin(Tenants.delete("finance")))
      assert.strictEqual(full.reason._tag, "Forbidden")
      assert.match(full.message, /namespace/)
      yield* admin(Namespaces.delete("n1", { tenant: "finance" }))
      yield* admin(Tenants.delete("finance"))
      assert.isFalse(yield* admin(Tenants.exists("finance")))
      const gone = yield* Effect.flip(admin(Tenants.get({ tenant: "finance" })))
      assert.strictEqual(gone.reason._tag, "NotFound")
      assert.match(gone.message, /there is no tenant 'finance'/)
    })
  )

  inBothFormats("ensure makes a tenant once, and then only changes what differs", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const wanted = { name: "finance", hardQuota: Quota.tb(1), softQuota: 80, tags: ["a", "b"] }
      assert.deepStrictEqual(yield* admin(Tenants.ensure(wanted, security)), { outcome: "created", changed: [] })
      assert.deepStrictEqual(yield* admin(Tenants.ensure(wanted, security)), { outcome: "unchanged", changed: [] })
      const other = { ...wanted, hardQuota: Quota.gb(1024), softQuota: 90 }
      assert.deepStrictEqual(yield* admin(Tenants.ensure(other, security)), {
        outcome: "changed",
        changed: ["softQuota"]
      })
      assert.strictEqual((yield* admin(Tenants.get({ tenant: "finance" }))).softQuota, 90)
    })
  )

  inBothFormats("a list of several pages is sorted and filtered by the server", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const names = Array.from({ length: 7 }, (_, n) => `x${n}`)
      const backwards = [...names].reverse()
      yield* Effect.forEach(
        names,
        (name, n) =>
          admin(
            Tenants.create(
              { name, hardQuota: Quota.gb(20 - n), tags: [n % 2 === 0 ? "Even" : "odd"] },
              { username: "lisa", password: secret("start-1") }
            )
          ),
        { concurrency: 3 }
      )
      const list = (options: Parameters<typeof Tenants.list>[0]) =>
        admin(Stream.runCollect(Tenants.list({ pageSize: 3, ...options })))
      assert.deepStrictEqual(yield* list({}), ["t1", ...names])
      assert.deepStrictEqual(yield* list({ order: "descending" }), [...backwards, "t1"])
      assert.deepStrictEqual(yield* list({ sort: "hardQuota", filter: { by: "name", prefix: "X" } }), backwards)
      assert.deepStrictEqual(yield* list({ filter: { by: "tag", prefix: "even" } }), ["x0", "x2", "x4", "x6"])
      assert.deepStrictEqual(yield* list({ filter: { by: "name", prefix: "none" } }), [])
      assert.deepStrictEqual(yield* admin(Stream.runCollect(Tenants.list({ pageSize: 4 }))), ["t1", ...names])
      const some = yield* admin(Stream.runCollect(Stream.take(Tenants.list({ pageSize: 2 }), 3)))
      assert.deepStrictEqual(some, ["t1", "x0", "x1"])
    })
  )

  inBothFormats("settings of a tenant are written and read back", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const at = { tenant: "t1" }
      yield* admin(Tenants.contactInfo.modify({ firstName: "Änne", city: "Köln & Bonn" }, at))
      yield* admin(Tenants.contactInfo.modify({ lastName: "O'Neill" }, at))
      const { city, firstName, lastName } = yield* admin(Tenants.contactInfo.get(at))
      assert.deepStrictEqual([firstName, lastName, city], ["Änne", "O'Neill", "Köln & Bonn"])

      yield* admin(Tenants.namespaceDefaults.modify({ hardQuota: Quota.gb(7), description: "by default" }, at))
      yield* admin(Namespaces.create({ name: "fresh" }, at))
      const fresh = yield* admin(Namespaces.get("fresh", at))
      assert.strictEqual(fresh.description, "by default")
      assert.strictEqual(fresh.hardQuota === undefined ? 0 : Quota.bytes(fresh.hardQuota), 7 * 1024 ** 3)

      yield* admin(Tenants.consoleSecurity.modify({ minimumPasswordLength: 12 }, at))
      assert.strictEqual((yield* admin(Tenants.consoleSecurity.get(at))).minimumPasswordLength, 12)

      const rules = [{ allowedOrigins: ["https://a.example.com"], allowedMethods: ["GET", "PUT"] as const }]
      assert.isTrue(Option.isNone(yield* admin(Tenants.cors.find(at))))
      yield* admin(Tenants.cors.modify(rules, at))
      const [rule] = yield* admin(Tenants.cors.get(at))
      assert.deepStrictEqual(rule?.allowedOrigins, ["https://a.example.com"])
      assert.deepStrictEqual(rule?.allowedMethods, ["GET", "PUT"])
      yield* admin(Tenants.cors.delete(at))
      assert.isTrue(Option.isNone(yield* admin(Tenants.cors.find(at))))
    })
  )

  inBothFormats(
    "an administrator of the system is kept out of a tenant until the tenant lets it in",
    (stage) =>
      Effect.gen(function* () {
        const admin = yield* stage.admin()
        yield* admin(Tenants.create({ name: "finance" }, security))
        const shut = yield* Effect.flip(admin(Namespaces.create({ name: "n1" }, { tenant: "finance" })))
        assert.strictEqual(shut.reason._tag, "Forbidden")
        assert.match(shut.message, /does not admit administrators of the system/)
        assert.notInclude(shut.message, "service01")
        const lisa = yield* stage.manager("finance", "lisa", "start-1")
        assert.strictEqual(
          (yield* Effect.flip(lisa(Stream.runDrain(Tenants.list())))).reason._tag,
          "Forbidden",
          "the list of tenants is for the system"
        )
      }),
    { systems: [{ domain: first, nodes: 2, administrationAllowed: false }] }
  )
})

describe("the place of the management API", () => {
  inBothFormats("a wrong port or host is told of before anything is sent", (stage, format) =>
    Effect.gen(function* () {
      const { simulator } = stage
      const [{ ports }] = simulator.systems
      const before = yield* simulator.requests
      const build = (fqdn: string, port: number | undefined, options: Mapi.Options) =>
        Effect.flip(
          Layer.build(
            Mapi.layer({ format, ...options }).pipe(
              Layer.provide(
                Hcp.layer({
                  fqdn,
                  port,
                  tls: { ca: simulator.ca },
                  resolver: { nameServers: [simulator.nameServer] },
                  credentials: { username: "service", password: "service01" }
                })
              )
            )
          )
        )
      const wrongPort = yield* build(`admin.${first}`, undefined, {})
      assert.match(wrongPort.message, /port.* is 443, the management API is at 9090/)
      const dataPort = yield* build(`admin.${first}`, ports.https, { port: ports.mapi })
      assert.include(dataPort.message, String(ports.mapi))
      const wrongHost = yield* build(`n1.t1.${first}`, ports.mapi, { port: ports.mapi, domain: first })
      assert.match(wrongHost.message, /fqdn.* host of a namespace; give t1\.hcp1\.example\.com for its tenant/)
      const stranger = yield* build("admin.other.example.com", ports.mapi, { port: ports.mapi, domain: first })
      assert.match(stranger.message, /not in the domain hcp1\.example\.com/)
      assert.deepStrictEqual(yield* simulator.requests, before)
    })
  )

  inBothFormats("neither a wrong password nor a bad new one is shown in an error", (stage) =>
    Effect.gen(function* () {
      const stranger = yield* stage.manager("t1", "service", "not-it-1")
      const refused = yield* Effect.flip(stranger(Tenants.get()))
      assert.strictEqual(refused.reason._tag, "Forbidden")
      assert.notInclude(JSON.stringify(refused), "not-it-1")
      const admin = yield* stage.admin()
      const weak = yield* Effect.flip(
        admin(Tenants.create({ name: "weak" }, { username: "lisa", password: secret("abc-1") }))
      )
      assert.notInclude(`${weak.message} ${JSON.stringify(weak)}`, "abc-1")
      assert.match(weak.message, /6 to 64 characters/)
    })
  )

  inBothFormats("a program that stores and administers asks each at its own host", (stage, format) =>
    Effect.gen(function* () {
      const { simulator } = stage
      const [{ ports }] = simulator.systems
      const common = { tls: { ca: simulator.ca }, resolver: { nameServers: [simulator.nameServer] } }
      const client = Hcp.layer({
        ...common,
        fqdn: `n1.t1.${first}`,
        port: ports.https,
        credentials: { username: "n", password: "n01" }
      })
      const mapi = Mapi.layer({ format, port: ports.mapi }).pipe(
        Layer.provide(
          Hcp.layer({
            ...common,
            fqdn: `admin.${first}`,
            port: ports.mapi,
            credentials: { username: "service", password: "service01" }
          })
        )
      )
      yield* Effect.gen(function* () {
        const { put } = yield* HcpClient.HcpClient
        assert.strictEqual((yield* put("/rest/a", HcpBody.text("x"))).status, 201)
        assert.strictEqual((yield* Tenants.get({ tenant: "t1" })).name, "t1")
      }).pipe(Effect.provide(Layer.merge(client, mapi)))
    })
  )
})
