import { assert, describe, it } from "@effect/vitest"
import * as Simulation from "@effect-hcp/simulator/Simulation"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Fiber, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as CheckReport from "../src/CheckReport.ts"
import * as Credentials from "../src/Credentials.ts"
import * as HcpCheck from "../src/HcpCheck.ts"
import * as Resolver from "../src/Resolver.ts"
import type * as Target from "../src/Target.ts"
import { always, answer, type ScriptedNodes, type Step } from "./utils/ScriptedNodes.ts"

const domain = "hcp1.example.com"

const system = Simulator.layerMemory({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { name: "n1", tenant: "t1", s3: true },
        { name: "n2", tenant: "t1", anonymous: true },
        { name: "n3", tenant: "t1", search: false }
      ],
      users: ["n:n01", { username: "reader", password: "n01", permissions: ["browse", "read"] }]
    }
  ]
})

interface Asked extends CheckReport.Options {
  readonly target?: Partial<Target.Options> | undefined
  readonly user?: readonly [username: string, password: string] | "anonymous" | undefined
}

const credentialsOf = (user: Asked["user"] = ["n", "n01"]) =>
  user === "anonymous"
    ? Credentials.layerAnonymous
    : Credentials.layerLocal({ username: user[0], password: Redacted.make(user[1]) })

/** Checks a namespace, whatever time it takes. */
const checked = ({ target, user, ...options }: Asked = {}) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(
      HcpCheck.run({ fqdn: `n1.t1.${domain}`, ...target }, options).pipe(Effect.provide(credentialsOf(user)))
    )
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

const of = (report: CheckReport.CheckReport, topic: CheckReport.Topic) =>
  report.points.filter((point) => point.topic === topic)

const statuses = (report: CheckReport.CheckReport, topic: CheckReport.Topic) =>
  of(report, topic).map(({ status }) => status)

const textOf = (report: CheckReport.CheckReport, topic: CheckReport.Topic) =>
  of(report, topic).map(CheckReport.print).join("\n")

const inMemory = <A, E>(effect: Effect.Effect<A, E, Layer.Success<typeof system>>) => Effect.provide(effect, system)

describe("a check of a system that is well", () => {
  it.effect("says of each thing what was found, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const report = yield* checked({ permissions: ["read", "write"], gateways: ["query", "s3"] })
      assert.isTrue(report.passed)
      assert.deepStrictEqual(
        report.points.map(({ status, topic }) => `${topic} ${status}`),
        [
          "name ok",
          "nodes ok",
          "nodes ok",
          "tls ok",
          "tls ok",
          "clock ok",
          "credentials ok",
          "permissions ok",
          "gateways ok",
          "gateways ok",
          "gateways ok",
          "gateways note"
        ]
      )
      const { systems } = yield* Simulation.Simulation
      const nodes = of(report, "nodes").map(({ node }) => Option.getOrElse(node, () => ""))
      assert.sameMembers(nodes, [...systems[0].nodes])
      assert.include(textOf(report, "credentials"), "local user n")
      assert.isTrue(of(report, "name").every(({ advice }) => Option.isNone(advice)))
      const administrator = yield* checked({ target: { fqdn: `n2.t1.${domain}` }, user: "anonymous" })
      assert.deepStrictEqual(statuses(administrator, "credentials"), ["ok"])
    }).pipe(inMemory)
  )
})

