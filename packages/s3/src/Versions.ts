/**
 * The versions of the objects in a bucket, deletions among them.
 *
 * HCP gives the versions of a key oldest first, other S3 servers newest first; `order` makes it one or the other.
 * Version ids are whole numbers, but not all of them fit into one of JavaScript's: they are text here.
 *
 * **Example** (every version of one object, newest first)
 *
 * ```ts
 * import { Versions } from "@effect-hcp/s3"
 * import { Stream } from "effect"
 *
 * const versions = Versions.list("finance", { prefix: "plan.txt", order: "newestFirst" }).pipe(
 *   Stream.filter((version) => version._tag !== "Prefix" && version.key === "plan.txt"),
 *   Stream.runCollect
 * )
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on listing versions.
 *
 * @since 0.1.0
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { entriesOf, type MarkerList } from "./internal/markerList.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { Parameter, SubResource } from "./internal/parameter.ts"
import type { Keyed, Owner, PrefixEntry } from "./Listing.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = {
  ...callKinds,
  prefix: "text",
  delimiter: "text",
  startAfter: "text",
  order: { oneOf: ["asSent", "oldestFirst", "newestFirst"] },
  pageSize: "number"
}

/**
 * Data that was stored at some time.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectVersion extends Keyed {
  readonly _tag: "Version"
  /** What `versionId` of reading and deleting takes. */
  readonly versionId: string
  /** Whether it is what is read without a version. */
  readonly isLatest: boolean
  /** Whether the key is that of a folder. */
  readonly isFolder: boolean
  /** In bytes. */
  readonly size: number | undefined
  /** Without its quotes. */
  readonly etag: string | undefined
  /** When it was stored. */
  readonly modifiedAt: DateTime.Utc | undefined
  readonly owner: Owner | undefined
}

/**
 * The object was deleted: from here on it was not there, until a newer version.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteMarker extends Keyed {
  readonly _tag: "DeleteMarker"
  readonly versionId: string
  readonly isLatest: boolean
  readonly isFolder: boolean
  /** When it was deleted. */
  readonly modifiedAt: DateTime.Utc | undefined
  readonly owner: Owner | undefined
}

/**
 * One entry of a list of versions.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = ObjectVersion | DeleteMarker | PrefixEntry

/**
 * What a list of versions may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CallOptions {
  /** Only keys that begin so. Defaults to all. */
  readonly prefix?: string | undefined
  /** Puts keys together that are equal up to it, after the prefix; mostly `/`. Defaults to none. */
  readonly delimiter?: string | undefined
  /** Only keys after this one. Defaults to all. */
  readonly startAfter?: string | undefined
  /**
   * The order of the versions of one key. `asSent`, the default, is that of the server, oldest first at HCP. The other
   * two hold the versions of one key in memory where they have to turn them round.
   */
  readonly order?: "asSent" | "oldestFirst" | "newestFirst" | undefined
  /** Entries of one page, 1 to 1,000. Defaults to HCP's own 1,000. */
  readonly pageSize?: number | undefined
}

/**
 * The versions of the objects in a bucket, key after key. Fails as `Listing.list` does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (bucket: string, options: Options = {}): Stream.Stream<Entry, HcpError, S3.S3> =>
  Stream.unwrap(
    Effect.map(S3.gatewayFor({ method: "GET", bucket }, options, kinds), (gateway) => listAt(gateway, bucket, options))
  )

/** The versions, at a gateway that is known. @internal */
export const listAt = (gateway: Gateway, bucket: string, options: Options): Stream.Stream<Entry, HcpError> => {
  const entries = entriesOf(gateway, bucket, versions, options, options.startAfter)
  return options.order === undefined || options.order === "asSent"
    ? entries
    : ordered(entries, options.order === "newestFirst")
}

const versions: MarkerList<ObjectVersion | DeleteMarker> = {
  subResource: SubResource.versions,
  pageSize: Parameter.maxKeys,
  idMarker: Parameter.versionIdMarker,
  nextIdMarker: "NextVersionIdMarker",
  // HCP calls it the first, AWS the second.
  roots: ["ListVersionsResult", "ListVersionResult"],
  itemNames: new Set(["Version", "DeleteMarker"]),
  idName: "version id",
  idOf: ({ versionId }) => versionId,
  read: ({ fields, name }) => {
    const key = fields.key("Key")
    const versionId = fields.text("VersionId")
    if (key === undefined || versionId === undefined) return undefined
    const common = {
      key: key.text,
      rawKey: key.raw,
      versionId,
      isLatest: fields.boolean("IsLatest") ?? false,
      isFolder: key.text.endsWith("/"),
      modifiedAt: fields.time("LastModified"),
      owner: fields.person("Owner")
    }
    return name === "DeleteMarker"
      ? { _tag: "DeleteMarker", ...common }
      : { _tag: "Version", ...common, size: fields.count("Size"), etag: fields.etag("ETag") }
  }
}

/** The versions of each key in one order, whichever the server has. */
const ordered = (entries: Stream.Stream<Entry, HcpError>, newestFirst: boolean): Stream.Stream<Entry, HcpError> =>
  Stream.transformPull(entries, (pull) =>
    Effect.sync(() => {
      let run: Array<Exclude<Entry, PrefixEntry>> = []
      let isOver = false
      const turned = (): ReadonlyArray<Entry> => {
        const isNewestFirst = run.length > 1 && (run[0]?.isLatest ?? false)
        const given = isNewestFirst === newestFirst ? run : run.reverse()
        run = []
        return given
      }
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<Entry>, HcpError> = Effect.suspend(() =>
        isOver
          ? Cause.done()
          : Pull.matchEffect(pull, {
              onSuccess: (batch) => {
                const out: Array<Entry> = []
                for (const entry of batch) {
                  if (entry._tag === "Prefix") out.push(...turned(), entry)
                  else {
                    if (run[0] !== undefined && run[0].key !== entry.key) out.push(...turned())
                    run.push(entry)
                  }
                }
                return Arr.isReadonlyArrayNonEmpty(out) ? Effect.succeed(out) : next
              },
              onFailure: Effect.failCause,
              onDone: () => {
                isOver = true
                const rest = turned()
                return Arr.isReadonlyArrayNonEmpty(rest) ? Effect.succeed(rest) : Cause.done()
              }
            })
      )
      return next
    })
  )
