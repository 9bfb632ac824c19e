import { assert, describe } from "@effect/vitest"
import { Effect, Schedule, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as LinkAction from "../../src/mapi/LinkAction.ts"
import * as LinkContent from "../../src/mapi/LinkContent.ts"
import * as LinkSchedule from "../../src/mapi/LinkSchedule.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Replication from "../../src/mapi/Replication.ts"
import * as ReplicationCertificates from "../../src/mapi/ReplicationCertificates.ts"
import * as Tenants from "../../src/mapi/Tenants.ts"
import { tagOf } from "../utils/namespaces.ts"
import { first, inBothFormats, type Stage, second, secret } from "./contract.ts"

const systems = [
  { domain: first, nodes: 2 },
  { domain: second, nodes: 2 }
]
const activeActive = { systems }
const activePassive = { systems, replication: "activePassive" } as const

const link = { name: "hcp1-hcp2", type: "ACTIVE_ACTIVE" } as const
const outbound = { name: "hcp1-hcp2", type: "OUTBOUND" } as const

const both = (stage: Stage) => Effect.all([stage.admin(first), stage.admin(second)])

const often = { schedule: Schedule.spaced("10 millis"), timeout: "10 seconds" } as const
const becomes = (message: string) =>
  Replication.awaitLinkState(link.name, ({ statusMessage }) => statusMessage === message, often)

/** The systems whose nodes a namespace's name leads to, asked afresh. */
const servedBy = (stage: Stage) =>
  Effect.map(stage.simulator.state, (state) => state.systems.map((system) => system.servedBy))

describe("replication over the wire", () => {
  inBothFormats(
    "a link of two active systems fails over with the names, and back",
    (stage) =>
      Effect.gen(function* () {
        const [west, east] = yield* both(stage)
        const ns = yield* stage.namespace("n1.t1", "n", "n01")
        yield* ns.put("/before", HcpBody.text("1"))
        yield* stage.simulator.link?.settled ?? Effect.void
        const { statistics, status, statusMessage, suspended, type } = yield* west(Replication.links.get(link.name))
        assert.deepStrictEqual(
          [type, status, statusMessage, suspended, statistics?.objectsReplicated, statistics?.objectsPending],
          ["ACTIVE_ACTIVE", "GOOD", "Synchronizing data", false, 1, 0]
        )

        yield* east(Replication.perform(link, LinkAction.failOver))
        yield* west(becomes("Failed over"))
        assert.deepStrictEqual(yield* servedBy(stage), [second, second])
        const away = yield* stage.namespace("n1.t1", "n", "n01")
        assert.strictEqual((yield* away.put("/during", HcpBody.text("2"))).metadata.servicedBy, second)
        assert.strictEqual((yield* away.get("/before")).text, "1")
        const twice = yield* Effect.flip(east(Replication.perform(link, LinkAction.failOver)))
        assert.strictEqual(twice.reason._tag, "BadRequest")
        assert.match(twice.message, /failed over already/)

        yield* east(Replication.perform(link, LinkAction.failBack))
        yield* east(becomes("Synchronizing data"))
        assert.deepStrictEqual(yield* servedBy(stage), [first, second])
        yield* stage.simulator.link?.settled ?? Effect.void
        const home = yield* stage.namespace("n1.t1", "n", "n01")
        const stored = yield* home.put("/after", HcpBody.text("3"))
        assert.strictEqual(stored.metadata.servicedBy, first)
        assert.strictEqual((yield* home.get("/during")).text, "2")
      }),
    activeActive
  )

  inBothFormats(
    "an active/passive link moves the right to write, and returns it when all is recovered",
    (stage) =>
      Effect.gen(function* () {
        const [west, east] = yield* both(stage)
        assert.strictEqual((yield* west(Replication.links.get(link.name))).type, "OUTBOUND")
        assert.strictEqual((yield* east(Replication.links.get(link.name))).type, "INBOUND")
        yield* east(Replication.perform({ ...link, type: "INBOUND" }, LinkAction.failOver))
        yield* west(becomes("Failed over"))
        const away = yield* stage.namespace("n1.t1", "n", "n01")
        assert.strictEqual((yield* away.put("/during", HcpBody.text("2"))).metadata.servicedBy, second)
        assert.deepStrictEqual(
          (yield* stage.simulator.state).systems.map(({ hcp }) => hcp.writable),
          [false, true]
        )
        yield* east(Replication.performNamed(link.name, "beginRecover"))
        assert.strictEqual((yield* east(Replication.links.get(link.name))).statusMessage, "Recovering data")
        yield* east(Replication.performNamed(link.name, "completeRecovery"))
        yield* west(becomes("Sending data"))
        const home = yield* stage.namespace("n1.t1", "n", "n01")
        assert.strictEqual((yield* home.put("/after", HcpBody.text("3"))).metadata.servicedBy, first)
        assert.strictEqual((yield* home.get("/during")).text, "2")
      }),
    activePassive
  )

  inBothFormats(
    "an action for another type of link does not compile, is refused before it is sent, and is refused by the server",
    (stage, format) =>
      Effect.gen(function* () {
        const admin = yield* stage.admin()
        const raw = (action: string) =>
          Mapi.raw({ method: "POST", path: `/services/replication/links/${link.name}`, query: { [action]: "" } })
        const type = (yield* admin(Replication.links.get(link.name))).type
        assert.strictEqual(type, "OUTBOUND")
        // @ts-expect-error only an active/active link fails back
        const wrong = Replication.perform(outbound, LinkAction.failBack)
        const before = yield* stage.simulator.requests
        const refused = yield* Effect.flip(admin(wrong))
        assert(refused.reason._tag === "InvalidInput")
        assert.strictEqual(refused.reason.field, "action")
        assert.deepStrictEqual(yield* stage.simulator.requests, before, format)
        assert.strictEqual(yield* tagOf(admin(Replication.performNamed(link.name, "failBack"))), "InvalidInput")
        const byServer = yield* Effect.flip(admin(raw("failBack")))
        assert.strictEqual(byServer.reason._tag, "BadRequest")
        assert.match(byServer.message, /failBack is for ACTIVE_ACTIVE links/)
        yield* admin(Replication.links.modify(link.name, { type: "ACTIVE_ACTIVE" }))
        const now = yield* Effect.flip(admin(raw("beginRecovery")))
        assert.match(now.message, /not for ACTIVE_ACTIVE links/)
        // @ts-expect-error and one that is active/active is not recovered
        assert.strictEqual(yield* tagOf(admin(Replication.perform(link, LinkAction.beginRecovery))), "InvalidInput")
      }),
    activePassive
  )

  inBothFormats(
    "a suspended link keeps what is to be sent",
    (stage) =>
      Effect.gen(function* () {
        const [west, east] = yield* both(stage)
        const ns = yield* stage.namespace("n1.t1", "n", "n01")
        yield* west(Replication.perform(link, LinkAction.suspend))
        yield* ns.put("/a", HcpBody.text("1234"))
        const held = yield* west(becomes("Suspended by user"))
        assert.deepStrictEqual(
          [held.suspended, held.statistics?.objectsPending, held.statistics?.bytesPending],
          [true, 1, 4]
        )
        const missed = yield* Effect.flip(
          west(Replication.awaitLinkState(link.name, () => false, { schedule: Schedule.recurs(2) }))
        )
        assert(missed.reason._tag === "StateNotReached")
        assert.match(missed.message, /last seen as: WARNING, Suspended by user, suspended/)
        yield* west(Replication.perform(link, LinkAction.resume))
        yield* west(Replication.awaitLinkState(link.name, ({ statistics }) => statistics?.objectsPending === 0, often))
        yield* east(Replication.shutDownAllLinks("a test, & nothing else"))
        assert.strictEqual((yield* east(Replication.settings.get({ verbose: true }))).status, "SHUTDOWN")
        assert.strictEqual((yield* west(Replication.links.get(link.name))).statusMessage, "Suspended by user")
        yield* east(Replication.reestablishAllLinks)
        assert.strictEqual((yield* east(Replication.settings.get({ verbose: true }))).status, "ENABLED")
        yield* east(Replication.settings.modify({ enableDNSFailover: false, verification: "ONCE" }))
        const { enableDNSFailover, verification } = yield* east(Replication.settings.get())
        assert.deepStrictEqual([enableDNSFailover, verification], [false, "ONCE"])
        yield* east(Replication.perform(link, LinkAction.failOver))
        assert.deepStrictEqual(yield* servedBy(stage), [first, second], "names stay without DNS fail-over")
      }),
    activeActive
  )

  inBothFormats(
    "a link is made and deleted at either end, and carries what is added to it",
    (stage) =>
      Effect.gen(function* () {
        const [west, east] = yield* both(stage)
        yield* west(Replication.links.delete(link.name))
        assert.isFalse(yield* east(Replication.links.exists(link.name)))
        const made = {
          name: "West <> East",
          type: "ACTIVE_ACTIVE",
          connection: { remoteHost: `replication.admin.${second}` },
          description: "a & b",
          failoverSettings: { local: { autoFailover: true, autoFailoverMinutes: 30 } }
        } as const
        yield* west(Replication.links.create(made))
        assert.deepStrictEqual(yield* east(Stream.runCollect(Replication.links.list())), [made.name])
        assert.strictEqual(yield* tagOf(west(Replication.links.create(made))), "AlreadyExists")
        const seen = yield* west(Replication.links.get(made.name))
        assert.strictEqual(seen.description, "a & b")
        assert.strictEqual(seen.failoverSettings?.local?.autoFailoverMinutes, 30)
        yield* west(Replication.links.modify(made.name, { description: "", compression: true }))
        assert.strictEqual((yield* east(Replication.links.get(made.name))).compression, true)

        yield* west(Tenants.create({ name: "late" }, { username: "lisa", password: secret("start-1") }))
        yield* west(Namespaces.create({ name: "n9" }, { tenant: "late" }))
        const candidates = yield* west(LinkContent.candidates(made.name, "local"))
        assert.deepStrictEqual(candidates.tenants, ["late", "t1"])
        yield* west(LinkContent.add(made.name, "tenants", "late"))
        assert.deepStrictEqual(yield* east(Stream.runCollect(LinkContent.list(made.name, "tenants"))), ["late"])
        assert.isTrue(yield* east(Namespaces.exists("n9", { tenant: "late" })))
        yield* west(LinkContent.pauseTenant(made.name, "late"))
        assert.strictEqual((yield* east(LinkContent.tenantStatus(made.name, "late"))).status, "PAUSED")
        yield* west(LinkContent.resumeTenant(made.name, "late"))
        assert.strictEqual((yield* east(LinkContent.tenantStatus(made.name, "late"))).status, "REPLICATING")
        yield* west(LinkContent.delete(made.name, "tenants", "late"))
        assert.deepStrictEqual((yield* east(LinkContent.get(made.name))).tenants ?? [], [])

        const week = [
          { time: "Mon:08", performanceLevel: "LOW" },
          { time: "Mon:18", performanceLevel: "HIGH" }
        ] as const
        yield* west(LinkSchedule.modify({ name: made.name, type: "ACTIVE_ACTIVE" }, { local: { transition: week } }))
        assert.deepStrictEqual((yield* east(LinkSchedule.get(made.name))).remote?.transition, week)
        yield* east(Replication.links.delete(made.name))
        assert.isFalse(yield* west(Replication.links.exists(made.name)))
      }),
    activeActive
  )

  inBothFormats(
    "systems know each other by certificates",
    (stage) =>
      Effect.gen(function* () {
        const [west, east] = yield* both(stage)
        const own = yield* west(ReplicationCertificates.pem())
        assert.match(own, /^-----BEGIN CERTIFICATE-----/)
        yield* east(ReplicationCertificates.add(own))
        const listed = yield* east(Stream.runCollect(ReplicationCertificates.list()))
        const trusted = listed.find(({ id }) => id !== "server")
        assert.include(trusted?.subjectDN ?? "", first)
        assert.strictEqual((yield* east(ReplicationCertificates.pem(trusted?.id))).trim(), own.trim())
        yield* east(ReplicationCertificates.delete(trusted?.id ?? ""))
        assert.lengthOf(yield* east(Stream.runCollect(ReplicationCertificates.list())), 1)
      }),
    activeActive
  )
})
