import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as ErasureCoding from "../../src/mapi/ErasureCoding.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Nodes from "../../src/mapi/Nodes.ts"
import * as Services from "../../src/mapi/Services.ts"
import * as System from "../../src/mapi/System.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import type { Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const system = <A, E>(steps: ReadonlyArray<Step>, effect: Effect.Effect<A, E, Mapi.Mapi>) =>
  over(steps, effect, {}, { fqdn: admin, retry: RetryPolicy.never })

const asJson = <A, E>(effect: Effect.Effect<A, E, Mapi.Mapi>) =>
  Effect.provideService(effect, Mapi.CurrentSettings, { format: "json" })

const refusedField = <A>(effect: Effect.Effect<A, HcpError, Mapi.Mapi>) =>
  Effect.map(system([], Effect.flip(effect)), ({ calls, value }) => {
    assert.lengthOf(calls, 0)
    return value.reason._tag === "InvalidInput" ? value.reason.field : value.reason._tag
  })

describe("nodes", () => {
  it.effect("tell how busy they are, the same in XML and both forms of JSON", () =>
    Effect.gen(function* () {
      const given = {
        requestTime: 1772359200000,
        nodes: [
          {
            nodeNumber: 17,
            frontendIpAddresses: ["192.0.2.17", "2001:db8::17"],
            backendIpAddress: "198.51.100.17",
            cpuUser: 0.16,
            managementBytesRead: 0.75,
            collectionTimestamp: 1772359199000,
            volumes: [{ id: "example090", blocksRead: 0, totalBytes: 514283986944 }]
          },
          { nodeNumber: 18, frontendIpAddresses: ["192.0.2.18"], volumes: [] }
        ]
      }
      const [node17, node18] = given.nodes
      const wanted = {
        requestTime: DateTime.makeUnsafe(1772359200000),
        nodes: [{ ...node17, collectionTimestamp: DateTime.makeUnsafe(1772359199000) }, node18]
      }
      const { value } = yield* system(
        [
          xml(`<nodeStatistics><requestTime>1772359200000</requestTime><nodes>
            <node><nodeNumber>17</nodeNumber><frontendIpAddresses><ipAddress>192.0.2.17</ipAddress><ipAddress>2001:db8::17</ipAddress></frontendIpAddresses>
              <backendIpAddress>198.51.100.17</backendIpAddress><cpuUser>.16</cpuUser><managementBytesRead>.75</managementBytesRead>
              <collectionTimestamp>1772359199000</collectionTimestamp>
              <volumes><volume><id>example090</id><blocksRead>0.0</blocksRead><totalBytes>514283986944</totalBytes></volume></volumes></node>
            <node><nodeNumber>18</nodeNumber><frontendIpAddresses><ipAddress>192.0.2.18</ipAddress></frontendIpAddresses><volumes/></node>
          </nodes></nodeStatistics>`)
        ],
        Nodes.statistics
      )
      assert.deepStrictEqual<unknown>(value, wanted)
      const [first, second] = given.nodes
      const wrapped = {
        requestTime: 1772359200000,
        nodes: {
          node: [
            {
              ...first,
              frontendIpAddresses: { ipAddress: first?.frontendIpAddresses },
              volumes: { volume: first?.volumes }
            },
            { ...second, frontendIpAddresses: { ipAddress: "192.0.2.18" }, volumes: { volume: [] } }
          ]
        }
      }
      for (const form of [wrapped, given]) {
        assert.deepStrictEqual<unknown>((yield* system([json(form)], asJson(Nodes.statistics))).value, wanted)
      }
    })
  )
})

describe("services", () => {
  it.effect("tell how far they are, as a whole and for each node", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml(`<serviceStatistics><requestTime>1772359200000</requestTime>
            <services><service><name>GarbageCollection</name><state>RUNNING</state><startTime>1772359000</startTime><endTime>-1</endTime>
              <performanceLevel>MEDIUM</performanceLevel><objectsExamined>12</objectsExamined><objectsExaminedPerSecond>.5</objectsExaminedPerSecond></service></services>
            <nodes><node><nodeNumber>17</nodeNumber><frontendIpAddresses><ipAddress>192.0.2.17</ipAddress></frontendIpAddresses>
              <services><service><name>GarbageCollection</name><state>READY</state></service></services></node></nodes></serviceStatistics>`)
        ],
        Services.statistics
      )
      assert.deepStrictEqual<unknown>(value, {
        requestTime: DateTime.makeUnsafe(1772359200000),
        services: [
          {
            name: "GarbageCollection",
            state: "RUNNING",
            startTime: DateTime.makeUnsafe(1772359000000),
            endTime: undefined,
            performanceLevel: "MEDIUM",
            objectsExamined: 12,
            objectsExaminedPerSecond: 0.5
          }
        ],
        nodes: [
          {
            nodeNumber: 17,
            frontendIpAddresses: ["192.0.2.17"],
            services: [{ name: "GarbageCollection", state: "READY" }]
          }
        ]
      })
      assert.strictEqual(sent[0]?.line, "GET /mapi/services/statistics")
    })
  )
})

