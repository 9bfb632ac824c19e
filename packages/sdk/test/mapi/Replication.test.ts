import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { HcpError } from "../../src/HcpError.ts"
import type { NewLink } from "../../src/mapi/Link.ts"
import * as LinkAction from "../../src/mapi/LinkAction.ts"
import * as LinkContent from "../../src/mapi/LinkContent.ts"
import * as LinkSchedule from "../../src/mapi/LinkSchedule.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Replication from "../../src/mapi/Replication.ts"
import * as Certificates from "../../src/mapi/ReplicationCertificates.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import type { Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const system = <A, E>(steps: ReadonlyArray<Step>, effect: Effect.Effect<A, E, Mapi.Mapi>) =>
  over(steps, effect, {}, { fqdn: admin, retry: RetryPolicy.never })

const asked = <A, E>(steps: ReadonlyArray<Step>, effect: Effect.Effect<A, E, Mapi.Mapi>) =>
  Effect.map(over(steps, effect, {}, { fqdn: admin }), ({ sent }) => sent.map((each) => each.line))

const refusal = <A>(effect: Effect.Effect<A, HcpError, Mapi.Mapi>) =>
  Effect.map(over([], Effect.flip(effect), {}, { fqdn: admin }), ({ value, calls }) => {
    assert.lengthOf(calls, 0)
    const { reason } = value
    assert(reason._tag === "InvalidInput", value.message)
    return reason
  })

// The shape is that of a link of HCP 7, verbose.
const recorded = `<link><compression>false</compression><connection><localHost>192.0.2.52, 192.0.2.53</localHost><localPort>5748</localPort>
  <remoteHost>198.51.100.56, 198.51.100.57</remoteHost><remotePort>5748</remotePort></connection><description>east &lt;-&gt; west</description>
  <encryption>false</encryption><failoverSettings><local><autoFailover>false</autoFailover><autoFailoverMinutes>120</autoFailoverMinutes></local>
  <remote><autoFailover>true</autoFailover><autoFailoverMinutes>60</autoFailoverMinutes></remote></failoverSettings>
  <id>0d7b3c2e-0001-4b6a-9d6e-3f0f5a1b2c3d</id><name>east--&lt;--&gt;--west</name><priority>OLDEST_FIRST</priority><statistics><bytesPending>12</bytesPending>
  <bytesPendingRemote>0</bytesPendingRemote><bytesPerSecond>0.5</bytesPerSecond><bytesReplicated>9007199254740991</bytesReplicated><errors>0</errors>
  <errorsPerSecond>0.0</errorsPerSecond><objectsPending>1</objectsPending><objectsPendingRemote>0</objectsPendingRemote>
  <objectsReplicated>7</objectsReplicated><operationsPerSecond>.25</operationsPerSecond><upToDateAsOfMillis>1772359200000</upToDateAsOfMillis>
  <upToDateAsOfString>2026-03-01T11:00:00+0100</upToDateAsOfString></statistics><status>GOOD</status><statusMessage>Synchronizing data</statusMessage>
  <suspended>false</suspended><type>ACTIVE_ACTIVE</type></link>`

const decoded = {
  name: "east--<-->--west",
  type: "ACTIVE_ACTIVE",
  connection: {
    remoteHost: "198.51.100.56, 198.51.100.57",
    remotePort: 5748,
    localHost: "192.0.2.52, 192.0.2.53",
    localPort: 5748
  },
  description: "east <-> west",
  compression: false,
  encryption: false,
  priority: "OLDEST_FIRST",
  failoverSettings: {
    local: { autoFailover: false, autoFailoverMinutes: 120 },
    remote: { autoFailover: true, autoFailoverMinutes: 60 }
  },
  id: "0d7b3c2e-0001-4b6a-9d6e-3f0f5a1b2c3d",
  statistics: {
    upToDateAsOfString: "2026-03-01T11:00:00+0100",
    upToDateAsOfMillis: 1772359200000,
    bytesPending: 12,
    bytesPendingRemote: 0,
    bytesReplicated: 9007199254740991,
    bytesPerSecond: 0.5,
    objectsPending: 1,
    objectsPendingRemote: 0,
    objectsReplicated: 7,
    operationsPerSecond: 0.25,
    errors: 0,
    errorsPerSecond: 0
  },
  status: "GOOD",
  statusMessage: "Synchronizing data",
  suspended: false
}

