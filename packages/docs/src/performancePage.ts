/**
 * The page about performance: the charts of the bench, each with the sentence that the bench computed for it.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository, site } from "./layout.ts"
import { copied } from "./manualPages.ts"

const folder = "packages/bench/results"

const titleIn = (svg: string): string => /<title>(.*?)<\/title>/.exec(svg)?.[1] ?? ""

const meaningIn = (svg: string): string => /<desc>(.*?)<\/desc>/.exec(svg)?.[1] ?? ""

const read = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&")

/** What people ask first, and then the rest by name. */
const first = ["peers.svg", "small.svg", "large.svg", "verified.svg", "s3.svg", "s3-2.svg", "facade.svg"]

/** Writes the page. */
export const write = (): void => {
  const place = (file: string) => (first.includes(file) ? first.indexOf(file) : first.length)
  const files = Fs.readdirSync(Path.join(repository, folder))
    .filter((file) => file.endsWith(".svg"))
    .sort((one, other) => place(one) - place(other) || one.localeCompare(other))
  const charts = files.map((file) => {
    const svg = Fs.readFileSync(Path.join(repository, folder, file), "utf8")
    const title = read(titleIn(svg))
    return `## ${title}\n\n![${title}](${copied(`${folder}/${file}`)})\n\n${read(meaningIn(svg))}\n`
  })
  const text = [
    "# Performance\n",
    "Every client does the same work against the same server on the same machine, in turns, in slices of less than half",
    "a second; a figure is the median of the rounds. The server answers from memory, so a client is measured and no HCP:",
    "with a real one in between, the shares of the clients are smaller. Compare bars of one chart, never of two.",
    "[Measurements in full](/manual/bench/) has every figure, what is missed and why, and how to repeat it.\n",
    ...charts
  ]
  Fs.writeFileSync(Path.join(site, "performance.md"), text.join("\n"))
}
