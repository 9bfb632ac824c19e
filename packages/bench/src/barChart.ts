/**
 * Bar charts as SVG: plain rectangles and text that read on light and dark pages, with no script and no font of their
 * own.
 */
import * as Schema from "effect/Schema"

/** One bar. */
const Bar = Schema.Struct({
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
interface Bar extends Schema.Schema.Type<typeof Bar> {}

/** Horizontal bars in groups, all on one scale. */
export const BarChart = Schema.Struct({
  title: Schema.String,
  /** What is measured in which unit, and which way is better. */
  subtitle: Schema.String,
  groups: Schema.Array(Schema.Struct({ label: Schema.String, bars: Schema.Array(Bar) }))
})

/** @see {@link BarChart} */
export interface BarChart extends Schema.Schema.Type<typeof BarChart> {}

const width = 760
const margin = 24
const labels = 190
const values = 74
const bar = { height: 16, gap: 6 }
const head = { height: 76 }
const group = { head: 26, gap: 14 }
const scale = width - 2 * margin - labels - values

const style = `<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .page { fill: #ffffff } .title { font-size: 17px; font-weight: 600 } .quiet { fill: #59636e } .group { font-weight: 600 }
  .ours { fill: #1f6feb } .other { fill: #afb8c1 } .target { stroke: #1f2328; stroke-width: 2 } .axis { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .page { fill: #0d1117 } .quiet { fill: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #545d68 } .target { stroke: #f0f6fc } .axis { stroke: #3d444d }
  }
</style>`

/** The chart as a file. */
export const toSvg = (chart: BarChart): string => {
  const most = Math.max(
    ...chart.groups.flatMap(({ bars }) => bars.flatMap(({ target = 0, value }) => [target, value])),
    0
  )
  const toX = (value: number): number => margin + labels + (most === 0 ? 0 : (value / most) * scale)
  const lines: Array<string> = []
  let y = head.height
  for (const { bars, label } of chart.groups) {
    lines.push(text(margin, y + 13, label, "group"))
    y += group.head
    const top = y
    for (const one of bars) {
      lines.push(...drawn(one, y, toX))
      y += bar.height + bar.gap
    }
    lines.push(`<line class="axis" x1="${toX(0)}" x2="${toX(0)}" y1="${top - 3}" y2="${y - bar.gap + 3}"/>`)
    y += group.gap
  }
  const hasTargets = chart.groups.some(({ bars }) => bars.some(({ target }) => target !== undefined))
  const height = y + margin - group.gap
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    style,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    text(margin, 34, chart.title, "title"),
    text(margin, 55, hasTargets ? `${chart.subtitle}; the mark is the target` : chart.subtitle, "quiet"),
    ...lines,
    "</svg>",
    ""
  ].join("\n")
}

const drawn = (one: Bar, y: number, toX: (value: number) => number): ReadonlyArray<string> => {
  const from = toX(0)
  const to = toX(one.value)
  const mark = one.target === undefined ? undefined : toX(one.target)
  const textAt = Math.max(to, mark ?? to) + 8
  const width = at(Math.max(1, to - from))
  const kind = one.isOurs ? "ours" : "other"
  return [
    `<text class="quiet" x="${from - 10}" y="${y + 13}" text-anchor="end">${escaped(one.label)}</text>`,
    `<rect class="${kind}" x="${from}" y="${y}" width="${width}" height="${bar.height}" rx="2"/>`,
    ...(mark === undefined
      ? []
      : [`<line class="target" x1="${at(mark)}" x2="${at(mark)}" y1="${y - 2}" y2="${y + bar.height + 2}"/>`]),
    text(textAt, y + 13, one.text, "")
  ]
}

const text = (x: number, y: number, content: string, style: string): string =>
  `<text${style === "" ? "" : ` class="${style}"`} x="${at(x)}" y="${y}">${escaped(content)}</text>`

const at = (position: number): string => String(Number(position.toFixed(1)))

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
