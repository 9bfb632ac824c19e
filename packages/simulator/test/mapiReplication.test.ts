import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as CertificateAuthority from "../src/CertificateAuthority.ts"
import type { HcpSystem } from "../src/HcpSystem.ts"
import { act, administer, look, makeLinked, refused } from "./utils/administer.ts"
import { makeSystem, send, status } from "./utils/exchange.ts"

const service = "/services/replication"
const linkPath = `${service}/links/hcp1-hcp2`

/** The properties of the link at one end, state and statistics included. */
const link = (hcp: HcpSystem, path = linkPath) =>
  Effect.map(look(hcp, `${path}?verbose=true`), (value): Record<string, unknown> => Object(value))

const message = (hcp: HcpSystem) => Effect.map(link(hcp), ({ statusMessage }) => statusMessage)

const statistic = (hcp: HcpSystem, name: string) =>
  Effect.map(link(hcp), ({ statistics }): unknown => Object(statistics)[name])

const put = (hcp: HcpSystem, path: string, body = "1", host = `n1.t1.${hcp.domain}`) =>
  status(hcp, "PUT", path, { body, host })

describe("a link in the management API", () => {
  it.effect("is shown from both ends, each from its own side", () =>
    Effect.gen(function* () {
      const { first, second } = yield* makeLinked({ mode: "activePassive" })
      assert.deepStrictEqual(yield* look(first, `${service}/links`), { name: ["hcp1-hcp2"] })
      const primary = yield* link(first)
      const replica = yield* link(second)
      assert.strictEqual(primary.id, replica.id)
      assert.deepInclude(primary, { type: "OUTBOUND", status: "GOOD", statusMessage: "Sending data", suspended: false })
      assert.deepInclude(replica, { type: "INBOUND", statusMessage: "Receiving data" })
      assert.deepStrictEqual(replica.connection, {
        localHost: "replication.hcp2.example.com",
        localPort: 5748,
        remoteHost: "replication.hcp1.example.com",
        remotePort: 5748
      })
      assert.hasAllKeys(primary.failoverSettings, ["remote"])
      assert.hasAllKeys(replica.failoverSettings, ["local"])
      const short = Object(yield* look(first, linkPath))
      assert.isFalse("statistics" in short || "status" in short || "id" in short)
      const xml = yield* administer(first, "GET", linkPath, { headers: { accept: "application/xml" } })
      assert.match(xml.text, /<link><compression>false<\/compression><connection><localHost>replication\.hcp1/)
      assert.strictEqual((yield* administer(first, "HEAD", `${service}/links/HCP1-hcp2`)).status, 200)
      assert.strictEqual((yield* administer(first, "HEAD", `${service}/links/other`)).status, 302)
    })
  )

  it.effect("leaves out a namespace that is not to be replicated, and brings what was stored once it is", () =>
    Effect.gen(function* () {
      const { first, second } = yield* makeLinked({})
      const n1 = "/tenants/t1/namespaces/n1"
      yield* act(first, "POST", n1, { replicationEnabled: false })
      yield* put(first, "/rest/a")
      yield* put(second, "/rest/b")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      assert.strictEqual(yield* status(first, "GET", "/rest/b"), 404)
      yield* act(first, "POST", n1, { replicationEnabled: true })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.strictEqual(yield* status(first, "GET", "/rest/b"), 200)
    })
  )

  it.effect("counts what waits and what has arrived", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked({ lag: "1 minute" })
      yield* TestClock.setTime(1_422_736_466_446)
      yield* put(first, "/rest/a", "12345")
      yield* put(first, "/rest/b", "123")
      yield* TestClock.adjust("10 seconds")
      const before = Object((yield* link(first)).statistics)
      assert.deepInclude(before, { objectsPending: 2, bytesPending: 8, objectsPendingRemote: 0, bytesReplicated: 0 })
      assert.strictEqual(before.upToDateAsOfMillis, 1_422_736_466_446)
      assert.strictEqual(before.upToDateAsOfString, "2015-01-31T20:34:26+0000")
      assert.deepInclude(Object((yield* link(second)).statistics), { objectsPending: 0, objectsPendingRemote: 2 })
      yield* TestClock.adjust("50 seconds")
      yield* running.settled
      const after = Object((yield* link(second)).statistics)
      assert.deepInclude(after, { objectsPendingRemote: 0, objectsReplicated: 2, bytesReplicated: 8 })
      assert.strictEqual(after.upToDateAsOfMillis, 1_422_736_466_446 + 60_000)
      assert.closeTo(after.bytesPerSecond, 8 / 60, 1e-9)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* statistic(second, "bytesPerSecond"), 0)
    })
  )

  it.effect("is suspended and resumed at either end, with or without an equals sign", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked()
      yield* act(first, "POST", `${linkPath}?suspend`)
      assert.deepInclude(yield* link(second), {
        suspended: true,
        status: "WARNING",
        statusMessage: "Suspended by user"
      })
      yield* put(first, "/rest/a")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      yield* act(second, "POST", `${linkPath}?resume=`)
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.strictEqual(yield* message(first), "Synchronizing data")
    })
  )

  it.effect("does nothing for actions it does not know, and refuses those of the other type of link", () =>
    Effect.gen(function* () {
      const equal = yield* makeLinked()
      yield* act(equal.first, "POST", `${linkPath}?beginRecoveryy`)
      assert.strictEqual(yield* message(equal.first), "Synchronizing data")
      assert.match(yield* refused(equal.first, "POST", `${linkPath}?beginRecovery`), /^400 .*ACTIVE_ACTIVE/)
      assert.match(yield* refused(equal.first, "POST", `${linkPath}?completeRecovery`), /^400 .*ACTIVE_ACTIVE/)
      assert.match(yield* refused(equal.first, "POST", `${linkPath}?failBack`), /^400 .*not failed over/)
      assert.match(yield* refused(equal.first, "POST", `${linkPath}?suspend&resume`), /^400 /)
      const unequal = yield* makeLinked({ mode: "activePassive" })
      assert.match(yield* refused(unequal.second, "POST", `${linkPath}?failBack`), /^400 .*ACTIVE_ACTIVE/)
      assert.match(yield* refused(unequal.second, "POST", `${linkPath}?completeRecovery`), /^400 .*not recovering/)
    })
  )

  it.effect("moves the names of the other system when it fails over, and back", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked()
      const host = "n1.t1.hcp1.example.com"
      assert.strictEqual(yield* put(second, "/rest/a", "1", host), 403)
      yield* act(second, "POST", `${linkPath}?failOver`)
      assert.deepInclude(yield* link(first), { status: "WARNING", statusMessage: "Failed over" })
      assert.strictEqual(yield* put(second, "/rest/a", "1", host), 201)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* status(first, "GET", "/rest/a"), 404, "nothing is sent while failed over")
      assert.match(yield* refused(first, "POST", `${linkPath}?failOver`), /^400 .*already/)
      const console = yield* administer(second, "GET", linkPath, { host: "admin.hcp1.example.com" })
      assert.strictEqual(console.status, 403, "the management API does not move")
      yield* act(second, "POST", `${linkPath}?failBack`)
      assert.strictEqual(yield* put(second, "/rest/b", "1", host), 403)
      yield* running.settled
      assert.strictEqual(yield* status(first, "GET", "/rest/a"), 200)
    })
  )

  it.effect("moves no names without enableDNSFailover", () =>
    Effect.gen(function* () {
      const { second } = yield* makeLinked({ mode: "activePassive" })
      yield* act(second, "POST", service, { enableDNSFailover: false })
      yield* act(second, "POST", `${linkPath}?failOver`)
      assert.strictEqual(yield* put(second, "/rest/a", "1", "n1.t1.hcp1.example.com"), 403)
      assert.strictEqual(yield* put(second, "/rest/a"), 201)
    })
  )

  it.effect("recovers an active/passive pair: write access moves, data comes home, roles return", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked({ mode: "activePassive", lag: "1 minute" })
      const host = "n1.t1.hcp1.example.com"
      const writes = Effect.all([put(first, "/rest/p"), put(second, "/rest/r", "1", host)])
      assert.deepStrictEqual(yield* writes, [201, 403])
      yield* act(first, "POST", `${linkPath}?failOver`)
      assert.strictEqual(yield* put(first, "/rest/p2"), 403, "a failed-over primary is read-only")
      assert.strictEqual(yield* put(second, "/rest/r", "1", host), 201)
      assert.strictEqual(yield* status(first, "GET", "/rest/p"), 200)

      yield* act(second, "POST", `${linkPath}?beginRecovery`)
      assert.deepStrictEqual([yield* message(first), yield* message(second)], ["Recovering data", "Recovering data"])
      assert.strictEqual(yield* statistic(second, "objectsPending"), 2)
      assert.strictEqual(yield* statistic(second, "objectsPendingRemote"), 0)
      assert.strictEqual(yield* put(second, "/rest/r2", "1", host), 201)

      yield* act(second, "POST", `${linkPath}?completeRecovery`)
      assert.strictEqual(yield* message(first), "Completing recovery")
      assert.deepStrictEqual([yield* put(first, "/rest/x"), yield* put(second, "/rest/x", "1", host)], [403, 403])
      yield* TestClock.adjust("1 minute")
      yield* running.settled
      assert.strictEqual(yield* message(first), "Sending data")
      assert.deepStrictEqual([yield* put(first, "/rest/x"), yield* put(second, "/rest/y")], [201, 403])
      for (const path of ["/rest/p", "/rest/r", "/rest/r2"]) {
        assert.strictEqual(yield* status(first, "GET", path), 200, path)
        assert.strictEqual(yield* status(second, "GET", path), 200, path)
      }
      assert.strictEqual(yield* status(second, "GET", "/rest/p", { host }), 403, "the names are home again")
    })
  )

  it.effect("completes a recovery by itself where the settings say so, and takes the later spelling", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked({ mode: "activePassive", lag: "2 hours" })
      yield* act(second, "POST", linkPath, {
        failoverSettings: { local: { autoCompleteRecovery: true, autoCompleteRecoveryMinutes: 30 } }
      })
      yield* act(second, "POST", `${linkPath}?failOver`)
      yield* put(second, "/rest/a")
      yield* TestClock.adjust("1 hour")
      yield* put(second, "/rest/b")
      yield* act(second, "POST", `${linkPath}?beginRecover`)
      assert.strictEqual(yield* message(first), "Recovering data", "an hour behind")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* status(first, "GET", "/rest/a"), 200)
      assert.strictEqual(yield* message(first), "Recovering data", "still an hour behind")
      yield* TestClock.adjust("1 hour")
      yield* running.settled
      assert.strictEqual(yield* message(first), "Sending data")
    })
  )

  it.effect("takes the tenants of its content, and pauses them one by one", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked({ spec: { namespaces: ["n1.t1", "n1.t2"] } })
      const content = `${linkPath}/content`
      assert.deepStrictEqual(yield* look(first, content), { tenants: { name: ["t1", "t2"] } })
      yield* act(first, "POST", `${content}/tenants/T1?pause`)
      yield* put(first, "/rest/a")
      yield* put(first, "/rest/a", "1", "n1.t2.hcp1.example.com")
      yield* TestClock.adjust("1 second")
      assert.deepInclude(Object(yield* look(second, `${content}/tenants/t1`)), {
        status: "PAUSED",
        objectsPending: 0,
        objectsPendingRemote: 1,
        bytesPendingRemote: 1
      })
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      assert.strictEqual(yield* status(second, "GET", "/rest/a", { host: "n1.t2.hcp2.example.com" }), 200)
      yield* act(first, "POST", `${content}/tenants/t1?resume`)
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)

      yield* act(first, "DELETE", `${content}/tenants/t2`)
      assert.deepStrictEqual(yield* look(second, `${linkPath}/remoteCandidates/tenants`), { name: ["t2"] })
      yield* put(first, "/rest/b", "1", "n1.t2.hcp1.example.com")
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/b", { host: "n1.t2.hcp2.example.com" }), 404)
      yield* act(first, "PUT", `${content}/tenants/t2`)
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/b", { host: "n1.t2.hcp2.example.com" }), 200)
      assert.match(yield* refused(first, "PUT", `${content}/tenants/t2`), /^409 /)
      assert.match(yield* refused(first, "PUT", `${content}/tenants/t3`), /^404 /)
      assert.match(yield* refused(first, "GET", `${content}/tenants/t3`), /^404 /)
    })
  )

  it.effect("makes a tenant known at the other system, with its namespaces and users", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked({ count: 2 })
      yield* act(first, "DELETE", linkPath)
      const lone = { name: "mine", type: "OUTBOUND", connection: { remoteHost: "replication.hcp2.example.com" } }
      yield* act(first, "PUT", `${service}/links`, lone)
      yield* put(first, "/rest/a")
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      assert.match(yield* refused(second, "PUT", `${service}/links/mine/content/tenants/t1`), /^403 .*INBOUND/)
      yield* act(first, "PUT", `${service}/links/mine/content/tenants/t1`)
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.strictEqual((yield* link(second, `${service}/links/mine`)).type, "INBOUND")
      assert.strictEqual(yield* put(second, "/rest/b"), 403)
      yield* act(first, "POST", `${service}/links/mine`, { type: "ACTIVE_ACTIVE", description: "both ways" })
      assert.deepInclude(yield* link(second, `${service}/links/mine`), {
        type: "ACTIVE_ACTIVE",
        description: "both ways"
      })
      assert.strictEqual(yield* put(second, "/rest/b"), 201)
    })
  )

  it.effect("is refused where it cannot be", () =>
    Effect.gen(function* () {
      const { first } = yield* makeLinked()
      const draft = { name: "x", type: "ACTIVE_ACTIVE", connection: { remoteHost: "127.0.12.2" } }
      const create = (body: unknown) => refused(first, "PUT", `${service}/links`, body)
      assert.match(yield* create(draft), /^403 .*linked already/)
      assert.match(yield* create({ ...draft, name: "HCP1-hcp2" }), /^409 /)
      assert.match(yield* create({ ...draft, connection: { remoteHost: "hcp9.example.com" } }), /^403 .*no system/)
      assert.match(yield* create({ ...draft, connection: { remoteHost: "127.0.11.1" } }), /^400 .*itself/)
      assert.match(yield* create({ ...draft, type: "SIDEWAYS" }), /^400 .*type/)
      assert.match(yield* create({ name: "x", type: "INBOUND" }), /^400 .*remoteHost/)
      assert.match(yield* refused(first, "POST", linkPath, { type: "INBOUND" }), /^400 .*ACTIVE_ACTIVE/)
      assert.match(yield* refused(first, "POST", linkPath, { suspended: true }), /^403 .*suspended/)
      const settings = { failoverSettings: { local: { autoFailoverMinutes: 6 } } }
      assert.match(yield* refused(first, "POST", linkPath, settings), /^400 .*autoFailoverMinutes/)
      const lone = yield* makeSystem()
      assert.deepStrictEqual(yield* look(lone, `${service}/links`), { name: [] })
      assert.match(yield* refused(lone, "PUT", `${service}/links`, draft), /^403 .*simulated/)
    })
  )

  it.effect("keeps to its schedule", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked()
      // A Sunday, half past ten.
      yield* TestClock.setTime(Date.UTC(2026, 10, 22, 10, 30))
      yield* act(first, "POST", `${linkPath}/schedule`, {
        local: {
          transition: [
            { time: "Sun:10", performanceLevel: "OFF" },
            { time: "Sun:12", performanceLevel: "LOW" }
          ]
        }
      })
      yield* put(first, "/rest/a")
      yield* TestClock.adjust("89 minutes")
      assert.strictEqual(yield* message(first), "Scheduled off period")
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      yield* TestClock.adjust("1 minute")
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
      assert.deepStrictEqual(yield* look(second, `${linkPath}/schedule`), {
        local: { scheduleOverride: "NONE", transition: [{ time: "Sun:00", performanceLevel: "HIGH" }] },
        remote: {
          scheduleOverride: "NONE",
          transition: [
            { time: "Sun:10", performanceLevel: "OFF" },
            { time: "Sun:12", performanceLevel: "LOW" }
          ]
        }
      })
      const bad = (transition: ReadonlyArray<unknown>) =>
        refused(first, "POST", `${linkPath}/schedule`, { local: { transition } })
      assert.match(yield* bad([{ time: "sun:10", performanceLevel: "LOW" }]), /^400 .*time/)
      assert.match(yield* bad([{ time: "Mon:10", performanceLevel: "OFF" }]), /^400 .*whole week/)
    })
  )
})

