import * as fs from "node:fs"
import { assert, it } from "@effect/vitest"

const read = (path: string) => fs.readFileSync(new URL(path, import.meta.url), "utf8")

const manual = read("../../sdk/TESTING.md")
const tests = read("./testing.test.ts")

/** The blocks of TypeScript in the manual, without their imports: those of a file stand together. */
const blocks = Array.from(manual.matchAll(/^```ts\n((?:import [^\n]*\n)*)(.*?)^```$/gms), ([, , code = ""]) =>
  code.trim()
)

const titlesIn = (text: string) => Array.from(text.matchAll(/^it(?:\.effect)?\("(.*?)"/gm), ([, title = ""]) => title)

it("every program in the manual about testing is a test that is run, and every such test is there", () => {
  assert.isAbove(blocks.length, 7)
  const sources = [read("./InvoiceStore.ts"), tests]
  for (const block of blocks) {
    assert.isTrue(
      sources.some((source) => source.includes(block)),
      `is not what is run:\n${block}`
    )
  }
  assert.deepStrictEqual(titlesIn(manual), titlesIn(tests))
})
