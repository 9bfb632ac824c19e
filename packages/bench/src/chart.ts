/**
 * What a bar chart shows, as data.
 */
import * as Schema from "effect/Schema"

/** One bar. */
export const Bar = Schema.Struct({
  label: Schema.String,
  value: Schema.Finite,
  /** What stands at its end, such as `1.04` or `52,300`. */
  text: Schema.String,
  /** Whether it is the SDK's: those are coloured. */
  isOurs: Schema.Boolean,
  /** Where the target is; drawn as a mark across the bar. */
  target: Schema.optionalKey(Schema.Finite)
})

/** @see {@link Bar} */
export interface Bar extends Schema.Schema.Type<typeof Bar> {}

/** Horizontal bars in groups, all on one scale. */
export const BarChart = Schema.Struct({
  title: Schema.String,
  /** What was done, and by how many at a time. */
  subtitle: Schema.String,
  /** What the axis counts, such as `megabytes a second`. */
  unit: Schema.String,
  /** Which way is better. */
  better: Schema.Literals(["more", "less"]),
  groups: Schema.Array(Schema.Struct({ label: Schema.String, bars: Schema.Array(Bar) }))
})

/** @see {@link BarChart} */
export interface BarChart extends Schema.Schema.Type<typeof BarChart> {}
