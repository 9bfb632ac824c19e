/**
 * Bars for figures: in the terminal, and as SVG.
 *
 * @internal
 */
import { displayWidth } from "effect/cli/CliOutput"
import { printable } from "./table.ts"

/** One bar. */
export interface Bar {
  readonly label: string
  /** At least 0. */
  readonly value: number
}

/** What the bars are about. */
export interface Chart {
  readonly title: string
  readonly bars: ReadonlyArray<Bar>
  /** How a value is written. */
  readonly show: (value: number) => string
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of at most so many columns, to an eighth of a column. What is more than nothing is seen. */
const drawn = (share: number, columns: number): string => {
  const parts = share === 0 ? 0 : Math.max(1, Math.round(share * columns * 8))
  return "█".repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? "")
}

const mostOf = (bars: ReadonlyArray<Bar>): number => Math.max(0, ...bars.map(({ value }) => value))

const shareOf = (value: number, most: number): number => (most === 0 ? 0 : value / most)

/** The chart as lines of text, the longest bar 40 columns. */
export const text = ({ bars, show, title }: Chart): string => {
  const most = mostOf(bars)
  const labels = bars.map(({ label }) => printable(label))
  const width = Math.max(0, ...labels.map(displayWidth))
  const lines = bars.map(({ value }, index) => {
    const label = labels[index] ?? ""
    return `${label}${" ".repeat(width - displayWidth(label))}  ${drawn(shareOf(value, most), 40)} ${show(value)}\n`
  })
  return `${title}\n${lines.join("")}`
}

const escaped = (text: string): string => printable(text).replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`)

const rowHeight = 24
const labelWidth = 240
const barWidth = 480

/** The chart as an SVG document. */
export const svg = ({ bars, show, title }: Chart): string => {
  const most = mostOf(bars)
  const height = (bars.length + 2) * rowHeight
  const width = labelWidth + barWidth + 120
  const rows = bars.map(({ label, value }, index) => {
    const y = (index + 2) * rowHeight
    const length = Math.round(shareOf(value, most) * barWidth * 10) / 10
    return [
      `  <text x="${labelWidth - 8}" y="${y - 7}" text-anchor="end">${escaped(label)}</text>`,
      `  <rect x="${labelWidth}" y="${y - 20}" width="${length}" height="16" fill="#3b6ea5"/>`,
      `  <text x="${labelWidth + length + 8}" y="${y - 7}">${escaped(show(value))}</text>`
    ].join("\n")
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `  <title>${escaped(title)}</title>`,
    `  <text x="8" y="17" font-weight="bold">${escaped(title)}</text>`,
    ...rows,
    "</svg>",
    ""
  ].join("\n")
}
