/**
 * A line of rates over time, as an SVG that stands for itself.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"

/** Objects a second until some moment, in milliseconds since 1970. */
export interface Point {
  readonly at: number
  readonly rate: number
}

const width = 800
const height = 240
const left = 64
const right = 16
const top = 40
const bottom = 40

/** @internal */
export const chart = (title: string, points: ReadonlyArray<Point>): string => {
  const begin = points[0]?.at ?? 0
  const end = points.at(-1)?.at ?? begin
  const highest = niceAbove(points.reduce((most, { rate }) => Math.max(most, rate), 0))
  const x = (at: number) => left + ((at - begin) / Math.max(1, end - begin)) * (width - left - right)
  const y = (rate: number) => height - bottom - (rate / highest) * (height - top - bottom)
  const place = ({ at, rate }: Point) => `${x(at).toFixed(1)},${y(rate).toFixed(1)}`
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * highest)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${left}" y="20" font-size="14">${escaped(title)}, objects a second</text>`,
    ...ticks.flatMap((rate) => [
      `<line x1="${left}" y1="${y(rate).toFixed(1)}" x2="${width - right}" y2="${y(rate).toFixed(1)}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${(y(rate) + 4).toFixed(1)}" text-anchor="end">${labelOf(rate)}</text>`
    ]),
    ...(points.length === 0
      ? [`<text x="${width / 2}" y="${height / 2}" text-anchor="middle">no samples yet</text>`]
      : [
          `<polyline fill="none" stroke="#1668b8" stroke-width="1.5" points="${points.map(place).join(" ")}"/>`,
          `<text x="${left}" y="${height - 14}">${timeOf(begin)}</text>`,
          `<text x="${width - right}" y="${height - 14}" text-anchor="end">${timeOf(end)}</text>`
        ]),
    "</svg>",
    ""
  ].join("\n")
}

const labelOf = (rate: number): string => (rate < 10 ? Number(rate.toFixed(2)) : Math.round(rate)).toString()

/** The next of 1, 2, 4 or 10 times a power of ten. */
const niceAbove = (value: number): number => {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 4, 10].find((factor) => factor * power >= value) ?? 10) * power
}

const timeOf = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at)).slice(0, 19).replace("T", " ")

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
