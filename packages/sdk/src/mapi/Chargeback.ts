/**
 * Chargeback reports: what a tenant, or one of its namespaces, stored and transferred in the last 180 days.
 *
 * **Example** (last month, day by day, as CSV)
 *
 * ```ts
 * import { DateTime, Stream } from "effect"
 * import { Chargeback, ChargebackRow } from "@effect-hcp/sdk/mapi"
 *
 * const rows = Chargeback.tenant({
 *   tenant: "finance",
 *   start: DateTime.makeUnsafe("2026-02-01"),
 *   end: DateTime.makeUnsafe("2026-02-28T23:59:59Z"),
 *   granularity: "day"
 * })
 * const csv = rows.pipe(
 *   Stream.filter((row) => row.kind === "namespace"),
 *   ChargebackRow.toCsvStream
 * )
 * ```
 *
 * For users with the role monitor or administrator. A system-level user can always have a tenant's report; rows about
 * namespaces take a tenant that lets system-level users administer it. Source: "HCP Management API Reference", chapter
 * on chargeback reports.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { Pairs } from "../HcpRequest.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { InvalidInput } from "../WireReason.ts"
import type { ChargebackRow, Format } from "./ChargebackRow.ts"
import type { Given } from "./internal/call.ts"
import { mediaTypes, rowsOf } from "./internal/chargebackRows.ts"
import { bad, checked, type Opened, open, refuse } from "./internal/open.ts"
import { instant, inTenant, misuseOf } from "./internal/optionKinds.ts"
import * as timestamp from "./internal/timestamp.ts"
import { CurrentSettings, Mapi } from "./Mapi.ts"

export type { Format }

/**
 * How long the interval of one row is; `total` is all of the range.
 *
 * @category models
 * @since 0.1.0
 */
export type Granularity = "hour" | "day" | "total"

/**
 * What is reported.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportOptions {
  /** Defaults to the tenant of the host. */
  readonly tenant?: string | undefined
  /** HCP widens the range to whole hours or days, of its own time zone. Defaults to the earliest figures there are. */
  readonly start?: DateTime.DateTime | undefined
  /** Defaults to now. */
  readonly end?: DateTime.DateTime | undefined
  /** Defaults to `total`. */
  readonly granularity?: Granularity | undefined
  /**
   * What HCP is asked for; the rows are the same. XML and CSV are read as they arrive, JSON is held in memory, up to 64
   * MiB. Defaults to the format of the settings or the layer, and without one to `xml`.
   */
  readonly format?: Format | undefined
}

/**
 * The report of a tenant: a row for each namespace and interval, and rows about the tenant as a whole, the last of each
 * interval.
 *
 * Fails with `InvalidInput` when `end` is not after `start`, with `Forbidden` for a user of the wrong level or role,
 * and with `InvalidXml` or `UnexpectedAnswer` for what is no report.
 *
 * @category combinators
 * @since 0.1.0
 */
export const tenant = (options?: ReportOptions): Stream.Stream<ChargebackRow, HcpError, Mapi> =>
  rows(ofTenant, inTenant(options, kinds), options)

/**
 * The report of one namespace. Fails as {@link tenant} does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const namespace = (name: string, options?: ReportOptions): Stream.Stream<ChargebackRow, HcpError, Mapi> =>
  rows(ofNamespace, { ...inTenant(options, kinds), namespace: name }, options)

/**
 * The report of a tenant as HCP writes it, without a look inside.
 *
 * @category combinators
 * @since 0.1.0
 */
export const tenantText = (options?: ReportOptions): Stream.Stream<string, HcpError, Mapi> =>
  texts(ofTenant, inTenant(options, kinds), options)

/**
 * The report of a namespace as HCP writes it, without a look inside.
 *
 * @category combinators
 * @since 0.1.0
 */
export const namespaceText = (name: string, options?: ReportOptions): Stream.Stream<string, HcpError, Mapi> =>
  texts(ofNamespace, { ...inTenant(options, kinds), namespace: name }, options)

// The compiler says here which option has no kind.
const kinds: KindsOf<ReportOptions> = {
  tenant: "text",
  start: instant,
  end: instant,
  granularity: { oneOf: ["hour", "day", "total"] },
  format: { oneOf: ["xml", "json", "csv"] }
}

const ofTenant = "/tenants/{tenant}/chargebackReport"
const ofNamespace = "/tenants/{tenant}/namespaces/{namespace}/chargebackReport"

const rows = <Path extends string>(path: Path, given: Given<Path>, options: ReportOptions | undefined) =>
  Stream.scoped(
    Stream.unwrap(
      Effect.map(ask(path, given, options), ({ asked, opened }) =>
        rowsOf(opened.response, { operation: "GET", path: opened.path, asked })
      )
    )
  )

const texts = <Path extends string>(path: Path, given: Given<Path>, options: ReportOptions | undefined) =>
  Stream.scoped(
    Stream.unwrap(Effect.map(ask(path, given, options), ({ opened }) => Stream.decodeText(opened.response.stream)))
  )

const ask = Effect.fn("Chargeback.report")(function* <Path extends string>(
  path: Path,
  given: Given<Path>,
  options: ReportOptions = {}
): Effect.fn.Return<{ readonly asked: Format; readonly opened: Opened }, HcpError, Mapi | Scope.Scope> {
  const mapi = yield* Mapi
  const settings = yield* CurrentSettings
  const misuse = misuseOf(given)
  if (misuse !== undefined) return yield* refuse("GET", path, misuse)
  const asked = options.format ?? settings.format ?? mapi.format ?? "xml"
  const query = yield* checked("GET", path, queryOf(options))
  const opened = yield* open({
    method: "GET",
    path,
    given,
    query,
    accept: mediaTypes[asked],
    // HCP counts before it answers, which takes minutes for many namespaces and hours.
    responseTimeout: "10 minutes"
  })
  return { asked, opened }
})

const queryOf = ({ end, granularity, start }: ReportOptions): Result.Result<Pairs, InvalidInput> => {
  if (start !== undefined && end !== undefined && timestamp.print(start) === timestamp.print(end)) {
    return bad("end", "is the same as start; give a later one")
  }
  return Result.map(timestamp.checkRange({ start, end }), () => ({
    start: start === undefined ? undefined : timestamp.print(start),
    end: end === undefined ? undefined : timestamp.print(end),
    granularity
  }))
}
