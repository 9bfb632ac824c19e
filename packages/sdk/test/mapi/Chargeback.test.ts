import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import type { HcpError } from "../../src/HcpError.ts"
import * as Chargeback from "../../src/mapi/Chargeback.ts"
import * as ChargebackRow from "../../src/mapi/ChargebackRow.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import { brokenOff, type Step } from "../utils/ScriptedNodes.ts"
import { admin, finance, json, over, xml } from "./script.ts"

const run = <A, E>(steps: ReadonlyArray<Step>, effect: Effect.Effect<A, E, Mapi.Mapi>, fqdn = finance) =>
  over(steps, effect, {}, { fqdn, retry: RetryPolicy.never })

const collect = (steps: ReadonlyArray<Step>, options?: Chargeback.ReportOptions) =>
  Effect.map(run(steps, Stream.runCollect(Chargeback.tenant(options))), ({ value }) => value)

const failing = (step: Step, options?: Chargeback.ReportOptions) =>
  Effect.map(run([step], Effect.flip(Stream.runDrain(Chargeback.tenant(options)))), ({ value }) => value)

const csv = (body: string): Step => ({ status: 200, headers: { "Content-Type": "text/csv" }, body })

// Shapes: HCP 8 or later with parts of objects, HCP 7.3 at system level with tiers.
const recent = {
  systemName: "hcp1.example.com",
  tenantName: "finance",
  namespaceName: "invoices",
  startTime: "2026-02-01T00:00:00+0100",
  endTime: "2026-02-01T23:59:59+0100",
  valid: true,
  deleted: "false",
  bytesOut: 87561,
  reads: 1,
  writes: 10,
  deletes: 0,
  multipartObjects: 2,
  multipartObjectParts: 7,
  multipartObjectBytes: 93213889,
  multipartUploads: 0,
  multipartUploadParts: 0,
  multipartUploadBytes: 0,
  bytesIn: 123986263,
  storageCapacityUsed: 134270976,
  ingestedVolume: 134243721,
  objectCount: 6
}
const { namespaceName: _, ...sum } = { ...recent, deleted: "included", valid: false }
const older = {
  systemName: "hcp1.example.com",
  tenantName: "finance",
  namespaceName: "old, and quoted",
  startTime: "2026-02-01T00:00:00+0100",
  endTime: "2026-02-01T23:59:59+0100",
  valid: true,
  deleted: "false",
  bytesOut: 0,
  reads: 0,
  writes: 0,
  deletes: 0,
  tieredObjects: 3,
  tieredBytes: 4,
  metadataOnlyObjects: 5,
  metadataOnlyBytes: 6,
  bytesIn: 0,
  storageCapacityUsed: 0,
  ingestedVolume: 0,
  objectCount: 0
}

const records: ReadonlyArray<Record<string, string | number | boolean>> = [recent, older, sum]

const asXml = xml(
  `<chargebackReport>${records
    .map(
      (record) =>
        `<chargebackData>\n  ${Object.entries(record)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => `<${name}>${value}</${name}>`)
          .join("\n  ")}\n</chargebackData>`
    )
    .join("")}</chargebackReport>`
)
const asJson = json({ chargebackData: records })
const names = [...ChargebackRow.systemColumns].reverse()
const asCsv = csv(
  [
    names.join(","),
    ...records.map((record) =>
      names
        .map((name) => {
          const text = String(record[name] ?? "")
          return text.includes(",") ? `"${text}"` : text
        })
        .join(",")
    )
  ].join("\n")
)

