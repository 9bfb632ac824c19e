import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeShared } from "../src/internal/cluster/sharedLimit.ts"
import { Watchdog } from "../src/internal/cluster/watchdog.ts"

/** A bucket as the database has it, and what was taken from it at a time. */
const bucket = (costs: Array<number>) => {
  let free = 0
  return (cost: number, saved: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      costs.push(cost)
      const from = Math.max(free, now - saved)
      free = from + cost
      return from - now
    })
}

describe("a limit that runners share", () => {
  /** How much three runners, with so many fibers each, take in ten seconds. */
  const taken = Effect.fnUntraced(function* (perSecond: number, units: number) {
    const costs: Array<number> = []
    const lease = bucket(costs)
    let all = 0
    const runner = Effect.gen(function* () {
      const limit = makeShared(perSecond, lease)
      yield* Effect.forEach(
        [1, 2, 3, 4],
        () =>
          Effect.forever(
            Effect.andThen(
              limit.take(units),
              Effect.sync(() => {
                all += units
              })
            )
          ),
        { concurrency: 4 }
      )
    })
    yield* Effect.forEach([1, 2, 3], () => Effect.forkScoped(runner), { discard: true })
    yield* TestClock.adjust("10 seconds")
    return { all, costs }
  })

  it.effect("is that of one, whatever they take at a time", () =>
    Effect.gen(function* () {
      for (const [perSecond, units] of [
        [0.5, 1],
        [7, 1],
        [200, 1],
        [1_000_000, 65_536]
      ] as const) {
        const { all, costs } = yield* taken(perSecond, units)
        // What lasts for a tenth of a second, or for one object: not a statement for each, and not much that is not used.
        const one = (units / perSecond) * 1_000
        for (const cost of costs) {
          assert.isAtMost(cost, Math.max(100, one) + 1e-6)
          assert.isAtLeast(cost, Math.min(100, one) - 1e-6)
        }
        assert.isAtMost(costs.length, 3 * 10 * 10)
        // What was saved up before, and what each runner has on its way.
        assert.isAtMost(all, perSecond * 10.1 + 1e-6, `${perSecond} a second`)
        assert.isAtLeast(all, perSecond * 9.5 - 3 * units, `${perSecond} a second`)
      }
    }).pipe(Effect.scoped)
  )
})

describe("the watchdog of a runner", () => {
  const idle = (isOurs: boolean) => [{ name: "1/7", isOurs }]
  /** When it finds a fault, if it looks every five seconds at the same thing. */
  const found = (sight: { readonly releasingShards: number; readonly idle: ReturnType<typeof idle> }) => {
    const watchdog = new Watchdog()
    for (let now = 0; now <= 600_000; now += 5_000) {
      const problem = watchdog.look({ now, ...sight })
      if (problem !== undefined) return `${now / 1_000} s: ${problem}`
    }
    return undefined
  }

  it("finds shards that are not let go, and manifests that nobody begins", () => {
    assert.strictEqual(found({ releasingShards: 0, idle: [] }), undefined)
    assert.strictEqual(found({ releasingShards: 2, idle: [] }), "65 s: 2 shards have not been let go for 65 s")
    assert.match(found({ releasingShards: 0, idle: idle(true) }) ?? "", /^65 s: manifest 1\/7 has waited for 65 s/)
    assert.match(found({ releasingShards: 0, idle: idle(false) }) ?? "", /^185 s: manifest 1\/7/)
  })

  it("forgets what has passed, and what it could not see", () => {
    const watchdog = new Watchdog()
    for (let now = 0; now <= 600_000; now += 5_000) {
      const isBad = now % 60_000 !== 0
      const sight = { now, releasingShards: isBad ? 1 : 0, idle: isBad ? idle(true) : [] }
      assert.strictEqual(watchdog.look(sight), undefined)
    }
    // A process that was frozen sees again what it saw before.
    const frozen = new Watchdog()
    assert.strictEqual(frozen.look({ now: 0, releasingShards: 3, idle: idle(true) }), undefined)
    assert.strictEqual(frozen.look({ now: 90_000, releasingShards: 3, idle: idle(true) }), undefined)
  })
})
