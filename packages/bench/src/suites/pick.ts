/**
 * The choice of a node: what it takes among 4, 64 and 1,024 of them, and with a quarter of them left out.
 */
import { AddressPool } from "@effect-hcp/sdk"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { atMost } from "../figure.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "pick"
const picks = 100_000

/** In microseconds. */
const pickTarget = 1
/**
 * The dearest beside the cheapest: "flat" with room for the noise of a measurement, and for what a larger ring misses
 * in the caches.
 */
const flatTarget = 1.5

type Pool = AddressPool.AddressPool["Service"]

/** A pool to choose from. */
interface Ring {
  readonly name: string
  readonly pool: Pool
  readonly micros: Array<number>
}

/** A pool of so many nodes; one of `outOf` is ejected for as long as the measurement takes. */
const makeRing = Effect.fnUntraced(function* (
  nodes: number,
  outOf?: number
): Effect.fn.Return<Ring, never, Scope.Scope> {
  const addresses = Arr.makeBy(nodes, (index) => `10.0.${Math.floor(index / 256)}.${index % 256}`)
  const pool = yield* Effect.orDie(AddressPool.makeStatic(addresses, { health: { connectEjection: "1 hour" } }))
  const out = outOf === undefined ? 0 : nodes / outOf
  for (let index = 0; index < out; index++) {
    const node = yield* Effect.orDie(pool.next(new Set()))
    yield* pool.report(node, { _tag: "ConnectFailed" })
  }
  const rest = (nodes - out).toLocaleString("en")
  return { name: out === 0 ? `${rest} nodes` : `${rest} nodes, and ${out} left out`, pool, micros: [] }
})

const none: ReadonlySet<AddressPool.NodeAddress> = new Set()

/** Picks with `next`, an effect each. */
const pickByEffect = Effect.fnUntraced(function* ({ next }: Pool) {
  for (let count = 0; count < picks; count++) yield* Effect.orDie(next(none))
})

const measure = Effect.fnUntraced(function* (
  pick: (pool: Pool) => Effect.Effect<void>,
  rounds: number
): Effect.fn.Return<ReadonlyArray<Ring>, never, Scope.Scope> {
  const rings = [yield* makeRing(4), yield* makeRing(64), yield* makeRing(1024), yield* makeRing(1024, 4)]
  for (const { pool } of rings) yield* pick(pool)
  for (let round = 0; round < rounds; round++) {
    for (const { micros, pool } of round % 2 === 0 ? rings : [...rings].reverse()) {
      const begun = performance.now()
      yield* pick(pool)
      micros.push(((performance.now() - begun) * 1000) / picks)
    }
  }
  return rings
}, Effect.scoped)

const ways = [{ name: "AddressPool.next", pick: pickByEffect }]

const reportOf = (name: string, rings: ReadonlyArray<Ring>): Report => {
  const typical = rings.map(({ micros, name }) => ({ name, micros: median(micros) }))
  const dearest = Math.max(...typical.map(({ micros }) => micros))
  const cheapest = Math.min(...typical.map(({ micros }) => micros))
  return {
    figures: [
      ...typical.map((ring) =>
        atMost({ suite, case: `${ring.name}, ${name}`, metric: "us a pick" }, ring.micros, pickTarget)
      ),
      atMost(
        { suite, case: `4 to 1,024 nodes, ${name}`, metric: "dearest pick beside the cheapest" },
        dearest / cheapest,
        flatTarget
      )
    ],
    tables: [
      {
        title: `A pick, ${name}`,
        columns: ["", "us"],
        rows: typical.map((ring) => [ring.name, ring.micros.toFixed(3)])
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link pickTarget} */
export const pick: Suite = {
  name: suite,
  about: "the choice of a node among 4, 64 and 1,024",
  seconds: () => 4,
  run: (plan: Plan) =>
    Effect.gen(function* () {
      const reports = yield* Effect.forEach(ways, ({ name, pick }) =>
        Effect.map(measure(pick, plan.rounds * 2 + 1), (rings) => reportOf(name, rings))
      )
      return {
        figures: reports.flatMap(({ figures }) => figures),
        tables: reports.flatMap(({ tables }) => tables),
        charts: [],
        notes: []
      }
    })
}
