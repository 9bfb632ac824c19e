import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import * as csv from "../../src/mapi/internal/csv.ts"

const read = (...parts: ReadonlyArray<string>) =>
  Stream.runCollect(csv.rows(Stream.fromIterable(parts), (problem) => problem))

describe("csv", () => {
  it.effect("reads fields with and without quotes", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read('a,"b, with ""quotes""\r\nand a break",\r\n,,\r\n"",xy,z'), [
        ["a", 'b, with "quotes"\r\nand a break', ""],
        ["", "", ""],
        ["", "xy", "z"]
      ])
    })
  )

  it.effect("ends lines with CRLF, LF and CR, leaves out blank ones, and skips a byte order mark", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read("\ufeffa,b\r\n\r\nc\n\nd\re\n"), [["a", "b"], ["c"], ["d"], ["e"]])
      assert.deepStrictEqual(yield* read(""), [])
      assert.deepStrictEqual(yield* read('""'), [[""]])
    })
  )

  it.effect("does not care where the parts of the text are cut", () =>
    Effect.gen(function* () {
      const text = '\ufeffa,"b ""q"""\r\n"c\r\nd",e\r\n'
      const whole = yield* read(text)
      for (let at = 0; at <= text.length; at++) {
        assert.deepStrictEqual(yield* read(text.slice(0, at), text.slice(at)), whole, `cut at ${at}`)
      }
      assert.deepStrictEqual(yield* read(...text), whole)
    })
  )

  it.effect("refuses a quoted field that is not closed or goes on behind its quote, naming the line", () =>
    Effect.gen(function* () {
      assert.include(yield* Effect.flip(read('a\r\n"b\r\n')), "line 2: Unterminated quoted field")
      assert.include(yield* Effect.flip(read('"a"b')), "line 1: Expected a delimiter")
      assert.include(yield* Effect.flip(read('a,b\r\nc,x"y')), "line 2: Unexpected quote")
      assert.include(yield* Effect.flip(read("x".repeat(2_000_000))), "exceeds")
    })
  )

  it.effect.prop("reads what it writes", [Schema.Array(Schema.Array(Schema.String))], ([lines]) =>
    Effect.gen(function* () {
      // A line without fields cannot be told from a blank one, and CSV has no other text for a single empty field.
      const rows = lines.filter((line) => line.length > 1 || (line.length === 1 && line[0] !== ""))
      assert.deepStrictEqual(yield* read(rows.map(csv.line).join("")), rows)
    })
  )
})
