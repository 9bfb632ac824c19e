/**
 * One number that was measured, and the target it is held against.
 */
import * as Schema from "effect/Schema"

/** A figure, as it stands in a line of `results/latest.jsonl`. Without a target it is there to be looked at. */
export const Figure = Schema.Struct({
  suite: Schema.String,
  case: Schema.String,
  metric: Schema.String,
  value: Schema.Finite,
  target: Schema.optionalKey(Schema.Finite),
  ok: Schema.optionalKey(Schema.Boolean)
})

/** @see {@link Figure} */
export interface Figure extends Schema.Schema.Type<typeof Figure> {}

/** What a figure is of. */
export interface Subject {
  readonly suite: string
  readonly case: string
  readonly metric: string
}

/** A figure without a target. */
export const plain = (subject: Subject, value: number): Figure => ({ ...subject, value: rounded(value) })

/** A figure that should be as large as the target, or larger. */
export const atLeast = (subject: Subject, value: number, target: number): Figure => ({
  ...plain(subject, value),
  target,
  ok: value >= target
})

/** A figure that should be no larger than the target. */
export const atMost = (subject: Subject, value: number, target: number): Figure => ({
  ...plain(subject, value),
  target,
  ok: value <= target
})

// Four digits are more than any measurement here is good for; whole numbers are counts and sizes and stay as they are.
const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)))

/** Whether it has a target and does not reach it. */
export const isMissed = (figure: Figure): boolean => figure.ok === false

/** `21/24`: how many targets were met, of how many there are. */
export const tally = (figures: ReadonlyArray<Figure>): string => {
  const judged = figures.filter((figure) => figure.ok !== undefined)
  return `${judged.filter((figure) => figure.ok === true).length}/${judged.length}`
}

/** The figure as a line of JSON. */
export const jsonLine = ({ suite, case: which, metric, value, target, ok }: Figure): string =>
  JSON.stringify({ suite, case: which, metric, value, target, ok })
