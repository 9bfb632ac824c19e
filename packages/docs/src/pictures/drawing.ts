/**
 * Pictures as SVG, from boxes, arrows and words. They follow the theme of the page, and are narrow, so that they can be
 * read on a telephone.
 */

/** How wide every picture is. */
export const width = 440

/** What a part of a picture is drawn as. */
export type Kind = "plain" | "ours" | "good" | "bad" | "quiet"

const style = `<style>
  text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .small { font-size: 12.5px } .bold { font-weight: 600 } .soft { fill: #59636e }
  .page { fill: #ffffff } .line { stroke: #59636e; stroke-width: 1.5; fill: none } .head { fill: #59636e }
  .dashed { stroke-dasharray: 5 4 }
  .plain { fill: #f6f8fa; stroke: #afb8c1 } .ours { fill: #ddf0ff; stroke: #1f6feb } .good { fill: #dafbe1; stroke: #1a7f37 }
  .bad { fill: #ffebe9; stroke: #cf222e } .quiet { fill: none; stroke: #afb8c1; stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .soft { fill: #b1bac4 } .page { fill: #1b1b1f } .line { stroke: #9198a1 } .head { fill: #9198a1 }
    .plain { fill: #26292f; stroke: #545d68 } .ours { fill: #12305c; stroke: #4493f8 } .good { fill: #12361f; stroke: #3fb950 }
    .bad { fill: #4a1a1d; stroke: #f85149 } .quiet { fill: none; stroke: #545d68 }
  }
</style>`

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** How wide a letter is at most, on average: of the bold words of a box, and of all others. */
const letter = { bold: 8.2, small: 6.8 }

/** Fails for words that are wider than what they stand in. */
const checkWidth = (content: string, perLetter: number, room: number): void => {
  if (content.length * perLetter > room) throw new Error(`a picture has no room for "${content}"`)
}

/** Words at a place; `at` is where they stand: left of it, around it, or right of it. */
export const words = (
  x: number,
  y: number,
  content: string,
  { at = "start", look = "" }: { readonly at?: "start" | "middle" | "end"; readonly look?: string } = {}
): string => {
  if (at === "start") checkWidth(content, look.includes("bold") ? letter.bold : letter.small, width - x)
  return `<text class="${look}" x="${x}" y="${y}" text-anchor="${at}">${escaped(content)}</text>`
}

/** A box with lines of words in its middle; the first one is bold. */
export const box = (
  x: number,
  y: number,
  boxWidth: number,
  height: number,
  lines: ReadonlyArray<string>,
  kind: Kind = "plain"
): string => {
  const first = y + height / 2 - (lines.length - 1) * 9 + 5
  for (const [index, line] of lines.entries()) checkWidth(line, index === 0 ? letter.bold : letter.small, boxWidth)
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${boxWidth}" height="${height}" rx="6"/>`,
    ...lines.map((line, index) =>
      words(x + boxWidth / 2, first + index * 18, line, { at: "middle", look: index === 0 ? "bold" : "small soft" })
    )
  ].join("\n")
}

/** An arrow from one place to another; a dashed one for what happens only sometimes. */
export const arrow = (
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  isDashed = false
): string => {
  const angle = Math.atan2(toY - fromY, toX - fromX)
  const corner = (turn: number): string =>
    `${(toX - 9 * Math.cos(angle + turn)).toFixed(1)},${(toY - 9 * Math.sin(angle + turn)).toFixed(1)}`
  const end = `${(toX - 6 * Math.cos(angle)).toFixed(1)}" y2="${(toY - 6 * Math.sin(angle)).toFixed(1)}`
  return [
    `<line class="line${isDashed ? " dashed" : ""}" x1="${fromX}" y1="${fromY}" x2="${end}"/>`,
    `<polygon class="head" points="${toX},${toY} ${corner(0.4)} ${corner(-0.4)}"/>`
  ].join("\n")
}

/** A line without a head. */
export const line = (
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  isDashed = false
): string => `<line class="line${isDashed ? " dashed" : ""}" x1="${fromX}" y1="${fromY}" x2="${toX}" y2="${toY}"/>`

/** The file of a picture. Its title is what it shows, for those who cannot see it. */
export const picture = (title: string, height: number, parts: ReadonlyArray<string>): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    style,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    ...parts,
    "</svg>",
    ""
  ].join("\n")
