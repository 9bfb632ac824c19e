import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { select } from "../src/gateway/byteRange.ts"
import { collectBytes } from "../src/internal/collectBytes.ts"
import { oneLine } from "../src/internal/oneLine.ts"
import type { Piece } from "../src/query/expression.ts"
import * as Expression from "../src/query/expression.ts"
import * as Matching from "../src/query/matching.ts"
import * as Pattern from "../src/query/pattern.ts"
import * as V2 from "../src/s3/signature/v2.ts"
import { makeSystem, send, status } from "./utils/exchange.ts"
import { paths, query } from "./utils/query.ts"
import { makeS3, outcome } from "./utils/s3.ts"

/** Milliseconds of work of this process: others on the machine do not count. */
const cpuTime = <A>(work: () => A): readonly [millis: number, result: A] => {
  const before = process.cpuUsage()
  const result = work()
  const { system, user } = process.cpuUsage(before)
  return [(system + user) / 1000, result]
}

/** Fails if work that has to be linear takes longer than any linear work of that size would. */
const isFast = <A>(work: () => A): A => {
  const [millis, result] = cpuTime(work)
  assert.isBelow(millis, 2000)
  return result
}

const piecesOf = (text: string): ReadonlyArray<Piece> =>
  [...text].map((char) =>
    char === "*" ? { _tag: "Many" } : char === "?" ? { _tag: "One" } : { _tag: "Literal", text: char }
  )

const isLike = (pattern: string, text: string): boolean => Pattern.compile(piecesOf(pattern))(text)

/** What a pattern means, written down in the plainest way. */
const means = ([piece, ...rest]: ReadonlyArray<string>, text: ReadonlyArray<string>): boolean => {
  if (piece === undefined) return text.length === 0
  if (piece === "*") return means(rest, text) || (text.length > 0 && means(["*", ...rest], text.slice(1)))
  return text.length > 0 && (piece === "?" || piece === text[0]) && means(rest, text.slice(1))
}

const wordsOver = (alphabet: ReadonlyArray<string>, length: number): ReadonlyArray<string> =>
  length === 0
    ? [""]
    : ["", ...wordsOver(alphabet, length - 1).flatMap((word) => alphabet.map((char) => char + word))].filter(
        (word, index, all) => all.indexOf(word) === index
      )

const evaluate = (expression: string, property: string, text: string): boolean => {
  const node = Expression.parse(expression)
  if (node._tag === "Failure") throw new Error(node.failure.message)
  const steps = Matching.matching(Matching.compile(node.success), (name) => (name === property ? [text] : []))
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

describe("input from outside", () => {
  it("patterns match what they mean, at every length", () => {
    const texts = wordsOver(["a", "b", "😀"], 4)
    for (const pattern of wordsOver(["a", "b", "?", "*"], 4)) {
      const isWrong = (text: string) => isLike(pattern, text) !== means([...pattern], [...text])
      assert.deepStrictEqual(texts.filter(isWrong), [], pattern)
    }
    for (const length of [30, 31, 32, 33, 63, 64, 65, 200]) {
      const text = "ab".repeat(length)
      assert.isTrue(isLike(text, text))
      assert.isTrue(isLike(`${"a?".repeat(length)}*`, text))
      assert.isTrue(isLike(`a*${text.slice(-length)}`, text))
      assert.isFalse(isLike(text, `${text}a`))
      assert.isFalse(isLike(`${text}?`, text))
      assert.isFalse(isLike(`*c${text.slice(-length)}`, text))
    }
  })

  it("patterns, phrases, headers and messages that go back and forth in a text take linear time", () => {
    // Enough to show what is quadratic, few enough for what is worse to end.
    const many = (text: string) => text.repeat(20_000)
    const some = (text: string) => text.repeat(1300)
    const cases: ReadonlyArray<() => boolean> = [
      () => evaluate("utf8Name:a*a*a*Z", "utf8Name", "a".repeat(4000)),
      () => evaluate(`utf8Name:a*${"a".repeat(4000)}?Z`, "utf8Name", many("a")),
      () => evaluate(`customMetadataContent:a*${"a?".repeat(2000)}Z`, "customMetadataContent", many("a")),
      () => evaluate(`"${"a ".repeat(3000)}b"`, "customMetadataContent", many("a ")),
      () => select(`bytes=${some(" ")}-${some(" ")}x`, 10)._tag !== "Whole",
      () => oneLine(`a${many(" ")}b${many("\n")}c`) !== `a${many(" ")}b c`,
      () => {
        const authorization = `AWS${some(" ")}${some(":")} x`
        const headers = { authorization, date: "Sat, 28 Nov 2026 12:00:00 GMT" }
        const request = { method: "GET", rawPath: "/", query: [], headers, virtualBucket: undefined, now: 0 }
        return V2.verify(request, () => undefined)._tag === "Success"
      }
    ]
    for (const found of cases) assert.isFalse(isFast(found))
  })

  it.effect("grants in headers take linear time, and there may be no more of them than in a document", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const put = (grants: string) =>
        outcome(hcp, "PUT", "/plain?acl", { headers: { "x-amz-grant-read": grants } }).pipe(
          Effect.map((code) => code.split(" ")[1])
        )
      const before = process.cpuUsage()
      assert.strictEqual(yield* put(`id=${" ".repeat(3000)}x${" ".repeat(3000)}"y`), "InvalidArgument")
      assert.isBelow(process.cpuUsage(before).user / 1000, 2000)
      assert.strictEqual(yield* put(Array.from({ length: 101 }, () => "id=owner").join(",")), "InvalidRequest")
    })
  )

  it.effect("a query with hundreds of criteria and sort keys lets others work", () =>
    Effect.gen(function* () {
      const system = yield* makeSystem()
      const text = `<a>${"lorem ipsum ".repeat(10_000)}</a>`
      for (let index = 0; index < 20; index++) {
        assert.strictEqual(yield* status(system, "PUT", `/rest/o${index}`, { body: "x" }), 201)
        const annotation = `/rest/o${index}?type=custom-metadata&annotation=a`
        assert.strictEqual(yield* status(system, "PUT", annotation, { body: text }), 201)
      }
      const expression = '"lorem lorem" '.repeat(300)
      const asked = { query: expression, sort: "hold,size,".repeat(50) }
      const slow = yield* Effect.forkChild(query(system, { object: asked }))
      yield* Effect.yieldNow
      for (let index = 0; index < 3; index++) {
        assert.strictEqual((yield* send(system, "GET", `/rest/o${index}`)).text, "x")
        assert.isUndefined(slow.pollUnsafe(), "the query came first, so nobody else had a turn")
      }
      assert.strictEqual((yield* Fiber.join(slow)).status, 200)
      assert.strictEqual((yield* paths(system, '"ipsum lorem"', { sort: "hold,".repeat(1500) })).length, 20)
    })
  )

  it.effect("a body in tiny pieces is taken in linear time, and no longer than its limit", () =>
    Effect.gen(function* () {
      const size = 100_000
      const pieces = Stream.fromArray(Array.from({ length: size }, () => new Uint8Array([32])))
      const before = process.cpuUsage()
      assert.strictEqual((yield* collectBytes(pieces, size, () => "too long")).length, size)
      assert.strictEqual(yield* Effect.flip(collectBytes(pieces, size - 1, () => "too long")), "too long")
      assert.isBelow(process.cpuUsage(before).user / 1000, 2000)
    })
  )
})
