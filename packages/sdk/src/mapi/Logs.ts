/**
 * HCP's internal logs: mark them, have them packaged, and download the package. For system-level users, HCP 7.2 or
 * later.
 *
 * **Example** (a package of the last two days, into a folder)
 *
 * ```ts
 * import { Console, DateTime, Effect } from "effect"
 * import { Logs, Package } from "@effect-hcp/sdk/mapi"
 *
 * const program = Effect.gen(function* () {
 *   const today = yield* DateTime.now
 *   const download = yield* Logs.collect({
 *     from: DateTime.subtract(today, { days: 1 }),
 *     to: today,
 *     content: ["ACCESS"],
 *     onProgress: (progress) => Console.log(progress.phase)
 *   })
 *   return yield* Package.save(download, "logs/")
 * }).pipe(Effect.scoped)
 * ```
 *
 * Source: "HCP Management API Reference", chapter on log resources.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { HcpError } from "../HcpError.ts"
import { type KindsOf, problemOfValue } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import { act } from "./internal/call.ts"
import * as collectPackage from "./internal/collectPackage.ts"
import { struct, text } from "./internal/fields.ts"
import { bad, checkOptions, refuse } from "./internal/open.ts"
import { collectKinds, instant } from "./internal/optionKinds.ts"
import * as packages from "./internal/packages.ts"
import * as timestamp from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"
import type { CollectOptions, Download, PackageStatus } from "./Package.ts"

/**
 * The types of logs.
 *
 * @category models
 * @since 0.1.0
 */
export type Content = "ACCESS" | "SYSTEM" | "SERVICE" | "APPLICATION"

/**
 * All types of logs.
 *
 * @category models
 * @since 0.1.0
 */
export const contents: ReadonlyArray<Content> = ["ACCESS", "SYSTEM", "SERVICE", "APPLICATION"]

/**
 * Which days are packaged. Only the day counts, as it is in the time zone of the value; HCP takes it for a day of its
 * own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Period {
  /** Defaults to today. */
  readonly from?: DateTime.DateTime | undefined
  /** Defaults to today. */
  readonly to?: DateTime.DateTime | undefined
}

/**
 * What is packaged. All types of logs of all general nodes always are.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrepareOptions extends Period {
  /** The names of the S nodes whose logs are packaged too. Defaults to none. */
  readonly snodes?: ReadonlyArray<string> | undefined
}

/**
 * What of a package is downloaded.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadOptions {
  /** The numbers of general nodes, see {@link nodeNumber}; an empty list is none of them. Defaults to all. */
  readonly nodes?: ReadonlyArray<number> | undefined
  /** The names of S nodes, whose logs always come complete. Defaults to none. */
  readonly snodes?: ReadonlyArray<string> | undefined
  /** Not an empty list. Defaults to all. */
  readonly content?: ReadonlyArray<Content> | undefined
}

const logs: packages.Place = { content: "logs", path: "/logs", fileName: "HCPLogs.zip" }

