/**
 * The folder `results`: what the last full run found, for the README and for programs.
 *
 * `latest.jsonl` has a line a figure; each suite has its tables in a `.md` and its charts in `.svg` files, and
 * `targets.md` holds what was demanded against all of them. A run of a part replaces that part.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as BarChart from "./barChart.ts"
import { type BenchError, toBenchError } from "./benchError.ts"
import { demandsTable } from "./demands.ts"
import { Figure, jsonLine } from "./figure.ts"
import type { Report, Suite } from "./suite.ts"
import * as Table from "./table.ts"

/** Where results are kept in the repository. */
export const folder = new URL("../results/", import.meta.url)

/** What a suite found, and on which machine. */
export interface Result {
  readonly suite: Pick<Suite, "name" | "about">
  readonly report: Report
  readonly machine: string
}

const decodeFigure = Schema.decodeOption(Schema.fromJsonString(Figure))

/** Writes what was found into a folder. */
export const write = (
  results: ReadonlyArray<Result>,
  into: string
): Effect.Effect<void, BenchError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    yield* files.makeDirectory(into, { recursive: true })
    const latest = paths.join(into, "latest.jsonl")
    const known = (yield* files.exists(latest)) ? yield* files.readFileString(latest) : ""
    const figures = merged(known, results)
    yield* files.writeFileString(latest, figures.map((figure) => `${jsonLine(figure)}\n`).join(""))
    yield* files.writeFileString(paths.join(into, "targets.md"), targetsPage(figures))
    for (const { report, suite, machine } of results) {
      yield* files.writeFileString(paths.join(into, `${suite.name}.md`), page(suite, report, machine))
      for (const [index, chart] of report.charts.entries()) {
        yield* files.writeFileString(paths.join(into, chartFile(suite, index)), BarChart.toSvg(chart))
      }
    }
  }).pipe(Effect.mapError(toBenchError))

const chartFile = ({ name }: Result["suite"], index: number): string =>
  index === 0 ? `${name}.svg` : `${name}-${index + 1}.svg`

/** The known lines of the suites that were not run now, and those of the suites that were. */
const merged = (known: string, results: ReadonlyArray<Result>): ReadonlyArray<Figure> => {
  const isReplaced = (figure: Figure) => results.some(({ suite }) => suite.name === figure.suite)
  const kept = known
    .split("\n")
    .flatMap((line) => Option.toArray(decodeFigure(line)))
    .filter((figure) => !isReplaced(figure))
  return [...kept, ...results.flatMap(({ report }) => report.figures)]
}

const targetsPage = (figures: ReadonlyArray<Figure>): string =>
  `# Targets: what was demanded, and what the last saved run of each suite measured\n\n${Table.toMarkdown(demandsTable(figures))}\n`

const page = (suite: Result["suite"], report: Report, machine: string): string =>
  `${[
    `# ${suite.name}: ${suite.about}`,
    machine,
    ...report.charts.map((chart, index) => `![${chart.title}](${chartFile(suite, index)})`),
    ...[...report.tables, ...targetsTable(report.figures)].map(Table.toMarkdown),
    ...report.notes.map((note) => `Note: ${note}.`)
  ].join("\n\n")}\n`

/** Figures beside their targets, if there are any. */
export const targetsTable = (figures: ReadonlyArray<Figure>): ReadonlyArray<Table.Table> => {
  const rows = figures
    .filter((figure) => figure.target !== undefined)
    .map(({ case: which, metric, ok, target, value }) => [
      which,
      metric,
      String(value),
      String(target),
      ok === true ? "ok" : "missed"
    ])
  return rows.length === 0 ? [] : [{ title: "Targets", columns: ["", "metric", "value", "target", ""], rows }]
}
