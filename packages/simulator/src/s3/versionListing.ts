/**
 * The versions of a bucket: `GET /bucket?versions`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import * as Xml from "../internal/xml.ts"
import { newest } from "../ObjectTree.ts"
import { document, nobody, type Person, personLines, toIso } from "./answer.ts"
import { type BucketCall, need, personOf } from "./call.ts"
import { emptyMd5, keyStyle, pageSize, prefixLines, rootOf, take } from "./listing.ts"
import type { S3Refusal } from "./refusal.ts"
import { type Found, walk } from "./walk.ts"

/** What an HCP calls the only version of a folder. */
const folderVersion = "-3"

/** One line of the listing. */
interface Row {
  readonly found: Found
  readonly id: string
  readonly version: ObjectVersion | undefined
  readonly isLatest: boolean
}

const element = (call: BucketCall, encoded: (key: string) => string, row: Row): string => {
  const { found, id, isLatest, version } = row
  if (found._tag === "Prefix") return ""
  const isMarker = version === undefined ? found._tag === "Folder" && found.entry.deleted : version.state === "deleted"
  const name = isMarker ? "DeleteMarker" : "Version"
  const owner: Person = version === undefined ? nobody : personOf(call, version.owner)
  const changed = version?.createdMillis ?? (found._tag === "Folder" ? found.entry.changed.millis : 0)
  return [
    Xml.open(name),
    Xml.text("Key", encoded(found.key)),
    Xml.text("VersionId", id),
    Xml.text("IsLatest", String(isLatest)),
    Xml.text("LastModified", toIso(changed)),
    isMarker ? "" : Xml.text("ETag", `"${version?.md5 ?? emptyMd5}"`),
    isMarker ? "" : Xml.text("Size", String(version?.size ?? 0)),
    personLines("Owner", owner),
    isMarker ? "" : Xml.text("StorageClass", "STANDARD"),
    Xml.close(name)
  ].join("")
}

/**
 * Lists versions and delete markers by key, those of one key oldest first.
 *
 * @internal
 */
export const listVersions = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, S3Refusal> {
  yield* need(call, "browse")
  const { parameters } = call
  const { foldersInListings, oldestVersionsFirst } = call.core.spec.s3Quirks
  const style = yield* keyStyle(call)
  const size = yield* pageSize(call)
  const prefix = parameters.get("prefix") ?? ""
  const delimiter = parameters.get("delimiter") ?? ""
  const keyMarker = parameters.get("key-marker") ?? ""
  const idMarker = keyMarker === "" ? undefined : parameters.get("version-id-marker")
  const isBefore = (id: number) =>
    idMarker !== undefined && (oldestVersionsFirst ? id <= Number(idMarker) : id >= Number(idMarker))

  const rowsOf = (found: Found): ReadonlyArray<Row> => {
    if (found._tag !== "Object") return [{ found, id: folderVersion, version: undefined, isLatest: true }]
    const { entry } = found
    const latest = newest(entry)?.id
    const ordered = oldestVersionsFirst ? entry.versions : [...entry.versions].reverse()
    return ordered
      .filter(({ id }) => found.key !== keyMarker || !isBefore(id))
      .map((version) => ({ found, id: String(version.id), version, isLatest: version.id === latest }))
  }
  function* rows(): Generator<Row> {
    const root = rootOf(call)
    if (root === undefined) return
    const search = {
      prefix,
      delimiter,
      after: keyMarker,
      inclusive: idMarker !== undefined && !keyMarker.endsWith("/"),
      withFolders: foldersInListings,
      isWanted: () => true
    }
    for (const found of walk(root, call.state.sorted, search)) yield* rowsOf(found)
  }
  const { isCut, page } = take(rows(), size)
  const last = page.at(-1)
  const text = (name: string, value: string | undefined) =>
    value === undefined ? "" : Xml.text(name, style.encoded(value))
  return document(call, "ListVersionsResult", [
    Xml.text("Name", call.namespace.spec.name),
    text("Prefix", prefix),
    text("KeyMarker", keyMarker),
    Xml.text("VersionIdMarker", idMarker ?? ""),
    isCut ? text("NextKeyMarker", last?.found.key) : "",
    isCut && last?.found._tag === "Object" ? Xml.text("NextVersionIdMarker", last.id) : "",
    Xml.text("MaxKeys", String(size)),
    delimiter === "" ? "" : text("Delimiter", delimiter),
    style.element,
    Xml.text("IsTruncated", String(isCut)),
    ...page.map((row) => element(call, style.encoded, row)),
    ...prefixLines(
      style,
      page.map(({ found }) => found)
    )
  ])
})
