/**
 * What is known about objects, as the pages get it.
 *
 * @internal
 */
import type * as Directory from "@effect-hcp/sdk/Directory"
import { type ObjectMetadata, protection } from "@effect-hcp/sdk/ObjectMetadata"
import type { Stored } from "@effect-hcp/sdk/Retention"
import type * as Versions from "@effect-hcp/sdk/Versions"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Entry, ObjectDocument, Version } from "./documents.ts"

/** The fields that are known: JSON has no `undefined`. */
type Known<A> = { readonly [Name in keyof A]: Exclude<A[Name], undefined> }

/** Leaves out what is not known. */
export const known = <A extends object>(fields: A): Partial<Known<A>> => {
  const found: Partial<Known<A>> = {}
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined) Object.assign(found, { [name]: value })
  }
  return found
}

export const iso = (at: DateTime.DateTime | undefined): string | undefined =>
  at === undefined ? undefined : DateTime.formatIso(at)

export const entryOf = (entry: Directory.Entry): Entry => {
  const common = { name: entry.name, odd: entry.urlName === undefined ? undefined : true }
  const changedAt = iso(entry.changedAt?.at)
  switch (entry._tag) {
    case "Directory":
      return { name: entry.name, kind: "directory", ...known({ ...common, changedAt }) }
    case "Symlink":
      return { name: entry.name, kind: "symlink", ...known({ ...common, changedAt }) }
    case "Object":
      return {
        name: entry.name,
        kind: "object",
        ...known({
          ...common,
          changedAt,
          size: entry.size,
          retention: entry.retention.value?._tag === "DeletionAllowed" ? undefined : entry.retentionText,
          hold: entry.hold === true ? true : undefined
        })
      }
  }
}

const retentionOf = ({ retentionClass, value }: Stored, text: string | undefined): ObjectDocument["retention"] => {
  const rest = known({ class: retentionClass, text })
  switch (value?._tag) {
    case "DeletionAllowed":
      return { kind: "allowed", ...rest }
    case "Prohibited":
      return { kind: "prohibited", ...rest }
    case "Unspecified":
      return { kind: "unspecified", ...rest }
    case "Until":
      return { kind: "until", until: DateTime.formatIso(value.at), ...rest }
    default:
      return { kind: "unknown", ...rest }
  }
}

/** The labels of the holds that are on. */
const holdsOf = ({ labelledHolds }: ObjectMetadata): ReadonlyArray<string> =>
  labelledHolds.filter((one) => one.hold).map(({ id }) => id)

/** Why HCP would refuse to delete an object at a time, by what it says about it. */
const protectionOf = (metadata: ObjectMetadata, now: DateTime.DateTime): string | undefined => {
  const kind = Option.getOrUndefined(protection(metadata, now))
  if (kind === undefined) return undefined
  if (kind === "hold") {
    if (metadata.hold === true) return "It is on hold: nobody can delete it before the hold is released."
    const labels = holdsOf(metadata)
    const names = labels.length === 0 ? "" : ` (${labels.join(", ")})`
    return `It is on hold by a label${names}: nobody can delete it before all of them are released.`
  }
  const { value } = metadata.retention
  if (value?._tag === "Until") return `It is under retention until ${DateTime.formatIso(value.at)}.`
  return value?._tag === "Prohibited"
    ? "Its retention never ends: it can never be deleted."
    : "Its retention is not decided yet: it cannot be deleted before it is."
}

export const objectOf = (path: string, metadata: ObjectMetadata, here: DateTime.Utc): ObjectDocument => {
  // Whether a retention has ended is decided by the clock of HCP.
  const now = metadata.systemTime ?? here
  const { annotations, hash, hold, index, hasAcl, owner, replicated, servicedBy, shred, size } = metadata
  return {
    path,
    now: DateTime.formatIso(now),
    type: metadata.type,
    retention: retentionOf(metadata.retention, metadata.retentionText),
    holds: holdsOf(metadata),
    annotations: annotations.map(({ name, size }) => ({ name, ...known({ size }) })),
    ...known({
      size,
      hash: hash === undefined ? undefined : { algorithm: hash.algorithm, hex: hash.hex },
      contentType: metadata.contentType,
      versionId: metadata.versionId,
      createdAt: iso(metadata.createdAt),
      changedAt: iso(metadata.changedAt?.at),
      owner,
      hold,
      shred,
      index,
      replicated,
      hasAcl,
      servicedBy,
      protection: protectionOf(metadata, now)
    })
  }
}

export const versionOf = (version: Versions.Version): Version =>
  version._tag === "DeleteMarker"
    ? { versionId: version.versionId, deleted: true, ...known({ createdAt: iso(version.createdAt) }) }
    : {
        versionId: version.versionId,
        deleted: false,
        ...known({ size: version.size, createdAt: iso(version.createdAt), hash: version.hash?.hex })
      }
