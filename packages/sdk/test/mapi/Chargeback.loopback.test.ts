import { assert, describe } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Chargeback from "../../src/mapi/Chargeback.ts"
import * as ChargebackRow from "../../src/mapi/ChargebackRow.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import { tagOf } from "../utils/namespaces.ts"
import { first, inBothFormats, type Stage } from "./contract.ts"

const at = { tenant: "t1" }

const rowsOf = <E, R>(rows: Stream.Stream<ChargebackRow.ChargebackRow, E, R>) => Stream.runCollect(rows)

const figures = (row: ChargebackRow.ChargebackRow | undefined) => [
  row?.namespaceName,
  row?.writes,
  row?.reads,
  row?.deletes,
  row?.bytesIn,
  row?.bytesOut,
  row?.objectCount,
  row?.ingestedVolume
]

/** Two objects of 10 and 5 bytes written, one of them read three times, the other deleted. */
const work = Effect.fnUntraced(function* (stage: Stage, folder = "") {
  const ns = yield* stage.namespace("n1.t1", "n", "n01")
  yield* ns.put(`${folder}/a`, HcpBody.text("0123456789"))
  yield* ns.put(`${folder}/b`, HcpBody.text("01234"))
  for (let n = 0; n < 3; n++) assert.strictEqual((yield* ns.get(`${folder}/a`)).text, "0123456789")
  yield* ns.delete(`${folder}/b`)
  assert.strictEqual(yield* tagOf(ns.get(`${folder}/b`)), "NotFound")
})
const worked = ["n1", 2, 3, 1, 15, 30, 1, 10]

describe("chargeback over the wire", () => {
  inBothFormats("the rows say what was done, the same in XML, JSON and CSV", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* work(stage)
      const reports = yield* Effect.forEach(["xml", "json", "csv"] as const, (format) =>
        admin(rowsOf(Chargeback.tenant({ ...at, format })))
      )
      const [rows = []] = reports
      assert.deepStrictEqual(
        rows.map(({ kind }) => kind),
        ["namespace", "tenant"]
      )
      assert.deepStrictEqual(figures(rows[0]), worked)
      assert.deepStrictEqual(figures(rows[1]), [undefined, ...worked.slice(1)])
      assert.deepStrictEqual([rows[0]?.systemName, rows[0]?.tenantName, rows[0]?.valid], [first, "t1", false])
      const plain = (row: ChargebackRow.ChargebackRow) => ({
        ...row,
        startTime: row.startTime?.toString(),
        // An interval that is not over ends when it is asked for.
        endTime: undefined
      })
      for (const other of reports) assert.deepStrictEqual(other.map(plain), rows.map(plain))
      assert.strictEqual(rows[0]?.erasureCodedObjects, 0, "what only the system level is told")

      const text = (yield* admin(Stream.runCollect(Chargeback.tenantText({ ...at, format: "csv" })))).join("")
      assert.match(text, /^systemName,tenantName,namespaceName,startTime,/)
      const own = ChargebackRow.toCsv(rows)
      assert.strictEqual(own.split(/\r?\n/)[0], ChargebackRow.columns.join(","))
    })
  )

  inBothFormats("a namespace has a report of its own, and a deleted one stays in that of its tenant", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* work(stage)
      const [row, ...others] = yield* admin(rowsOf(Chargeback.namespace("n1", at)))
      assert.deepStrictEqual(figures(row), worked)
      assert.lengthOf(others, 0)
      const ns = yield* stage.namespace("n1.t1", "n", "n01")
      yield* ns.delete("/a")
      yield* admin(Namespaces.delete("n1", at))
      assert.strictEqual(yield* tagOf(admin(rowsOf(Chargeback.namespace("n1", at)))), "NotFound")
      const rows = yield* admin(rowsOf(Chargeback.tenant(at)))
      assert.deepStrictEqual(
        rows.map(({ deleted, deletes, kind, writes }) => [kind, deleted, writes, deletes]),
        [["tenant", "included", 2, 2]]
      )
    })
  )

  inBothFormats("days and hours are told apart, and the range is that which was asked for", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const start = yield* DateTime.now
      yield* work(stage)
      yield* stage.pass("2 days")
      yield* work(stage, "/later")
      const days = yield* admin(rowsOf(Chargeback.namespace("n1", { ...at, granularity: "day" })))
      assert.deepStrictEqual(
        days.map(({ valid, writes }) => [valid, writes]),
        [
          [true, 2],
          [true, 0],
          [false, 2]
        ]
      )
      assert.deepStrictEqual(
        days.map(({ objectCount }) => objectCount),
        [1, 1, 2]
      )
      const firstDay = yield* admin(
        rowsOf(
          Chargeback.namespace("n1", {
            ...at,
            granularity: "hour",
            start: DateTime.subtract(start, { days: 400 }),
            end: DateTime.add(start, { hours: 3 })
          })
        )
      )
      assert.isAtLeast(firstDay.length, 3)
      assert.isAtMost(firstDay.length, 5)
      assert.strictEqual(
        firstDay.reduce((sum, { writes = 0 }) => sum + writes, 0),
        2
      )
      const total = yield* admin(rowsOf(Chargeback.namespace("n1", at)))
      assert.deepStrictEqual(
        total.map(({ reads }) => reads),
        [6]
      )
      const backwards = Chargeback.tenant({ ...at, start, end: DateTime.subtract(start, { days: 1 }) })
      assert.strictEqual(yield* tagOf(admin(rowsOf(backwards))), "InvalidInput")
      const future = Chargeback.tenant({ ...at, start: DateTime.add(start, { days: 90 }) })
      assert.strictEqual(yield* tagOf(admin(rowsOf(future))), "BadRequest")
    })
  )

  inBothFormats("statistics count what is there", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* work(stage)
      const { ingestedVolume, objectCount } = yield* admin(Namespaces.statistics("n1", at))
      assert.deepStrictEqual([Number(objectCount), Number(ingestedVolume)], [1, 10])
    })
  )
})
