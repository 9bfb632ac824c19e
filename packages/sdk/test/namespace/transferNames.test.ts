import { assert, describe, it } from "@effect/vitest"
import { folded, problemOf } from "../../src/namespace/internal/transferNames.ts"

describe("names", () => {
  it("refuses what would lead elsewhere, and on Windows what means something else there", () => {
    for (const name of ["", ".", "..", "a/b", "a\0b"]) assert.isDefined(problemOf(name, "posix"), name)
    for (const name of [
      "C:",
      "a\\b",
      "a:b",
      "NUL",
      "nul.txt",
      "COM1",
      "lpt\u00b9.x",
      "con .x",
      "x.",
      "x ",
      "a\tb",
      "what?"
    ]) {
      assert.isUndefined(problemOf(name, "posix"), name)
      assert.isDefined(problemOf(name, "windows"), name)
    }
    for (const name of ["console", "com", "nulls.txt", "a.b", ".hidden", "\u{1f989}"]) {
      assert.isUndefined(problemOf(name, "windows"), name)
    }
    assert.strictEqual(folded("E\u0301"), folded("\u00e9"))
  })
})
