/**
 * Lists through all gateways of a simulated system: the entries of a directory, the keys of a bucket, the objects of
 * a container, the hits of a metadata query, and the names of users by the management API. What counts is the CPU time
 * that an item takes.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import { atLeast, atMost, plain } from "../figure.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "gateways"

/** A simulated system, as far as its clients have to know it. */
export const ListedSystem = Schema.Struct({
  domain: Schema.String,
  addresses: Schema.Array(Schema.String),
  ports: Schema.Struct({ http: Schema.Int, mapi: Schema.Int }),
  /** What a client has to trust, PEM. */
  ca: Schema.String
})

/** @see {@link ListedSystem} */
export interface ListedSystem extends Schema.Schema.Type<typeof ListedSystem> {}

/** What the process tells; its own words are in `gatewaysProcess.ts`. */
const Lists = Schema.Array(
  Schema.Struct({ list: Schema.String, items: Schema.Int, cpuMillis: Schema.Array(Schema.Finite) })
)

const itemsOf = ({ quick }: Plan): number => (quick ? 1_000 : 5_000)
const roundsOf = ({ quick, rounds }: Plan): number => (quick ? 3 : rounds * 2)

/** What two of the lists are called, which are compared. */
export const ofRest = "entries of a directory"
export const ofSwift = "objects of a container"

const nothing = { list: "", items: 1, cpuMillis: [] }

const report = (lists: typeof Lists.Type, expected: number): Report => {
  const cost = ({ cpuMillis, items }: (typeof lists)[number]) => (median(cpuMillis) * 1_000) / items
  const costOf = (name: string) => cost(lists.find(({ list }) => list === name) ?? nothing)
  const besideRest = costOf(ofSwift) / costOf(ofRest)
  return {
    figures: [
      ...lists.flatMap((one) => [
        atLeast({ suite, case: one.list, metric: "items found" }, one.items, expected),
        plain({ suite, case: one.list, metric: "us of CPU time an item" }, cost(one))
      ]),
      atMost({ suite, case: ofSwift, metric: "CPU time beside the entries of a directory" }, besideRest, 1.15)
    ],
    tables: [
      {
        title: `Lists of ${expected.toLocaleString("en")} and more`,
        columns: ["list", "items", "CPU us an item"],
        rows: lists.map((one) => [one.list, String(one.items), cost(one).toFixed(1)])
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link report} */
export const gateways: Suite = {
  name: suite,
  about: "lists of 5,000 through all gateways, item by item",
  seconds: (plan) => 15 + roundsOf(plan),
  run: (plan) =>
    Effect.gen(function* () {
      const server = yield* ChildProcess.start(new URL("../listedSystemProcess.ts", import.meta.url), [])
      const system = yield* server.next(ListedSystem)
      const items = itemsOf(plan)
      const program = new URL("../gatewaysProcess.ts", import.meta.url)
      const args = [String(items), String(roundsOf(plan)), JSON.stringify(system)]
      return report(yield* ChildProcess.ask(program, args, Lists), items)
    })
}