describe("the replication service", () => {
  it.effect("shows and keeps its settings, and shuts all links down", () =>
    Effect.gen(function* () {
      const { first, second, link: running } = yield* makeLinked()
      assert.deepInclude(Object(yield* look(first, `${service}?verbose=true`)), {
        enableDNSFailover: true,
        network: "[hcp_system]",
        status: "ENABLED"
      })
      yield* act(first, "POST", service, { allowTenantsToMonitorNamespaces: true, verification: "once" })
      assert.deepInclude(Object(yield* look(first, service)), {
        allowTenantsToMonitorNamespaces: true,
        verification: "ONCE"
      })
      assert.match(yield* refused(first, "POST", service, { network: "[hcp_backend]" }), /^400 /)
      assert.match(yield* refused(first, "POST", service, { status: "SHUTDOWN" }), /^403 /)
      yield* act(first, "POST", `${service}?shutDownAllLinks=moving+house`)
      assert.deepInclude(Object(yield* look(first, `${service}?verbose=true`)), { status: "SHUTDOWN" })
      yield* put(first, "/rest/a")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 404)
      yield* act(first, "POST", `${service}?reestablishAllLinks`)
      yield* running.settled
      assert.strictEqual(yield* status(second, "GET", "/rest/a"), 200)
    })
  )

  it.live("shows its own certificate, and takes those of others", () =>
    Effect.gen(function* () {
      const authority = yield* CertificateAuthority.make
      const issue = (domain: string) => authority.issue({ domain, names: [], addresses: [] })
      const own = yield* issue("hcp1.example.com")
      const other = yield* issue("hcp2.example.com")
      const hcp = yield* makeSystem()
      hcp.management.settle({ nodes: ["127.0.11.1"], certificate: own.certificate })
      const path = `${service}/certificates`
      const add = (body: string) =>
        administer(hcp, "PUT", path, { body, headers: { "content-type": "application/octet-stream" } })
      assert.strictEqual((yield* administer(hcp, "GET", `${path}/server`)).text, own.certificate)
      assert.strictEqual((yield* add(other.certificate)).status, 200)
      assert.strictEqual((yield* add(other.certificate)).status, 409)
      assert.strictEqual((yield* add("no certificate")).status, 400)
      const listed: ReadonlyArray<Record<string, string>> = Object(yield* look(hcp, path)).certificate
      assert.deepStrictEqual(
        listed.map(({ subjectDN }) => subjectDN),
        ["CN=hcp1.example.com", "CN=hcp2.example.com"]
      )
      assert.match(listed[0]?.expiresOn ?? "", /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/)
      yield* act(hcp, "DELETE", `${path}/${listed[1]?.id}`)
      assert.match(yield* refused(hcp, "DELETE", `${path}/server`), /^403 /)
    }).pipe(Effect.scoped)
  )
})

