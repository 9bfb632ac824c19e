import { assert, describe, it } from "@effect/vitest"
import { HcpError } from "@effect-hcp/sdk"
import { Duration, Effect } from "effect"
import type { Made } from "../src/soak/Changes.ts"
import type { Interval, Span } from "../src/soak/History.ts"
import * as Invariants from "../src/soak/Invariants.ts"
import { type Doubt, type Failure, type Fate, inDoubt, Ledger } from "../src/soak/Ledger.ts"
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
        const last = minutes - Plan.slowestMillis
        assert.isTrue(episodes.every((episode) => episode.from < episode.until && episode.until < last))
        for (const episode of episodes) {
          const together = episodes.filter((other) => overlaps(episode, other)).map(({ trouble }) => trouble)
          const downTogether = together.filter(({ _tag }) => _tag === "SystemDown").length
          if (episode.trouble._tag === "SystemDown") assert.strictEqual(downTogether, 1)
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
      assert.isTrue(
        kinds.has("system refuse") && kinds.has("system mute") && kinds.has("link lag") && kinds.has("link lag")
      )
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

const lost = new HcpError.HcpError({
  operation: "DELETE",
  reached: "request",
  reason: new HcpError.ConnectionLost({ address: "127.0.0.1", code: "ECONNRESET" })
})

const notFound = new HcpError.HcpError({ operation: "GET", reason: new HcpError.NotFound({ status: 404 }) })

const failed = (ledger: Ledger, more: Partial<Failure> = {}): Failure => ({
  operation: "GET",
  item: ledger.open(path, 10, 0),
  fate: "stored",
  by: primary,
  during: { from: 10_000, until: 11_000 },
  error: refused,
  oneShot: false,
  ...more
})

const path = "/rest/a"

/** What the systems say of an object, which came to be at second 5. */
const made = (what: Made["what"], domain: Plan.Domain, arrived: number | null, at = 5_000): Invariants.Changes =>
  new Map([[path, [{ path, what, domain, at, arrived }]]])

const storedAt = (domain: Plan.Domain, arrived: number | null) => made("stored", domain, arrived)

const plan: Plan.Plan = { seed: 1, millis: 1, lagMillis: 0, hidesDownNodes: false, episodes: [] }

describe("a call that failed", () => {
  const threeRefuse = [1, 2, 3].map((node) => refusing(primary, node, 9_000, 12_000))
  const excuse = (
    spans: ReadonlyArray<Span>,
    more?: Partial<Failure>,
    hidesDownNodes = false,
    changes = storedAt(primary, 100),
    slow: ReadonlyArray<Interval> = []
  ) => Invariants.excuseOf(failed(new Ledger(1), more), { ...plan, hidesDownNodes }, spans, changes, slow)

  it("beside a healthy node has no excuse, wherever that node is allowed", () => {
    assert.isUndefined(excuse([]))
    assert.isUndefined(excuse(threeRefuse))
    assert.isUndefined(excuse([...threeRefuse, refusing(primary, 4, 8_000, 10_000)]), "it was back")
    assert.isUndefined(excuse([down(primary, 10_500, 12_000)]), "the replica was allowed")
    assert.isUndefined(excuse([], { operation: "resumed stream", error: refused }))
  })

  it("has one if it was timed out while the machine was slow", () => {
    const reason = new HcpError.Timeout({ phase: "response", limit: Duration.seconds(2), address: "127.0.0.1" })
    const late = { error: new HcpError.HcpError({ operation: "GET", reached: "request", reason }) }
    const slow = [{ from: 10_500, until: 10_900 }]
    assert.isDefined(excuse([], late, false, undefined, slow))
    assert.isUndefined(excuse([], late), "the machine was not slow")
    assert.isUndefined(excuse([], late, false, undefined, [{ from: 11_100, until: 11_500 }]), "nor was it then")
    assert.isUndefined(excuse([], {}, false, undefined, slow), "nothing was timed out")
  })

  it("with nobody left to ask has one", () => {
    assert.isDefined(excuse([...threeRefuse, refusing(primary, 4, 10_999, 12_000)]))
    assert.isDefined(excuse([down(primary, 9_000, 12_000), down(replica, 9_000, 12_000)]))
    assert.isDefined(excuse([down(primary, 9_000, 12_000)], { fate: "deleted" }))
  })

  it("has one if the object was at a system that could not be asked, and the other one had not heard of it", () => {
    const primaryDown = [down(primary, 9_000, 12_000)]
    assert.isDefined(excuse(primaryDown, {}, false, storedAt(primary, null)))
    assert.isDefined(excuse(primaryDown, {}, false, storedAt(primary, 10_500)), "it heard of it on the way")
    assert.isUndefined(excuse(primaryDown, {}, false, storedAt(primary, 9_000)), "it had heard of it")
    assert.isUndefined(excuse([], {}, false, storedAt(primary, null)), "the primary has it")
    const replicaDown = [down(replica, 9_000, 12_000)]
    assert.isDefined(excuse(replicaDown, { by: replica }, false, storedAt(replica, null)))
    assert.isUndefined(excuse([], { by: replica }, false, storedAt(replica, null)), "the replica has it")
  })

  it("has one if an outage among its attempts was over, and all were spent at nodes in trouble", () => {
    const attempt = { address: "10.0.0.1", failure: "CannotConnect" }
    const spent = new HcpError.HcpError({ ...refused, failedAttempts: Array.from({ length: 5 }, () => attempt) })
    const over = [down(primary, 10_100, 10_900), refusing(primary, 2, 10_900, 12_000)]
    assert.isDefined(excuse(over, { error: spent }))
    assert.isUndefined(excuse(over), "it had attempts left")
    assert.isUndefined(excuse([down(primary, 10_100, 12_000)], { error: spent }), "the primary is down")
    assert.isUndefined(excuse([refusing(primary, 2, 10_900, 12_000)], { error: spent }), "a node was well")
  })

  it("has one if it is a DELETE that may be done, and a system that could tell was away", () => {
    const doubtful = { operation: "DELETE", error: lost } as const
    assert.isDefined(excuse([down(primary, 9_000, 12_000)], doubtful))
    assert.isDefined(excuse([down(replica, 9_000, 12_000)], doubtful))
    assert.isUndefined(excuse(threeRefuse, doubtful))
    assert.isUndefined(excuse([down(replica, 9_000, 12_000)], { ...doubtful, error: refused }))
  })

  it("may not know of a node that was away a moment ago, if the name server hides it", () => {
    const justBack = [...threeRefuse, refusing(primary, 4, 5_000, 9_500)]
    assert.isUndefined(excuse(justBack))
    assert.isDefined(excuse(justBack, {}, true))
    assert.isUndefined(excuse([...threeRefuse, refusing(primary, 4, 1_000, 5_000)], {}, true))
  })
})

describe("an answer that contradicts what was done", () => {
  const deletedAt = (domain: Plan.Domain, arrived: number | null) => made("deleted", domain, arrived)
  const isHonest = (
    isThere: boolean,
    changedBy: Plan.Domain,
    saidBy: Plan.Domain | undefined,
    changes: Invariants.Changes,
    { since = 5_000, spans = [] }: { readonly since?: number; readonly spans?: ReadonlyArray<Span> } = {}
  ) => {
    const during = { from: 10_000, until: 11_000 }
    const doubt: Doubt = { operation: "GET", path, isThere, changedBy, saidBy, since, during }
    return Invariants.isHonest(doubt, plan, spans, changes)
  }

  it("is wrong from the system that made the change, and from one that had heard of it", () => {
    assert.isFalse(isHonest(true, primary, primary, deletedAt(primary, null)))
    assert.isFalse(isHonest(true, primary, primary, made("deleted", primary, null, 9_990)), "a moment ago")
    assert.isFalse(isHonest(true, primary, replica, deletedAt(primary, 9_000)))
    assert.isFalse(isHonest(true, primary, replica, new Map()), "nothing was ever deleted")
  })

  it("is late from the replica that still has what the primary deleted, but not if it has nothing", () => {
    assert.isTrue(isHonest(true, primary, replica, deletedAt(primary, null)))
    assert.isTrue(isHonest(true, primary, undefined, deletedAt(primary, 12_000)))
    assert.isFalse(isHonest(false, primary, replica, storedAt(primary, null)))
  })

  it("is late from the primary only if the replica could not be asked, or what was done there is long ago", () => {
    for (const [isThere, changes] of [
      [true, deletedAt(replica, null)],
      [false, storedAt(replica, null)]
    ] as const) {
      assert.isFalse(isHonest(isThere, replica, primary, changes))
      assert.isTrue(isHonest(isThere, replica, primary, changes, { spans: [down(replica, 9_000, 12_000)] }))
      assert.isTrue(isHonest(isThere, replica, primary, changes, { since: 10_000 - Invariants.memoryMillis }))
    }
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

  it.effect("forgives an object that both systems stored, because one of them could not say so", () =>
    Effect.gen(function* () {
      const ledger = new Ledger(7)
      const item = ledger.open(path, 100, 0.5)
      item.fate = "deleted"
      yield* Invariants.audit(ledger, [holding(item.bytes), holding(item.bytes)])
      const [once = []] = storedAt(primary, null).values()
      const [again = []] = storedAt(replica, null).values()
      Invariants.forgive(ledger, new Map([[path, once]]))
      assert.strictEqual(ledger.breaches.length, 1)
      Invariants.forgive(ledger, new Map([[path, [...once, ...again]]]))
      assert.deepStrictEqual([ledger.breaches.length, ledger.storedTwice], [0, 1])
    })
  )

  it.effect("forgives an object that an attempt in doubt stored again when it was deleted", () =>
    Effect.gen(function* () {
      const breaches = Effect.fnUntraced(function* (outcome: string, storedAgainAt: number) {
        const ledger = new Ledger(7)
        const item = ledger.open(path, 100, 0.5)
        item.fate = "deleted"
        ledger.call(item, { operation: "PUT", during: { from: 4_000, until: 6_000 }, outcome })
        yield* Invariants.audit(ledger, [holding(item.bytes), holding(item.bytes)])
        const [once = []] = storedAt(primary, null).values()
        const [again = []] = made("stored", primary, null, storedAgainAt).values()
        Invariants.forgive(ledger, new Map([[path, [...once, ...again]]]))
        return ledger.breaches.length
      })
      assert.strictEqual(yield* breaches(`201, ${inDoubt}`, 9_000), 0)
      assert.strictEqual(yield* breaches("201", 9_000), 1, "the PUT was not repeated")
      assert.strictEqual(yield* breaches(`201, ${inDoubt}`, 5_900), 1, "it was not late")
    })
  )

  it.effect("forgives an object that arrived later than the client remembers, if it was deleted later too", () =>
    Effect.gen(function* () {
      const [stored = []] = storedAt(replica, 30_000).values()
      const at = stored[0]?.at ?? 0
      const breaches = Effect.fnUntraced(function* (from: number) {
        const ledger = new Ledger(7)
        const item = ledger.open(path, 100, 0.5)
        item.fate = "deleted"
        ledger.call(item, { operation: "DELETE", during: { from, until: from + 100 }, outcome: "404" })
        yield* Invariants.audit(ledger, [holding(item.bytes), holding(item.bytes)])
        Invariants.forgive(ledger, new Map([[path, stored]]))
        return ledger.breaches.length
      })
      assert.strictEqual(yield* breaches(at + 11_000), 0)
      assert.strictEqual(yield* breaches(at + 9_000), 1, "it was remembered")
      assert.strictEqual(yield* breaches(31_000), 1, "it had arrived")
    })
  )
})
