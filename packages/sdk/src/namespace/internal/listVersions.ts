/**
 * Lists the versions of an object.
 *
 * @internal
 */
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError } from "../../HcpError.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import { toText } from "../../internal/lenient.ts"
import { IsADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import type { ListOptions, Version } from "../Versions.ts"
import { common, misuse, sameTimes } from "./call.ts"
import { nameOf, toObject } from "./entries.ts"
import { entries } from "./listing.ts"
import { versionsKinds } from "./optionKinds.ts"
import { ofVersions } from "./refusals.ts"
import { restPath } from "./restPath.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<ListOptions> = versionsKinds

// The rest shows in the root of the document.
const problemOf = ({ headers }: HcpResponse): IsADirectory | undefined =>
  headers.get("x-hcp-type")?.trim().toLowerCase() === "directory" ? new IsADirectory() : undefined

/** The versions of an object, in the order HCP gives them, parsed while they arrive. */
export const versions = (
  client: HcpClient.Shape,
  path: string,
  options?: ListOptions
): Stream.Stream<Version, HcpError> =>
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
