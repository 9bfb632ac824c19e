/**
 * `chargeback`: what a tenant and its namespaces stored and transferred.
 *
 * @internal
 */
import type { ChargebackRow } from "@effect-hcp/sdk/mapi/ChargebackRow"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import * as BarChart from "../../internal/barChart.ts"
import { command } from "../../internal/command.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import type { Column, Row } from "../../internal/row.ts"
import { bytes, countColumn, field, sizeColumn } from "../../internal/show.ts"
import { instantFlag } from "./flags.ts"

const figures = [
  "objectCount",
  "ingestedVolume",
  "storageCapacityUsed",
  "bytesIn",
  "bytesOut",
  "reads",
  "writes",
  "deletes"
] as const

type Figure = (typeof figures)[number]

const isSize = (figure: Figure): boolean => /bytes|volume|capacity/i.test(figure)

const columns: ReadonlyArray<Column> = [
  { name: "kind", width: 9 },
  { name: "tenant" },
  { name: "namespace" },
  { name: "start", width: 25 },
  { name: "end", width: 25 },
  ...figures.map((figure) => (isSize(figure) ? sizeColumn(figure) : countColumn(figure))),
  { name: "deleted" },
  { name: "valid" }
]

const time = (at: DateTime.DateTime | undefined) => (at === undefined ? null : DateTime.formatIsoOffset(at))

const rowOf = (row: ChargebackRow): Row => ({
  kind: row.kind,
  tenant: field(row.tenantName),
  namespace: field(row.namespaceName),
  start: time(row.startTime),
  end: time(row.endTime),
  ...Object.fromEntries(figures.map((figure) => [figure, field(row[figure])])),
  deleted: field(row.deleted),
  valid: field(row.valid)
})

/** A bar for each namespace: the latest figure of what is stored, the sum of what was done. */
const chartOf = (rows: ReadonlyArray<ChargebackRow>, figure: Figure): BarChart.Chart => {
  const isStanding = figure === "objectCount" || figure === "ingestedVolume" || figure === "storageCapacityUsed"
  const values = new Map<string, number>()
  for (const row of rows) {
    if (row.kind !== "namespace") continue
    const label = row.namespaceName ?? ""
    const value = row[figure] ?? 0
    values.set(label, isStanding ? value : (values.get(label) ?? 0) + value)
  }
  const bars = Array.from(values, ([label, value]) => ({ label, value })).sort((one, other) => other.value - one.value)
  const owner = rows.find(({ tenantName }) => tenantName !== undefined)?.tenantName
  return {
    title: owner === undefined ? figure : `${owner}: ${figure}`,
    bars,
    show: isSize(figure) ? bytes : String
  }
}

/** @internal */
export const chargeback = command(
  "chargeback",
  "Show what a tenant and its namespaces stored and transferred",
  [
    [
      "hcp chargeback --tenant finance --from 2026-02-01 --to 2026-02-28 --granularity day -o csv",
      "Day by day, as CSV"
    ],
    ["hcp chargeback --chart", "Bars in the terminal"],
    ["hcp chargeback --svg usage.svg --figure bytesIn", "A picture of what came in"]
  ],
  {
    tenant,
    namespace: optionalText("namespace", "Only this namespace"),
    from: instantFlag("from", "Begin (default: the earliest figures, of 180 days)"),
    to: instantFlag("to", "End (default: now)"),
    granularity: Flag.Literals("granularity", ["hour", "day", "total"]).pipe(
      Flag.withDescription("How long the interval of a row is (default: total)"),
      Flag.withDefault("total")
    ),
    chart: toggle("chart", "Bars in place of a table, one for each namespace"),
    svg: Flag.String("svg").pipe(
      Flag.withDescription("Also stores the bars as a picture, in place of a file that is there"),
      Flag.withMetavar("file"),
      Flag.optional
    ),
    figure: Flag.Literals("figure", figures).pipe(
      Flag.withDescription("What the bars show (default: storageCapacityUsed)"),
      Flag.withDefault("storageCapacityUsed")
    )
  },
  ({ chart, figure, from, granularity, namespace, svg, tenant, to }) =>
    inManagement(({ output, sdk: { Chargeback } }) =>
      Effect.gen(function* () {
        if (chart && output.format !== "table") return yield* usage("--chart is for people; leave --output out")
        const options = {
          ...inTenant(tenant),
          start: Option.getOrUndefined(from),
          end: Option.getOrUndefined(to),
          granularity
        }
        const report = Option.match(namespace, {
          onNone: () => Chargeback.tenant(options),
          onSome: (name) => Chargeback.namespace(name, options)
        })
        if (!chart && Option.isNone(svg)) return yield* output.rows(columns, Stream.map(report, rowOf))
        const rows = yield* Stream.runCollect(report)
        const bars = chartOf(rows, figure)
        if (Option.isSome(svg)) yield* storeText(svg.value, BarChart.svg(bars))
        if (chart) yield* output.raw(Stream.succeed(BarChart.text(bars)))
        else yield* output.rows(columns, Stream.map(Stream.fromIterable(rows), rowOf))
      })
    )
)

/** Stores a file of this computer as a draft, so that nobody sees half of it. */
const storeText = Effect.fnUntraced(function* (file: string, text: string) {
  const DraftFile = yield* Effect.promise(() => import("@effect-hcp/sdk/DraftFile"))
  yield* Effect.scoped(
    Effect.gen(function* () {
      const draft = yield* DraftFile.make(file, { replace: true })
      yield* draft.append(Stream.succeed(new TextEncoder().encode(text)))
      yield* draft.finish
    })
  )
})
