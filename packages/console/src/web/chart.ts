/**
 * Small charts, drawn as SVG.
 *
 * @internal
 */
import { svg } from "./dom.ts"

/** A line of the latest figures, the newest at the right. */
export const sparkline = (values: ReadonlyArray<number>, size: number): SVGElement => {
  const top = Math.max(1, ...values)
  const points = values.map((value, index) => {
    const x = ((size - values.length + index) / Math.max(1, size - 1)) * 100
    return `${x.toFixed(2)},${(22 - (value / top) * 20).toFixed(2)}`
  })
  return svg(
    "svg",
    { class: "sparkline", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("polyline", { points: points.join(" ") })
  )
}

export interface Bar {
  readonly label: string
  readonly parts: ReadonlyArray<number>
}

/** Bars of several parts above each other; the title of each says its figures. */
export const barChart = (name: string, bars: ReadonlyArray<Bar>): SVGElement => {
  const top = Math.max(1, ...bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0)))
  // A few bars stand at the right, as the latest of a day.
  const places = Math.max(24, bars.length)
  const width = 100 / places
  const first = places - bars.length
  return svg(
    "svg",
    { class: "bars", viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img", "aria-label": name },
    ...bars.map(({ label, parts }, index) => {
      let y = 40
      const drawn = parts.map((part, kind) => {
        const height = (part / top) * 38
        y -= height
        return svg("rect", {
          class: `part${kind}`,
          x: (first + index) * width + width * 0.1,
          y,
          width: width * 0.8,
          height
        })
      })
      return svg("g", {}, svg("title", {}, label), ...drawn)
    })
  )
}