describe("a check says what is wrong with", () => {
  it.effect("the name: nobody knows it, or no name server answers", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      const unknown = yield* checked({ target: { fqdn: `none.t1.${domain}` } })
      assert.isFalse(unknown.passed)
      assert.match(textOf(unknown, "name"), /^failed .*no such name.*check the spelling/)
      // What could not be looked at is not left out.
      assert.deepStrictEqual(
        unknown.points.map(({ status }) => status),
        ["failed", "skipped", "skipped", "skipped", "skipped", "skipped", "skipped"]
      )
      yield* faults.add({ fault: "nameServer", mode: "servfail" })
      assert.match(textOf(yield* checked(), "name"), /^failed .*cannot resolve/)
    }).pipe(inMemory)
  )

  it.effect("the addresses: there is only one", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulation.Simulation
      const report = yield* checked({ target: { addresses: [systems[0].nodes[0]] } })
      assert.isTrue(report.passed)
      assert.match(textOf(report, "name"), /^warning .*the options give one address.*no other node/)
    }).pipe(inMemory)
  )

  it.effect("a node: it refuses, is silent, or says that it is not well", () =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulation.Simulation
      const [node] = systems[0].nodes
      for (const [fault, text] of [
        [{ fault: "refuse", node }, /ECONNREFUSED/],
        [{ fault: "mute", node }, /no answer/],
        [{ fault: "status", status: 503, node }, /status 503/]
      ] as const) {
        const report = yield* Effect.scoped(Effect.andThen(faults.during(fault), checked()))
        assert.isFalse(report.passed)
        const [bad, ...others] = of(report, "nodes").filter(({ status }) => status === "failed")
        assert.deepStrictEqual([bad?.node, others], [Option.some(node), []])
        assert.match(bad === undefined ? "" : CheckReport.print(bad), text)
        // The others do.
        for (const topic of ["credentials", "permissions"] as const) {
          assert.deepStrictEqual(statuses(report, topic), ["ok"])
        }
        assert.deepStrictEqual(statuses(report, "gateways"), ["ok", "ok", "ok", "note"])
      }
    }).pipe(inMemory)
  )

  it.effect("all nodes", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      yield* faults.add({ fault: "refuse" })
      const report = yield* checked()
      assert.deepStrictEqual(statuses(report, "nodes"), ["failed", "failed"])
      for (const topic of ["tls", "clock", "credentials", "permissions", "gateways"] as const) {
        assert.isTrue(statuses(report, topic).every((status) => status === "skipped"))
      }
    }).pipe(inMemory)
  )

  it.effect("what protects the connections: there is nothing, or it is switched off", () =>
    Effect.gen(function* () {
      const plain = yield* checked({ target: { tls: false } })
      assert.match(textOf(plain, "tls"), /^warning .*plain HTTP.*use TLS/)
      const insecure = yield* checked({ target: { tls: { insecureSkipVerification: true } } })
      assert.deepStrictEqual(statuses(insecure, "tls"), ["warning", "warning"])
      assert.include(textOf(insecure, "tls"), "not verified")
      assert.isTrue(plain.passed && insecure.passed)
    }).pipe(inMemory)
  )

  it.effect("the credentials: they are wrong, or missing, or there is no such namespace", () =>
    Effect.gen(function* () {
      const wrong = yield* checked({ user: ["n", "wrong"] })
      assert.match(textOf(wrong, "credentials"), /^failed .*not valid.*check name and password of local user n/)
      assert.deepStrictEqual([statuses(wrong, "permissions"), statuses(wrong, "gateways")], [["skipped"], ["skipped"]])
      assert.notInclude(JSON.stringify(wrong), "wrong")
      const nobody = yield* checked({ user: "anonymous" })
      assert.match(textOf(nobody, "credentials"), /^failed .*give credentials/)
      const tenant = yield* checked({ target: { fqdn: `t1.${domain}` } })
      assert.match(textOf(tenant, "credentials"), /^failed .*no namespace at this host.*<namespace>\.<tenant>/)
    }).pipe(inMemory)
  )

  it.effect("the permissions: the user lacks one that is needed", () =>
    Effect.gen(function* () {
      const report = yield* checked({ user: ["reader", "n01"], permissions: ["read", "write", "delete"] })
      assert.match(
        textOf(report, "permissions"),
        /^failed .*may browse, read, and not write, delete; give the user write, delete/
      )
      const enough = yield* checked({ user: ["reader", "n01"], permissions: ["read"] })
      assert.deepStrictEqual(statuses(enough, "permissions"), ["ok"])
    }).pipe(inMemory)
  )

  it.effect("a gateway: it is closed, which counts only where it is needed", () =>
    Effect.gen(function* () {
      const target = { fqdn: `n2.t1.${domain}` }
      const optional = yield* checked({ target })
      assert.deepStrictEqual(statuses(optional, "gateways"), ["ok", "ok", "note", "note"])
      assert.isTrue(optional.passed)
      const needed = yield* checked({ target, gateways: ["s3", "management"] })
      assert.deepStrictEqual(statuses(needed, "gateways"), ["ok", "ok", "failed", "failed"])
      assert.match(textOf(needed, "gateways"), /S3 gateway is not open.*enable the S3 protocol/)
      assert.match(textOf(needed, "gateways"), /management API is not open.*administrator/)
      const elsewhere = yield* checked({ gateways: ["management"], managementPort: 9_999 })
      assert.match(textOf(elsewhere, "gateways"), /failed .*management API cannot be reached: .*:9999 \(ECONNREFUSED\)/)
      const query = yield* Effect.scoped(
        Effect.gen(function* () {
          const { faults } = yield* Simulation.Simulation
          yield* faults.during({ fault: "status", status: 403, path: "/query" })
          return yield* checked({ gateways: ["query"] })
        })
      )
      assert.match(textOf(query, "gateways"), /failed .*query engine is not open.*enable search/)
      const unsearched = yield* checked({ target: { fqdn: `n3.t1.${domain}` }, gateways: ["query"] })
      assert.match(textOf(unsearched, "gateways"), /failed .*finds nothing of this namespace.*enable search/)
      const rest = yield* Effect.scoped(
        Effect.gen(function* () {
          const { faults } = yield* Simulation.Simulation
          // Each node is asked once without credentials.
          yield* faults.during({ fault: "status", status: 403, path: "/rest", methods: ["HEAD"] })
          return yield* checked()
        })
      )
      assert.match(textOf(rest, "gateways"), /failed .*REST gateway is not open.*enable REST/)
    }).pipe(inMemory)
  )
})

