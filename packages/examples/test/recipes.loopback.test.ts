import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

const example = (...args: ReadonlyArray<string>) => runExample(args, { TZ: "UTC" })

/** The lines an example prints, once it has ended well. */
const linesOf = (...args: ReadonlyArray<string>) =>
  Effect.map(example(...args), ({ code, stderr, stdout }) => {
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0, stdout)
    return stdout.trimEnd().split("\n")
  })

const assertLines = (lines: ReadonlyArray<string>, expected: ReadonlyArray<RegExp>) => {
  assert.strictEqual(lines.length, expected.length, lines.join("\n"))
  for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? "", pattern)
}

describe("recipes", () => {
  it.live("two-systems", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("two-systems"), [
        /^\/effect-hcp\/mirror\/2026\/b\.txt: created$/,
        /^\/effect-hcp\/mirror\/a\.txt: created$/,
        /^once more$/,
        /^\/effect-hcp\/mirror\/2026\/b\.txt: skipped$/,
        /^\/effect-hcp\/mirror\/a\.txt: skipped$/
      ])
    })
  )

  it.live("managed-runtime", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("managed-runtime"), [
        /^listening$/,
        /^acquired$/,
        /^store: 201$/,
        /^store again: 409$/,
        /^read 20 times: This is an example$/,
        /^read: 404 GET n1\.t1\.hcp1\.example\.com\/rest\/notes\/none\.txt: nothing is stored there/,
        /^exists: true$/,
        /^released$/
      ])
    })
  )

  it.live("addresses", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf("addresses")
      const shares = lines.slice(3, 7).map((line) => Number(/^ {2}127\.\S+: (\d+) requests$/.exec(line)?.[1]))
      assertLines(lines, [
        /^127\.\S+ is down$/,
        /^n1\.t1\.hcp1\.example\.com is at 4 addresses$/,
        /^stored 40 objects$/,
        ...Array.from({ length: 4 }, () => /requests$/),
        /^the name server was asked 0 times$/
      ])
      assert.strictEqual(shares[0], 0)
      assert.isAtLeast(Math.min(...shares.slice(1)), 40 / 4)
    })
  )

  it.live("retention", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("retention"), [
        /^stored, kept until \d{4}-\d\d-\d\dT\S+$/,
        /^may not be deleted: under retention until \d{4}-/,
        /^one more year, kept until \d{4}-/,
        /^not made shorter: .*cannot be shortened/,
        /^may not be deleted: on hold for case 7 and case 12$/,
        /^may not be deleted: on hold for case 12$/,
        /^may not be deleted: under retention until \d{4}-/,
        /^deleted with a reason; still there: false$/
      ])
    })
  )

  it.live("annotations", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("annotations"), [
        /<invoice number="42"><customer>Müller &amp; Söhne<\/customer>.*corks &lt;large&gt;/,
        /^\{"language":"de","confidence":0.98\}$/,
        /^invoice: \d+ bytes, text\/xml$/,
        /^ocr: 35 bytes, unknown$/,
        /^Müller & Söhne owes 22\.40 until Thu Dec 24 2026$/,
        /^not understood: in the annotation language /,
        /^notes: none$/,
        /^there is no scan 43$/
      ])
    })
  )

  it.live("versions", () =>
    Effect.gen(function* () {
      const version = (what: string) => new RegExp(`^ {2}\\d+: ${what}$`)
      const three = [version("23 bytes"), version("10 bytes"), version("9 bytes")]
      assertLines(yield* linesOf("versions"), [
        /^there is one of 9 bytes$/,
        /^three versions:$/,
        ...three,
        /^after the deletion, is it there\? false/,
        version("deleted"),
        ...three,
        /^an old version says "Dear Jane,"$/,
        /^restored: "Dear Jane,"$/,
        /^purged: no version is left$/
      ])
    })
  )

  it.live("listing", () =>
    Effect.gen(function* () {
      // Ten thousand when it is run by hand.
      assertLines(yield* linesOf("listing", "1500"), [
        /^stored 1500 objects in /,
        /^listed 1500 entries of 74250 bytes in \S+ s, \d+ a second; memory grew by \d+ MB$/,
        /^the last change was at \d{4}-/,
        /^found sensor \d*77\.csv in \d+ ms$/,
        /^deleted 1500 objects and their folder$/
      ])
    })
  )

  it.live("statistics", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("statistics"), [
        /^namespace n1: enterprise, SHA-256, keeps no versions$/,
        /^ {2}finance; all that the tax office may ask for$/,
        /^class TAX \(A\+10y\): ten years/,
        /^we may: browse, read, write, .*search$/,
        /^0 objects, 0 with annotations, 0 bytes \(0\.0%\)$/,
        /^3 objects, 1 with annotations, 300018 bytes \(30\.0%\)$/
      ])
    })
  )

  it.live("names", () =>
    Effect.gen(function* () {
      assertLines(yield* linesOf("names"), [
        /^16 of 16 odd names stored, listed and read back unchanged$/,
        /^refused: .*empty segment/,
        /^refused: .*`\.\.` segment/,
        /^refused: .*4096 bytes/,
        /^stored as \/scans\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/,
        /^the scan was Müller & Söhne\.pdf$/
      ])
    })
  )

  it.live("a name that is none is answered with those that are", () =>
    Effect.gen(function* () {
      const [unknown, none] = yield* Effect.all([example("nothing"), example()], { concurrency: 2 })
      assert.strictEqual(unknown.code, 1)
      assert.match(unknown.stderr, /^example: "nothing" is no example; one of: .*retention.*\n$/)
      assert.strictEqual(none.code, 1)
      assert.match(none.stderr, /^example: no name; one of: /)
    })
  )
})
