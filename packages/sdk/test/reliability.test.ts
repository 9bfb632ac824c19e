import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (path: string) => fs.readFileSync(new URL(path, import.meta.url), "utf8")

const rows = read("../RELIABILITY.md")
  .split("\n")
  .filter((line) => /^\| \d+ \|/.test(line))

describe("RELIABILITY.md", () => {
  it("names a test for every row, and each of them is there", () => {
    assert.isAbove(rows.length, 100)
    for (const row of rows) {
      const proofs = [...row.matchAll(/`([\w./]+\.test\.ts)`: "([^"]+)"/g)]
      const [, number = ""] = row.split(" ")
      assert.isAbove(proofs.length, 0, row)
      for (const [, file = "", title = ""] of proofs) {
        const source = read(file)
        const isThere = source.includes(`"${title}"`) || source.includes(`\`${title}\``)
        assert.isTrue(isThere, `row ${number}: there is no test "${title}" in ${file}`)
      }
    }
  })

  it("has each row once, in order", () => {
    const numbers = rows.map((row) => Number(row.split(" ")[1]))
    assert.deepStrictEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b)
    )
  })
})
