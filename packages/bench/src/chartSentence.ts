/**
 * The sentence under a chart: what its bars mean, computed from them, so that it is as true as they are.
 */
import type { Bar, BarChart } from "./chart.ts"

type Group = BarChart["groups"][number]

const listed = (items: ReadonlyArray<string>): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

const factor = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(value < 2 ? 2 : 1))

const bestOf = (bars: ReadonlyArray<Bar>, better: BarChart["better"]): Bar | undefined =>
  [...bars].sort((one, other) => (better === "more" ? other.value - one.value : one.value - other.value))[0]

/** What ours is beside another one, as a number of times. */
const beside = ({ bars }: Group, better: BarChart["better"], of: "best" | "worst"): string | undefined => {
  const ours = bestOf(
    bars.filter(({ isOurs }) => isOurs),
    better
  )
  const others = bars.filter(({ isOurs }) => !isOurs)
  const other = bestOf(others, of === "best" ? better : better === "more" ? "less" : "more")
  return ours === undefined || other === undefined ? undefined : factor(ours.value / other.value)
}

/** The one other client that is meant in each group, if it is the same in all. */
const nameOf = (groups: ReadonlyArray<Group>, better: BarChart["better"], of: "best" | "worst"): string | undefined => {
  const names = groups.map(
    ({ bars }) =>
      bestOf(
        bars.filter(({ isOurs }) => !isOurs),
        of === "best" ? better : better === "more" ? "less" : "more"
      )?.label
  )
  return new Set(names).size === 1 ? names[0] : undefined
}

const besideClients = ({ better, groups }: BarChart, of: "best" | "worst"): string => {
  const name = nameOf(groups, better, of)
  const what = of === "best" ? "the best of the others" : "the last of them"
  const parts = groups.map((group) => `${beside(group, better, of) ?? "?"} (${group.label})`)
  return `${listed(parts)} times ${name === undefined ? `what ${what} does` : name}`
}

/** Bars that are all ours, held against targets or each other. */
const ofOurs = ({ better, groups, unit }: BarChart): string => {
  const bars = groups.flatMap((group) => group.bars)
  if (bars.length === 0) return ""
  const values = bars.map(({ value }) => value)
  const range = `from ${factor(Math.min(...values))} to ${factor(Math.max(...values))} ${unit}`
  const held = bars.filter(({ target }) => target !== undefined)
  const met = held.filter(({ target = 0, value }) => (better === "more" ? value >= target : value <= target))
  return held.length === 0
    ? `effect-hcp is ${range}.`
    : `effect-hcp is ${range}, and ${met.length} of ${held.length} meet their target.`
}

/** @see {@link BarChart} */
export const sentenceOf = (chart: BarChart): string => {
  const others = chart.groups.flatMap(({ bars }) => bars.filter(({ isOurs }) => !isOurs))
  if (others.length === 0) return ofOurs(chart)
  const hasSeveral = chart.groups.some(({ bars }) => bars.filter(({ isOurs }) => isOurs).length > 1)
  const verb = `effect-hcp${hasSeveral ? " at its best" : ""} ${chart.better === "more" ? "reaches" : "takes"}`
  const isAlone = chart.groups.every(({ bars }) => bars.filter(({ isOurs }) => !isOurs).length === 1)
  return isAlone
    ? `${verb} ${besideClients(chart, "best")}.`
    : `${verb} ${besideClients(chart, "best")}, and ${besideClients(chart, "worst")}.`
}
