/**
 * A crowd: 10,000 fibers ask at the same time, and there are 64 connections, five times one after the other, by the
 * client and by `Namespace`. All must be served, in the order in which they came, and in little memory, which later
 * crowds need no more of. Beside them stands what such a crowd takes without any of ours.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atLeast, atMost, type Figure, plain } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import { median } from "../statistics.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "waiting"

/** How many fibers ask. */
const fibers = 10_000
/** How many connections there are. */
const connections = 64

/** In megabytes. */
const growthTarget = 150
/** In megabytes, from the second crowd on to the last one. */
const laterTarget = 15
/**
 * How many of those who came after a fiber may be done before it. The calls that are under way together end in any
 * order; twice as many as there are connections leaves room for one that takes as long as two others.
 */
const overtakenTarget = 2 * connections

/** What became of the crowd. */
export const Crowd = Schema.Struct({
  succeeded: Schema.Int,
  millis: Schema.Finite,
  /** By how much the resident set grew at most until then, in bytes. */
  growth: Schema.Finite,
  /** By how many that came later the unluckiest was overtaken. */
  overtaken: Schema.Int
})

/** @see {@link Crowd} */
export interface Crowd extends Schema.Schema.Type<typeof Crowd> {}

const own = ["HcpClient", "Namespace"] as const
/** What is needed without any of ours: raw promises, another client, and what fibers take that do nothing. */
const others = ["undici Pool.request", "Effect HttpClient", "fibers that sleep"] as const

/** Who asks. */
export type Client = (typeof own)[number] | (typeof others)[number]

const isOwn = (client: Client): boolean => own.some((each) => each === client)

const about = (client: Client, metric: string) => ({
  suite,
  case: `${client}, 10,000 fibers, 64 connections, five rounds`,
  metric
})

/** What five crowds came to. */
interface Found {
  readonly client: Client
  readonly succeeded: number
  readonly overtaken: number
  readonly millis: number
  /** In megabytes. */
  readonly growth: number
  readonly later: number
}

const foundOf = (client: Client, crowds: ReadonlyArray<Crowd>): Found => {
  const growths = crowds.map(({ growth }) => growth / 1e6)
  const last = growths.at(-1) ?? Number.NaN
  return {
    client,
    succeeded: Math.min(...crowds.map(({ succeeded }) => succeeded)),
    overtaken: Math.max(...crowds.map(({ overtaken }) => overtaken)),
    millis: median(crowds.map(({ millis }) => millis)),
    growth: last,
    later: last - (growths[1] ?? Number.NaN)
  }
}

const figuresOf = ({ client, growth, later, millis, overtaken, succeeded }: Found): ReadonlyArray<Figure> => {
  const grown = about(client, "RSS growth, MB")
  const grownLater = about(client, "RSS growth after the second round, MB")
  return isOwn(client)
    ? [
        atLeast(about(client, "calls that succeeded"), succeeded, fibers),
        atMost(grown, growth, growthTarget),
        atMost(grownLater, later, laterTarget),
        atMost(about(client, "later ones done before the unluckiest"), overtaken, overtakenTarget),
        plain(about(client, "ms for all"), Math.round(millis))
      ]
    : [plain(grown, growth), plain(grownLater, later)]
}

const report = (found: ReadonlyArray<Found>): Report => ({
  figures: found.flatMap(figuresOf),
  tables: [
    {
      title: "10,000 fibers over 64 connections, five rounds",
      columns: ["", "succeeded", "RSS growth, MB", "after the second round", "overtaken by at most", "ms a round"],
      rows: found.map(({ client, growth, later, millis, overtaken, succeeded }) => [
        client,
        String(succeeded),
        growth.toFixed(0),
        later.toFixed(0),
        String(overtaken),
        millis.toFixed(0)
      ])
    }
  ],
  charts: [],
  notes: []
})

/** @see {@link growthTarget} */
export const waiting: Suite = {
  name: suite,
  about: "10,000 fibers that wait for 64 connections",
  seconds: () => 26,
  run: () =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const program = yield* Compiled.program("waitingProcess")
      const args = [fibers, connections, port].map(String)
      return report(
        yield* Effect.forEach([...own, ...others], (client) =>
          Effect.map(ChildProcess.ask(program, [...args, client], Schema.Array(Crowd)), (crowds) =>
            foundOf(client, crowds)
          )
        )
      )
    })
}