const state = (statusMessage: string, status = "WARNING"): Step =>
  xml(
    `<link><status>${status}</status><statusMessage>${statusMessage}</statusMessage><suspended>false</suspended></link>`
  )

describe("the replication service", () => {
  it.effect("has settings that are read and changed", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml(
            "<replicationService><allowTenantsToMonitorNamespaces>true</allowTenantsToMonitorNamespaces><enableDNSFailover>true</enableDNSFailover><enableDomainAndCertificateSynchronization>true</enableDomainAndCertificateSynchronization><network>[hcp_system]</network></replicationService>"
          ),
          done
        ],
        Effect.tap(Replication.settings.get({ verbose: false }), () =>
          Replication.settings.modify({ verification: "ONCE", enableDNSFailover: true })
        )
      )
      assert.deepStrictEqual(value, {
        allowTenantsToMonitorNamespaces: true,
        enableDNSFailover: true,
        enableDomainAndCertificateSynchronization: true,
        network: "[hcp_system]"
      })
      assert.deepStrictEqual(
        sent.map((each) => each.line),
        ["GET /mapi/services/replication", "POST /mapi/services/replication"]
      )
      assert.include(
        sent[1]?.body,
        "<replicationService><enableDNSFailover>true</enableDNSFailover><verification>ONCE</verification></replicationService>"
      )
      assert.strictEqual((yield* refusal(Replication.settings.modify({ network: "[hcp_backend]" }))).field, "network")
    })
  )

  it.effect("is shut down with a reason, and re-established, without a body", () =>
    Effect.gen(function* () {
      const { sent } = yield* system(
        [done, done],
        Effect.andThen(Replication.shutDownAllLinks("fire + water"), Replication.reestablishAllLinks)
      )
      assert.deepStrictEqual(
        sent.map(({ body, line, type }) => [line, body, type]),
        [
          ["POST /mapi/services/replication?shutDownAllLinks=fire%20%2B%20water", "", undefined],
          ["POST /mapi/services/replication?reestablishAllLinks", "", undefined]
        ]
      )
      assert.strictEqual((yield* refusal(Replication.shutDownAllLinks(" "))).field, "reason")
      assert.strictEqual((yield* refusal(Replication.shutDownAllLinks("x".repeat(1025)))).field, "reason")
    })
  )
})

