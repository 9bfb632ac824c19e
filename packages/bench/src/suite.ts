/**
 * What a suite is: a name, a question, and a report that answers it.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BenchError } from "./benchError.ts"
import { BarChart } from "./chart.ts"
import { Figure } from "./figure.ts"
import { Table } from "./table.ts"

/** How thoroughly to measure. */
export const Plan = Schema.Struct({
  /** A first impression: fewer cases, shorter slices. */
  quick: Schema.Boolean,
  /** How many slices each client gets; the figures are medians over the rounds. */
  rounds: Schema.Int
})

/** @see {@link Plan} */
export interface Plan extends Schema.Schema.Type<typeof Plan> {}

/** What a suite found. */
export const Report = Schema.Struct({
  figures: Schema.Array(Figure),
  tables: Schema.Array(Table),
  charts: Schema.Array(BarChart),
  /** What a reader has to know besides, such as a peer that was not there. */
  notes: Schema.Array(Schema.String)
})

/** @see {@link Report} */
export interface Report extends Schema.Schema.Type<typeof Report> {}

/** One kind of measurement. Each runs in a process of its own. */
export interface Suite {
  readonly name: string
  /** What it measures, in a line. */
  readonly about: string
  /** About how long it takes, in seconds. */
  readonly seconds: (plan: Plan) => number
  /** Whether it needs what is in the folder `peers`. Defaults to no. */
  readonly needsPeers?: boolean | undefined
  readonly run: (plan: Plan) => Effect.Effect<Report, BenchError, Scope.Scope>
}