describe("a chargeback report", () => {
  it.effect("has the same rows whether it is XML, JSON or CSV", () =>
    Effect.gen(function* () {
      const fromXml = yield* collect([asXml])
      const fromJson = yield* collect([asJson], { format: "json" })
      const fromCsv = yield* collect([asCsv], { format: "csv" })
      assert.deepStrictEqual(fromJson, fromXml)
      assert.deepStrictEqual(fromCsv, fromXml)
      assert.deepStrictEqual(
        fromXml.map((row) => [
          row.kind,
          row.namespaceName,
          row.deleted,
          row.valid,
          row.tieredObjects,
          row.multipartObjects
        ]),
        [
          ["namespace", "invoices", "false", true, undefined, 2],
          ["namespace", "old, and quoted", "false", true, 3, undefined],
          ["tenant", undefined, "included", false, undefined, 2]
        ]
      )
      const [first] = fromXml
      assert.strictEqual(first?.storageCapacityUsed, 134270976)
      assert.strictEqual(
        first?.startTime === undefined ? "" : DateTime.formatIso(first.startTime),
        "2026-01-31T23:00:00.000Z"
      )
      assert.strictEqual(first?.startTime === undefined ? 0 : DateTime.zonedOffset(first.startTime), 3_600_000)
    })
  )

  it.effect("is read as what the answer says it is, not as what was asked for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect([asJson], { format: "csv" }), yield* collect([asXml]))
    })
  )

  it.effect("may have no rows", () =>
    Effect.gen(function* () {
      for (const [format, step] of [
        ["xml", xml("<chargebackReport/>")],
        ["json", json({ chargebackData: [] })],
        ["json", json({ chargebackData: null })],
        ["json", json({})],
        ["csv", csv(`${ChargebackRow.columns.join(",")}\r\n`)]
      ] as const) {
        assert.deepStrictEqual(yield* collect([step], { format }), [])
      }
    })
  )

  it.effect("as CSV may have unknown columns, a name that is cut short, and two columns swapped as in the manual", () =>
    Effect.gen(function* () {
      const [row, ...others] = yield* collect(
        [
          csv(
            "tenantName,namespaceName,startTime,objectCount,endTime,newer,multipartUploadB,vali\nfinance,a,2026-02-01T00:00:00-0500,6,2026-02-01T23:59:59-0500,x,9,true\n"
          )
        ],
        { format: "csv" }
      )
      assert.lengthOf(others, 0)
      assert.strictEqual(row?.objectCount, 6)
      assert.strictEqual(row?.multipartUploadBytes, 9)
      assert.strictEqual(row?.valid, true)
      const [swapped] = yield* collect(
        [csv("namespaceName,startTime,endTime,objectCount\na,2026-02-01T00:00:00-0500,6,2026-02-01T23:59:59-0500")],
        { format: "csv" }
      )
      assert.strictEqual(swapped?.objectCount, 6)
      assert.strictEqual(
        swapped?.endTime === undefined ? "" : DateTime.formatIso(swapped.endTime),
        "2026-02-02T04:59:59.000Z"
      )
    })
  )

  it.effect("fails typed for what is none, is cut off, or has figures in a wrong column", () =>
    Effect.gen(function* () {
      const tag = (error: HcpError) => error.reason._tag
      assert.strictEqual(tag(yield* failing(xml("<chargebackReport><chargebackData>"))), "InvalidXml")
      assert.strictEqual(tag(yield* failing(xml("<!DOCTYPE html><html></html>"))), "InvalidXml")
      assert.strictEqual(tag(yield* failing({ status: 200, body: '{"charge' }, { format: "json" })), "UnexpectedAnswer")
      assert.strictEqual(tag(yield* failing(csv("a,b\n1,2"), { format: "csv" })), "UnexpectedAnswer")
      assert.strictEqual(tag(yield* failing(xml("<error><reason>busy</reason></error>"))), "InvalidXml")
      assert.strictEqual(tag(yield* failing(json({ error: "busy" }), { format: "json" })), "UnexpectedAnswer")
      assert.strictEqual(tag(yield* failing(csv(""), { format: "csv" })), "UnexpectedAnswer")
      const short = yield* failing(csv("tenantName,reads,writes\nfinance,1"), { format: "csv" })
      assert.include(short.message, "line 2 has 2 fields, its header 3")
      assert.include(short.message, "/mapi/tenants/finance/chargebackReport")
      assert.strictEqual(tag(yield* failing(csv('tenantName\n"x'), { format: "csv" })), "UnexpectedAnswer")
      for (const format of ["xml", "json", "csv"] as const) {
        assert.strictEqual(
          tag(yield* failing({ ...brokenOff, body: format === "xml" ? "<chargebackReport>" : "[" }, { format })),
          "IncompleteBody"
        )
      }
      assert.strictEqual(
        tag(yield* failing({ ...brokenOff, body: "tenantName,reads\n" }, { format: "csv" })),
        "IncompleteBody"
      )
    })
  )

  it.effect("holds counts up to 2^53 - 1, and fails for those beyond", () =>
    Effect.gen(function* () {
      const report = (bytesIn: string) => csv(`tenantName,bytesIn,reads\nfinance,${bytesIn},9007199254740991`)
      const [row] = yield* collect([report("1")], { format: "csv" })
      assert.strictEqual(row?.reads, Number.MAX_SAFE_INTEGER)
      const { reason } = yield* failing(report("18446744073709551615"), { format: "csv" })
      assert.strictEqual(reason._tag, "UnexpectedAnswer")
    })
  )
})

