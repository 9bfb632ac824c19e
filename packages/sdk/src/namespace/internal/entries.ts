/**
 * From the attributes of an `entry` to what a user gets.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { inexact, isInexact } from "../../internal/exactNumber.ts"
import {
  toAnnotationList,
  toBoolean,
  toChangeTime,
  toCount,
  toHash,
  toInstant,
  toInstantOfSeconds,
  toText
} from "../../internal/lenient.ts"
import type { Hash } from "../../ObjectHash.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { DirectoryEntry, Entry, ObjectEntry, SymlinkEntry } from "../DirectoryEntry.ts"
import * as Retention from "../Retention.ts"
import { childPath } from "./restPath.ts"

type Attributes = Readonly<Record<string, string>>

/** The name of an entry, and its percent-encoded form where it has no other exact one. */
interface Name {
  readonly name: string
  readonly urlName: string | undefined
}

/**
 * The name of an entry. HCP writes it twice, and the encoded one decides: a parser makes blanks of the tabs and line
 * breaks in an attribute, and bytes that are no UTF-8 are replaced. The other one counts where the encoded one cannot
 * be read, is no name but a path, or means another name. What a `+` in the encoded one is, some encoders write it for a
 * blank, is told by the other one.
 */
export const nameOf = (attributes: Attributes): Name | undefined => {
  const utf8Name = toText(attributes.utf8Name)
  // The manual spells it in two ways.
  const urlName = toText(attributes.urlName) ?? toText(attributes.urlname)
  if (urlName === undefined || urlName === utf8Name) {
    return utf8Name === undefined ? undefined : { name: utf8Name, urlName: undefined }
  }
  const decoded = percentDecoded(urlName)
  if (utf8Name === undefined) return { name: decoded ?? urlName, urlName: decoded === undefined ? urlName : undefined }
  const isReplaced = utf8Name.includes("\ufffd")
  if (decoded === undefined) return { name: utf8Name, urlName: isReplaced ? urlName : undefined }
  if (isReplaced) return { name: decoded, urlName: undefined }
  if (decoded.includes("/")) return { name: utf8Name, urlName: undefined }
  if (!urlName.includes("+")) return { name: decoded, urlName: undefined }
  const seen = asAttribute(utf8Name)
  const exact = [decoded, percentDecoded(urlName.replaceAll("+", "%20"))].find(
    (name) => name !== undefined && asAttribute(name) === seen
  )
  return { name: exact ?? utf8Name, urlName: undefined }
}

/** What a parser makes of a text in an attribute. */
const asAttribute = (text: string): string => text.replace(/\r\n?|[\t\n]/g, " ")

const percentDecoded = (text: string): string | undefined =>
  Result.getOrUndefined(Result.try(() => decodeURIComponent(text)))

// Algorithm and digest are apart here; in other places of HCP they are one value.
const hashOf = ({ hash, hashScheme }: Attributes): Hash | undefined =>
  toHash(`${hashScheme ?? ""} ${hash ?? ""}`.trim())

/** Why nothing can be done with an entry whose name is no UTF-8: no path leads to it. */
export const unreachable = (urlName: string): InvalidInput =>
  new InvalidInput({
    field: "path",
    detail:
      `the name ${JSON.stringify(urlName)} is no UTF-8, and no path leads to it; ` +
      "rename it through the protocol that made it"
  })

/** Everything that an `entry` says of an object. */
export const toObject = (attributes: Attributes, { name, urlName }: Name, path: string): ObjectEntry => ({
  _tag: "Object",
  name,
  path,
  urlName,
  state: stateOf(attributes),
  changedAt: toChangeTime(attributes.changeTimeMilliseconds),
  size: toCount(attributes.size),
  hash: hashOf(attributes),
  etag: toText(attributes.etag),
  versionId: toText(attributes.version),
  createdAt: createdAt(attributes),
  retention: Retention.fromMetadata(attributes),
  retentionText: toText(attributes.retentionString),
  hold: toBoolean(attributes.hold),
  shred: toBoolean(attributes.shred),
  index: toBoolean(attributes.index),
  dpl: toCount(attributes.dpl) ?? toText(attributes.dpl),
  hasAnnotations: toBoolean(attributes.customMetadata),
  annotations: toAnnotationList(attributes.customMetadataAnnotations),
  replicated: toBoolean(attributes.replicated),
  owner: toText(attributes.owner),
  domain: toText(attributes.domain),
  hasAcl: toBoolean(attributes.hasAcl)
})

const stateOf = ({ state }: Attributes): "created" | "deleted" =>
  state?.toLowerCase() === "deleted" ? "deleted" : "created"

const createdAt = (attributes: Attributes): DateTime.Utc | undefined =>
  toInstant(attributes.ingestTimeMilliseconds) ?? toInstantOfSeconds(attributes.ingestTime)

const toDirectory = (attributes: Attributes, { name, urlName }: Name, path: string): DirectoryEntry => ({
  _tag: "Directory",
  name,
  path,
  urlName,
  state: stateOf(attributes),
  changedAt: toChangeTime(attributes.changeTimeMilliseconds)
})

const toSymlink = (attributes: Attributes, name: Name, path: string): SymlinkEntry => ({
  ...toDirectory(attributes, name, path),
  _tag: "Symlink",
  target: toText(attributes.utf8SymlinkTarget) ?? percentDecoded(attributes.symlinkTarget ?? "") ?? ""
})

/** A text of its own: as a part of the document it was read from it would keep all of that in memory. */
const copyOf = (text: string): string => Buffer.from(text).toString()

/** An entry of the directory at a path. */
export const toEntry =
  (directory: string) =>
  (attributes: Attributes): Entry | UnexpectedAnswer => {
    const found = nameOf(attributes)
    if (found === undefined) return new UnexpectedAnswer({ detail: "an entry of the directory has no name" })
    if (isInexact(attributes.size)) return new UnexpectedAnswer({ detail: inexact("size") })
    // Names and paths are what is kept of a listing.
    const name = { name: copyOf(found.name), urlName: found.urlName }
    const path = childPath(directory, name.name)
    switch (attributes.type?.toLowerCase()) {
      case "directory":
        return toDirectory(attributes, name, path)
      case "symlink":
        return toSymlink(attributes, name, path)
      default:
        return toObject(attributes, name, path)
    }
  }