describe("a link", () => {
  it.effect("is the same read from XML and from JSON", () =>
    Effect.gen(function* () {
      const one = yield* system([xml(recorded)], Replication.links.get("east--<-->--west"))
      assert.deepStrictEqual<unknown>(one.value, decoded)
      assert.strictEqual(one.sent[0]?.line, "GET /mapi/services/replication/links/east--%3C--%3E--west?verbose=true")
      const two = yield* system(
        [
          json({
            ...decoded,
            statistics: { ...decoded.statistics, bytesPending: "12" },
            connection: undefined,
            Connection: decoded.connection
          })
        ],
        Replication.links.get("x").pipe(Effect.provideService(Mapi.CurrentSettings, { format: "json" }))
      )
      assert.deepStrictEqual<unknown>(two.value, decoded)
      assert.strictEqual(two.sent[0]?.accept, "application/json")
    })
  )

  it.effect("is read although a newer system says things nobody knows", () =>
    Effect.gen(function* () {
      const { value } = yield* system(
        [
          xml(
            "<link><type>MESH</type><status>good</status><statusMessage>Dreaming</statusMessage><mesh><a/></mesh></link>"
          )
        ],
        Replication.links.get("x")
      )
      assert.deepStrictEqual<unknown>(value, { type: "MESH", status: "GOOD", statusMessage: "Dreaming" })
    })
  )

  it.effect("is listed, looked for, created, changed and deleted", () =>
    Effect.gen(function* () {
      const link: NewLink = {
        name: "east-west",
        description: 'over the <"big"> water',
        type: "OUTBOUND",
        connection: { remoteHost: "replication.admin.hcp2.example.com" },
        failoverSettings: { remote: { autoFailover: true, autoFailoverMinutes: 7, autoCompleteRecoveryMinutes: 1 } }
      }
      const { sent, value } = yield* system(
        [xml("<links><name>east-west</name></links>"), done, refused(302), done, done, done],
        Effect.gen(function* () {
          const names = yield* Stream.runCollect(Replication.links.list())
          const there = [yield* Replication.links.exists("east-west"), yield* Replication.links.exists("north")]
          yield* Replication.links.create(link)
          yield* Replication.links.modify("east-west", { description: "", type: "ACTIVE_ACTIVE" })
          yield* Replication.links.delete("east-west")
          return { names, there }
        })
      )
      assert.deepStrictEqual(value, { names: ["east-west"], there: [true, false] })
      assert.deepStrictEqual(
        sent.map((each) => each.line),
        [
          "GET /mapi/services/replication/links",
          "HEAD /mapi/services/replication/links/east-west",
          "HEAD /mapi/services/replication/links/north",
          "PUT /mapi/services/replication/links",
          "POST /mapi/services/replication/links/east-west",
          "DELETE /mapi/services/replication/links/east-west"
        ]
      )
      assert.strictEqual(
        sent[3]?.body,
        '<?xml version="1.0" encoding="UTF-8"?><link><name>east-west</name><type>OUTBOUND</type><connection><remoteHost>replication.admin.hcp2.example.com</remoteHost></connection><description>over the &lt;&quot;big&quot;&gt; water</description><failoverSettings><remote><autoFailover>true</autoFailover><autoFailoverMinutes>7</autoFailoverMinutes><autoCompleteRecoveryMinutes>1</autoCompleteRecoveryMinutes></remote></failoverSettings></link>'
      )
      assert.include(sent[4]?.body, "<link><type>ACTIVE_ACTIVE</type><description/></link>")
    })
  )

  it.effect("that exists already fails with a reason of its own", () =>
    Effect.gen(function* () {
      const { value } = yield* system(
        [refused(409, "Link exists")],
        Effect.flip(
          Replication.links.create({ name: "a", type: "ACTIVE_ACTIVE", connection: { remoteHost: "192.0.2.1" } })
        )
      )
      assert.strictEqual(value.reason._tag, "AlreadyExists")
      assert.include(value.message, 'replication link "a" exists already, HCP says: Link exists')
    })
  )

  it.effect("that HCP would refuse is refused before a byte is sent", () =>
    Effect.gen(function* () {
      const good = { name: "a", type: "ACTIVE_ACTIVE", connection: { remoteHost: "192.0.2.1" } } as const
      const cases: ReadonlyArray<readonly [NewLink, string]> = [
        [{ ...good, name: "" }, "name"],
        [{ ...good, name: "x".repeat(65) }, "name"],
        [{ ...good, connection: { remoteHost: "a", remotePort: 70_000 } }, "connection.remotePort"],
        [
          { ...good, failoverSettings: { local: { autoFailoverMinutes: 6 } } },
          "failoverSettings.local.autoFailoverMinutes"
        ],
        [{ ...good, failoverSettings: { local: { autoCompleteRecovery: true } } }, "failoverSettings"],
        [{ ...good, description: "x".repeat(1025) }, "description"]
      ]
      for (const [link, field] of cases)
        assert.strictEqual((yield* refusal(Replication.links.create(link))).field, field)
      // @ts-expect-error: a link cannot become active/passive
      assert.strictEqual((yield* refusal(Replication.links.modify("a", { type: "INBOUND" }))).field, "type")
      // @ts-expect-error: a name cannot be changed
      assert.strictEqual((yield* refusal(Replication.links.modify("a", { name: "b" }))).field, "name")
    })
  )
})

