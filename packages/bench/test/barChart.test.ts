import { assert, describe, it } from "@effect/vitest"
import { ticksOf, toSvg } from "../src/barChart.ts"
import type { BarChart } from "../src/chart.ts"
import { sentenceOf } from "../src/chartSentence.ts"

const chart: BarChart = {
  title: "Fast & <faster>",
  subtitle: "64 at a time",
  unit: "thousands a second",
  better: "more",
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
    assert.include(toSvg(chart), ">target</text>")
    const [group] = chart.groups
    const without = { ...chart, groups: [{ label: "GET", bars: group?.bars.slice(1) ?? [] }] }
    assert.notInclude(toSvg(without), ">target</text>")
  })

  it("has an axis with round numbers and a unit", () => {
    assert.deepStrictEqual(ticksOf(50), [0, 10, 20, 30, 40, 50])
    assert.deepStrictEqual(ticksOf(1.55), [0, 0.5, 1, 1.5])
    assert.deepStrictEqual(ticksOf(0), [0])
    assert.include(toSvg(chart), "thousands a second; more is better")
  })

  it("puts clients in the order of what they reach, and leaves other bars as they are", () => {
    const bars = [
      { label: "slow", value: 1, text: "1", isOurs: false },
      { label: "SDK", value: 3, text: "3", isOurs: true },
      { label: "fast", value: 4, text: "4", isOurs: false }
    ]
    const orderIn = (svg: string, names: ReadonlyArray<string>) =>
      [...names].sort((one, other) => svg.indexOf(`>${one}<`) - svg.indexOf(`>${other}<`))
    const names = bars.map(({ label }) => label)
    const more = toSvg({ ...chart, groups: [{ label: "GET", bars }] })
    assert.deepStrictEqual(orderIn(more, names), ["fast", "SDK", "slow"])
    const less = toSvg({ ...chart, better: "less", groups: [{ label: "GET", bars }] })
    assert.deepStrictEqual(orderIn(less, names), ["slow", "SDK", "fast"])
    const ours = toSvg({ ...chart, groups: [{ label: "GET", bars: bars.map((one) => ({ ...one, isOurs: true })) }] })
    assert.deepStrictEqual(orderIn(ours, names), names)
  })

  it("says in a sentence what it means", () => {
    assert.strictEqual(sentenceOf(chart), "effect-hcp reaches 4.0 (GET) times other.")
    const [group] = chart.groups
    const ours = { ...chart, groups: [{ label: "GET", bars: group?.bars.slice(0, 1) ?? [] }] }
    assert.strictEqual(
      sentenceOf(ours),
      "effect-hcp is from 40 to 40 thousands a second, and 0 of 1 meet their target."
    )
    assert.include(toSvg(chart), "<desc>effect-hcp reaches 4.0 (GET) times other.</desc>")
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
