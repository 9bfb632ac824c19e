import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Stream } from "effect"
import type * as Mapi from "../../src/mapi/Mapi.ts"
import * as Quota from "../../src/mapi/Quota.ts"
import * as Tenants from "../../src/mapi/Tenants.ts"
import { answer, lost, type Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const atSystem = { fqdn: admin }

const both = <A>(steps: readonly [Step, Step], effect: Effect.Effect<A, unknown, Mapi.Mapi>) =>
  Effect.all([over([steps[0]], effect), over([steps[1]], effect, { format: "xml" })])

/** Values as one can compare them: quotas printed. */
const shown = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("a tenant", () => {
  it.effect("of HCP 7 in XML and of HCP 8 in JSON is the same value", () =>
    Effect.gen(function* () {
      const [one, two] = yield* both(
        [
          json({
            name: "Finance",
            systemVisibleDescription: "Books & ledgers",
            hardQuota: "100.00 GB",
            softQuota: 85,
            namespaceQuota: "5",
            authenticationTypes: { authenticationType: ["LOCAL", "EXTERNAL"] },
            complianceConfigurationEnabled: true,
            versioningConfigurationEnabled: false,
            tags: { tag: ["ledger"] },
            dataNetwork: "[hcp_system]",
            fullyQualifiedName: "finance.hcp1.example.com",
            id: "5d3a6b1e-0000-4000-8000-00000000f1aa",
            somethingOfTomorrow: { entry: [1, 2] }
          }),
          xml(
            `<tenant><name>Finance</name>
              <systemVisibleDescription>Books &amp; ledgers</systemVisibleDescription>
              <hardQuota>100 GB</hardQuota><softQuota>85</softQuota><namespaceQuota>5</namespaceQuota>
              <authenticationTypes>
                <authenticationType>LOCAL</authenticationType><authenticationType>EXTERNAL</authenticationType>
              </authenticationTypes>
              <complianceConfigurationEnabled>true</complianceConfigurationEnabled>
              <versioningConfigurationEnabled>false</versioningConfigurationEnabled>
              <tags><tag>ledger</tag></tags><dataNetwork>[hcp_system]</dataNetwork>
              <fullyQualifiedName>finance.hcp1.example.com</fullyQualifiedName>
              <id>5d3a6b1e-0000-4000-8000-00000000f1aa</id></tenant>`
          )
        ],
        Tenants.get()
      )
      assert.deepStrictEqual(shown(one.value), {
        name: "Finance",
        systemVisibleDescription: "Books & ledgers",
        hardQuota: "100 GB",
        softQuota: 85,
        namespaceQuota: "5",
        authenticationTypes: ["LOCAL", "EXTERNAL"],
        complianceConfigurationEnabled: true,
        versioningConfigurationEnabled: false,
        dataNetwork: "[hcp_system]",
        tags: ["ledger"],
        id: "5d3a6b1e-0000-4000-8000-00000000f1aa",
        fullyQualifiedName: "finance.hcp1.example.com"
      })
      assert.deepStrictEqual(shown(two.value), shown(one.value))
      assert.strictEqual(one.sent[0]?.line, "GET /mapi/tenants/finance?verbose=true")
    })
  )

  it.effect("may tell very little: the default tenant", () =>
    Effect.gen(function* () {
      const call = Tenants.get({ tenant: "Default", verbose: false })
      const { sent, value } = yield* over(
        [
          json({
            snmpLoggingEnabled: false,
            syslogLoggingEnabled: true,
            systemVisibleDescription: "",
            tenantVisibleDescription: "d"
          })
        ],
        call,
        {},
        atSystem
      )
      assert.deepStrictEqual(shown(value), {
        systemVisibleDescription: "",
        tenantVisibleDescription: "d",
        snmpLoggingEnabled: false,
        syslogLoggingEnabled: true
      })
      assert.strictEqual(sent[0]?.line, "GET /mapi/tenants/Default")
    })
  )

  it.effect("is created with its first administrator, whose password is nowhere but on the wire", () =>
    Effect.gen(function* () {
      const input = { name: "finance", softQuota: 80, hardQuota: Quota.gb(50), tags: ["a", "b"] }
      const first = { username: "lgreen", password: Redacted.make("hunter2#&"), forcePasswordChange: true }
      const { sent } = yield* over([done], Tenants.create(input, first), {}, atSystem)
      assert.deepStrictEqual(sent[0], {
        line: "PUT /mapi/tenants?username=lgreen&password=hunter2%23%26&forcePasswordChange=true",
        body: '{"name":"finance","hardQuota":"50 GB","softQuota":80,"tags":{"tag":["a","b"]}}',
        type: "application/json",
        accept: "application/json"
      })
      const group = yield* over(
        [done],
        Tenants.create({ name: "ad" }, { initialSecurityGroup: "ops@corp.example.com" }),
        { format: "xml" },
        atSystem
      )
      assert.strictEqual(group.sent[0]?.line, "PUT /mapi/tenants?initialSecurityGroup=ops%40corp.example.com")
      assert.include(group.sent[0]?.body, "<tenant><name>ad</name></tenant>")
      for (const step of [[refused(403)], [refused(409)], [lost, refused(409)]]) {
        const { value } = yield* over(step, Effect.flip(Tenants.create(input, first)), {}, atSystem)
        assert.notInclude(`${value} ${JSON.stringify(value)} ${value.stack}`, "hunter2")
      }
    })
  )

  it.effect("is refused before a byte is sent where HCP would refuse it", () =>
    Effect.gen(function* () {
      const first = { username: "u", password: Redacted.make("Start-1") }
      const bad = <I extends object>(input: I) =>
        Effect.map(over([], Effect.flip(Tenants.modify(input)), {}), ({ value }) => value.message)
      assert.include(yield* bad({ softQuota: 101 }), "softQuota: is 101")
      assert.include(yield* bad({ namespaceQuota: "many" }), "namespaceQuota: must be a number")
      assert.include(yield* bad({ tags: ["a,b"] }), "tags.0: holds a comma")
      assert.include(yield* bad({ creationTime: "now" }), "creationTime: cannot be set")
      assert.include(yield* bad({ authenticationTypes: ["PAPER"] }), "must be one of LOCAL, RADIUS, EXTERNAL")
      assert.include(yield* bad({ systemVisibleDescription: "x".repeat(1025) }), "HCP takes 1024")
      for (const password of ["", "qwertzuiop", "12345678", `1${"a".repeat(64)}`]) {
        const call = Tenants.create({ name: "t" }, { ...first, password: Redacted.make(password) })
        const { value } = yield* over([], Effect.flip(call), {}, atSystem)
        assert.include(value.message, "password: ")
        assert.isTrue(password === "" || !value.message.includes(password))
      }
    })
  )

  it.effect("is made as it should be, and only what differs is sent", () =>
    Effect.gen(function* () {
      const first = { username: "u", password: Redacted.make("Start-1") }
      const wanted = { name: "finance", hardQuota: Quota.gb(512), tags: ["b", "a"], tenantVisibleDescription: "" }
      const call = Tenants.ensure(wanted, first)
      const there = { name: "Finance", hardQuota: "0.50 TB", tags: { tag: ["a", "b"] }, softQuota: 85 }
      const run = (...steps: ReadonlyArray<Step>) => over(steps, call, {}, atSystem)

      const made = yield* run(refused(404), done)
      assert.deepStrictEqual(made.value, { outcome: "created", changed: [] })
      const same = yield* run(json(there))
      assert.deepStrictEqual(same.value, { outcome: "unchanged", changed: [] })
      const other = yield* run(json({ ...there, hardQuota: "1.00 TB", tags: { tag: ["a"] } }), done)
      assert.deepStrictEqual(other.value, { outcome: "changed", changed: ["hardQuota", "tags"] })
      assert.deepStrictEqual(
        [other.sent[1]?.line, other.sent[1]?.body],
        ["POST /mapi/tenants/finance", '{"hardQuota":"512 GB","tags":{"tag":["b","a"]}}']
      )
      const raced = yield* run(refused(404), refused(409), json(there))
      assert.strictEqual(raced.value.outcome, "unchanged")
    })
  )

  it.effect("is listed, looked for and removed", () =>
    Effect.gen(function* () {
      const call = Tenants.list({ sort: "hardQuota", order: "descending" })
      const { sent, value } = yield* over(
        [json({ name: ["Default", "Finance"] }), json({})],
        Stream.runCollect(call),
        {},
        atSystem
      )
      assert.deepStrictEqual(value, ["Default", "Finance"])
      assert.strictEqual(sent[0]?.line, "GET /mapi/tenants?offset=0&count=500&sortType=hardQuota&sortOrder=descending")
      assert.isFalse((yield* over([answer(302)], Tenants.exists("x"), {}, atSystem)).value)
      const removed = yield* over([done], Tenants.delete("old"), {}, atSystem)
      assert.strictEqual(removed.sent[0]?.line, "DELETE /mapi/tenants/old")
      const again = yield* over([lost, refused(404)], Tenants.delete("old"), {}, atSystem)
      assert.lengthOf(again.sent, 2)
    })
  )
})

describe("what belongs to a tenant", () => {
  it.effect("reads the same from XML and JSON", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [unknown, string, Effect.Effect<unknown, unknown, Mapi.Mapi>, unknown]> = [
        [
          { objectCount: 402_403, ingestedVolume: 13_792_362_496, customMetadataSize: 0 },
          "<statistics><customMetadataSize>0</customMetadataSize><ingestedVolume>13792362496</ingestedVolume><objectCount>402403</objectCount></statistics>",
          Tenants.statistics(),
          { objectCount: 402_403, ingestedVolume: 13_792_362_496, customMetadataSize: 0 }
        ],
        [
          { firstName: "Lee", state: "MA" },
          "<contactinfo><firstName>Lee</firstName><state>MA</state></contactinfo>",
          Tenants.contactInfo.get(),
          { firstName: "Lee", state: "MA" }
        ],
        [
          {
            minimumPasswordLength: 6,
            ipSettings: {
              allowAddresses: { ipAddress: ["0.0.0.0/0", "::0/0"] },
              denyAddresses: { ipAddress: [] },
              allowIfInBothLists: "false"
            },
            automaticUserAccoutUnlockDuration: 5,
            passwordcombination: true
          },
          `<consoleSecurity><ipSettings><allowAddresses><ipAddress>0.0.0.0/0</ipAddress><ipAddress>::0/0</ipAddress></allowAddresses>
            <denyAddresses/><lowlfInBothLists>false</lowlfInBothLists></ipSettings>
            <minimumPasswordLength>6</minimumPasswordLength><passwordCombination>true</passwordCombination>
            <automaticUserAccountUnlockDuration>5</automaticUserAccountUnlockDuration></consoleSecurity>`,
          Tenants.consoleSecurity.get(),
          {
            minimumPasswordLength: 6,
            ipSettings: { allowAddresses: ["0.0.0.0/0", "::0/0"], denyAddresses: [], allowIfInBothLists: false },
            automaticUserAccoutUnlockDuration: 5,
            passwordCombination: true
          }
        ],
        [
          {
            enabled: true,
            emailTemplate: { from: "hcp@x", subject: "$severity" },
            recipients: { recipient: { address: "a@x, b@x", type: "GENERAL,SECURITY" } }
          },
          `<emailNotification><enabled>true</enabled><emailTemplate><from>hcp@x</from><subject>$severity</subject></emailTemplate>
            <recipients><recipient><address>a@x, b@x</address><type>GENERAL,SECURITY</type></recipient></recipients></emailNotification>`,
          Tenants.emailNotification.get(),
          {
            enabled: true,
            emailTemplate: { from: "hcp@x", subject: "$severity" },
            recipients: [{ address: "a@x, b@x", type: "GENERAL,SECURITY" }]
          }
        ],
        [
          {
            hashScheme: "SHA-256",
            hardQuota: "50.00 GB",
            optimizedFor: "DEFAULT",
            directoryUsage: "BALANCED",
            versioningSettings: { enabled: false }
          },
          `<namespaceDefaults><hardQuota>50.00 GB</hardQuota><hashScheme>SHA-256</hashScheme><optimizedFor>default</optimizedFor>
            <directoryUsage>Balanced</directoryUsage><versioningSettings><enabled>false</enabled></versioningSettings></namespaceDefaults>`,
          Tenants.namespaceDefaults.get(),
          {
            hashScheme: "SHA-256",
            hardQuota: "50 GB",
            optimizedFor: "DEFAULT",
            directoryUsage: "Balanced",
            versioningSettings: { enabled: false }
          }
        ],
        [
          { ipSettings: { allowAddresses: { ipAddress: "10.0.0.0/8" } } },
          "<searchSecurity><ipSettings><allowAddresses><ipAddress>10.0.0.0/8</ipAddress></allowAddresses></ipSettings></searchSecurity>",
          Tenants.searchSecurity.get(),
          { ipSettings: { allowAddresses: ["10.0.0.0/8"] } }
        ],
        [
          { permission: ["READ", "WRITE", "TELEPORT"] },
          "<permissions><permission>READ</permission><permission>WRITE</permission><permission>TELEPORT</permission></permissions>",
          Tenants.permissions.get(),
          ["READ", "WRITE", "TELEPORT"]
        ],
        [
          { name: "Short-Term", description: "" },
          "<availableServicePlan><name>Short-Term</name><description/></availableServicePlan>",
          Tenants.servicePlans.get("Short-Term"),
          { name: "Short-Term", description: "" }
        ],
        [
          { name: ["Default", "Short-Term"] },
          "<availableServicePlans><name>Default</name><name>Short-Term</name></availableServicePlans>",
          Stream.runCollect(Tenants.servicePlans.list()),
          ["Default", "Short-Term"]
        ]
      ]
      for (const [asJson, asXml, call, wanted] of cases) {
        const [one, two] = yield* both([json(asJson), xml(asXml)], call)
        assert.deepStrictEqual(shown(one.value), wanted, asXml)
        assert.deepStrictEqual(shown(two.value), wanted, asXml)
      }
    })
  )

  it.effect("is changed by POST on its own resource", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Effect.Effect<void, unknown, Mapi.Mapi>, string, string]> = [
        [Tenants.modify({ administrationAllowed: true }), "", '{"administrationAllowed":true}'],
        [Tenants.contactInfo.modify({ city: "Boston" }), "/contactInfo", '{"city":"Boston"}'],
        [
          Tenants.consoleSecurity.modify({ ipSettings: { denyAddresses: ["10.1.0.0/16"] }, logoutOnInactive: 5 }),
          "/consoleSecurity",
          '{"logoutOnInactive":5,"ipSettings":{"denyAddresses":{"ipAddress":["10.1.0.0/16"]}}}'
        ],
        [
          Tenants.emailNotification.modify({ recipients: [{ address: "a@x", importance: "ALL" }] }),
          "/emailNotification",
          '{"recipients":{"recipient":[{"address":"a@x","importance":"ALL"}]}}'
        ],
        [
          Tenants.namespaceDefaults.modify({
            hardQuota: Quota.gb(5),
            versioningSettings: { enabled: true, prune: false }
          }),
          "/namespaceDefaults",
          '{"hardQuota":"5 GB","versioningSettings":{"enabled":true,"prune":false}}'
        ],
        [Tenants.searchSecurity.modify({ ipSettings: {} }), "/searchSecurity", '{"ipSettings":{}}'],
        [Tenants.permissions.modify([]), "/permissions", '{"permission":[]}']
      ]
      for (const [call, path, body] of cases) {
        const { sent } = yield* over([done], call)
        assert.deepStrictEqual([sent[0]?.line, sent[0]?.body], [`POST /mapi/tenants/finance${path}`, body])
      }
      const template = Tenants.emailNotification.modify({ emailTemplate: { from: "a@x" } })
      assert.include((yield* over([], Effect.flip(template))).value.message, "emailTemplate.subject: is missing")
      const many = Tenants.emailNotification.modify({
        recipients: Array.from({ length: 26 }, () => ({ address: "a" }))
      })
      assert.include((yield* over([], Effect.flip(many))).value.message, "recipients: has 26 entries")
      const host = Tenants.searchSecurity.modify({ ipSettings: { allowAddresses: ["example.com"] } })
      assert.include(
        (yield* over([], Effect.flip(host))).value.message,
        "ipSettings.allowAddresses.0: is no IP address"
      )
    })
  )
})

