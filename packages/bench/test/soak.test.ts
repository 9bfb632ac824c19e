import { assert, describe, it } from "@effect/vitest"
import { HcpError } from "@effect-hcp/sdk"
import { Effect } from "effect"
import type { Span } from "../src/soak/History.ts"
import * as Invariants from "../src/soak/Invariants.ts"
import { type Failure, type Fate, Ledger } from "../src/soak/Ledger.ts"
import * as Plan from "../src/soak/Plan.ts"

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

const minutes = 5 * 60_000

const overlaps = (a: Plan.Episode, b: Plan.Episode): boolean => a.from < b.until && b.from < a.until

describe("a plan", () => {
  it.effect("is the same for the same seed, and another for another one", () =>
    Effect.gen(function* () {
      const [one, again, other] = yield* Effect.all([1, 1, 2].map((seed) => Plan.make(seed, minutes)))
      assert.deepStrictEqual(one, again)
      assert.notDeepEqual(one?.episodes, other?.episodes)
      assert.isAbove(one?.episodes.length ?? 0, 100)
    })
  )

  it.effect("leaves two nodes of each system alone unless it is down, and one system up", () =>
    Effect.gen(function* () {
      for (const seed of seeds) {
        const { episodes } = yield* Plan.make(seed, minutes)
        assert.isTrue(episodes.every((episode) => episode.from < episode.until && episode.until < minutes))
        for (const episode of episodes) {
          const together = episodes.filter((other) => overlaps(episode, other)).map(({ trouble }) => trouble)
          assert.isAtMost(together.filter(({ _tag }) => _tag === "SystemDown").length, 1)
          if (episode.trouble._tag !== "Node") continue
          const { domain } = episode.trouble
          const beside = together.flatMap((trouble) =>
            trouble._tag === "Node" && trouble.domain === domain ? [trouble.node] : []
          )
          assert.isAtMost(beside.length, 2)
          assert.strictEqual(new Set(beside).size, beside.length)
        }
      }
    })
  )

  it.effect("brings every kind of trouble within 20 seeds", () =>
    Effect.gen(function* () {
      const plans = yield* Effect.forEach(seeds, (seed) => Plan.make(seed, minutes))
      const kinds = new Set(plans.flatMap(({ episodes }) => episodes.map(({ trouble }) => Plan.kindOf(trouble))))
      for (const kind of ["refuse", "mute", "reset", "slow", "truncate", "500", "502", "503", "504"]) {
        assert.isTrue(kinds.has(`node ${kind}`), kind)
      }
      for (const mode of ["down", "nxdomain", "servfail", "truncate", "wrongId"]) {
        assert.isTrue(kinds.has(`name server ${mode}`), mode)
      }
      assert.isTrue(kinds.has("system refuse") && kinds.has("system mute"))
      assert.deepStrictEqual(new Set(plans.map((plan) => plan.hidesDownNodes)), new Set([true, false]))
    })
  )
})

const [primary, replica] = Plan.domains

const refusing = (domain: Plan.Domain, node: number, from: number, until: number): Span => ({
  trouble: { _tag: "Node", domain, node, fault: { fault: "refuse", system: domain, node } },
  from,
  until
})

const down = (domain: Plan.Domain, from: number, until: number): Span => ({
  trouble: { _tag: "SystemDown", domain, fault: { fault: "refuse", system: domain } },
  from,
  until
})

const refused = new HcpError.HcpError({
  operation: "GET",
  reason: new HcpError.CannotConnect({ address: "127.0.0.1", port: 80, code: "ECONNREFUSED" })
})

const notFound = new HcpError.HcpError({ operation: "GET", reason: new HcpError.NotFound({ status: 404 }) })

const failed = (ledger: Ledger, more: Partial<Failure> = {}): Failure => ({
  operation: "GET",
  item: ledger.open("/rest/a", 10, 0),
  fate: "stored",
  during: { from: 10_000, until: 11_000 },
  error: refused,
  oneShot: false,
  ...more
})

describe("a call that failed", () => {
  const threeRefuse = [1, 2, 3].map((node) => refusing(primary, node, 9_000, 12_000))
  const plan: Plan.Plan = { seed: 1, millis: 1, lagMillis: 0, hidesDownNodes: false, episodes: [] }
  const excuse = (spans: ReadonlyArray<Span>, more?: Partial<Failure>, hidesDownNodes = false) =>
    Invariants.excuseOf(failed(new Ledger(1), more), { ...plan, hidesDownNodes }, spans)

  it("beside a healthy node has no excuse, wherever that node is allowed", () => {
    assert.isUndefined(excuse([]))
    assert.isUndefined(excuse(threeRefuse))
    assert.isUndefined(excuse([...threeRefuse, refusing(primary, 4, 8_000, 10_000)]), "it was back")
    assert.isUndefined(excuse([down(primary, 10_500, 12_000)]), "the replica was allowed")
    assert.isUndefined(excuse([], { operation: "resumed stream", error: refused }))
  })

  it("with nobody left to ask has one", () => {
    assert.isDefined(excuse([...threeRefuse, refusing(primary, 4, 10_999, 12_000)]))
    assert.isDefined(excuse([down(primary, 9_000, 12_000), down(replica, 9_000, 12_000)]))
    assert.isDefined(excuse([down(primary, 9_000, 12_000)], { fate: "deleted" }))
  })

  it("may not know of a node that was away a moment ago, if the name server hides it", () => {
    const justBack = [...threeRefuse, refusing(primary, 4, 5_000, 9_500)]
    assert.isUndefined(excuse(justBack))
    assert.isDefined(excuse(justBack, {}, true))
    assert.isUndefined(excuse([...threeRefuse, refusing(primary, 4, 1_000, 5_000)], {}, true))
  })
})

type Reply = Effect.Effect<{ readonly bytes: Uint8Array }, HcpError.HcpError>

const holding = (bytes: Uint8Array) => ({ get: (): Reply => Effect.succeed({ bytes }) })

const empty = { get: (): Reply => Effect.fail(notFound) }

describe("the audit", () => {
  it.effect("knows lost, changed and returned objects from those that may be there or not", () =>
    Effect.gen(function* () {
      const ledger = new Ledger(7)
      const item = ledger.open("/rest/a", 100, 0.5)
      const right = holding(item.bytes)
      const wrong = holding(item.bytes.slice(1))
      const audit = Effect.fnUntraced(function* (fate: Fate, ...systems: ReadonlyArray<typeof empty>) {
        item.fate = fate
        ledger.breaches.length = 0
        yield* Invariants.audit(ledger, systems)
        return ledger.breaches.map(({ rule }) => rule)
      })
      assert.deepStrictEqual(yield* audit("stored", empty, right), [])
      assert.deepStrictEqual(yield* audit("maybe", empty, right), [])
      assert.deepStrictEqual(yield* audit("deleted", empty, empty), [])
      assert.deepStrictEqual(yield* audit("stored", empty, empty), ["acknowledged, and lost"])
      assert.deepStrictEqual(yield* audit("stored", right, wrong), ["wrong bytes at the end"])
      assert.deepStrictEqual(yield* audit("maybe", wrong, empty), ["wrong bytes at the end"])
      assert.deepStrictEqual(yield* audit("deleted", empty, right), ["deleted, and there"])
      assert.deepStrictEqual(yield* audit("never", right, empty), ["never sent, and there"])
    })
  )
})
