import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import * as Plan from "../src/internal/partPlan.ts"

const mebi = 1024 * 1024

const planOf = (size: number, wanted?: number) => {
  const partSize = Result.getOrThrow(Plan.partSizeFor(size, wanted))
  return Plan.slices(size, partSize)
}

it("parts cover a body without gap or overlap, within the limits", () => {
  const sizes = [0, 1, 8 * mebi - 1, 8 * mebi, 8 * mebi + 1, 100 * mebi, 200_000_000_000, Plan.maxObjectSize]
  for (const size of sizes) {
    const parts = planOf(size)
    assert.isAtMost(parts.length, Plan.maxParts)
    assert.isAtLeast(parts.length, 1)
    let at = 0
    for (const [index, part] of parts.entries()) {
      assert.strictEqual(part.number, index + 1)
      assert.strictEqual(part.offset, at)
      assert.isAtMost(part.size, Plan.maxPartSize)
      if (index < parts.length - 1) assert.isAtLeast(part.size, Plan.minPartSize)
      at += part.size
    }
    assert.strictEqual(at, size)
  }
})

it("sizes outside HCP's limits are refused", () => {
  assert(Result.isFailure(Plan.partSizeFor(Plan.maxObjectSize + 1, undefined)))
  for (const partSize of [0, -1, 1.5, Number.NaN, mebi - 1, Plan.maxPartSize + 1]) {
    assert(Result.isFailure(Plan.partSizeFor(10, partSize)), String(partSize))
  }
  const tooMany = Plan.partSizeFor(10_001 * mebi, mebi)
  assert(Result.isFailure(tooMany))
  assert.include(tooMany.failure.message, "more than 10000 parts")
  assert(Result.isSuccess(Plan.partSizeFor(10_000 * mebi, mebi)))
})

it("parts of a body of unknown size grow, so that hundreds of gigabytes fit", () => {
  assert.strictEqual(Plan.growingPartSize(1, 8 * mebi), 8 * mebi)
  assert.strictEqual(Plan.growingPartSize(1_000, 8 * mebi), 8 * mebi)
  assert.strictEqual(Plan.growingPartSize(1_001, 8 * mebi), 16 * mebi)
  let room = 0
  for (let number = 1; number <= Plan.maxParts; number++) room += Plan.growingPartSize(number, 8 * mebi)
  assert.isAbove(room, 400 * 1024 * mebi)
  assert.strictEqual(Plan.growingPartSize(10_000, 4_000_000_000), Plan.maxPartSize)
})

it("the size of parts is told from those that are stored, whichever they are", () => {
  const stored = (...numbers: ReadonlyArray<number>) =>
    planOf(20 * mebi + 5, 6 * mebi).filter(({ number }) => numbers.includes(number))
  for (const numbers of [[1], [2, 3], [3, 4], [1, 2, 3, 4]]) {
    assert.strictEqual(Plan.partSizeOf(stored(...numbers), 20 * mebi + 5), 6 * mebi, String(numbers))
    assert.strictEqual(Plan.partSizeOf(stored(...numbers), undefined), 6 * mebi, String(numbers))
  }
  assert.strictEqual(Plan.partSizeOf([{ number: 2, size: 7 * mebi }], 15 * mebi), 7 * mebi)
  assert.strictEqual(Plan.partSizeOf([{ number: 2, size: 7 * mebi }], 16 * mebi), 7 * mebi)
  assert.strictEqual(Plan.partSizeOf([{ number: 3, size: 9 * mebi }], 19 * mebi), undefined)
  assert.strictEqual(Plan.partSizeOf([{ number: 1_500, size: 16 * mebi }], undefined), 8 * mebi)
  assert.strictEqual(Plan.partSizeOf([], 10), undefined)
})

it("ranges of a download begin where parts do", () => {
  assert.strictEqual(Plan.likelyPartSize(20 * mebi + 5, 3), 7 * mebi)
  assert.strictEqual(Plan.likelyPartSize(24 * mebi, 3), 8 * mebi)
  assert.strictEqual(Plan.likelyPartSize(100, 1), undefined)
  assert.strictEqual(Plan.likelyPartSize(3, 3), undefined)
  assert.strictEqual(Plan.rangeSizeFor(undefined, 8 * mebi), 8 * mebi)
  assert.strictEqual(Plan.rangeSizeFor(3 * mebi, 8 * mebi), 6 * mebi)
  assert.strictEqual(Plan.rangeSizeFor(8 * mebi, 8 * mebi), 8 * mebi)
  assert.strictEqual(Plan.rangeSizeFor(64 * mebi, 8 * mebi), 8 * mebi)
})