describe("System", () => {
  it.effect("has licences, in both spellings of the manual", () =>
    Effect.gen(function* () {
      const wanted = [
        {
          serialNumber: "12345",
          localCapacity: 10_000_000_000_000,
          extendedCapacity: 0,
          expirationDate: "Jan 1, 2027",
          feature: "Premium",
          uploadDate: "Aug 14, 2026"
        }
      ]
      const sample =
        "<licenses><license><activeCapacity>10000000000000</activeCapacity><expirationDate>Jan 1, 2027</expirationDate><extendedCapacity>0</extendedCapacity><licenseType>Premium</licenseType><serialNumber>12345</serialNumber><uploadDate>Aug 14, 2026</uploadDate></license></licenses>"
      const one = yield* system([xml(sample)], System.licenses({ history: true }))
      assert.deepStrictEqual<unknown>(one.value, wanted)
      assert.strictEqual(one.sent[0]?.line, "GET /mapi/storage/licenses?verbose=true")
      for (const form of [{ license: wanted }, { licenses: { license: wanted } }, { licenses: wanted }]) {
        assert.deepStrictEqual<unknown>((yield* system([json(form)], asJson(System.licenses()))).value, wanted)
      }
      assert.deepStrictEqual((yield* system([xml("<licenses/>")], System.licenses())).value, [])
    })
  )

  it.effect("takes a licence and support keys as they are", () =>
    Effect.gen(function* () {
      const { sent } = yield* system(
        [done, done],
        Effect.andThen(System.installLicense(" 450a4346 \n"), System.installSupportAccess(HcpBody.text("plk")))
      )
      assert.deepStrictEqual(
        sent.map(({ body, line, type }) => [line, type, body]),
        [
          ["PUT /mapi/storage/licenses", "text/html", "450a4346"],
          ["PUT /mapi/supportaccesscredentials", "application/xml", "plk"]
        ]
      )
      assert.strictEqual(yield* refusedField(System.installLicense("")), "key")
    })
  )

  it.effect("tells networks and support access", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml("<networkSettings><downstreamDNSMode>ADVANCED</downstreamDNSMode></networkSettings>"),
          done,
          xml(
            "<supportAccessCredentials><applyTimeStamp>1599143327</applyTimeStamp><type>Exclusive</type><serialNumberFromPackage>425999</serialNumberFromPackage></supportAccessCredentials>"
          )
        ],
        Effect.gen(function* () {
          const network = yield* System.network.get()
          yield* System.network.modify({ downstreamDNSMode: "BASIC" })
          return [network, yield* System.supportAccess]
        })
      )
      assert.deepStrictEqual<unknown>(value, [
        { downstreamDNSMode: "ADVANCED" },
        { applyTimeStamp: DateTime.makeUnsafe(1599143327000), type: "Exclusive", serialNumberFromPackage: "425999" }
      ])
      assert.include(sent[1]?.body, "<networkSettings><downstreamDNSMode>BASIC</downstreamDNSMode></networkSettings>")
      assert.strictEqual(yield* refusedField(System.network.modify({ downstreamDNSMode: "FAST" })), "downstreamDNSMode")
    })
  )
})

