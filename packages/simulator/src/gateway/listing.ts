/**
 * The XML of a directory and of an object's versions. HCP has no paging, so a listing is made piece by piece while it
 * is sent.
 *
 * @internal
 */
import * as Stream from "effect/Stream"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayBody } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import { toLocaleText, toSeconds, toText } from "../internal/time.ts"
import * as Xml from "../internal/xml.ts"
import { aclOf, type DirectoryEntry, type Entry, isLive, newest, type ObjectEntry } from "../ObjectTree.ts"
import { toRetentionString } from "../Retention.ts"
import { annotationList, changeTimeMillis } from "./objectHeaders.ts"
import { retentionOf } from "./systemMetadata.ts"

/**
 * What a listing says of one name: taken when the listing begins, so that later changes do not reach into it. The
 * entry of an object never changes, that of a directory does.
 */
type Row =
  | Pick<DirectoryEntry, "_tag" | "name" | "changed" | "deleted">
  | ObjectEntry
  | { readonly _tag: "Version"; readonly name: string; readonly version: ObjectVersion; readonly hasAcl: boolean }

/** Entries per piece: some 50 KiB of text. */
const pieceSize = 64

/**
 * Percent-encodes as HCP does in listings, with lower-case hex: `.lost%2bfound`.
 *
 * @internal
 */
export const urlName = (name: string): string =>
  encodeURIComponent(name)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    .replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())

const placeAttributes = ({ spec }: Namespace, path: ReadonlyArray<string>, root = "rest"): Xml.Attributes => {
  const all = ["", root, ...path]
  const parent = all.length === 2 ? [""] : all.slice(0, -1)
  const join = (names: ReadonlyArray<string>) => (names.length === 1 ? "/" : names.join("/"))
  return [
    ["path", join(all.map(urlName))],
    ["utf8Path", join(all)],
    ["parentDir", join(parent.map(urlName))],
    ["utf8ParentDir", join(parent)],
    ["namespaceName", urlName(spec.name)],
    ["utf8NamespaceName", spec.name]
  ]
}

const versionAttributes = (
  namespace: Namespace,
  { hasAcl, name, version }: Extract<Row, { readonly _tag: "Version" }>
): Xml.Attributes => {
  const retention = retentionOf(namespace, version)
  return [
    ["urlName", urlName(name)],
    ["utf8Name", name],
    ["type", "object"],
    ["size", version.size],
    ["hashScheme", version.hashScheme],
    // An object that was made of parts has none.
    ...(version.hash === "" ? [] : [["hash", version.hash] as const]),
    ["etag", version.md5],
    ["retention", retention.until],
    ["retentionString", toRetentionString(retention)],
    ["retentionClass", retention.className],
    ["ingestTime", toSeconds(version.createdMillis)],
    ["ingestTimeMilliseconds", version.createdMillis],
    ["ingestTimeString", toLocaleText(version.createdMillis)],
    ["hold", version.hold],
    ["shred", version.shred],
    ["dpl", namespace.spec.dpl],
    ["index", version.index],
    ["customMetadata", version.annotations.length > 0],
    ["customMetadataAnnotations", annotationList(version.annotations)],
    ["version", version.id],
    ["replicated", version.replicated],
    ["changeTimeMilliseconds", changeTimeMillis(version.changed)],
    ["changeTimeString", toText(version.changed.millis)],
    ["owner", version.owner],
    ["domain", version.ownerDomain],
    ["hasAcl", hasAcl],
    ["state", version.state]
  ]
}

const directoryAttributes = ({
  changed,
  deleted,
  name
}: Extract<Row, { readonly _tag: "Directory" }>): Xml.Attributes => [
  ["urlName", urlName(name)],
  ["utf8Name", name],
  ["type", "directory"],
  ["changeTimeMilliseconds", changeTimeMillis(changed)],
  ["changeTimeString", toText(changed.millis)],
  ["state", deleted ? "deleted" : "created"]
]

const attributesOf = (namespace: Namespace, row: Row): Xml.Attributes => {
  if (row._tag === "Directory") return directoryAttributes(row)
  if (row._tag === "Version") return versionAttributes(namespace, row)
  const version = newest(row)
  return version === undefined
    ? []
    : versionAttributes(namespace, { _tag: "Version", name: row.name, version, hasAcl: aclOf(row) !== undefined })
}

const toXml = (namespace: Namespace, row: Row): string => `  ${Xml.empty("entry", attributesOf(namespace, row))}\n`

const toRow = (entry: Entry): Row => {
  if (entry._tag === "Object") return entry
  const { _tag, changed, deleted, name } = entry
  return { _tag, name, changed, deleted }
}

/**
 * A document of which only one piece is in memory at a time, and whose length is therefore not known before it is sent.
 */
const document = (namespace: Namespace, head: string, rows: ReadonlyArray<Row>, tail: string): GatewayBody => {
  const pieces = Math.ceil(rows.length / pieceSize)
  const piece = (index: number): string => {
    if (index === 0) return head
    if (index > pieces) return tail
    let text = ""
    for (const row of rows.slice((index - 1) * pieceSize, index * pieceSize)) text += toXml(namespace, row)
    return text
  }
  const encoder = new TextEncoder()
  return {
    _tag: "Stream",
    stream: Stream.range(0, pieces + 1).pipe(
      Stream.rechunk(1),
      Stream.map((index) => encoder.encode(piece(index)))
    )
  }
}

/**
 * The listing of a directory; with `showDeleted` also what was deleted but is still known. `root` is what the directory
 * lies below, `rest` if nothing else is said.
 *
 * @internal
 */
export const directoryListing = (
  namespace: Namespace,
  path: ReadonlyArray<string>,
  directory: DirectoryEntry,
  showDeleted: boolean,
  root?: string | undefined
): GatewayBody => {
  const rows: Array<Row> = []
  for (const entry of directory.children.values()) if (showDeleted || isLive(entry)) rows.push(toRow(entry))
  const head = Xml.open("directory", [
    ...Xml.schemaLocation("ns-directory-6.0.xsd"),
    ...placeAttributes(namespace, path, root),
    ["dirDeleted", directory.deleted],
    ["showDeleted", showDeleted],
    ["changeTimeMilliseconds", changeTimeMillis(directory.changed)],
    ["changeTimeString", toText(directory.changed.millis)]
  ])
  return document(namespace, `${Xml.declaration}${head}\n`, rows, `${Xml.close("directory")}\n`)
}

/**
 * The list of an object's versions, newest first; with `showDeleted` also its delete markers.
 *
 * @internal
 */
export const versionListing = (
  namespace: Namespace,
  path: ReadonlyArray<string>,
  entry: ObjectEntry,
  showDeleted: boolean
): GatewayBody => {
  const shown = entry.versions.filter(({ state }) => showDeleted || state === "created")
  const hasAcl = aclOf(entry) !== undefined
  const rows = shown.map((version): Row => ({ _tag: "Version", name: entry.name, version, hasAcl })).reverse()
  const head = Xml.open("versions", [
    ...Xml.schemaLocation("ns-versions.xsd"),
    ...placeAttributes(namespace, path),
    ["deleted", !isLive(entry)],
    ["showDeleted", showDeleted]
  ])
  return document(namespace, `${Xml.declaration}${head}\n`, rows, `${Xml.close("versions")}\n`)
}