/**
 * Writes a text into the logs, to find a moment again. Fails with `InvalidInput` for one that is empty.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mark: (text: string) => Effect.Effect<void, HcpError, Mapi> = Effect.fn("Logs.mark")(function* (text) {
  const misuse = problemOfValue(text, "text", "text")
  if (misuse !== undefined) return yield* refuse("POST", "/logs", misuse)
  if (text.trim() === "") {
    return yield* refuse("POST", "/logs", new InvalidInput({ field: "text", detail: "is empty; give what to write" }))
  }
  yield* act({ path: "/logs", format: "xml" }, {}, { query: { mark: text }, body: "none" })
})

/**
 * Has a package prepared. That takes from seconds to hours; {@link status} tells when it is ready. HCP drops it after
 * 24 hours.
 *
 * Fails with `PackageBusy` when there is one already, and with `InvalidInput` for a range whose end is before its
 * begin.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prepare: (options?: PrepareOptions) => Effect.Effect<void, HcpError, Mapi> = Effect.fn("Logs.prepare")(
  function* (options = {}) {
    yield* checkOptions("POST", "/logs/prepare", options, prepareKinds)
    const { from, snodes, to } = options
    yield* packages.prepare(logs, {
      root: "logPrepare",
      write: preparation,
      input: Result.flatMap(timestamp.checkRange({ from, to }), () =>
        Result.map(namesOf(snodes), (snodes) => ({
          startDate: from === undefined ? undefined : timestamp.printDay(from),
          endDate: to === undefined ? undefined : timestamp.printDay(to),
          snodes
        }))
      )
    })
  }
)

// The compiler says here which option has no kind. What a node and a content are, the functions say.
const prepareKinds: KindsOf<PrepareOptions> = { from: instant, to: instant, snodes: { list: "text" } }
const downloadKinds: KindsOf<DownloadOptions> = {
  nodes: { list: "number" },
  snodes: { list: "text" },
  content: { list: "text" }
}

const preparation = struct({ startDate: text(), endDate: text(), snodes: text() })

/**
 * Where the package is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const status: Effect.Effect<PackageStatus, HcpError, Mapi> = packages.status(logs)

/**
 * Begins to download the package, or a part of it. The connection is held until the scope closes.
 *
 * Fails with `InvalidInput` for a choice of nothing, and with the reason of HCP's status when no package is ready.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download: (options?: DownloadOptions) => Effect.Effect<Download, HcpError, Mapi | Scope.Scope> = Effect.fn(
  "Logs.download"
)((options = {}) =>
  Effect.andThen(
    checkOptions("POST", "/logs/download", options, downloadKinds),
    Effect.suspend(() => packages.download(logs, { root: "logDownload", write: choice, input: choiceOf(options) }))
  )
)

const choice = struct({ nodes: text(), snodes: text(), content: text() })

const choiceOf = ({
  content = contents,
  nodes,
  snodes
}: DownloadOptions): Result.Result<typeof choice.Type, InvalidInput> => {
  if (content.length === 0)
    return bad("content", `is an empty list; give some of ${contents.join(", ")}, or leave it out`)
  const unknown = content.find((each) => !contents.includes(each))
  if (unknown !== undefined)
    return bad("content", `"${unknown}" is no type of logs; give some of ${contents.join(", ")}`)
  const wrong = nodes?.find((each) => !Number.isInteger(each) || each < 1)
  if (wrong !== undefined)
    return bad("nodes", `${wrong} is no node number; give the last part of the node's IP address`)
  if (nodes?.length === 0 && (snodes ?? []).length === 0) {
    return bad("nodes", "is an empty list, which is none, and there are no snodes either; leave it out for all")
  }
  return Result.map(namesOf(snodes), (snodes) => ({
    nodes: nodes?.join(","),
    snodes: snodes ?? "",
    content: content.join(",")
  }))
}

const namesOf = (names: ReadonlyArray<string> | undefined): Result.Result<string | undefined, InvalidInput> => {
  const wrong = names?.find((name) => name.trim() === "" || name.includes(","))
  return wrong === undefined
    ? Result.succeed(names === undefined || names.length === 0 ? undefined : names.join(","))
    : bad("snodes", `"${wrong}" is no name of a node; give one name in each entry`)
}

/**
 * Clears the package: aborts what is being prepared or downloaded, by whomever. A success also where there is nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cancel: Effect.Effect<void, HcpError, Mapi> = packages.cancel(logs)

/**
 * {@link prepare}, wait until it is ready, {@link download}: one effect. When its scope closes the package is cleared
 * by one {@link cancel}, also when it was interrupted or failed; with `keep` a complete one is left.
 *
 * Fails with `PackageBusy` for a package of somebody else, which is left alone, with `PackageFailed` when HCP reports
 * an error or the schedule ends; its stream with `IncompleteBody` when it breaks off.
 *
 * @category combinators
 * @since 0.1.0
 */
export const collect: (
  options?: PrepareOptions & DownloadOptions & CollectOptions
) => Effect.Effect<Download, HcpError, Mapi | Scope.Scope> = Effect.fn("Logs.collect")(function* (options = {}) {
  yield* checkOptions("POST", "/logs/prepare", options, { ...prepareKinds, ...downloadKinds, ...collectKinds })
  const { content, from, nodes, snodes, to } = options
  // What cannot be downloaded need not be prepared.
  const chosen = choiceOf(options)
  if (Result.isFailure(chosen)) return yield* refuse("POST", "/logs/download", chosen.failure)
  return yield* collectPackage.collect(
    {
      content: "logs",
      prepare: prepare({ from, to, snodes }),
      status,
      download: download({ nodes, snodes, content }),
      cancel
    },
    options
  )
})

/**
 * The number of the node with this address, as {@link DownloadOptions.nodes} takes it: the last part of an IPv4
 * address, that of the back-end network where the two differ. `undefined` for anything else.
 *
 * @category combinators
 * @since 0.1.0
 */
export const nodeNumber = (address: string): number | undefined =>
  Net.isIPv4(address) ? Number(address.slice(address.lastIndexOf(".") + 1)) : undefined
