import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import type * as NamespaceInfo from "../../src/namespace/NamespaceInfo.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import * as Target from "../../src/Target.ts"
import { inTime, requests, tagOf } from "../utils/namespaces.ts"
import { answer, makeClient, type ScriptedNodes, script } from "../utils/ScriptedNodes.ts"

const asking = <A, E>(nodes: ScriptedNodes, f: (info: NamespaceInfo.Operations) => Effect.Effect<A, E>) =>
  inTime(Effect.flatMap(makeClient(nodes), (client) => f(Namespace.make(client).info)))

const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

const namespaces = `<?xml version="1.0" encoding="UTF-8"?>
<namespaces ${xsi} xsi:noNamespaceSchemaLocation="/static/xsd/proc-namespaces.xsd" tenantHostName="t1.hcp1.example.com" httpScheme="https">
  <namespace name="123" nameIDNA="123" versioningEnabled="true" searchEnabled="true" retentionMode="enterprise"
    defaultShredValue="false" defaultIndexValue="true" defaultRetentionValue="0" hashScheme="SHA-256" dpl="2">
    <description><![CDATA[
       replicated°search°versioning
    ]]></description>
  </namespace>
  <namespace name="b" defaultRetentionValue="A+10y" dpl="Dynamic" retentionMode="compliance"><description/></namespace>
  <namespace dpl="2"/>
</namespaces>`

describe("statistics", () => {
  it.effect("are numbers", () =>
    Effect.gen(function* () {
      const nodes = script(
        answer(
          200,
          {},
          `<?xml version="1.0" encoding="UTF-8"?>
           <statistics ${xsi} namespaceName="n1" totalCapacityBytes="9007199254740991" usedCapacityBytes="13792362496"
             softQuotaPercent="85" objectCount="402403" shredObjectCount="0" shredObjectBytes="" customMetadataObjectCount="x"/>`
        )
      )
      assert.deepStrictEqual(yield* asking(nodes, (info) => info.statistics()), {
        namespaceName: "n1",
        totalCapacityBytes: 9_007_199_254_740_991,
        usedCapacityBytes: 13_792_362_496,
        softQuotaPercent: 85,
        objectCount: 402_403,
        shredObjectCount: 0,
        shredObjectBytes: undefined,
        customMetadataObjectCount: undefined,
        customMetadataObjectBytes: undefined
      })
      assert.deepStrictEqual(requests(nodes), ["GET /proc/statistics"])
    })
  )
})

describe("namespaces", () => {
  it.effect("are those that were asked for, with everything typed", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200, {}, namespaces), answer(200, {}, "<namespaces/>"))
      const [list, none] = yield* asking(nodes, (info) =>
        Effect.all([info.namespaces(), info.namespaces({ all: true })])
      )
      assert.deepStrictEqual(requests(nodes), ["GET /proc?single=true", "GET /proc"])
      assert.deepStrictEqual(list, [
        {
          name: "123",
          nameIDNA: "123",
          versioningEnabled: true,
          searchEnabled: true,
          retentionMode: "enterprise",
          defaultShredValue: false,
          defaultIndexValue: true,
          defaultRetentionValue: Retention.deletionAllowed,
          hashScheme: "SHA-256",
          dpl: 2,
          description: ["replicated", "search", "versioning"],
          descriptionText: "replicated°search°versioning"
        },
        {
          name: "b",
          nameIDNA: undefined,
          versioningEnabled: undefined,
          searchEnabled: undefined,
          retentionMode: "compliance",
          defaultShredValue: undefined,
          defaultIndexValue: undefined,
          defaultRetentionValue: Retention.years(10),
          hashScheme: undefined,
          dpl: "Dynamic",
          description: [],
          descriptionText: ""
        }
      ])
      assert.deepStrictEqual(none, [])
    })
  )
})

describe("retention classes", () => {
  it.effect("have values of the one type of retention", () =>
    Effect.gen(function* () {
      const nodes = script(
        answer(
          200,
          {},
          `<retentionClasses namespaceName="n1">
             <retentionClass name="TAX_DATA" value="A+10y" autoDelete="true"><description> Taxes &amp; co. </description></retentionClass>
             <retentionClass autoDelete="false" value="-2" name="open"/>
             <retentionClass name="odd" value="?" autoDelete="?"><description/></retentionClass>
           </retentionClasses>`
        )
      )
      assert.deepStrictEqual(yield* asking(nodes, (info) => info.retentionClasses()), [
        { name: "TAX_DATA", value: Retention.years(10), autoDelete: true, description: "Taxes & co." },
        { name: "open", value: Retention.unspecified, autoDelete: false, description: "" },
        { name: "odd", value: undefined, autoDelete: undefined, description: "" }
      ])
      assert.deepStrictEqual(requests(nodes), ["GET /proc/retentionClasses"])
    })
  )
})

describe("permissions", () => {
  it.effect("are denied where HCP does not grant them", () =>
    Effect.gen(function* () {
      const nodes = script(
        answer(
          200,
          {},
          `<permissions namespaceName="n1">
             <namespacePermissions browse="true" read="true" write="true" readAcl="true" writeAcl="true" changeOwner="true"
               delete="true" privileged="true" purge="true" search="true"/>
             <namespaceEffectivePermissions browse="true"/>
             <userPermissions read="TRUE" write="false" purge="maybe"/>
           </permissions>`
        )
      )
      const found = yield* asking(nodes, (info) => info.permissions())
      const granted = (set: NamespaceInfo.PermissionSet) =>
        Object.entries(set).flatMap(([name, isGranted]) => (isGranted ? [name] : []))
      assert.strictEqual(granted(found.namespacePermissions).length, 10)
      assert.deepStrictEqual(granted(found.namespaceEffectivePermissions), ["browse"])
      assert.deepStrictEqual(granted(found.userPermissions), ["read"])
      assert.deepStrictEqual(granted(found.userEffectivePermissions), [])
    })
  )
})

describe("refusals", () => {
  it.effect("are typed", () =>
    Effect.gen(function* () {
      const tag = (step: ReturnType<typeof answer>) => tagOf(asking(script(step), (info) => info.statistics()))
      assert.strictEqual(yield* tag(answer(401)), "Forbidden")
      assert.strictEqual(yield* tag(answer(404)), "NotFound")
      assert.strictEqual(yield* tag(answer(200, {}, "<html><body>Log in</body></html>")), "InvalidXml")
      assert.strictEqual(yield* tag(answer(200, {}, "<namespaces/>")), "UnexpectedAnswer")
    })
  )

  it.effect("the layer asks the client", () =>
    Effect.gen(function* () {
      const { info } = yield* Namespace.Namespace
      assert.deepStrictEqual(yield* info.namespaces(), [])
    }).pipe(
      Effect.provide(
        Namespace.layer.pipe(
          Layer.provide(HcpClient.layer),
          Layer.provide(Target.layerTest(() => Effect.succeed({ body: "<namespaces/>" })))
        )
      )
    )
  )
})
