/**
 * Bar charts as SVG: plain rectangles and text that read on light and dark pages, with no script and no font of their
 * own. They are narrow, so that they can be read on a telephone.
 */
import type { Bar, BarChart } from "./chart.ts"
import { sentenceOf } from "./chartSentence.ts"

const width = 560
const margin = 20
const labels = 160
const values = 56
const bar = { height: 16, gap: 6 }
const group = { head: 26, gap: 12 }
const scale = width - 2 * margin - labels - values
const left = margin + labels
/** How many letters fit into a line of the whole width. */
const letters = 76

const style = `<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .page { fill: #ffffff } .title { font-size: 17px; font-weight: 600 } .quiet { fill: #59636e } .bold { font-weight: 600 }
  .ours { fill: #1f6feb } .other { fill: #afb8c1 } .target { stroke: #1f2328; stroke-width: 2 }
  .axis { stroke: #818b98 } .grid { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .page { fill: #0d1117 } .quiet { fill: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #545d68 } .target { stroke: #f0f6fc }
    .axis { stroke: #818b98 } .grid { stroke: #2f353d }
  }
</style>`

/** The places of the axis that have a number: at most six, of 1, 2 or 5 and zeros. */
export const ticksOf = (most: number): ReadonlyArray<number> => {
  if (most <= 0) return [0]
  const zeros = 10 ** Math.floor(Math.log10(most))
  const step = [0.1, 0.2, 0.5, 1, 2].map((one) => one * zeros).find((one) => most / one <= 5.5) ?? zeros
  return Array.from({ length: Math.floor(most / step + 0.001) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6))
  )
}

/** Clients beside each other stand in the order of what they reach; other bars stay as they are. */
const ordered = (bars: ReadonlyArray<Bar>, better: BarChart["better"]): ReadonlyArray<Bar> => {
  const areClients = bars.some(({ isOurs }) => isOurs) && bars.some(({ isOurs }) => !isOurs)
  if (!areClients) return bars
  return [...bars].sort((one, other) => (better === "more" ? other.value - one.value : one.value - other.value))
}

/** A text in lines that fit. */
const wrapped = (content: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of content.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The chart as a file. Its description is the sentence that stands under it. */
export const toSvg = (chart: BarChart): string => {
  const bars = chart.groups.flatMap((one) => one.bars)
  const most = Math.max(...bars.flatMap(({ target = 0, value }) => [target, value]), 0)
  const ticks = ticksOf(most)
  const toX = (value: number): number => left + (most === 0 ? 0 : (value / most) * scale)
  const subtitle = wrapped(chart.subtitle)
  const head = 44 + subtitle.length * 18
  const lines: Array<string> = []
  let y = head + legendHeight
  for (const { bars, label } of chart.groups) {
    lines.push(text(margin, y + 13, label, "bold"))
    y += group.head
    for (const one of ordered(bars, chart.better)) {
      lines.push(...drawn(one, y, toX))
      y += bar.height + bar.gap
    }
    y += group.gap
  }
  const bottom = y - group.gap
  const axis = ticks.flatMap((tick) => [
    `<line class="${tick === 0 ? "axis" : "grid"}" x1="${at(toX(tick))}" x2="${at(toX(tick))}" y1="${head + 30}" y2="${bottom}"/>`,
    `<text class="quiet" x="${at(toX(tick))}" y="${bottom + 16}" text-anchor="middle">${tick.toLocaleString("en-US")}</text>`
  ])
  const sentence = sentenceOf(chart)
  const under = wrapped(sentence).map((line, index) => text(margin, bottom + 64 + index * 18, line, ""))
  const height = bottom + 64 + (under.length - 1) * 18 + margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    `<desc>${escaped(sentence)}</desc>`,
    style,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    text(margin, 32, chart.title, "title"),
    ...subtitle.map((line, index) => text(margin, 53 + index * 18, line, "quiet")),
    ...legend(
      head,
      bars.some(({ isOurs }) => !isOurs),
      bars.some(({ target }) => target !== undefined)
    ),
    ...axis,
    ...lines,
    `<text class="quiet" x="${left}" y="${bottom + 36}">${escaped(`${chart.unit}; ${chart.better} is better`)}</text>`,
    ...under,
    "</svg>",
    ""
  ].join("\n")
}

const legendHeight = 26

/** What the colours and the mark mean. */
const legend = (y: number, hasOthers: boolean, hasTargets: boolean): ReadonlyArray<string> => {
  const entries = [
    { kind: "ours", label: "effect-hcp" },
    ...(hasOthers ? [{ kind: "other", label: "others" }] : []),
    ...(hasTargets ? [{ kind: "target", label: "target" }] : [])
  ]
  return entries.flatMap(({ kind, label }, index) => {
    const x = margin + index * 110
    const sign =
      kind === "target"
        ? `<path class="target" d="M${x + 6} ${y - 3}V${y + 13}"/>`
        : `<circle class="${kind}" cx="${x + 6}" cy="${y + 5}" r="6"/>`
    return [sign, text(x + 18, y + 10, label, "")]
  })
}

const drawn = (one: Bar, y: number, toX: (value: number) => number): ReadonlyArray<string> => {
  const from = toX(0)
  const to = toX(one.value)
  const mark = one.target === undefined ? undefined : toX(one.target)
  const textAt = Math.max(to, mark ?? to) + 8
  const kind = one.isOurs ? "ours" : "other"
  return [
    `<text class="${one.isOurs ? "bold" : "quiet"}" x="${from - 8}" y="${y + 13}" text-anchor="end">${escaped(one.label)}</text>`,
    `<rect class="${kind}" x="${from}" y="${y}" width="${at(Math.max(1, to - from))}" height="${bar.height}" rx="2"/>`,
    ...(mark === undefined
      ? []
      : [`<line class="target" x1="${at(mark)}" x2="${at(mark)}" y1="${y - 2}" y2="${y + bar.height + 2}"/>`]),
    text(textAt, y + 13, one.text, one.isOurs ? "bold" : "")
  ]
}

const text = (x: number, y: number, content: string, look: string): string =>
  `<text${look === "" ? "" : ` class="${look}"`} x="${at(x)}" y="${y}">${escaped(content)}</text>`

const at = (position: number): string => String(Number(position.toFixed(1)))

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
