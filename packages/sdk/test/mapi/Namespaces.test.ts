import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import * as ContentClasses from "../../src/mapi/ContentClasses.ts"
import type * as Mapi from "../../src/mapi/Mapi.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Protocols from "../../src/mapi/Protocols.ts"
import * as Quota from "../../src/mapi/Quota.ts"
import * as RetentionClasses from "../../src/mapi/RetentionClasses.ts"
import { lost, type Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const shown = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const messageOf = <A>(effect: Effect.Effect<A, { readonly message: string }, Mapi.Mapi>) =>
  Effect.map(over([], Effect.flip(effect)), ({ value }) => value.message)

describe("a namespace", () => {
  it.effect("of HCP 7 in XML, 8 and 9 in JSON is read as far as it goes", () =>
    Effect.gen(function* () {
      const seven = xml(
        `<namespace><name>invoices</name><hardQuota>50.00 GB</hardQuota><softQuota>85</softQuota><hashScheme>SHA-256</hashScheme>
          <enterpriseMode>true</enterpriseMode><aclsUsage>NOT_ENABLED</aclsUsage><tags/>
          <authMinimumPermissions><permission>BROWSE</permission></authMinimumPermissions>
          <authAndAnonymousMinimumPermissions/><creationTime>2015-02-27T11:29:45-0500</creationTime></namespace>`
      )
      const eight = json({
        name: "invoices",
        hardQuota: "50.00 GB",
        softQuota: "85",
        hashScheme: "SHA-256",
        enterpriseMode: true,
        aclsUsage: "NOT_ENABLED",
        tags: { tag: [] },
        authMinimumPermissions: { permission: ["BROWSE"] },
        authAndAnonymousMinimumPermissions: { permission: [] },
        creationTime: "2015-02-27T11:29:45-0500"
      })
      const common = {
        name: "invoices",
        hardQuota: "50 GB",
        softQuota: 85,
        hashScheme: "SHA-256",
        enterpriseMode: true,
        aclsUsage: "NOT_ENABLED",
        authMinimumPermissions: ["BROWSE"],
        authAndAnonymousMinimumPermissions: [],
        tags: [],
        creationTime: "2015-02-27T11:29:45-0500"
      }
      const call = Namespaces.get("invoices")
      for (const step of [seven, eight]) assert.deepStrictEqual(shown((yield* over([step], call)).value), common)
      const nine = json({
        name: "n9",
        directoryUsage: "UNBALANCED",
        optimizedFor: "CLOUD",
        retentionType: "S3",
        newest: {}
      })
      assert.deepStrictEqual(shown((yield* over([nine], call)).value), {
        name: "n9",
        optimizedFor: "CLOUD",
        directoryUsage: "Unbalanced",
        retentionType: "S3"
      })
      // All that a user who may only manage namespaces is told.
      assert.deepStrictEqual(shown((yield* over([json({ name: "n", owner: "u" })], call)).value), {
        name: "n",
        owner: "u"
      })
    })
  )

  it.effect("is created, and a lost answer is settled by looking", () =>
    Effect.gen(function* () {
      const input = {
        name: "invoices",
        hardQuota: Quota.gb(50),
        versioningSettings: { enabled: true, prune: true, pruneDays: 7 },
        aclsUsage: "ENFORCED"
      }
      const call = Namespaces.create(input)
      const one = yield* over([done], call)
      assert.deepStrictEqual(
        [one.sent[0]?.line, one.sent[0]?.body],
        [
          "PUT /mapi/tenants/finance/namespaces",
          '{"name":"invoices","hardQuota":"50 GB","aclsUsage":"ENFORCED","versioningSettings":{"enabled":true,"prune":true,"pruneDays":7}}'
        ]
      )
      const ours = json({ name: "Invoices", hardQuota: "50.00 GB", aclsUsage: "ENFORCED", softQuota: 85 })
      const settled = yield* over([lost, refused(409), ours], call)
      assert.strictEqual(settled.sent[2]?.line, "GET /mapi/tenants/finance/namespaces/invoices?verbose=true")
      const theirs = json({ name: "Invoices", hardQuota: "10.00 GB" })
      const { value } = yield* over([lost, refused(409), theirs], Effect.flip(call))
      assert.strictEqual(value.reason._tag, "AlreadyExists")
      assert.include(value.message, 'namespace "invoices" exists already')
      assert.strictEqual((yield* over([refused(409)], Effect.flip(call))).value.reason._tag, "AlreadyExists")
    })
  )

  it.effect("is refused before a byte is sent where HCP would refuse it", () =>
    Effect.gen(function* () {
      for (const name of ["", "a.b", "-a", "a-", "xn--a", "a_b", "x".repeat(64)]) {
        assert.include(yield* messageOf(Namespaces.create({ name })), "name: ", name)
      }
      const bad = <I extends object>(changes: I) => messageOf(Namespaces.modify("n", changes))
      assert.include(yield* bad({ softQuota: 5 }), "softQuota: is 5, HCP takes a whole number from 10 to 95")
      assert.include(yield* bad({ hashScheme: "MD5" }), "hashScheme: cannot be set")
      assert.include(yield* bad({ aclsUsage: "ENABLED" }), "aclsUsage: must be one of NOT_ENABLED")
      assert.include(
        yield* bad({ searchEnabled: false, indexingEnabled: true }),
        "indexingEnabled: needs searchEnabled"
      )
      assert.include(
        yield* bad({ searchEnabled: false, customMetadataIndexingEnabled: true }),
        "customMetadataIndexingEnabled: needs indexingEnabled"
      )
      const versioning = (settings: Namespaces.VersioningSettings) =>
        messageOf(Namespaces.versioning.modify("n", settings))
      assert.include(yield* versioning({}), "enabled: is missing")
      assert.include(yield* versioning({ enabled: true }), "prune: is missing")
      assert.include(yield* versioning({ enabled: true, prune: true }), "pruneDays: is missing")
      assert.include(
        yield* messageOf(Namespaces.collisions.modify("n", { deleteEnabled: true })),
        "deleteDays: is missing"
      )
      assert.include(
        yield* messageOf(Namespaces.collisions.modify("n", { deleteEnabled: false, deleteDays: 1 })),
        "deleteDays: must be left out"
      )
      assert.include(
        yield* messageOf(Namespaces.compliance.modify("n", { minimumRetentionAfterInitialUnspecified: "7 years" })),
        "is no offset"
      )
      assert.include(yield* messageOf(Namespaces.resetIndexing("n", "yesterday")), "since: must be a day")
    })
  )

  it.effect("is made as it should be, its versioning included", () =>
    Effect.gen(function* () {
      const wanted = {
        name: "invoices",
        hashScheme: "SHA-256",
        softQuota: 90,
        versioningSettings: { enabled: true, prune: false }
      }
      const call = Namespaces.ensure(wanted)
      const there = json({ name: "invoices", hashScheme: "SHA-256", softQuota: 90 })
      const versions = (enabled: boolean) => json({ enabled, prune: false, keepDeletionRecords: true })
      const lines = (sent: ReadonlyArray<{ readonly line: string; readonly body: string }>) =>
        sent.map(({ body, line }) => `${line} ${body}`.trim())

      assert.strictEqual((yield* over([refused(404), done], call)).value.outcome, "created")
      assert.strictEqual((yield* over([there, versions(true)], call)).value.outcome, "unchanged")
      const changed = yield* over([json({ softQuota: 85 }), done, versions(false), done], call)
      assert.deepStrictEqual(changed.value, { outcome: "changed", changed: ["softQuota", "versioningSettings"] })
      assert.deepStrictEqual(lines(changed.sent), [
        "GET /mapi/tenants/finance/namespaces/invoices?verbose=true",
        'POST /mapi/tenants/finance/namespaces/invoices {"softQuota":90}',
        "GET /mapi/tenants/finance/namespaces/invoices/versioningSettings",
        'POST /mapi/tenants/finance/namespaces/invoices/versioningSettings {"enabled":true,"prune":false}'
      ])
      const { value } = yield* over([json({ hashScheme: "MD5" })], Effect.flip(call))
      assert.include(value.message, "hashScheme: invoices has MD5")
    })
  )

  it.effect("is listed, and removed only when empty", () =>
    Effect.gen(function* () {
      const names = Namespaces.list({ tenant: "hr", filter: { by: "tag", prefix: "bill" } })
      const { sent, value } = yield* over(
        [json({ name: ["a"] }), json({})],
        Stream.runCollect(names),
        {},
        { fqdn: admin }
      )
      assert.deepStrictEqual(value, ["a"])
      assert.strictEqual(
        sent[0]?.line,
        "GET /mapi/tenants/hr/namespaces?offset=0&count=500&sortType=name&sortOrder=ascending&filterType=tag&filterString=bill"
      )
      const full = yield* over([refused(403, "Namespace not empty")], Effect.flip(Namespaces.delete("a")))
      assert.include(full.value.message, "HCP says: Namespace not empty")
    })
  )
})

describe("what belongs to a namespace", () => {
  const one = "/mapi/tenants/finance/namespaces/n"

  it.effect("reads the same from XML and JSON, from its own resource", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<
        readonly [path: string, asJson: unknown, asXml: string, Effect.Effect<unknown, unknown, Mapi.Mapi>, unknown]
      > = [
        [
          "versioningSettings",
          { enabled: true, prune: true, pruneDays: 30, keepDeletionRecords: true },
          "<versioningSettings><daysOnPrimary>30</daysOnPrimary><enabled>true</enabled><pruneOnPrimary>true</pruneOnPrimary><keepDeletionRecords>true</keepDeletionRecords><daysOnReplica>0</daysOnReplica></versioningSettings>",
          Namespaces.versioning.get("n"),
          { enabled: true, prune: true, pruneDays: 30, keepDeletionRecords: true }
        ],
        [
          "complianceSettings",
          { retentionDefault: "A+7y", shreddingDefault: false, customMetadataChanges: "add" },
          "<complianceSettings><customMetadataChanges>ADD</customMetadataChanges><retentionDefault>A+7y</retentionDefault><shreddingDefault>false</shreddingDefault></complianceSettings>",
          Namespaces.compliance.get("n"),
          { retentionDefault: "A+7y", shreddingDefault: false, customMetadataChanges: "ADD" }
        ],
        [
          "customMetadataIndexingSettings",
          { contentClasses: { name: ["DICOM"] }, fullIndexingEnabled: false, excludedAnnotations: "a*, b" },
          "<customMetadataIndexingSettings><contentClasses><name>DICOM</name></contentClasses><fullIndexingEnabled>f</fullIndexingEnabled><excludedAnnotations>a*, b</excludedAnnotations></customMetadataIndexingSettings>",
          Namespaces.indexing.get("n"),
          { contentClasses: ["DICOM"], fullIndexingEnabled: false, excludedAnnotations: "a*, b" }
        ],
        [
          "replicationCollisionSettings",
          { action: "MOVE", deleteEnabled: true, deleteDays: 30 },
          "<replicationCollisionSettings><action>MOVE</action><deleteDays>30</deleteDays><deleteEnabled>1</deleteEnabled></replicationCollisionSettings>",
          Namespaces.collisions.get("n"),
          { action: "MOVE", deleteEnabled: true, deleteDays: 30 }
        ],
        [
          "permissions",
          { permission: ["READ"] },
          "<permissions><permission>READ</permission></permissions>",
          Namespaces.permissions.get("n"),
          ["READ"]
        ],
        [
          "statistics",
          { objectCount: 2, shredCount: 0 },
          "<statistics><objectCount>2</objectCount><shredCount>0</shredCount></statistics>",
          Namespaces.statistics("n"),
          { objectCount: 2, shredCount: 0 }
        ],
        [
          "protocols/http?verbose=true",
          {
            httpsEnabled: true,
            hs3Enabled: false,
            hswiftEnabled: false,
            ipSettings: { allowAddresses: { ipAddress: ["0.0.0.0/0"] }, allowIfInBothLists: true }
          },
          "<httpProtocol><hs3Enabled>false</hs3Enabled><hswiftEnabled>false</hswiftEnabled><httpsEnabled>true</httpsEnabled><ipSettings><allowAddresses><ipAddress>0.0.0.0/0</ipAddress></allowAddresses><allowIfInBothLists>true</allowIfInBothLists></ipSettings></httpProtocol>",
          Protocols.http.get("n"),
          {
            httpsEnabled: true,
            hs3Enabled: false,
            hswiftEnabled: false,
            ipSettings: { allowAddresses: ["0.0.0.0/0"], allowIfInBothLists: true }
          }
        ],
        [
          "protocols/cifs?verbose=true",
          { enabled: false, caseForcing: "DISABLED" },
          "<cifsProtocol><caseForcing>DISABLED</caseForcing><enabled>false</enabled></cifsProtocol>",
          Protocols.cifs.get("n"),
          { enabled: false, caseForcing: "DISABLED" }
        ],
        [
          "protocols/nfs?verbose=true",
          { enabled: true, uid: 0, gid: 5 },
          "<nfsProtocol><enabled>true</enabled><gid>5</gid><uid>0</uid></nfsProtocol>",
          Protocols.nfs.get("n"),
          { enabled: true, uid: 0, gid: 5 }
        ],
        [
          "protocols/smtp?verbose=true",
          { enabled: false, emailFormat: ".eml", emailLocation: "/email/" },
          "<smtpProtocol><emailFormat>.eml</emailFormat><emailLocation>/email/</emailLocation><enabled>false</enabled></smtpProtocol>",
          Protocols.smtp.get("n"),
          { enabled: false, emailFormat: ".eml", emailLocation: "/email/" }
        ],
        [
          "retentionClasses/HlthReg-107?verbose=true",
          { name: "HlthReg-107", value: "A+21y", allowDisposition: true },
          "<retentionClass><allowDisposition>true</allowDisposition><name>HlthReg-107</name><value>A+21y</value></retentionClass>",
          RetentionClasses.get("n", "HlthReg-107"),
          { name: "HlthReg-107", value: "A+21y", allowDisposition: true }
        ],
        [
          "retentionClasses",
          { name: ["a", "b"] },
          "<retentionClasses><name>a</name><name>b</name></retentionClasses>",
          Stream.runCollect(RetentionClasses.list("n")),
          ["a", "b"]
        ]
      ]
      for (const [path, asJson, asXml, call, wanted] of cases) {
        for (const [step, format] of [
          [json(asJson), "json"],
          [xml(asXml), "xml"]
        ] as const) {
          const { sent, value } = yield* over([step], call, { format })
          assert.deepStrictEqual(shown(value), wanted, `${path} ${format}`)
          assert.strictEqual(sent[0]?.line, `GET ${one}/${path}`)
        }
      }
    })
  )

  it.effect("is changed on its own resource, with its own root", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Effect.Effect<void, unknown, Mapi.Mapi>, line: string, body: string]> = [
        [Namespaces.modify("n", { name: "m" }), `POST ${one}`, "<namespace><name>m</name></namespace>"],
        [
          Namespaces.compliance.modify("n", {
            minimumRetentionAfterInitialUnspecified: "A+1y-2M",
            dispositionEnabled: true
          }),
          `POST ${one}/complianceSettings`,
          "<complianceSettings><minimumRetentionAfterInitialUnspecified>A+1y-2M</minimumRetentionAfterInitialUnspecified><dispositionEnabled>true</dispositionEnabled></complianceSettings>"
        ],
        [
          Namespaces.indexing.modify("n", { contentClasses: [] }),
          `POST ${one}/customMetadataIndexingSettings`,
          "<customMetadataIndexingSettings><contentClasses/></customMetadataIndexingSettings>"
        ],
        [
          Namespaces.collisions.modify("n", { action: "RENAME" }),
          `POST ${one}/replicationCollisionSettings`,
          "<replicationCollisionSettings><action>RENAME</action></replicationCollisionSettings>"
        ],
        [
          Namespaces.permissions.modify("n", ["READ"]),
          `POST ${one}/permissions`,
          "<permissions><permission>READ</permission></permissions>"
        ],
        [Namespaces.versioning.delete("n"), `DELETE ${one}/versioningSettings`, ""],
        [Namespaces.resetIndexing("n", "0"), `POST ${one}?resetMQECheckpoint=0`, "<namespace/>"],
        [Namespaces.resetIndexing("n", "02/28/2026"), `POST ${one}?resetMQECheckpoint=02%2F28%2F2026`, "<namespace/>"],
        [
          Protocols.nfs.modify("n", { enabled: true, ipSettings: { allowAddresses: ["10.0.0.1"] } }),
          `POST ${one}/protocols/nfs`,
          "<nfsProtocol><enabled>true</enabled><ipSettings><allowAddresses><ipAddress>10.0.0.1</ipAddress></allowAddresses></ipSettings></nfsProtocol>"
        ],
        [
          Protocols.cifs.modify("n", { caseForcing: "UPPER" }),
          `POST ${one}/protocols/cifs`,
          "<cifsProtocol><caseForcing>UPPER</caseForcing></cifsProtocol>"
        ],
        [
          Protocols.smtp.modify("n", { emailFormat: ".mbox" }),
          `POST ${one}/protocols/smtp`,
          "<smtpProtocol><emailFormat>.mbox</emailFormat></smtpProtocol>"
        ],
        [
          Protocols.http.modify("n", { webdavBasicAuthPassword: Redacted.make("pass-1") }),
          `POST ${one}/protocols/http`,
          "<httpProtocol><webdavBasicAuthPassword>pass-1</webdavBasicAuthPassword></httpProtocol>"
        ],
        [
          Protocols.defaultNamespace.modify({ httpEnabled: false }),
          "POST /mapi/tenants/Default/namespaces/Default/protocols",
          "<protocols><httpEnabled>false</httpEnabled></protocols>"
        ],
        [
          RetentionClasses.create("n", { name: "tax", value: "A+10y", allowDisposition: false }),
          `PUT ${one}/retentionClasses`,
          "<retentionClass><name>tax</name><value>A+10y</value><allowDisposition>false</allowDisposition></retentionClass>"
        ],
        [
          RetentionClasses.modify("n", "tax", { value: "-1" }),
          `POST ${one}/retentionClasses/tax`,
          "<retentionClass><value>-1</value></retentionClass>"
        ],
        [
          ContentClasses.create({
            name: "DICOM",
            contentProperties: [{ name: "id", expression: "/a/b", type: "STRING" }],
            namespaces: ["n"]
          }),
          "PUT /mapi/tenants/finance/contentClasses",
          "<contentClass><name>DICOM</name><contentProperties><contentProperty><name>id</name><expression>/a/b</expression><type>STRING</type></contentProperty></contentProperties><namespaces><name>n</name></namespaces></contentClass>"
        ]
      ]
      for (const [call, line, body] of cases) {
        const { sent } = yield* over([done], call, { format: "xml" })
        assert.deepStrictEqual([sent[0]?.line, sent[0]?.body.replace(/^<\?xml[^>]*>/, "")], [line, body])
      }
      assert.include(
        yield* messageOf(Protocols.http.modify("n", JSON.parse('{"webdavBasicAuthPassword":"hunter2"}'))),
        "is no secret; give Redacted.make(text)"
      )
      assert.include(
        yield* messageOf(RetentionClasses.create("n", { name: "tax", value: "A+10y" })),
        "allowDisposition: is missing"
      )
      assert.include(
        yield* messageOf(RetentionClasses.create("n", { name: "tax", value: "ten years" })),
        "value: must be 0, -1"
      )
    })
  )

  it.effect("of a class is made as it should be", () =>
    Effect.gen(function* () {
      const tax = { name: "tax", value: "A+10y", allowDisposition: true }
      const run = (...steps: ReadonlyArray<Step>) => over(steps, RetentionClasses.ensure("n", tax))
      assert.strictEqual((yield* run(refused(404), done)).value.outcome, "created")
      assert.strictEqual((yield* run(json(tax))).value.outcome, "unchanged")
      assert.deepStrictEqual((yield* run(json({ ...tax, value: "A+7y" }), done)).value.changed, ["value"])
      const content = ContentClasses.ensure({
        name: "c",
        namespaces: ["n"],
        contentProperties: [{ name: "id", expression: "/a", type: "STRING" }]
      })
      const there = {
        name: "c",
        namespaces: { name: ["n"] },
        contentProperties: { contentProperty: [{ name: "id", expression: "/a", type: "STRING", multivalued: false }] }
      }
      assert.strictEqual((yield* over([json(there)], content)).value.outcome, "unchanged")
    })
  )
})
