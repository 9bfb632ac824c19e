/**
 * One row of a chargeback report: what one namespace, or all of a tenant together, used in one interval.
 *
 * Source: "HCP Management API Reference", data type `chargebackData`.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Stream from "effect/Stream"
import * as csv from "./internal/csv.ts"
import * as timestamp from "./internal/timestamp.ts"

/**
 * The formats HCP writes reports in.
 *
 * @category models
 * @since 0.1.0
 */
export type Format = "xml" | "json" | "csv"

/**
 * What was used. Any of it may be absent: an older HCP does not count it, or does not tell it to users of a tenant.
 *
 * Numbers are exact up to 2^53 - 1 (9 petabytes, as bytes); a report with one above that fails with `UnexpectedAnswer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Usage {
  /** Objects at the end of the interval. */
  readonly objectCount?: number | undefined
  /** Bytes of data and custom metadata that were stored, at the end of the interval. */
  readonly ingestedVolume?: number | undefined
  /** Bytes on disk, with all copies and metadata, at the end of the interval. */
  readonly storageCapacityUsed?: number | undefined
  /** Bytes written in the interval. */
  readonly bytesIn?: number | undefined
  /** Bytes read in the interval. */
  readonly bytesOut?: number | undefined
  /** Read operations in the interval. */
  readonly reads?: number | undefined
  /** Write operations in the interval. */
  readonly writes?: number | undefined
  /** Delete operations in the interval. */
  readonly deletes?: number | undefined
  /** Objects that were stored in parts, at the end of the interval. From HCP 8 on, as the five that follow. */
  readonly multipartObjects?: number | undefined
  readonly multipartObjectParts?: number | undefined
  readonly multipartObjectBytes?: number | undefined
  /** Uploads in parts that are not finished, at the end of the interval. */
  readonly multipartUploads?: number | undefined
  readonly multipartUploadParts?: number | undefined
  readonly multipartUploadBytes?: number | undefined
  /** Objects on other tiers of storage. Only for system-level users, as the four that follow. */
  readonly tieredObjects?: number | undefined
  readonly tieredBytes?: number | undefined
  /** Objects of which only metadata is on this system. */
  readonly metadataOnlyObjects?: number | undefined
  readonly metadataOnlyBytes?: number | undefined
  /** Objects that are erasure coded. From HCP 8 or 9 on. */
  readonly erasureCodedObjects?: number | undefined
}

/**
 * One row of a report.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChargebackRow extends Usage {
  /** Whether it is about one namespace, or the sum over all namespaces of a tenant. Never add the two up. */
  readonly kind: "namespace" | "tenant"
  readonly systemName?: string | undefined
  readonly tenantName?: string | undefined
  /** Absent in the row of a tenant. */
  readonly namespaceName?: string | undefined
  readonly startTime?: DateTime.Zoned | undefined
  /** The last second of the interval; the time of the request for an interval that is not over. */
  readonly endTime?: DateTime.Zoned | undefined
  /** `included` in the row of a tenant that also counts namespaces that were deleted since, else `false`. */
  readonly deleted?: "false" | "included" | (string & {}) | undefined
  /** `false` where the figures are not complete, as those of an interval that is not over. */
  readonly valid?: boolean | undefined
}

/**
 * A column of a report as CSV.
 *
 * @category models
 * @since 0.1.0
 */
export type Column = Exclude<keyof ChargebackRow, "kind">

/**
 * The columns of a report as CSV, in the order HCP has them.
 *
 * @category models
 * @since 0.1.0
 */
export const columns: ReadonlyArray<Column> = [
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
  "multipartUploadBytes",
  "deleted",
  "valid"
]

/**
 * {@link columns}, followed by those that only system-level users get.
 *
 * @category models
 * @since 0.1.0
 */
export const systemColumns: ReadonlyArray<Column> = [
  ...columns,
  "tieredObjects",
  "tieredBytes",
  "metadataOnlyObjects",
  "metadataOnlyBytes",
  "erasureCodedObjects"
]

/**
 * How rows are written.
 *
 * @category models
 * @since 0.1.0
 */
export interface CsvOptions {
  /** Defaults to {@link columns}. */
  readonly columns?: ReadonlyArray<Column> | undefined
}

/**
 * Rows as CSV (RFC 4180), a line with the names of the columns first. What is absent is an empty field.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toCsv = (rows: Iterable<ChargebackRow>, options?: CsvOptions): string => {
  const chosen = options?.columns ?? columns
  let text = csv.line(chosen)
  for (const row of rows) text += lineOf(row, chosen)
  return text
}

/**
 * {@link toCsv} for rows that arrive one after another: one text a line.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toCsvStream = <E, R>(
  rows: Stream.Stream<ChargebackRow, E, R>,
  options?: CsvOptions
): Stream.Stream<string, E, R> => {
  const chosen = options?.columns ?? columns
  return Stream.concat(
    Stream.make(csv.line(chosen)),
    Stream.map(rows, (row) => lineOf(row, chosen))
  )
}

const lineOf = (row: ChargebackRow, chosen: ReadonlyArray<Column>): string =>
  csv.line(
    chosen.map((column) => {
      const value = row[column]
      return value === undefined ? "" : typeof value === "object" ? timestamp.print(value) : String(value)
    })
  )