/** Checks scripted nodes. */
const checkedAt = (nodes: ScriptedNodes, options?: CheckReport.Options) =>
  HcpCheck.run({ fqdn: "n1.t1.hcp.test", addresses: ["192.0.2.1", "192.0.2.2"] }, options).pipe(
    Effect.provide(
      Layer.mergeAll(
        nodes.layer,
        Resolver.layerStatic({}),
        Credentials.layerLocal({ username: "n", password: Redacted.make("n01") })
      )
    )
  )

const permissionsXml = (user: string, namespace: string, effective: string) =>
  `<permissions><namespacePermissions/><namespaceEffectivePermissions ${namespace}/><userPermissions ${user}/><userEffectivePermissions ${effective}/></permissions>`

const may = 'read="true" write="true"'

const answers =
  (head: Readonly<Record<string, string>>, permissions: string): Step =>
  ({ method, path }) =>
    Effect.succeed(
      method === "HEAD" ? answer(200, head) : path.startsWith("/proc/") ? answer(200, {}, permissions) : answer(403)
    )

describe("a check", () => {
  it.effect("compares the clocks", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 20))
      const at = (seconds: number) =>
        always(
          answers({ "X-HCP-Time": String(Date.UTC(2026, 10, 20) / 1000 + seconds) }, permissionsXml(may, may, may))
        )
      for (const [seconds, text] of [
        [30, /^ok .*agree/],
        [-30, /^ok /],
        [300, /^warning .*300 s ahead of this one.*NTP/],
        [-300, /^warning .*300 s behind this one/],
        [3_600, /^failed .*signatures of S3.*NTP/]
      ] as const) {
        const report = yield* checkedAt(at(seconds))
        assert.match(textOf(report, "clock"), text)
        assert.strictEqual(report.passed, seconds !== 3_600)
      }
      const silent = yield* checkedAt(always(answers({}, permissionsXml(may, may, may))))
      assert.deepStrictEqual(statuses(silent, "clock"), ["skipped"])
    })
  )

  it.effect("tells what the user lacks from what the namespace lets nobody do", () =>
    Effect.gen(function* () {
      const masked = yield* checkedAt(always(answers({}, permissionsXml(may, 'read="true"', 'read="true"'))), {
        permissions: ["write", "delete"]
      })
      assert.match(
        textOf(masked, "permissions"),
        /give the user delete for this namespace; let the namespace itself permit write/
      )
      const nothing = yield* checkedAt(always(answers({}, permissionsXml("", "", ""))))
      assert.match(textOf(nothing, "permissions"), /^failed .*may do nothing here; give the user a permission/)
    })
  )

  it.effect("shows wrong credentials to HCP once, which locks accounts after some", () =>
    Effect.gen(function* () {
      const nodes = always(answer(403, { "X-HCP-ErrorMessage": "the credentials are not valid" }))
      const report = yield* checkedAt(nodes)
      assert.deepStrictEqual(statuses(report, "credentials"), ["failed"])
      assert.strictEqual(nodes.calls.filter(({ header }) => header("authorization") !== undefined).length, 1)
    })
  )

  it.effect("repeats nothing: what works at the second attempt only is not well", () =>
    Effect.gen(function* () {
      const nodes = always(answer(503))
      const report = yield* checkedAt(nodes)
      assert.deepStrictEqual(statuses(report, "nodes"), ["failed", "failed"])
      assert.deepStrictEqual(
        nodes.calls.map(({ request }) => request.method),
        ["HEAD", "HEAD"]
      )
    })
  )

  it.effect("changes nothing, whatever it finds open", () =>
    Effect.gen(function* () {
      const nodes = always(answers({}, permissionsXml(may, may, may)))
      yield* checkedAt(nodes)
      const sent = nodes.calls.map(({ request }) => `${request.method} ${request.path.replace(/\?.*/, "")}`)
      assert.sameMembers(sent, [
        "HEAD /rest",
        "HEAD /rest",
        "GET /proc/permissions",
        "GET /proc",
        "POST /query",
        "GET /hs3/n1",
        "GET /mapi/tenants/t1"
      ])
    })
  )

  it.effect("fails for options that make no sense", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(checked({ target: { port: 70_000 } }))
      assert.deepStrictEqual(error.reason._tag, "InvalidInput")
    }).pipe(inMemory)
  )

  it("becomes an error that says all that failed", () => {
    const point = { host: "n1.t1.hcp.test", node: Option.none(), advice: Option.some("do this") }
    const report = CheckReport.make([
      { ...point, topic: "name", status: "ok", finding: "it is well" },
      { ...point, topic: "nodes", status: "failed", finding: "it is silent", node: Option.some("192.0.2.1") },
      { ...point, topic: "clock", status: "failed", finding: "it is late", advice: Option.none() }
    ])
    assert.isFalse(report.passed)
    assert.strictEqual(
      HcpCheck.toError("n1.t1.hcp.test", report).message,
      "check n1.t1.hcp.test: 2 points of the check failed. nodes (192.0.2.1): it is silent; do this. clock (n1.t1.hcp.test): it is late"
    )
  })
})