describe("an action", () => {
  it.effect("is a bare parameter of a POST without a body", () =>
    Effect.gen(function* () {
      const { sent } = yield* system(
        [done, done, done, done],
        Effect.gen(function* () {
          yield* Replication.perform({ name: "a b", type: "INBOUND" }, LinkAction.suspend)
          yield* Replication.perform({ name: "a b", type: "ACTIVE_ACTIVE" }, LinkAction.failBack)
          yield* Replication.perform({ name: "a b", type: "INBOUND" }, LinkAction.beginRecovery)
          yield* Replication.perform({ name: "a b", type: "OUTBOUND" }, LinkAction.beginRecover)
        })
      )
      assert.deepStrictEqual(
        sent.map(({ body, line, type }) => [line, body, type]),
        ["suspend", "failBack", "beginRecovery", "beginRecover"].map((name) => [
          `POST /mapi/services/replication/links/a%20b?${name}`,
          "",
          undefined
        ])
      )
    })
  )

  it.effect("for another type of link does not compile, and is refused where it does", () =>
    Effect.gen(function* () {
      // @ts-expect-error: only an active/active link is failed back
      const back = Replication.perform({ name: "a", type: "OUTBOUND" }, LinkAction.failBack)
      // @ts-expect-error: an active/active link is not recovered
      const recovery = Replication.perform({ name: "a", type: "ACTIVE_ACTIVE" }, LinkAction.beginRecovery)
      const either = (link: Replication.LinkOfType<LinkAction.LinkType>) => {
        // @ts-expect-error: a link of a type nobody knows could be of the wrong one
        Replication.perform(link, LinkAction.completeRecovery)
        return Replication.perform(link, LinkAction.failOver)
      }
      for (const effect of [back, recovery]) assert.strictEqual((yield* refusal(effect)).field, "action")
      assert.deepStrictEqual(yield* asked([done], either({ name: "a", type: "INBOUND" })), [
        "POST /mapi/services/replication/links/a?failOver"
      ])
    })
  )

  it.effect("from data is checked against the type that was given, or that the link has", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refusal(Replication.performNamed("a", "explode"))).field, "action")
      assert.strictEqual((yield* refusal(Replication.performNamed("a", "failBack", "INBOUND"))).field, "action")
      assert.strictEqual((yield* refusal(Replication.performNamed("a", "suspend", "SIDEWAYS"))).field, "type")
      assert.deepStrictEqual(yield* asked([done], Replication.performNamed("a", "suspend")), [
        "POST /mapi/services/replication/links/a?suspend"
      ])
      assert.deepStrictEqual(
        yield* asked([xml("<link><type>INBOUND</type></link>"), done], Replication.performNamed("a", "beginRecovery")),
        ["GET /mapi/services/replication/links/a?verbose=true", "POST /mapi/services/replication/links/a?beginRecovery"]
      )
      const { value } = yield* system(
        [xml("<link><type>INBOUND</type></link>")],
        Effect.flip(Replication.performNamed("a", "failBack"))
      )
      assert.include(value.message, "failBack is for ACTIVE_ACTIVE links, and this one is INBOUND")
    })
  )
})

