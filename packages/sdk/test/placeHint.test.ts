import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Logger, Stream } from "effect"
import type { HcpError } from "../src/HcpError.ts"
import * as Mapi from "../src/mapi/Mapi.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Retention from "../src/namespace/Retention.ts"
import * as Expression from "../src/query/Expression.ts"
import * as MetadataQuery from "../src/query/MetadataQuery.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, makeClient, makeTarget, ScriptedNodes, type Step } from "./utils/ScriptedNodes.ts"

const domain = "hcp1.example.com"

const refusing = (status: number) => always(answer(status, { "X-HCP-ServicedBySystem": domain }))

const messageOf = (call: Effect.Effect<unknown, HcpError>) => Effect.map(Effect.flip(call), ({ message }) => message)

describe("a host that is not the one for what was asked", () => {
  const get = (fqdn: string) =>
    Effect.flatMap(makeClient(refusing(403), { fqdn }), (client) => messageOf(Namespace.make(client).get("/a")))

  it.effect("of a tenant, or of the system, is told where objects are", () =>
    Effect.gen(function* () {
      assert.include(yield* get(`t1.${domain}`), `objects are at that of a namespace, <namespace>.t1.${domain}`)
      assert.include(yield* get(`T1.${domain}.`), `t1.${domain} is the host of a tenant`)
      assert.include(yield* get(`admin.${domain}`), "is the host of the system")
      assert.include(
        yield* get(domain),
        `${domain} is the domain of the system; objects are at the host of a namespace`
      )
    })
  )

  it.effect("is not told where the host is right, or where nobody says which domain it is", () =>
    Effect.gen(function* () {
      for (const fqdn of [`n1.t1.${domain}`, "t1.hcp2.example.com"]) {
        const message = yield* get(fqdn)
        assert.notInclude(message, "is the host of")
        assert.include(message, "check user and password")
      }
      const silent = yield* makeClient(always(answer(403)), { fqdn: `t1.${domain}` })
      assert.notInclude(yield* messageOf(Namespace.make(silent).get("/a")), "is the host of")
    })
  )

  it.effect("of a namespace is told where queries and the management API are", () =>
    Effect.gen(function* () {
      for (const status of [403, 404]) {
        const fqdn = `n1.t1.${domain}`
        const client = yield* makeClient(refusing(status), { fqdn })
        const target = { fqdn, port: 9090, secure: true }
        const query = yield* MetadataQuery.make(client, target)
        assert.include(
          yield* messageOf(query.count(Expression.anything)),
          `queries are answered at that of its tenant, t1.${domain}`
        )
        const mapi = yield* Mapi.make(client, target)
        assert.include(
          yield* messageOf(mapi.call({ method: "GET", path: "/tenants" })),
          `the management API is at that of its tenant, t1.${domain}, or of the system, admin.${domain}`
        )
      }
    })
  )

  it.effect("at a port that HCP has for something else, whatever answers there, is told which one is right", () =>
    Effect.gen(function* () {
      const data = "objects, S3 and queries are at 443 (80 without TLS)"
      const web = { "Content-Type": "text/html" }
      for (const [port, what] of [
        [8000, "its consoles"],
        [9090, "the management API"]
      ] as const) {
        const hint = `check the port first: at ${port} HCP has ${what}; ${data}`
        for (const step of [
          answer(404),
          answer(403),
          answer(400),
          answer(302, { Location: "/login" }),
          { ...answer(404, web, "<html>"), marks: false },
          { ...answer(200, web, "<html>"), marks: false }
        ]) {
          const client = yield* makeClient(always(step), { port, retry: RetryPolicy.never })
          const ns = Namespace.make(client)
          assert.include(yield* messageOf(ns.get("/a")), hint)
        }
      }
      const client = yield* makeClient(always(answer(404)), { port: 9090 })
      const mapi = yield* Mapi.make(client, { fqdn: `admin.${domain}`, port: 9090 })
      assert.notInclude(yield* messageOf(mapi.call({ method: "GET", path: "/tenants" })), "check the port")
      const usual = yield* makeClient(always(answer(404)), { port: 8443 })
      assert.notInclude(yield* messageOf(Namespace.make(usual).get("/a")), "check the port")
    })
  )

  it.effect("a port that is that of the consoles is warned of", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(Logger.formatSimple, (line) => {
        lines.push(line)
      })
      for (const port of [8000, 443]) {
        yield* makeTarget(always(answer(200)), { port }).pipe(Effect.provide(Logger.layer([logger])))
      }
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0] ?? "", "at port 8000, where HCP has its consoles")
    })
  )
})

