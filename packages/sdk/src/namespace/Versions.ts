/**
 * The versions of an object, its deletions among them.
 *
 * **Example** (all versions, newest or oldest first as HCP gives them)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { type HcpClient, Versions } from "@effect-hcp/sdk"
 *
 * const versions = (client: HcpClient.Shape, path: string) =>
 *   Versions.list(client, path).pipe(Stream.runCollect)
 * ```
 *
 * Source: "Using a Namespace", chapter on object versions.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../HcpClient.ts"
import { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type { HcpResponse } from "../HcpResponse.ts"
import { IsADirectory, UnexpectedAnswer } from "../ObjectReason.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { ChangeTime, ObjectEntry } from "./Directory.ts"
import { common, misuse, sameTimes } from "./internal/call.ts"
import { nameOf, toObject } from "./internal/entries.ts"
import { toText } from "./internal/lenient.ts"
import { entries } from "./internal/listing.ts"
import { versionsKinds } from "./internal/optionKinds.ts"
import { ofVersions } from "./internal/refusals.ts"
import { restPath } from "./internal/restPath.ts"

/**
 * Data that was stored at some time. Everything about it is as of an {@link ObjectEntry}.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectVersion extends Omit<ObjectEntry, "_tag" | "versionId" | "state"> {
  readonly _tag: "Version"
  /** What `version` of reading and deleting takes. */
  readonly versionId: string
}

/**
 * The object was deleted: from here on it was not there, until a newer version.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteMarker {
  readonly _tag: "DeleteMarker"
  readonly name: string
  readonly path: string
  readonly versionId: string
  /** When it was deleted, in milliseconds since 1970 UTC. */
  readonly createdAt: number | undefined
  readonly changedAt: ChangeTime | undefined
}

/**
 * One version of an object.
 *
 * @category models
 * @since 0.1.0
 */
export type Version = ObjectVersion | DeleteMarker

/**
 * What a list of versions may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {
  /**
   * Whether deletions are listed too; needed also for the versions of an object that is deleted now. Defaults to
   * `false`.
   */
  readonly deleted?: boolean | undefined
}

// The compiler says here which option has no kind.
const kinds: KindsOf<ListOptions> = versionsKinds

// The rest shows in the root of the document.
const problemOf = ({ headers }: HcpResponse): IsADirectory | undefined =>
  headers.get("x-hcp-type")?.trim().toLowerCase() === "directory" ? new IsADirectory() : undefined

/**
 * The versions of an object, in the order HCP gives them, parsed while they arrive.
 *
 * Fails with `InvalidInput` for a path that cannot be one, with `NotFound`, with `BadRequest` where the namespace keeps
 * no versions, with `IsADirectory` for a directory, which has none, and as `Directory.list` does where the list breaks
 * off.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (client: HcpClient.Shape, path: string, options?: ListOptions): Stream.Stream<Version, HcpError> =>
  Stream.suspend(() => {
    const wrong = misuse("GET", path, options, kinds)
    if (wrong !== undefined) return Stream.fromEffect(wrong)
    const rest = restPath(path)
    if (Result.isFailure(rest)) return Stream.fail(new HcpError({ operation: "GET", path, reason: rest.failure }))
    const own = path.endsWith("/") ? path.slice(0, -1) : path
    return entries(client, {
      path: rest.success,
      query: { version: "list", deleted: options?.deleted === true ? "true" : undefined },
      options: common(options ?? {}),
      root: "versions",
      problem: problemOf,
      read: toVersion(own)
    }).pipe(
      Stream.catch((error) => Stream.fromEffect(ofVersions({ client, options: sameTimes(options ?? {}) })(error)))
    )
  })

const toVersion = (path: string) => {
  const ownName = path.slice(path.lastIndexOf("/") + 1)
  return (attributes: Readonly<Record<string, string>>): Version | UnexpectedAnswer => {
    const versionId = toText(attributes.version)
    if (versionId === undefined) return new UnexpectedAnswer({ detail: "an entry of the list has no version id" })
    const { _tag, state, ...version } = toObject(
      attributes,
      nameOf(attributes) ?? { name: ownName, urlName: undefined },
      path
    )
    if (state === "created") return { ...version, _tag: "Version", versionId }
    const { changedAt, createdAt, name } = version
    return { _tag: "DeleteMarker", name, path, versionId, createdAt, changedAt }
  }
}
