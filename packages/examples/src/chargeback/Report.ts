/**
 * What a month of chargeback rows comes to: a line for each day of the tenant, and one for each namespace.
 */
import type { ChargebackRow } from "@effect-hcp/sdk/mapi"
import { Array as Arr, DateTime } from "effect"
import { bytes, table } from "../program/Table.ts"

type Row = ChargebackRow.ChargebackRow

const head = ["objects", "stored", "written", "read", "writes", "reads", "deletes"]

const sum = (rows: ReadonlyArray<Row>, of: (row: Row) => number | undefined): number =>
  rows.reduce((total, row) => total + (of(row) ?? 0), 0)

/** What was there at the end of these days, and what was done in all of them. */
const figures = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => [
  String(rows.at(-1)?.objectCount ?? 0),
  bytes(rows.at(-1)?.ingestedVolume ?? 0),
  bytes(sum(rows, ({ bytesIn }) => bytesIn)),
  bytes(sum(rows, ({ bytesOut }) => bytesOut)),
  String(sum(rows, ({ writes }) => writes)),
  String(sum(rows, ({ reads }) => reads)),
  String(sum(rows, ({ deletes }) => deletes))
]

/** HCP counts in days of its own time zone, which its times say. */
const dayOf = ({ startTime, valid }: Row): string =>
  `${startTime === undefined ? "" : DateTime.formatIsoDate(startTime)}${valid === false ? ", so far" : ""}`

/** The report as text. A tenant's own rows are the sums over its namespaces: the two are never added up. */
export const print = (rows: ReadonlyArray<Row>): string => {
  const daily = rows.filter(({ kind }) => kind === "tenant")
  const byNamespace = Arr.groupBy(
    rows.filter(({ kind }) => kind === "namespace"),
    ({ namespaceName = "" }) => namespaceName
  )
  const days = daily.map((row) => [dayOf(row), ...figures([row])])
  const namespaces = Object.entries(byNamespace).map(([name, of]) => [name, ...figures(of)])
  return `${table([["day", ...head], ...days])}\n${table([["namespace", ...head], ...namespaces, ["in all", ...figures(daily)]])}`
}