describe("three systems", () => {
  it.effect("are linked each with each, and make a topology of erasure coding", () =>
    Effect.gen(function* () {
      const { first, second, others, link: running } = yield* makeLinked({ count: 3 })
      yield* put(first, "/rest/a")
      yield* running.settled
      for (const hcp of [second, ...others]) assert.strictEqual(yield* status(hcp, "GET", "/rest/a"), 200)
      assert.strictEqual((yield* send(first, "HEAD", "/rest/a")).headers["x-hcp-replicated"], "true")
      const base = "/services/erasureCoding"
      const candidates = Object(yield* look(first, `${base}/linkCandidates`)).replicationLink
      assert.deepInclude(candidates, {
        name: "hcp2-hcp3",
        hcpSystems: { name: ["hcp2.example.com", "hcp3.example.com"] }
      })
      const draft = { name: "ec", type: "FULLY_CONNECTED", replicationLinks: { replicationLink: candidates } }
      assert.match(yield* refused(first, "PUT", `${base}/ecTopologies`, { ...draft, type: "RING" }), /^400 /)
      yield* act(first, "PUT", `${base}/ecTopologies`, draft)
      assert.match(yield* refused(second, "PUT", `${base}/ecTopologies`, draft), /^409 /)
      const topology = `${base}/ecTopologies/ec`
      assert.deepStrictEqual(yield* look(second, `${topology}/tenantCandidates`), { tenantCandidate: [{ name: "t1" }] })
      yield* act(second, "PUT", `${topology}/tenants/t1`)
      yield* act(first, "POST", topology, { fullCopy: true, minimumObjectSize: 16_384 })
      assert.match(yield* refused(first, "POST", topology, { minimumObjectSize: 5000 }), /^400 /)
      assert.deepInclude(Object(yield* look(others[0] ?? first, topology)), {
        fullCopy: true,
        minimumObjectSize: 16_384,
        tenants: { name: ["t1"] },
        protectionStatus: "HEALTHY"
      })
      yield* act(second, "POST", `${service}/links/hcp2-hcp3?suspend`)
      assert.deepInclude(Object(yield* look(first, topology)), { protectionStatus: "VULNERABLE" })
      assert.match(yield* refused(first, "DELETE", topology), /^403 /)
      yield* act(first, "POST", `${topology}?retire`)
      yield* act(first, "DELETE", topology)
      assert.deepStrictEqual(yield* look(second, `${base}/ecTopologies`), { name: [] })
    })
  )
})