describe("awaitLinkState", () => {
  it.effect("looks by its schedule until the link is as it should be, and tells what it sees", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const fiber = yield* Effect.forkScoped(
        system(
          [state("Recovering data"), state("Completing recovery"), state("Synchronizing data", "GOOD")],
          Replication.awaitLinkState("a", (link) => link.status === "GOOD", {
            onLook: (link) => Effect.sync(() => void seen.push(link.statusMessage))
          })
        )
      )
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(seen, ["Recovering data", "Completing recovery"])
      yield* TestClock.adjust("1 seconds")
      const { value } = yield* Fiber.join(fiber)
      assert.strictEqual(value.statusMessage, "Synchronizing data")
    })
  )

  it.effect("gives up after its time or at the end of its schedule, and says how the link was seen last", () =>
    Effect.gen(function* () {
      const never = (options: Replication.AwaitOptions, looks: number) =>
        system(
          Array.from({ length: looks }, () => state("Stalled link", "BAD")),
          Effect.flip(Replication.awaitLinkState("a", () => false, options))
        )
      const timed = yield* Effect.forkScoped(never({ timeout: "12 seconds" }, 3))
      yield* TestClock.adjust("12 seconds")
      const error = (yield* Fiber.join(timed)).value
      assert.strictEqual(error.reason._tag, "StateNotReached")
      assert.include(
        error.message,
        'replication link "a" did not become what was waited for, it was last seen as: BAD, Stalled link'
      )
      const ended = yield* Effect.forkScoped(never({ schedule: Schedule.recurs(2) }, 3))
      assert.strictEqual((yield* Fiber.join(ended)).value.reason._tag, "StateNotReached")
    })
  )

  it.effect("goes on through failures that may pass, not through others", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkScoped(
        system(
          [refused(500), refused(503), state("x", "GOOD")],
          Replication.awaitLinkState("a", (link) => link.status === "GOOD")
        )
      )
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Fiber.join(fiber)).value.status, "GOOD")
      const { value } = yield* system([refused(404)], Effect.flip(Replication.awaitLinkState("a", () => true)))
      assert.strictEqual(value.reason._tag, "NotFound")
    })
  )
})

describe("what a link replicates", () => {
  it.effect("is read, listed, added to and taken from", () =>
    Effect.gen(function* () {
      const content =
        "<content><defaultNamespaceDirectories/><tenants><name>finance</name></tenants><chainedLinks><name>b</name><name>c</name></chainedLinks></content>"
      const { sent, value } = yield* system(
        [xml(content), xml("<tenants/>"), done, done, xml(content), xml("<chainedLinks><name>x</name></chainedLinks>")],
        Effect.gen(function* () {
          const all = yield* LinkContent.get("a")
          const tenants = yield* Stream.runCollect(LinkContent.list("a", "tenants"))
          yield* LinkContent.add("a", "defaultNamespaceDirectories", "brochures 2026")
          yield* LinkContent.delete("a", "chainedLinks", "b")
          const candidates = yield* LinkContent.candidates("a", "remote")
          const links = yield* Stream.runCollect(LinkContent.candidateItems("a", "local", "chainedLinks"))
          return { all, tenants, candidates, links }
        })
      )
      const all = { tenants: ["finance"], defaultNamespaceDirectories: [], chainedLinks: ["b", "c"] }
      assert.deepStrictEqual(value, { all, tenants: [], candidates: all, links: ["x"] })
      assert.deepStrictEqual(
        sent.map(({ body, line }) => `${line} ${body}`.trim()),
        [
          "GET /mapi/services/replication/links/a/content",
          "GET /mapi/services/replication/links/a/content/tenants",
          "PUT /mapi/services/replication/links/a/content/defaultNamespaceDirectories/brochures%202026",
          "DELETE /mapi/services/replication/links/a/content/chainedLinks/b",
          "GET /mapi/services/replication/links/a/remoteCandidates",
          "GET /mapi/services/replication/links/a/localCandidates/chainedLinks"
        ]
      )
    })
  )

  it.effect("is told for one tenant, whose replication is paused and resumed", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml(
            "<tenant><status>AUTO_PAUSED</status><bytesPending>1.5E3</bytesPending><objectsPending>2</objectsPending></tenant>"
          ),
          done,
          done
        ],
        LinkContent.tenantStatus("a", "finance").pipe(
          Effect.tap(() => LinkContent.pauseTenant("a", "finance")),
          Effect.tap(() => LinkContent.resumeTenant("a", "finance"))
        )
      )
      assert.deepStrictEqual<unknown>(value, { status: "AUTO_PAUSED", objectsPending: 2, bytesPending: 1500 })
      assert.deepStrictEqual(
        sent.slice(1).map((each) => each.line),
        [
          "POST /mapi/services/replication/links/a/content/tenants/finance?pause",
          "POST /mapi/services/replication/links/a/content/tenants/finance?resume"
        ]
      )
      assert.strictEqual((yield* refusal(LinkContent.add("a/b", "tenants", "x"))).field, "link")
    })
  )
})

