/**
 * The rows of a chargeback report, from the figures of {@link Usage}.
 *
 * @internal
 */
import { toText } from "./time.ts"
import { hour, type Interval, type Usage } from "./usage.ts"

/** @internal */
export const granularities = ["hour", "day", "total"] as const

/** @internal */
export type Granularity = (typeof granularities)[number]

/** What a report is about; times in milliseconds since 1970. */
export interface ReportOrder {
  readonly system: string
  /** As it is shown, and as the figures know it. */
  readonly tenant: { readonly name: string; readonly key: string }
  readonly namespaces: ReadonlyArray<{ readonly name: string; readonly key: string; readonly created: number }>
  /** Whether the sums over the tenant are part of it. */
  readonly totals: boolean
  /** Whether figures are part of it that only the system level is shown. */
  readonly systemLevel: boolean
  /** Undefined for the earliest data. */
  readonly start: number | undefined
  /** Undefined for now. */
  readonly end: number | undefined
  readonly granularity: Granularity
  readonly now: number
}

/** A row, by the names of the wire. `namespaceName` is missing in the sums. */
export type Row = Readonly<Record<string, string | number | boolean | undefined>>

const day = 24 * hour
const maxAge = 180 * day

/** From `start` to before `end`. */
interface Span {
  readonly start: number
  readonly end: number
}

/** The whole hours or days that a request asks for, as far as there is anything to tell of them. */
const spansOf = ({ end, granularity, now, start }: ReportOrder, since: number): ReadonlyArray<Span> => {
  const unit = granularity === "day" ? day : hour
  const earliest = Math.max(since, now - maxAge)
  const first = Math.floor(Math.max(start ?? earliest, earliest) / unit) * unit
  // What began just now is told of as well.
  const running = first <= now && (end ?? now) >= now ? first + unit : first
  const last = Math.max(running, Math.ceil(Math.min(end ?? now, now) / unit) * unit)
  if (last <= first) return []
  if (granularity === "total") return [{ start: first, end: last }]
  return Array.from({ length: (last - first) / unit }, (_, index) => ({
    start: first + index * unit,
    end: first + (index + 1) * unit
  }))
}

const secondMillis = 1000

const rowOf = (
  order: ReportOrder,
  span: Span,
  namespaceName: string | undefined,
  interval: Interval,
  deleted: "false" | "included"
): Row => ({
  systemName: order.system,
  tenantName: order.tenant.name,
  namespaceName,
  startTime: toText(span.start),
  // The last second of the interval, or this one if the interval has not ended.
  endTime: toText(Math.min(span.end - secondMillis, order.now)),
  objectCount: interval.objectCount,
  ingestedVolume: interval.ingestedVolume,
  storageCapacityUsed: interval.storageCapacityUsed,
  bytesIn: interval.bytesIn,
  bytesOut: interval.bytesOut,
  reads: interval.reads,
  writes: interval.writes,
  deletes: interval.deletes,
  multipartObjects: 0,
  multipartObjectParts: 0,
  multipartObjectBytes: 0,
  multipartUploads: 0,
  multipartUploadParts: 0,
  multipartUploadBytes: 0,
  ...(order.systemLevel
    ? { tieredObjects: 0, tieredBytes: 0, metadataOnlyObjects: 0, metadataOnlyBytes: 0, erasureCodedObjects: 0 }
    : {}),
  deleted,
  valid: span.end <= order.now
})

/**
 * The rows of a report: namespace by namespace for each interval, then the sums over the tenant.
 *
 * @internal
 */
export const rowsOf = (usage: Usage, order: ReportOrder): ReadonlyArray<Row> => {
  const spans = spansOf(order, usage.since)
  const ofNamespaces = spans.flatMap((span) =>
    order.namespaces
      .filter(({ created }) => created < span.end)
      .map(({ key, name }) => rowOf(order, span, name, usage.ofNamespace(key, span.start, span.end), "false"))
  )
  const ofTenant = spans.map((span) => {
    const { includesDeleted, ...sum } = usage.ofTenant(order.tenant.key, span.start, span.end)
    return rowOf(order, span, undefined, sum, includesDeleted ? "included" : "false")
  })
  return order.totals ? [...ofNamespaces, ...ofTenant] : ofNamespaces
}

const columns = [
  "systemName",
  "tenantName",
  "namespaceName",
  "startTime",
  "endTime",
  "objectCount",
  "ingestedVolume",
  "storageCapacityUsed",
  "bytesIn",
  "bytesOut",
  "reads",
  "writes",
  "deletes",
  "multipartObjects",
  "multipartObjectParts",
  "multipartObjectBytes",
  "multipartUploads",
  "multipartUploadParts",
  "multipartUploadBytes"
]
const systemColumns = [
  "tieredObjects",
  "tieredBytes",
  "metadataOnlyObjects",
  "metadataOnlyBytes",
  "erasureCodedObjects"
]

const field = (value: Row[string]): string => {
  const text = value === undefined ? "" : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The rows as CSV, in the order of the manual's sample; what only the system level sees comes before `deleted`. */
export const toCsv = (rows: ReadonlyArray<Row>, systemLevel: boolean): string => {
  const names = [...columns, ...(systemLevel ? systemColumns : []), "deleted", "valid"]
  const lines = [names.join(","), ...rows.map((row) => names.map((name) => field(row[name])).join(","))]
  return `${lines.join("\n")}\n`
}
