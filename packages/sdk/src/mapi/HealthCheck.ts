/**
 * Health check reports: have them packaged, and download the package. For system-level users, HCP 9 or later.
 *
 * Source: "HCP Management API Reference", chapter on health check report resources.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { HcpError } from "../HcpError.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { InvalidInput } from "../WireReason.ts"
import * as collectPackage from "./internal/collectPackage.ts"
import { bool, struct, text } from "./internal/fields.ts"
import { bad, checkOptions, refuse } from "./internal/open.ts"
import { collectKinds, instant } from "./internal/optionKinds.ts"
import * as packages from "./internal/packages.ts"
import * as timestamp from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"
import type { CollectOptions, Download, PackageStatus } from "./Package.ts"

/**
 * Which reports are packaged. Of `from` and `to` only the day counts, as it is in the time zone of the value.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrepareOptions {
  readonly from?: DateTime.DateTime | undefined
  readonly to?: DateTime.DateTime | undefined
  /** The time of day of the reports, `HH:MM`. */
  readonly exactTime?: string | undefined
  /** Whether a report is made now. Defaults to HCP's own default, `true`. */
  readonly collectCurrent?: boolean | undefined
}

/**
 * What of a package is downloaded.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadOptions {
  /** The numbers of nodes, see `Logs.nodeNumber`; at least one. Defaults to all. */
  readonly nodes?: ReadonlyArray<number> | undefined
}

const reports: packages.Place = {
  content: "health check reports",
  path: "/healthCheckReport",
  fileName: "HCPHealthCheck.zip"
}

/**
 * Has a package prepared. Nodes that are not running are left out.
 *
 * Fails with `PackageBusy` when there is one already, and with `InvalidInput` for a range whose end is before its begin
 * or a time that is none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prepare: (options?: PrepareOptions) => Effect.Effect<void, HcpError, Mapi> = Effect.fn(
  "HealthCheck.prepare"
)((options = {}) =>
  Effect.andThen(
    checkOptions("POST", "/healthCheckReport/prepare", options, prepareKinds),
    Effect.suspend(() =>
      packages.prepare(reports, { root: "healthCheckPrepare", write: preparation, input: preparationOf(options) })
    )
  )
)

// The compiler says here which option has no kind. What a node is, the function says.
const prepareKinds: KindsOf<PrepareOptions> = { from: instant, to: instant, exactTime: "text", collectCurrent: "flag" }
const downloadKinds: KindsOf<DownloadOptions> = { nodes: { list: "number" } }

const preparation = struct({ startDate: text(), endDate: text(), exactTime: text(), collectCurrent: bool })

const preparationOf = ({
  collectCurrent,
  exactTime,
  from,
  to
}: PrepareOptions): Result.Result<typeof preparation.Type, InvalidInput> =>
  exactTime !== undefined && !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(exactTime)
    ? bad("exactTime", `"${exactTime}" is no time of day; write 04:00`)
    : Result.map(timestamp.checkRange({ from, to }), () => ({
        startDate: from === undefined ? undefined : timestamp.printDay(from),
        endDate: to === undefined ? undefined : timestamp.printDay(to),
        exactTime,
        collectCurrent
      }))

/**
 * Where the package is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const status: Effect.Effect<PackageStatus, HcpError, Mapi> = packages.status(reports)

/**
 * Begins to download the package, or that of some nodes. The connection is held until the scope closes.
 *
 * Fails with `InvalidInput` for an empty list of nodes, and with the reason of HCP's status when no package is ready.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download: (options?: DownloadOptions) => Effect.Effect<Download, HcpError, Mapi | Scope.Scope> = Effect.fn(
  "HealthCheck.download"
)((options = {}) =>
  Effect.andThen(
    checkOptions("POST", "/healthCheckReport/download", options, downloadKinds),
    Effect.suspend(() =>
      packages.download(reports, { root: "healthCheckDownload", write: choice, input: choiceOf(options) })
    )
  )
)

// HCP before 9.2 demands the name of the content, though there is only one.
const choice = struct({ nodes: text(), content: text() })

const choiceOf = ({ nodes }: DownloadOptions): Result.Result<typeof choice.Type, InvalidInput> => {
  if (nodes?.length === 0) return bad("nodes", "is an empty list; leave it out for all nodes")
  const wrong = nodes?.find((each) => !Number.isInteger(each) || each < 1)
  if (wrong !== undefined)
    return bad("nodes", `${wrong} is no node number; give the last part of the node's IP address`)
  return Result.succeed({ nodes: nodes?.join(","), content: "HCR" })
}

/**
 * Clears the package: aborts what is being prepared or downloaded, by whomever. A success also where there is nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cancel: Effect.Effect<void, HcpError, Mapi> = packages.cancel(reports)

/**
 * {@link prepare}, wait until it is ready, {@link download}: one effect that clears up behind it, as `Logs.collect`
 * does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const collect: (
  options?: PrepareOptions & DownloadOptions & CollectOptions
) => Effect.Effect<Download, HcpError, Mapi | Scope.Scope> = Effect.fn("HealthCheck.collect")(function* (options = {}) {
  const kinds = { ...prepareKinds, ...downloadKinds, ...collectKinds }
  yield* checkOptions("POST", "/healthCheckReport/prepare", options, kinds)
  const { collectCurrent, exactTime, from, nodes, to } = options
  const chosen = choiceOf(options)
  if (Result.isFailure(chosen)) return yield* refuse("POST", "/healthCheckReport/download", chosen.failure)
  return yield* collectPackage.collect(
    {
      content: "health check reports",
      prepare: prepare({ from, to, exactTime, collectCurrent }),
      status,
      download: download({ nodes }),
      cancel
    },
    options
  )
})