describe("a schedule", () => {
  it.effect("is read and set, the end that has one", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml(
            "<schedule><local><scheduleOverride>NONE</scheduleOverride><transition><performanceLevel>HIGH</performanceLevel><time>Sun:00</time></transition></local></schedule>"
          ),
          done
        ],
        Effect.tap(LinkSchedule.get("a"), () =>
          LinkSchedule.modify(
            { name: "a", type: "OUTBOUND" },
            {
              local: {
                transition: [
                  { time: "Mon:08", performanceLevel: "OFF" },
                  { time: "Mon:18", performanceLevel: "HIGH" }
                ]
              }
            }
          )
        )
      )
      assert.deepStrictEqual<unknown>(value, {
        local: { scheduleOverride: "NONE", transition: [{ time: "Sun:00", performanceLevel: "HIGH" }] }
      })
      assert.include(
        sent[1]?.body,
        "<schedule><local><transition><time>Mon:08</time><performanceLevel>OFF</performanceLevel></transition><transition><time>Mon:18</time><performanceLevel>HIGH</performanceLevel></transition></local></schedule>"
      )
    })
  )

  it.effect("that HCP would refuse is refused before a byte is sent", () =>
    Effect.gen(function* () {
      const week = (time: string, performanceLevel: string) => ({ transition: [{ time, performanceLevel }] })
      const both = { name: "a", type: "ACTIVE_ACTIVE" } as const
      for (const bad of [
        week("sun:00", "LOW"),
        week("Sun:24", "LOW"),
        week("Sun:00", "FAST"),
        week("Sun:00", "OFF"),
        { transition: [{}] }
      ]) {
        const { field } = yield* refusal(LinkSchedule.modify(both, { remote: bad }))
        assert.match(field, /^remote\.transition/)
      }
      // @ts-expect-error: an inbound link has no schedule at this end
      const local = LinkSchedule.modify({ name: "a", type: "INBOUND" }, { local: {} })
      assert.strictEqual((yield* refusal(local)).field, "local")
      // @ts-expect-error: nor an outbound one at the other
      const remote = LinkSchedule.modify({ name: "a", type: "OUTBOUND" }, { remote: {} })
      assert.strictEqual((yield* refusal(remote)).field, "remote")
    })
  )
})

describe("certificates", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"

  it.effect("are listed, given as text, added and removed", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml(
            "<certificates><certificate><expiresOn>2031-12-12T15:35:10-0500</expiresOn><id>server</id><subjectDN>CN=*.hcp1.example.com, O=Example</subjectDN><validOn>2026-12-12T15:35:10-0500</validOn></certificate></certificates>"
          ),
          { status: 200, headers: { "Content-Type": "text/plain" }, body: pem },
          done,
          done
        ],
        Effect.gen(function* () {
          const all = yield* Stream.runCollect(Certificates.list())
          const own = yield* Certificates.pem()
          yield* Certificates.add(own)
          yield* Certificates.delete("42")
          return { all, own }
        })
      )
      const [server, ...others] = value.all
      assert.lengthOf(others, 0)
      assert.strictEqual(server?.id, "server")
      assert.strictEqual(
        server?.expiresOn === undefined ? "" : DateTime.formatIso(server.expiresOn),
        "2031-12-12T20:35:10.000Z"
      )
      assert.strictEqual(value.own, pem)
      assert.deepStrictEqual(
        sent.map((each) => each.line),
        [
          "GET /mapi/services/replication/certificates",
          "GET /mapi/services/replication/certificates/server",
          "PUT /mapi/services/replication/certificates",
          "DELETE /mapi/services/replication/certificates/42"
        ]
      )
      assert.strictEqual(sent[2]?.body, pem)
    })
  )

  it.effect("are never sent with a private key, nor instead of one", () =>
    Effect.gen(function* () {
      const key = `${pem}-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----`
      for (const wrong of [key, "", "CN=x"]) {
        const reason = yield* refusal(Certificates.add(wrong))
        assert.strictEqual(reason.field, "pem")
        assert.notInclude(reason.message, "c2VjcmV0")
      }
    })
  )
})