describe("asking for a report", () => {
  it.effect("names tenant, namespace, range and granularity, the plus of an offset encoded", () =>
    Effect.gen(function* () {
      const start = DateTime.makeZonedUnsafe("2026-02-01T00:00:00", {
        timeZone: DateTime.zoneMakeOffset(19_800_000),
        adjustForTimeZone: true
      })
      const { sent } = yield* run(
        [xml("<chargebackReport/>"), xml("<chargebackReport/>"), csv("valid")],
        Effect.gen(function* () {
          yield* Stream.runDrain(
            Chargeback.tenant({
              tenant: "legal",
              start,
              end: DateTime.makeUnsafe("2026-02-28T23:59:59.999Z"),
              granularity: "day"
            })
          )
          yield* Stream.runDrain(Chargeback.namespace("a b", { tenant: "legal" }))
          yield* Stream.runDrain(Chargeback.tenant({ tenant: "legal", format: "csv" }))
        }),
        admin
      )
      assert.deepStrictEqual(
        sent.map(({ accept, line }) => [line, accept]),
        [
          [
            "GET /mapi/tenants/legal/chargebackReport?start=2026-02-01T00%3A00%3A00%2B0530&end=2026-02-28T23%3A59%3A59%2B0000&granularity=day",
            "application/xml"
          ],
          ["GET /mapi/tenants/legal/namespaces/a%20b/chargebackReport", "application/xml"],
          ["GET /mapi/tenants/legal/chargebackReport", "text/csv"]
        ]
      )
    })
  )

  it.effect("takes the tenant of the host, and the format of the settings", () =>
    Effect.gen(function* () {
      const { sent } = yield* run(
        [asJson, asXml],
        Effect.andThen(
          Stream.runDrain(Chargeback.tenant()).pipe(
            Effect.provideService(Mapi.CurrentSettings, { format: "json", responseTimeout: "7 seconds" })
          ),
          Stream.runDrain(Chargeback.tenant())
        )
      )
      assert.deepStrictEqual(
        sent.map(({ accept, line }) => [line, accept]),
        [
          ["GET /mapi/tenants/finance/chargebackReport", "application/json"],
          ["GET /mapi/tenants/finance/chargebackReport", "application/xml"]
        ]
      )
    })
  )

  it.effect("is refused before a byte is sent where range, granularity or tenant are wrong", () =>
    Effect.gen(function* () {
      const start = DateTime.makeUnsafe("2026-02-01")
      const wrong = (options: Chargeback.ReportOptions, fqdn?: string) =>
        Effect.map(run([], Effect.flip(Stream.runDrain(Chargeback.tenant(options))), fqdn), ({ value }) =>
          value.reason._tag === "InvalidInput" ? value.reason.field : value.reason._tag
        )
      assert.strictEqual(yield* wrong({ start, end: DateTime.makeUnsafe("2026-01-31") }), "end")
      assert.strictEqual(yield* wrong({ start, end: start }), "end")
      assert.strictEqual(yield* wrong({ granularity: JSON.parse('"week"') }), "granularity")
      assert.strictEqual(yield* wrong({ tenant: "a/b" }), "tenant")
      assert.strictEqual(yield* wrong({}, admin), "tenant")
    })
  )

  it.effect("gives the report as HCP writes it where that is wanted", () =>
    Effect.gen(function* () {
      const body = "tenantName,odd\r\n1,2,3"
      const { value } = yield* run(
        [csv(body), csv(body)],
        Effect.all([
          Stream.mkString(Chargeback.tenantText({ format: "csv" })),
          Stream.mkString(Chargeback.namespaceText("a", { format: "csv" }))
        ])
      )
      assert.deepStrictEqual(value, [body, body])
    })
  )
})

describe("rows as CSV", () => {
  it.effect("are in the order of the manual, and read back as they were", () =>
    Effect.gen(function* () {
      const rows = yield* collect([asJson], { format: "json" })
      const text = ChargebackRow.toCsv(rows, { columns: ChargebackRow.systemColumns })
      const [header, first, second] = text.split("\r\n")
      assert.isTrue(
        header?.startsWith("systemName,tenantName,namespaceName,startTime,endTime,objectCount,ingestedVolume,")
      )
      assert.isTrue(
        first?.startsWith(
          "hcp1.example.com,finance,invoices,2026-02-01T00:00:00+0100,2026-02-01T23:59:59+0100,6,134243721,"
        )
      )
      assert.include(second, '"old, and quoted"')
      assert.deepStrictEqual(yield* collect([csv(text)], { format: "csv" }), rows)
      const parts = yield* Stream.mkString(
        ChargebackRow.toCsvStream(Stream.fromIterable(rows), { columns: ChargebackRow.systemColumns })
      )
      assert.strictEqual(parts, text)
      assert.strictEqual(
        ChargebackRow.toCsv(rows, { columns: ["namespaceName", "reads"] }),
        'namespaceName,reads\r\ninvoices,1\r\n"old, and quoted",0\r\n,1\r\n'
      )
    })
  )
})
