import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample, temporaryFolder } from "./runExample.ts"

it.live("a month is charged day by day, and the table agrees with the CSV", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryFolder, "month.csv")
    const { code, stderr, stdout } = yield* runExample(["chargeback", file])
    assert.strictEqual(code, 0, stderr)
    assert.lengthOf(stdout.match(/^ {2}\d{4}-\d\d-\d\d/gm) ?? [], 30)
    assert.include(stdout, `90 rows are in ${file}`)
    const [head = "", ...lines] = fs.readFileSync(file, "utf8").trim().split(/\r?\n/)
    const columns = head.split(",")
    const rows = lines.map((line) => line.split(","))
    const sum = (namespace: string, column: string) =>
      rows
        .filter((row) => row[columns.indexOf("namespaceName")] === namespace)
        .reduce((total, row) => total + Number(row[columns.indexOf(column)]), 0)
    const inAll = ["writes", "reads", "deletes"].map((column) => String(sum("", column)))
    assert.match(stdout, new RegExp(`in all .* ${inAll.join(" +")}\n`))
    for (const column of ["writes", "reads", "deletes", "bytesIn", "bytesOut"]) {
      assert.isAbove(sum("scans", column), 0)
      assert.strictEqual(sum("invoices", column) + sum("scans", column), sum("", column), column)
    }
  }).pipe(Effect.scoped)
)
