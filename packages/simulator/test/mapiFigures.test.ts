import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { act, administer, look, refused } from "./utils/administer.ts"
import { makeSystem, send } from "./utils/exchange.ts"

const start = Date.UTC(2026, 10, 21, 14, 20)
const report = "/tenants/t1/chargebackReport"

type Row = Readonly<Record<string, unknown>>

const rows = (value: unknown): ReadonlyArray<Row> => Object(value).chargebackData

const makeUsed = Effect.gen(function* () {
  yield* TestClock.setTime(start)
  const hcp = yield* makeSystem({ namespaces: ["n1.t1", "n2.t1", "n1.t2"] })
  hcp.management.settle({ nodes: ["127.0.11.7", "127.0.11.8"], certificate: "" })
  yield* send(hcp, "PUT", "/rest/a", { body: "12345" })
  yield* send(hcp, "GET", "/rest/a")
  yield* send(hcp, "PUT", "/rest/b", { body: "123", host: "n2.t1.hcp1.example.com" })
  yield* TestClock.adjust("1 hour")
  yield* send(hcp, "DELETE", "/rest/a")
  yield* send(hcp, "GET", "/rest/nothing")
  return hcp
})

describe("a chargeback report", () => {
  it.effect("tells by the hour what happened in each namespace, then in the tenant", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      const found = rows(yield* look(hcp, `${report}?granularity=hour`))
      assert.deepStrictEqual(
        found.map(({ endTime, namespaceName, objectCount, startTime, valid }) => [
          namespaceName,
          startTime,
          endTime,
          objectCount,
          valid
        ]),
        [
          ["n1", "2026-11-21T14:00:00+0000", "2026-11-21T14:59:59+0000", 1, true],
          ["n2", "2026-11-21T14:00:00+0000", "2026-11-21T14:59:59+0000", 1, true],
          ["n1", "2026-11-21T15:00:00+0000", "2026-11-21T15:20:00+0000", 0, false],
          ["n2", "2026-11-21T15:00:00+0000", "2026-11-21T15:20:00+0000", 1, false],
          [undefined, "2026-11-21T14:00:00+0000", "2026-11-21T14:59:59+0000", 2, true],
          [undefined, "2026-11-21T15:00:00+0000", "2026-11-21T15:20:00+0000", 1, false]
        ]
      )
      assert.deepInclude(found[0], { reads: 1, writes: 1, deletes: 0, bytesIn: 5, bytesOut: 5, ingestedVolume: 5 })
      assert.deepInclude(found[2], { reads: 0, writes: 0, deletes: 1, bytesIn: 0, bytesOut: 0, ingestedVolume: 0 })
      assert.deepInclude(found[4], { bytesIn: 8, writes: 2, deleted: "false", tenantName: "t1", tieredObjects: 0 })
      assert.isFalse("namespaceName" in (found[4] ?? {}))
    })
  )

  it.effect("widens its interval to whole hours and days", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      const of = (query: string) => Effect.map(look(hcp, `/tenants/T1/namespaces/N1/chargebackReport?${query}`), rows)
      const [hour, ...more] = yield* of("start=2026-11-21T15:30:00%2B0100&end=2026-11-21T14:31:00Z&granularity=HOUR")
      assert.deepInclude(hour, { startTime: "2026-11-21T14:00:00+0000", writes: 1, valid: true })
      assert.isEmpty(more)
      const [total] = yield* of("")
      assert.deepInclude(total, { startTime: "2026-11-21T14:00:00+0000", writes: 1, deletes: 1, valid: false })
      const [day] = yield* of("granularity=day&end=2030-01-01T00:00:00-0500")
      assert.deepInclude(day, { startTime: "2026-11-21T00:00:00+0000", endTime: "2026-11-21T15:20:00+0000" })
      assert.isEmpty(yield* of("end=2020-01-01T00:00:00-0500"))
    })
  )

  it.effect("goes back 180 days", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      yield* TestClock.adjust("200 days")
      const found = rows(yield* look(hcp, `${report}?granularity=day&start=2020-01-01T00:00:00Z`))
      assert.strictEqual(found[0]?.startTime, "2026-12-11T00:00:00+0000")
      assert.strictEqual(found.length, 181 * 3)
      assert.deepInclude(found.at(-1), { objectCount: 1, writes: 0 })
    })
  )

  it.effect("comes as XML in the order of the alphabet, and as CSV", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      const get = (accept: string) => administer(hcp, "GET", report, { headers: { accept } })
      const xml = yield* get("application/xml")
      assert.match(xml.text, /<chargebackReport><chargebackData><bytesIn>5<\/bytesIn><bytesOut>5<\/bytesOut><deleted>/)
      const csv = yield* get("text/csv")
      assert.strictEqual(csv.headers["content-type"], "text/csv")
      const [header = "", first = "", , sum = ""] = csv.text.split("\n")
      assert.match(header, /^systemName,tenantName,namespaceName,startTime,endTime,objectCount,.*,deleted,valid$/)
      assert.match(first, /^hcp1\.example\.com,t1,n1,2026-11-21T14:00:00\+0000,/)
      assert.match(sum, /^hcp1\.example\.com,t1,,2026-11-21T14:00:00\+0000,.*,false,false$/)
    })
  )

  it.effect("is refused for times and words that are none", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      assert.match(yield* refused(hcp, "GET", `${report}?start=yesterday`), /^400 .*start/)
      assert.match(yield* refused(hcp, "GET", `${report}?start=2026-11-21T14:00:00+0100`), /^400 .*%2B/)
      assert.match(yield* refused(hcp, "GET", `${report}?granularity=week`), /^400 .*granularity/)
      const [late, early] = ["2026-11-21T15:00:00Z", "2026-11-21T14:00:00Z"]
      assert.match(yield* refused(hcp, "GET", `${report}?start=${late}&end=${early}`), /^400 .*before/)
      assert.match(yield* refused(hcp, "GET", "/tenants/t9/chargebackReport"), /^404 /)
    })
  )

  it.effect("shows an administrator of the system only sums where the tenant does not let them in", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ administrationAllowed: false })
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      const [sum, ...more] = rows(yield* look(hcp, report))
      assert.deepInclude(sum, { tenantName: "t1", objectCount: 1 })
      assert.isFalse("namespaceName" in (sum ?? {}))
      assert.isEmpty(more)
      assert.match(yield* refused(hcp, "GET", "/tenants/t1/namespaces/n1/chargebackReport"), /^403 /)
    })
  )
})