describe("CORS rules", () => {
  const configuration =
    "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>" +
    "<AllowedMethod>PUT</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>"
  const rules = [{ allowedOrigins: ["https://a.example.com"], allowedMethods: ["GET", "PUT"], maxAgeSeconds: 60 }]

  it.effect("are read from a document inside a document, however it is wrapped", () =>
    Effect.gen(function* () {
      for (const step of [
        xml(`<cors><![CDATA[<?xml version="1.0"?>\n${configuration}]]></cors>`),
        xml(`<cors>${configuration}</cors>`),
        xml(configuration),
        json({ cors: configuration })
      ]) {
        const { value } = yield* over([step], Tenants.cors.get())
        assert.deepStrictEqual(shown(value), rules)
      }
      assert.isTrue(Option.isNone((yield* over([refused(404)], Tenants.cors.find())).value))
      const missing = yield* over([refused(404)], Effect.flip(Tenants.cors.get()))
      assert.strictEqual(missing.value.reason._tag, "NotFound")
      const hostile = json({ cors: '<!DOCTYPE a [<!ENTITY b "c">]><CORSConfiguration/>' })
      assert.strictEqual((yield* over([hostile], Effect.flip(Tenants.cors.get()))).value.reason._tag, "InvalidXml")
    })
  )

  it.effect("are written as such, and removed however often", () =>
    Effect.gen(function* () {
      const { sent } = yield* over(
        [done],
        Tenants.cors.modify([{ allowedOrigins: ["*"], allowedMethods: ["GET"], id: "<a>" }])
      )
      assert.strictEqual(sent[0]?.line, "PUT /mapi/tenants/finance/cors")
      assert.strictEqual(sent[0]?.type, "application/xml")
      const read = yield* over([xml(sent[0]?.body.replace(/^<\?xml[^>]*>/, "") ?? "")], Tenants.cors.get())
      assert.deepStrictEqual(shown(read.value), [{ id: "<a>", allowedOrigins: ["*"], allowedMethods: ["GET"] }])
      yield* over([refused(404)], Tenants.cors.delete())
      const none = Tenants.cors.modify([{ allowedOrigins: [], allowedMethods: ["GET"] }])
      const misspelt: {
        readonly allowedOrigins: ReadonlyArray<string>
        readonly allowedMethods: ReadonlyArray<"GET">
      } = {
        ...{ allowedOrigins: ["*"], allowedMethods: ["GET"] },
        ...{ allowedHeader: ["range"] }
      }
      const unknown = (yield* over([], Effect.flip(Tenants.cors.modify([misspelt])))).value.message
      assert.include(unknown, 'rules[0].allowedHeader: there is no such option; did you mean "allowedHeaders"?')
      assert.include((yield* over([], Effect.flip(none))).value.message, "rules[0].allowedOrigins: is empty")
    })
  )
})
