import { assert, describe, it } from "@effect/vitest"
import { Effect, identity } from "effect"
import { BenchError } from "../src/benchError.ts"
import {
  type Client,
  heat,
  inTurn,
  leastCpuRatio,
  ofCallbacks,
  ofEffects,
  ofPromises,
  ratio,
  spread,
  typical
} from "../src/measure.ts"

/** Notes when it is asked to work, and gives these rates one after the other; the first is of the warm-up. */
const scripted = (name: string, calls: Array<string>, rates: ReadonlyArray<number>): Client => {
  let next = 0
  return {
    name,
    work: (workers, millis) =>
      Effect.sync(() => {
        calls.push(`${name} ${workers}x${millis}`)
        return { opsPerSecond: rates[next++] ?? 0, cpuMicrosPerOp: 1, p50: 1, p99: 1, peakMegabytes: 1 }
      })
  }
}

describe("measuring in turn", () => {
  it.effect("warms everybody up, and changes the order with every round", () =>
    Effect.gen(function* () {
      const calls: Array<string> = []
      const clients = ["a", "b", "c"].map((name) => scripted(name, calls, []))
      yield* inTurn(clients, 16, { warmUp: 7, slice: 5, rounds: 6 })
      assert.deepStrictEqual(calls.slice(0, 3), ["a 16x7", "b 16x7", "c 16x7"])
      const rounds = Array.from({ length: 6 }, (_, round) =>
        calls.slice(3 + round * 3, 6 + round * 3).map((call) => call.replace(" 16x5", ""))
      )
      assert.deepStrictEqual(
        rounds.map((round) => round.join("")),
        ["abc", "bca", "cab", "cba", "acb", "bac"]
      )
    })
  )

  it.effect("compares what was done in the same round, not what was done at other times", () =>
    Effect.gen(function* () {
      // The machine is three times as slow in the second round, and the subject always does twice as much.
      const calls: Array<string> = []
      const clients = [scripted("undici", calls, [1, 300, 100, 310]), scripted("SDK", calls, [1, 600, 200, 620])]
      const [baseline, subject] = yield* inTurn(clients, 1, { warmUp: 1, slice: 1, rounds: 3 })
      if (baseline === undefined || subject === undefined) return assert.fail("a client is missing")
      assert.strictEqual(typical(baseline, "opsPerSecond"), 300)
      assert.strictEqual(ratio(subject, baseline, "opsPerSecond"), 2)
      assert.strictEqual(spread(subject, baseline, "opsPerSecond"), "2.00 to 2.00")
    })
  )
})

describe("on a busy machine", () => {
  /** Takes so much CPU time an operation, one after the other, and does 100 operations a second. */
  const taking = (name: string, calls: Array<string>, micros: ReadonlyArray<number>): Client => {
    let next = 0
    return {
      name,
      work: () =>
        Effect.sync(() => {
          calls.push(name)
          return { opsPerSecond: 100, cpuMicrosPerOp: micros[next++] ?? 0, p50: 1, p99: 1, peakMegabytes: 1 }
        })
    }
  }

  it.effect("compares what was disturbed least, each in its own round", () =>
    Effect.gen(function* () {
      const clients = [taking("a", [], [9, 50, 20, 80]), taking("b", [], [9, 90, 70, 30])]
      const [baseline, subject] = yield* inTurn(clients, 1, { warmUp: 1, slice: 1, rounds: 3 })
      if (baseline === undefined || subject === undefined) return assert.fail("a client is missing")
      assert.strictEqual(leastCpuRatio(subject, baseline), 1.5)
    })
  )

  it.effect("heats a client by what it has done, not by time", () =>
    Effect.gen(function* () {
      const calls: Array<string> = []
      yield* heat(taking("a", calls, []), 1, 90)
      assert.lengthOf(calls, 3)
    })
  )
})

describe("a client", () => {
  it.effect("gives every worker an operation even when the time is over, and ends then", () =>
    Effect.gen(function* () {
      const counts = { effects: 0, promises: 0, callbacks: 0 }
      const clients = [
        ofEffects(
          "effects",
          Effect.sync(() => counts.effects++),
          identity
        ),
        ofPromises("promises", async () => counts.promises++),
        ofCallbacks("callbacks", (done) => {
          counts.callbacks++
          queueMicrotask(() => done(undefined))
        })
      ]
      for (const client of clients) {
        const sample = yield* client.work(3, -1)
        assert.isAbove(sample.opsPerSecond, 0)
        assert.isAtMost(sample.p50, sample.p99)
      }
      assert.deepStrictEqual(counts, { effects: 3, promises: 3, callbacks: 3 })
    })
  )

  it.effect("fails with its name and with what its operation failed with", () =>
    Effect.gen(function* () {
      const failing = [
        ofEffects("a peer", Effect.fail(new BenchError({ what: "answered with 500" })), identity),
        ofPromises("a peer", () => Promise.reject(new Error("answered with 500"))),
        ofCallbacks("a peer", (done) => done(new Error("answered with 500")))
      ]
      for (const client of failing) {
        const error = yield* Effect.flip(client.work(2, 10))
        assert.strictEqual(error.message, "a peer: answered with 500")
      }
    })
  )
})
