import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import * as Uuid from "uuid"
import * as PathBuilder from "../src/PathBuilder.ts"
import { tagOf } from "./utils/namespaces.ts"

const known = "8ac8ecb4-9f1e-11e4-a524-98fe94437d8c"

/** Intervals of 100 ns between 1582-10-15 and 1970-01-01. */
const epochOffset = 0x01b21dd213814000n

const ticksOf = (uuid: string): bigint => {
  const [low = "", middle = "", high = ""] = uuid.split("-")
  return BigInt(`0x${high.slice(1)}${middle}${low}`) - epochOffset
}

describe("pathOf", () => {
  it.effect("maps names to folders as the Python hcpsdk does", () =>
    Effect.gen(function* () {
      const builder = yield* PathBuilder.make({ initialPath: "/mypath" })
      assert.strictEqual(yield* builder.pathOf(known), `/mypath/b4/ec/${known}`)
      assert.strictEqual(yield* builder.pathOf(known.toUpperCase()), `/mypath/b4/ec/${known.toUpperCase()}`)
      const other = yield* PathBuilder.make({ initialPath: "/a/b/" })
      assert.strictEqual(yield* other.pathOf(known), `/a/b/b4/ec/${known}`)
      const top = yield* PathBuilder.make({ initialPath: "/" })
      assert.strictEqual(yield* top.pathOf(known), `/b4/ec/${known}`)
      const usual = yield* PathBuilder.make()
      assert.strictEqual(yield* usual.pathOf(known), `/hcpsdk/b4/ec/${known}`)
    })
  )

  it.effect("refuses what is no UUID", () =>
    Effect.gen(function* () {
      const builder = yield* PathBuilder.make()
      for (const name of ["", "testfile.txt", known.slice(1), `${known}a`, `../${known.slice(3)}`]) {
        const error = yield* Effect.flip(builder.pathOf(name))
        assert(error.reason._tag === "InvalidInput")
        assert.strictEqual(error.reason.field, "name")
        assert.include(error.message, "no UUID")
      }
    })
  )

  it.effect("refuses folders that cannot be", () =>
    Effect.gen(function* () {
      for (const initialPath of ["", "a", "/a//b", "/.."]) {
        assert.strictEqual(yield* tagOf(PathBuilder.make({ initialPath })), "InvalidInput")
      }
    })
  )
})

describe("unique", () => {
  it.effect("gives a name of version 1 with the clock's time, and its folder", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_722_436_266_446)
      const builder = yield* PathBuilder.make()
      const { annotation, fullPath, name, path } = yield* builder.unique("a.txt")
      assert.isTrue(Uuid.validate(name))
      assert.strictEqual(Uuid.version(name), 1)
      assert.strictEqual(ticksOf(name), 1_722_436_266_446n * 10_000n)
      assert.strictEqual(path, `/hcpsdk/${name.slice(6, 8)}/${name.slice(4, 6)}`)
      assert.strictEqual(fullPath, `${path}/${name}`)
      assert.strictEqual(yield* builder.pathOf(name), fullPath)
      assert.isUndefined(annotation)
      // Marked as no address of a network card.
      assert.strictEqual(Number.parseInt(name.slice(24, 26), 16) & 1, 1)
    })
  )

  it.effect("never gives a name twice, however many in a millisecond and wherever the clock goes", () =>
    Effect.gen(function* () {
      const builder = yield* PathBuilder.make()
      yield* TestClock.setTime(1_000_000)
      const names: Array<string> = []
      const more = (count: number) =>
        Effect.gen(function* () {
          for (let left = count; left > 0; left--) names.push((yield* builder.unique("")).name)
        })
      yield* more(25_000)
      yield* TestClock.setTime(1_000_001)
      yield* more(10)
      yield* TestClock.setTime(999_000)
      yield* more(10)
      yield* TestClock.setTime(2_000_000)
      yield* more(1)
      assert.strictEqual(new Set(names).size, names.length)
      const ticks = names.map(ticksOf)
      assert.isTrue(ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] ?? 0n)))
      assert.strictEqual(ticks[0], 1_000_000n * 10_000n)
      assert.strictEqual(ticks[24_999], 1_000_000n * 10_000n + 24_999n)
      assert.strictEqual(ticks.at(-1), 2_000_000n * 10_000n)
    })
  )

  it.effect("is another one for each builder, and the same for the same seed", () =>
    Effect.gen(function* () {
      const one = Effect.flatMap(PathBuilder.make(), (builder) => builder.unique("a"))
      const [first, second] = yield* Effect.all([one, one])
      assert.notStrictEqual(first.name, second.name)
      const seeded = Random.withSeed(one, "seed")
      assert.deepStrictEqual(yield* seeded, yield* seeded)
    })
  )

  it.effect("fills folders evenly", () =>
    Effect.gen(function* () {
      const builder = yield* PathBuilder.make()
      const folders = new Map<string, number>()
      for (let left = 2_000; left > 0; left--) {
        yield* TestClock.adjust("13 millis")
        const { path } = yield* builder.unique("")
        folders.set(path, (folders.get(path) ?? 0) + 1)
      }
      assert.isAbove(folders.size, 1_000)
      assert.isBelow(Math.max(...folders.values()), 20)
    })
  )

  it.effect("keeps the file's name as XML, whatever it is", () =>
    Effect.gen(function* () {
      const builder = yield* PathBuilder.make({ initialPath: "/m&m", annotation: true })
      const { annotation, name, path } = yield* builder.unique('a "b" <c> & ü.txt')
      assert.strictEqual(
        annotation,
        '<?xml version="1.0" encoding="UTF-8"?><hcpsdk_fileobject filename="a &quot;b&quot; &lt;c&gt; &amp; ü.txt" ' +
          `path="${path.replaceAll("&", "&amp;")}" uuid="${name}"/>`
      )
      assert.strictEqual(yield* tagOf(builder.unique("a\u0000")), "InvalidInput")
    })
  )

  it.effect("comes as a layer too", () =>
    PathBuilder.PathBuilder.use((builder) =>
      Effect.map(builder.pathOf(known), (path) => assert.strictEqual(path, `/x/b4/ec/${known}`))
    ).pipe(Effect.provide(PathBuilder.layer({ initialPath: "/x" })))
  )
})
