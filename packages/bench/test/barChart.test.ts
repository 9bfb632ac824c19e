import { assert, describe, it } from "@effect/vitest"
import { type BarChart, toSvg } from "../src/barChart.ts"

const chart: BarChart = {
  title: "Fast & <faster>",
  subtitle: "thousands a second",
  groups: [
    {
      label: "GET",
      bars: [
        { label: "SDK", value: 40, text: "40.0", isOurs: true, target: 50 },
        { label: "other", value: 10, text: "10.0", isOurs: false }
      ]
    }
  ]
}

const bars = (svg: string, style: string): ReadonlyArray<Readonly<Record<string, number>>> =>
  Array.from(svg.matchAll(new RegExp(`<rect class="${style}" ([^>]*)/>`, "g")), ([, attributes = ""]) =>
    Object.fromEntries(
      Array.from(attributes.matchAll(/(\w+)="([\d.]+)"/g), ([, name = "", value]) => [name, Number(value)])
    )
  )

describe("a bar chart", () => {
  it("draws bars as long as their values, on one scale", () => {
    const svg = toSvg(chart)
    const [ours] = bars(svg, "ours")
    const [other] = bars(svg, "other")
    assert.closeTo((ours?.width ?? 0) / (other?.width ?? 1), 4, 0.01)
    assert.strictEqual(ours?.x, other?.x)
  })

  it("keeps bars, marks and texts inside of its page", () => {
    const svg = toSvg(chart)
    const [page] = bars(svg, "page")
    const [, mark = ""] = /<line class="target" x1="([\d.]+)"/.exec(svg) ?? []
    const [ours] = bars(svg, "ours")
    assert.isAbove(Number(mark), (ours?.x ?? 0) + (ours?.width ?? 0), "the target is beyond the bar")
    const texts = Array.from(svg.matchAll(/<text[^>]* x="([\d.]+)" y="([\d.]+)"/g), ([, x, y]) => [
      Number(x),
      Number(y)
    ])
    for (const [x = 0, y = 0] of texts) {
      assert.isBelow(x, (page?.width ?? 0) - 30)
      assert.isBelow(y, page?.height ?? 0)
    }
  })

  it("explains its marks only where there are some", () => {
    assert.include(toSvg(chart), "thousands a second; the mark is the target")
    const [group] = chart.groups
    const without = { ...chart, groups: [{ label: "GET", bars: group?.bars.slice(1) ?? [] }] }
    assert.notInclude(toSvg(without), "the mark")
  })

  it("escapes what is said in it", () => {
    const svg = toSvg(chart)
    assert.include(svg, "Fast &amp; &lt;faster&gt;")
    assert.notInclude(svg, "<faster>")
  })

  it("reads on dark pages too", () => {
    assert.include(toSvg(chart), "@media (prefers-color-scheme: dark)")
  })

  it("is drawn without values", () => {
    assert.notMatch(toSvg({ ...chart, groups: [] }), /NaN|Infinity/)
  })
})
