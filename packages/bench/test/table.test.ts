import { assert, describe, it } from "@effect/vitest"
import { toMarkdown, toText } from "../src/table.ts"

const table = {
  title: "Rates",
  columns: ["", "undici", "SDK"],
  rows: [
    ["GET", "9000", "10000"],
    ["HEAD|x", "7", "8"]
  ]
}

describe("a table", () => {
  it("stands in columns on a screen", () => {
    assert.strictEqual(
      toText(table),
      ["Rates", "        undici    SDK", "GET       9000  10000", "HEAD|x       7      8"].join("\n")
    )
  })

  it("is Markdown, whatever is in its cells", () => {
    assert.strictEqual(
      toMarkdown(table),
      [
        "**Rates**",
        "",
        "|  | undici | SDK |",
        "| --- | ---: | ---: |",
        "| GET | 9000 | 10000 |",
        "| HEAD\\|x | 7 | 8 |"
      ].join("\n")
    )
  })
})