describe("a 400 that says nothing", () => {
  const classes = answer(
    200,
    {},
    '<retentionClasses><retentionClass name="HlthReg-107" value="A+21y" autoDelete="false"/></retentionClasses>'
  )
  const stored = answer(200, { "X-HCP-Type": "object", "X-HCP-Retention": "4102444800" })

  /** What the second and later requests find, after a first one that is refused. */
  const after = (...steps: ReadonlyArray<Step>) =>
    Effect.map(makeClient(new ScriptedNodes([answer(400), ...steps])), Namespace.make)

  it.effect("to a shorter retention says that it is shorter", () =>
    Effect.gen(function* () {
      const ns = yield* after(stored)
      const message = yield* messageOf(
        ns.modify("/a", { retention: Retention.until(DateTime.makeUnsafe(1_900_000_000_000)) })
      )
      assert.match(message, /HCP refuses the request \(400\); .*(shorter|earlier)/)
    })
  )

  it.effect("to a retention that is counted from another time says until when the object is kept", () =>
    Effect.gen(function* () {
      const ns = yield* after(stored)
      const message = yield* messageOf(ns.modify("/a", { retention: Retention.years(1) }))
      assert.match(message, /the object is kept until 2100-01-01T\S+, and its retention can only be made longer/)
    })
  )

  it.effect("to an unknown class names those there are", () =>
    Effect.gen(function* () {
      const retention = Retention.ofClass("nope")
      const changed = yield* after(stored, classes)
      const wanted = 'the namespace has no retention class "nope"; it has HlthReg-107'
      assert.include(yield* messageOf(changed.modify("/a", { retention })), wanted)
      const put = yield* after(classes)
      assert.include(yield* messageOf(put.put("/a", "x", { retention, ifExists: "newVersion" })), wanted)
      const known = yield* after(classes)
      const other = yield* messageOf(
        known.put("/a", "x", { retention: Retention.ofClass("hlthreg-107"), ifExists: "newVersion" })
      )
      assert.notInclude(other, "no retention class")
    })
  )

  it.effect("to a list of versions says that the namespace keeps none", () =>
    Effect.gen(function* () {
      const info = (versions: boolean) =>
        answer(200, {}, `<namespaces><namespace name="n1" versioningEnabled="${versions}"/></namespaces>`)
      const without = yield* after(info(false))
      assert.include(yield* messageOf(Stream.runDrain(without.versions("/a"))), "the namespace keeps no versions")
      const withVersions = yield* after(info(true))
      assert.notInclude(yield* messageOf(Stream.runDrain(withVersions.versions("/a"))), "keeps no versions")
      const unknown = yield* after(answer(403))
      assert.include(yield* messageOf(Stream.runDrain(unknown.versions("/a"))), "HCP refuses the request (400)")
    })
  )
})

describe("a version that is not there", () => {
  it.effect("is not told as a path that is not there", () =>
    Effect.gen(function* () {
      const reading = (status: number, options: { readonly versionId?: string }) =>
        Effect.gen(function* () {
          const ns = Namespace.make(yield* makeClient(always(answer(status))))
          const opened = Effect.scoped(ns.open("/a", options))
          return yield* Effect.forEach([ns.get("/a", options), ns.head("/a", options), opened], messageOf)
        })
      for (const message of yield* reading(404, { versionId: "81" })) assert.include(message, "check path and version")
      for (const message of yield* reading(204, { versionId: "81" }))
        assert.include(message, "marks that the object was deleted")
      for (const message of yield* reading(404, {})) assert.include(message, "check path and namespace")
    })
  )
})
