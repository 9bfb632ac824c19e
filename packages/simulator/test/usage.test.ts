import { assert, describe, it } from "@effect/vitest"
import * as Usage from "../src/internal/usage.ts"

const day = 24 * Usage.hour
const begin = Date.UTC(2026, 0, 10, 9, 30)
const hours = (count: number) => begin + count * Usage.hour

const make = () => {
  const held = new Map<string, number>()
  const usage = Usage.make(begin, (key) => {
    const objects = held.get(key)
    return objects === undefined
      ? undefined
      : { objectCount: objects, ingestedVolume: objects * 10, storageCapacityUsed: objects * 20 }
  })
  const hold = (key: string, objects: number, at: number) => {
    held.set(key, objects)
    usage.observe(key, at)
  }
  return { usage, hold, held }
}

describe("usage", () => {
  it("adds up what was done in whole hours, and shows what was there at their end", () => {
    const { usage, hold } = make()
    hold("n1.t1", 1, begin)
    usage.count("n1.t1", begin, { writes: 1, bytesIn: 10 })
    hold("n1.t1", 2, hours(1))
    usage.count("n1.t1", hours(1), { writes: 1, bytesIn: 12 })
    usage.count("n1.t1", hours(1), { reads: 3, bytesOut: 7 })
    usage.count("n1.t1", hours(5), { deletes: 1 })
    hold("n1.t1", 1, hours(5))

    const nine = Date.UTC(2026, 0, 10, 9)
    assert.deepStrictEqual(usage.ofNamespace("n1.t1", nine, nine + Usage.hour), {
      ...{ reads: 0, writes: 1, deletes: 0, bytesIn: 10, bytesOut: 0 },
      ...{ objectCount: 1, ingestedVolume: 10, storageCapacityUsed: 20 }
    })
    // An hour in which nothing happened still holds what the hour before it held.
    const quiet = usage.ofNamespace("n1.t1", nine + 2 * Usage.hour, nine + 3 * Usage.hour)
    assert.deepStrictEqual([quiet.reads, quiet.writes, quiet.objectCount], [0, 0, 2])
    // An end inside an hour takes the whole of it.
    const all = usage.ofNamespace("n1.t1", begin, hours(5))
    assert.deepStrictEqual(
      [all.reads, all.writes, all.deletes, all.bytesIn, all.bytesOut, all.objectCount],
      [3, 2, 1, 22, 7, 1]
    )
    assert.strictEqual(usage.ofNamespace("n1.t1", 0, nine).objectCount, 0)
    assert.strictEqual(usage.ofNamespace("n9.t1", 0, hours(9)).writes, 0)
  })

  it("sums a tenant, and keeps what a deleted namespace did", () => {
    const { usage, hold, held } = make()
    hold("n1.t1", 1, begin)
    hold("n2.t1", 4, begin)
    hold("n1.t11", 8, begin)
    for (const key of ["n1.t1", "n2.t1", "n1.t11"]) usage.count(key, begin, { writes: 1 })
    const before = usage.ofTenant("t1", begin, hours(1))
    assert.deepStrictEqual([before.writes, before.objectCount, before.includesDeleted], [2, 5, false])
    held.delete("n2.t1")
    usage.close("n2.t1", hours(2))
    const after = usage.ofTenant("t1", begin, hours(2))
    assert.deepStrictEqual([after.writes, after.objectCount, after.includesDeleted], [2, 1, true])
    assert.isFalse(usage.ofTenant("t1", hours(4), hours(5)).includesDeleted)
    assert.deepStrictEqual(usage.namespaces(), ["n1.t1", "n1.t11"])
    // One that is made again under the same name begins anew.
    hold("n2.t1", 0, hours(3))
    assert.strictEqual(usage.ofNamespace("n2.t1", begin, hours(3)).writes, 0)
  })

  it("goes with a namespace that is renamed", () => {
    const { usage, hold } = make()
    hold("n1.t1", 1, begin)
    usage.count("n1.t1", begin, { writes: 1 })
    usage.rename("n1.t1", "n2.t1")
    usage.rename("n9.t1", "n8.t1")
    assert.deepStrictEqual(usage.namespaces(), ["n2.t1"])
    assert.strictEqual(usage.ofNamespace("n2.t1", begin, begin + 1).writes, 1)
    const tenant = usage.ofTenant("t1", begin, begin + 1)
    assert.deepStrictEqual([tenant.writes, tenant.includesDeleted], [1, false])
  })

  it("forgets after 180 days, but not what was there then", () => {
    const { usage, hold } = make()
    hold("n1.t1", 3, begin)
    for (let at = 0; at < 200; at++) usage.count("n1.t1", begin + at * day, { reads: 1 })
    const all = usage.ofNamespace("n1.t1", 0, begin + 200 * day)
    assert.isAtMost(all.reads, 182)
    assert.isAtLeast(all.reads, 180)
    assert.strictEqual(usage.ofNamespace("n1.t1", begin + 20 * day, begin + 21 * day).objectCount, 3)
  })

  it("counts with the newest hour what comes from an earlier one", () => {
    const { usage } = make()
    usage.count("n1.t1", hours(2), { reads: 1 })
    usage.count("n1.t1", begin, { reads: 1 })
    assert.strictEqual(usage.ofNamespace("n1.t1", hours(2), hours(2) + 1).reads, 2)
  })
})