describe("ErasureCoding", () => {
  const topology = {
    name: "four",
    type: "RING",
    replicationLinks: [{ name: "us-eu" }, { name: "eu-ca", hcpSystems: ["hcp-eu.test", "hcp-ca.test"] }],
    minimumObjectSize: 4096
  } as const

  it.effect("topologies are listed, read, created, changed, retired and removed", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          xml("<ecTopologies><name>four</name></ecTopologies>"),
          xml(
            "<ecTopology><erasureCodedObjects>3289</erasureCodedObjects><fullCopy>false</fullCopy><hcpSystems><name>a</name><name>b</name></hcpSystems><replicationLinks><replicationLink><hcpSystems><name>a</name><name>b</name></hcpSystems><name>ab</name><pausedTenantsCount>0</pausedTenantsCount><state>HEALTHY</state><uuid>u</uuid></replicationLink></replicationLinks><state>ACTIVE</state><tenants/><type>ring</type></ecTopology>"
          ),
          refused(302),
          done,
          done,
          done,
          done,
          done
        ],
        Effect.gen(function* () {
          const names = yield* Stream.runCollect(ErasureCoding.list())
          const one = yield* ErasureCoding.get("four")
          const there = yield* ErasureCoding.exists("five")
          yield* ErasureCoding.create(topology)
          yield* ErasureCoding.modify("four", { restorePeriod: 180 })
          yield* ErasureCoding.retire("four")
          yield* ErasureCoding.delete("four")
          yield* ErasureCoding.delete("four", { force: true })
          return { names, one, there }
        })
      )
      assert.deepStrictEqual<unknown>(value, {
        names: ["four"],
        there: false,
        one: {
          type: "RING",
          replicationLinks: [
            { name: "ab", hcpSystems: ["a", "b"], uuid: "u", pausedTenantsCount: 0, state: "HEALTHY" }
          ],
          fullCopy: false,
          hcpSystems: ["a", "b"],
          tenants: [],
          state: "ACTIVE",
          erasureCodedObjects: 3289
        }
      })
      const at = "/mapi/services/erasureCoding/ecTopologies"
      assert.deepStrictEqual(
        sent.slice(2).map(({ body, line }) => `${line} ${body.replace(/<\?.*?\?>/, "")}`.trim()),
        [
          `HEAD ${at}/five`,
          `PUT ${at} <ecTopology><name>four</name><type>RING</type><replicationLinks><replicationLink><name>us-eu</name></replicationLink><replicationLink><name>eu-ca</name><hcpSystems><name>hcp-eu.test</name><name>hcp-ca.test</name></hcpSystems></replicationLink></replicationLinks><minimumObjectSize>4096</minimumObjectSize></ecTopology>`,
          `POST ${at}/four <ecTopology><restorePeriod>180</restorePeriod></ecTopology>`,
          `POST ${at}/four?retire <ecTopology/>`,
          `DELETE ${at}/four`,
          `DELETE ${at}/four?force=true`
        ]
      )
    })
  )

  it.effect("tenants and candidates are read and changed", () =>
    Effect.gen(function* () {
      const candidates = xml(
        "<tenantCandidates><tenantCandidate><hcpSystems><name>a</name></hcpSystems><name>exec</name><uuid>1</uuid></tenantCandidate></tenantCandidates>"
      )
      const { sent, value } = yield* system(
        [
          xml("<tenants><name>exec</name><name>legal</name></tenants>"),
          done,
          done,
          candidates,
          xml("<tenantCandidates/>"),
          xml("<replicationLinks><replicationLink><name>ab</name></replicationLink></replicationLinks>")
        ],
        Effect.gen(function* () {
          const tenants = yield* Stream.runCollect(ErasureCoding.tenants.list("four"))
          yield* ErasureCoding.tenants.add("four", "exec")
          yield* ErasureCoding.tenants.delete("four", "exec")
          const good = yield* ErasureCoding.tenants.candidates("four")
          const bad = yield* ErasureCoding.tenants.candidates("four", { conflicting: true })
          return { tenants, good, bad, links: yield* ErasureCoding.linkCandidates }
        })
      )
      assert.deepStrictEqual<unknown>(value, {
        tenants: ["exec", "legal"],
        good: [{ name: "exec", uuid: "1", hcpSystems: ["a"] }],
        bad: [],
        links: [{ name: "ab" }]
      })
      assert.deepStrictEqual(
        sent.map(({ body, line }) => line.replace("/mapi/services/erasureCoding/", "") + body),
        [
          "GET ecTopologies/four/tenants",
          "PUT ecTopologies/four/tenants/exec",
          "DELETE ecTopologies/four/tenants/exec",
          "GET ecTopologies/four/tenantCandidates?verbose=true",
          "GET ecTopologies/four/tenantConflictingCandidates?verbose=true",
          "GET linkCandidates?verbose=true"
        ]
      )
    })
  )

  it.effect("that HCP would refuse is refused before a byte is sent", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [ErasureCoding.NewTopology, string]> = [
        [{ ...topology, name: "" }, "name"],
        [{ ...topology, minimumObjectSize: 8192 }, "minimumObjectSize"],
        [{ ...topology, erasureCodingDelay: 3651 }, "erasureCodingDelay"],
        [{ ...topology, replicationLinks: [{}] }, "replicationLinks.0.name"]
      ]
      for (const [input, field] of cases) {
        assert.strictEqual(yield* refusedField(ErasureCoding.create(input)), field)
      }
      assert.strictEqual(
        yield* refusedField(ErasureCoding.modify("four", { minimumObjectSize: 5000 })),
        "minimumObjectSize"
      )
    })
  )
})
