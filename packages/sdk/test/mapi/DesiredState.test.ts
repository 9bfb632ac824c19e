import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as DesiredState from "../../src/mapi/DesiredState.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Users from "../../src/mapi/Users.ts"
import { large, makeSystem, secret } from "./desired.ts"

const first = "hcp1.example.com"
const second = "hcp2.example.com"

const boss = "{ username: boss, fullName: Boss, password: { env: BOSS }, roles: [SECURITY] }"

const paths = (changes: ReadonlyArray<DesiredState.Change>) => changes.map(({ action, path }) => `${action} ${path}`)

describe("desired state", () => {
  it.effect(
    "of 3 tenants, 10 namespaces and 20 users is the same on another system, and a second time writes nothing",
    () =>
      Effect.gen(function* () {
        const one = yield* makeSystem(first)
        yield* one.apply(large())
        const text = yield* one.exported
        assert.strictEqual(text.match(/username:/g)?.length, 20)
        assert.strictEqual(text.match(/hashScheme: SHA-\d+\n {8}enterpriseMode/g)?.length, 10)
        assert.notInclude(text, "start-")
        one.writes.splice(0)
        yield* one.apply(large())
        yield* one.apply(text)
        assert.deepStrictEqual(one.writes, [])

        const other = yield* makeSystem(second)
        yield* other.apply(text)
        assert.strictEqual(yield* other.exported, text)
      })
  )

  it.effect(
    "is exported in one order of its sets, whichever HCP keeps, and with users of RADIUS as they can be made",
    () =>
      Effect.gen(function* () {
        const text = (tags: string, roles: string) => `tenants:
  - name: a
    hardQuota: 1 TB
    softQuota: 85
    tags: [${tags}]
    authenticationTypes: [LOCAL, RADIUS]
    users:
      - ${boss}
      - username: ray
        fullName: Ray
        localAuthentication: false
        password: { env: RAY }
        roles: [${roles}]
`
        const one = yield* makeSystem(first)
        yield* one.apply(text("z, m, a", "MONITOR, COMPLIANCE"))
        const exported = yield* one.exported
        const other = yield* makeSystem(second)
        yield* other.apply(text("m, a, z", "COMPLIANCE, MONITOR"))
        assert.strictEqual(yield* other.exported, exported)
        assert.match(exported, /localAuthentication: false/)
        assert.match(exported, /env: HCP_PASSWORD_A_RAY/)
        const third = yield* makeSystem("hcp3.example.com")
        yield* third.apply(exported)
        assert.strictEqual(yield* third.exported, exported)
      })
  )

  it.effect("is reached from wherever a run was broken off", () =>
    Effect.gen(function* () {
      const whole = yield* makeSystem(first)
      const changes = yield* whole.apply(large())
      const text = yield* whole.exported
      const broken = yield* makeSystem(second)
      let runs = 0
      // Each run is ended after seven changes.
      for (let left = 1; left > 0; runs++) {
        const plan = yield* broken.plan(large())
        left = plan.changes.length
        yield* broken.as(Stream.runDrain(Stream.take(DesiredState.apply(plan, { secret }), 7)))
      }
      assert.isAbove(runs, changes.length / 8)
      assert.strictEqual(yield* broken.exported, text)
    })
  )

  it.effect("changes only what differs, and shows it before", () =>
    Effect.gen(function* () {
      const { apply, plan, writes } = yield* makeSystem(first)
      const text = (quota: string, roles: string, version: string) => `tenants:
  - name: a
    versioningConfigurationEnabled: true
    users:
      - ${boss}
      - { username: u, fullName: U, password: { env: U }, roles: ${roles} }
    namespaces:
      - name: n
        hardQuota: ${quota}
        description: same
        versioning: ${version}
`
      yield* apply(text("10 GB", "[MONITOR]", "{ enabled: false }"))
      const other = text("20 GB", "[MONITOR, SECURITY]", "{ enabled: true, prune: true, pruneDays: 7 }")
      const { changes } = yield* plan(other)
      assert.deepStrictEqual(
        changes.map(({ differences, path }) => [
          path,
          ...differences.map(({ field, from, to }) => `${field}: ${from} -> ${to}`)
        ]),
        [
          ["a/users/u", "roles: MONITOR -> MONITOR, SECURITY"],
          ["a/namespaces/n", "hardQuota: 10 GB -> 20 GB"],
          ["a/namespaces/n/versioning", "enabled: false -> true", "prune: false -> true", "pruneDays: undefined -> 7"]
        ]
      )
      writes.splice(0)
      yield* apply(other)
      assert.deepStrictEqual(writes, [
        "POST /tenants/a/userAccounts/u",
        "POST /tenants/a/namespaces/n",
        "POST /tenants/a/namespaces/n/versioningSettings"
      ])
    })
  )

  it.effect("is reached in an order that HCP takes, without a write that changes nothing", () =>
    Effect.gen(function* () {
      const { apply, exported, plan, writes } = yield* makeSystem(first)
      const text = (more: string) => `tenants:
  - name: a
    versioningConfigurationEnabled: true
    users: [${boss}]
    namespaces:
      - name: n
        ${more}
`
      yield* apply(text("versioning: { enabled: false }"))
      // What a new namespace has anyway is not written once more.
      assert.deepStrictEqual(
        writes.filter((one) => one.includes("versioning")),
        []
      )
      yield* apply(text("versioning: { enabled: true, prune: false }"))
      // HCP takes one of both only.
      assert.deepStrictEqual(paths(yield* apply(text("versioning: { enabled: false }\n        appendEnabled: true"))), [
        "modify a/namespaces/n/versioning",
        "modify a/namespaces/n"
      ])
      const rules = (...names: ReadonlyArray<string>) =>
        text(`cors: [${names.map((id) => `{ id: ${id}, allowedOrigins: ["*"], allowedMethods: [GET] }`).join(", ")}]`)
      yield* apply(rules("x", "y"))
      assert.deepStrictEqual(paths((yield* plan(rules("x", "y"))).changes), [])
      assert.deepStrictEqual(paths(yield* apply(rules("y", "x"))), ["modify a/namespaces/n/cors"])
      const found = yield* exported
      assert.isBelow(found.indexOf("id: y"), found.indexOf("id: x"))
      yield* apply(text("permissions: [WRITE, READ, DELETE]"))
      assert.match(yield* exported, /permissions: \[?\s*-?\s*DELETE[\s,-]+READ[\s,-]+WRITE/)
    })
  )

  it.effect("deletes only what it is told to, and never what it does not mention", () =>
    Effect.gen(function* () {
      const { apply, as, plan, writes } = yield* makeSystem(first)
      yield* apply(`tenants:
  - name: a
    authenticationTypes: [LOCAL, EXTERNAL]
    users:
      - ${boss}
      - username: u
        fullName: U
        password: { env: U }
        dataAccess: [{ namespaceName: n, permissions: [READ] }, { namespaceName: m, permissions: [READ] }]
    groups: [{ groupname: g@corp, roles: [MONITOR] }]
    namespaces:
      - name: n
        retentionClasses: [{ name: x, value: "-1" }, { name: y, value: "0" }]
        cors: [{ allowedOrigins: ["*"], allowedMethods: [GET] }]
      - name: m
  - name: b
    users: [${boss}]
    namespaces: [{ name: k }]
`)
      const less = `tenants:
  - name: a
    users:
      - { username: u, dataAccess: [{ namespaceName: n, permissions: [READ] }] }
      - ${boss}
    groups: []
    namespaces:
      - { name: n, retentionClasses: [{ name: x, value: "-1" }], cors: [] }
`
      const kept = yield* plan(less)
      assert.deepStrictEqual(kept.changes, [])
      const deletions = [
        "delete a/users/u/dataAccess",
        "delete a/namespaces/m",
        "delete a/namespaces/n/cors",
        "delete a/namespaces/n/retentionClasses/y",
        "delete a/groups/g@corp"
      ]
      assert.deepStrictEqual(paths(kept.withheld), deletions)
      assert.deepStrictEqual(paths((yield* plan("tenants: [{ name: a }]", { prune: true })).changes), [])
      writes.splice(0)
      assert.deepStrictEqual(paths(yield* apply(less, { prune: true })), deletions)
      assert.strictEqual(writes.length, 5)
      assert.deepStrictEqual(paths(yield* apply(less, { prune: true })), [])
      assert.deepStrictEqual(yield* as(Stream.runCollect(Namespaces.list({ tenant: "a" }))), ["n"])
      assert.deepStrictEqual(paths(yield* apply(less, { pruneTenants: true })), ["delete b/namespaces/k", "delete b"])
    })
  )

  it.effect("that cannot be reached is refused before anything is changed", () =>
    Effect.gen(function* () {
      const { apply, as, plan, writes } = yield* makeSystem(first)
      yield* apply(`tenants:
  - name: a
    complianceConfigurationEnabled: true
    users: [${boss}]
    namespaces: [{ name: n, hashScheme: MD5, enterpriseMode: false, aclsUsage: ENFORCED }]
`)
      writes.splice(0)
      const inTenant = (rest: string) => `tenants:\n  - name: a\n    tags: [changed]\n    ${rest}\n`
      for (const [text, field] of [
        ["tenants: [{ name: b }]", "tenants.b.users"],
        ["tenants: [{ name: b, users: [{ username: u, roles: [SECURITY] }] }]", "tenants.b.users.u.password"],
        [inTenant("users: [{ username: u, password: { env: U } }]"), "tenants.a.users.u.fullName"],
        [inTenant("users: [{ username: u, fullName: U }]"), "tenants.a.users.u.password"],
        [
          inTenant("users: [{ username: boss, localAuthentication: false }]"),
          "tenants.a.users.boss.localAuthentication"
        ],
        [
          inTenant("users: [{ username: boss, roles: [ADMINISTRATOR], allowNamespaceManagement: false }]"),
          "tenants.a.users.boss.allowNamespaceManagement"
        ],
        [
          inTenant("users: [{ username: boss, dataAccess: [{ namespaceName: no, permissions: [READ] }] }]"),
          "tenants.a.users.boss.dataAccess.no"
        ],
        [inTenant("namespaces: [{ name: n, owner: nobody }]"), "tenants.a.namespaces.n.owner"],
        [inTenant("namespaces: [{ name: n, hashScheme: SHA-256 }]"), "tenants.a.namespaces.n.hashScheme"],
        [inTenant("namespaces: [{ name: n, enterpriseMode: true }]"), "tenants.a.namespaces.n.enterpriseMode"],
        [inTenant("namespaces: [{ name: n, aclsUsage: NOT_ENABLED }]"), "tenants.a.namespaces.n.aclsUsage"],
        [
          inTenant("namespaces: [{ name: n, retentionClasses: [{ name: x }] }]"),
          "tenants.a.namespaces.n.retentionClasses.x.value"
        ],
        [
          inTenant("namespaces: [{ name: m, retentionClasses: [{ name: x, value: A+1y }] }]"),
          "tenants.a.namespaces.m.retentionClasses.x.allowDisposition"
        ],
        [inTenant("administrationAllowed: false"), "tenants.a.administrationAllowed"]
      ] as const) {
        const { reason } = yield* Effect.flip(plan(text))
        assert.strictEqual(reason._tag, "InvalidInput", text)
        if (reason._tag === "InvalidInput") assert.strictEqual(reason.field, field, text)
      }
      // A secret that is not found ends it before the first change.
      const found = yield* plan(inTenant("users: [{ username: u, fullName: U, password: { env: U } }]"))
      const missing = DesiredState.apply(found, { secret: () => Effect.fail("no secret") })
      assert.strictEqual(yield* Effect.flip(as(Stream.runDrain(missing))), "no secret")
      assert.deepStrictEqual(writes, [])
    })
  )

  it.effect("of one tenant is managed by its own users, who cannot change what is the system's", () =>
    Effect.gen(function* () {
      const system = yield* makeSystem(first)
      yield* system.apply(`tenants:
  - name: a
    softQuota: 85
    users:
      - ${boss.replace("[SECURITY]", "[ADMINISTRATOR, COMPLIANCE, MONITOR, SECURITY]")}
    namespaces: [{ name: n }]
`)
      const tenant = yield* system.ofTenant("a", "boss", "start-BOSS-1")
      assert.match(yield* tenant.exported, /^tenants:\n {2}- name: a\n/)
      const other = yield* Effect.flip(tenant.plan("tenants: [{ name: b }]"))
      assert.include(other.message, "is not the tenant of")
      const foreign = yield* Effect.flip(tenant.plan("tenants: [{ name: a, softQuota: 90 }]"))
      assert.include(foreign.message, "users of the system")
      const own = yield* tenant.apply("tenants: [{ name: a, maxNamespacesPerUser: 3, namespaces: [{ name: m }] }]")
      assert.deepStrictEqual(paths(own), ["modify a", "create a/namespaces/m"])
      assert.deepStrictEqual(yield* system.as(Stream.runCollect(Users.list({ tenant: "a" }))), ["boss"])
    })
  )
})
