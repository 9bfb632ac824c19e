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

/** What a listing says of one name: taken when the listing begins, so that later changes do not reach into it. */
type Row =
  | { readonly _tag: "Directory"; readonly entry: Pick<DirectoryEntry, "name" | "changed" | "deleted"> }
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

const toXml = (namespace: Namespace, row: Row): string =>
  row._tag === "Version"
    ? `  ${Xml.empty("entry", versionAttributes(namespace, row))}\n`
    : `  ${Xml.empty("entry", [
        ["urlName", urlName(row.entry.name)],
        ["utf8Name", row.entry.name],
        ["type", "directory"],
        ["changeTimeMilliseconds", changeTimeMillis(row.entry.changed)],
        ["changeTimeString", toText(row.entry.changed.millis)],
        ["state", row.entry.deleted ? "deleted" : "created"]
      ])}\n`

const toRow = (entry: Entry): ReadonlyArray<Row> => {
  if (entry._tag === "Directory") {
    return [{ _tag: "Directory", entry: { name: entry.name, changed: entry.changed, deleted: entry.deleted } }]
  }
  const version = newest(entry)
  return version === undefined
    ? []
    : [{ _tag: "Version", name: entry.name, version, hasAcl: aclOf(entry) !== undefined }]
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
  for (const entry of directory.children.values()) if (showDeleted || isLive(entry)) rows.push(...toRow(entry))
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