describe("statistics", () => {
  it.effect("count what is there", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      yield* send(hcp, "PUT", "/rest/s?shred=true", { body: "1234567" })
      const one = { customMetadataCount: 0, customMetadataSize: 0, shredCount: 1, shredSize: 7 }
      assert.deepStrictEqual(yield* look(hcp, "/tenants/t1/namespaces/n1/statistics"), {
        ...one,
        ingestedVolume: 7,
        objectCount: 1,
        storageCapacityUsed: 14
      })
      assert.deepInclude(Object(yield* look(hcp, "/tenants/t1/statistics")), { objectCount: 2, ingestedVolume: 10 })
    })
  )

  it.effect("of the nodes name them and their room", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      const { nodes, requestTime } = Object(yield* look(hcp, "/nodes/statistics"))
      assert.strictEqual(requestTime, start + 3_600_000)
      assert.deepInclude(nodes.node[1], { nodeNumber: 8, frontendIpAddresses: { ipAddress: ["127.0.11.8"] } })
      const [volume] = nodes.node[0].volumes.volume
      assert.strictEqual(volume.totalBytes - volume.freeBytes, 3)
      const services = Object(yield* look(hcp, "/services/statistics"))
      assert.deepInclude(services.services.service[3], { name: "ContentVerification", state: "READY", startTime: -1 })
      assert.strictEqual(services.nodes.node.length, 2)
    })
  )
})

describe("the settings of the system", () => {
  it.effect("are shown and kept", () =>
    Effect.gen(function* () {
      const hcp = yield* makeUsed
      const upload = (path: string, body: string) =>
        administer(hcp, "PUT", path, { body, headers: { "content-type": "text/html" } })
      const [license] = Object(yield* look(hcp, "/storage/licenses")).license
      assert.deepInclude(license, { localCapacity: 100 * 1024 ** 4, expirationDate: "None", feature: "Premium" })
      assert.isFalse("uploadDate" in license)
      assert.strictEqual((yield* upload("/storage/licenses", "a key")).status, 200)
      assert.strictEqual((yield* upload("/storage/licenses", " ")).status, 400)
      const history = Object(yield* look(hcp, "/storage/licenses?verbose=true")).license
      assert.strictEqual(history.length, 2)
      assert.strictEqual(history[0].uploadDate, "Nov 21, 2026")
      assert.strictEqual(history[1].serialNumber, license.serialNumber)

      assert.deepStrictEqual(yield* look(hcp, "/network"), { downstreamDNSMode: "BASIC" })
      yield* act(hcp, "POST", "/network", { downstreamDNSMode: "ADVANCED" })
      assert.deepStrictEqual(yield* look(hcp, "/network"), { downstreamDNSMode: "ADVANCED" })
      assert.match(yield* refused(hcp, "POST", "/network", { downstreamDNSMode: "FAST" }), /^400 /)

      assert.deepInclude(Object(yield* look(hcp, "/supportaccesscredentials")), { type: "Default" })
      assert.strictEqual((yield* upload("/supportAccessCredentials", "plk")).status, 200)
      assert.deepInclude(Object(yield* look(hcp, "/supportaccesscredentials")), {
        type: "Exclusive",
        applyTimeStamp: 1_795_274_400
      })
    })
  )
})
