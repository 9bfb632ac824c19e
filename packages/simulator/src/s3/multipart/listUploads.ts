/**
 * `GET /bucket?uploads`: the multipart uploads that are under way.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../../Gateway.ts"
import * as Xml from "../../internal/xml.ts"
import { document, personLines, toIso } from "../answer.ts"
import { type BucketCall, type Failure, need, personOf } from "../call.ts"
import { keyStyle, take } from "../listing.ts"
import { compareKeys } from "../sortedNames.ts"
import { strictPageSize } from "./parts.ts"
import { rankOf, type Upload } from "./uploads.ts"

type Row = { readonly _tag: "Upload"; readonly upload: Upload } | { readonly _tag: "Prefix"; readonly prefix: string }

/** Uploads of one key by age; those below a common prefix are one row. */
const rowsOf = (all: ReadonlyArray<Upload>, prefix: string, delimiter: string): ReadonlyArray<Row> => {
  const seen = new Set<string>()
  return all.flatMap((upload): ReadonlyArray<Row> => {
    if (!upload.key.startsWith(prefix)) return []
    const at = delimiter === "" ? -1 : upload.key.indexOf(delimiter, prefix.length)
    if (at < 0) return [{ _tag: "Upload", upload }]
    const group = upload.key.slice(0, at + delimiter.length)
    if (seen.has(group)) return []
    seen.add(group)
    return [{ _tag: "Prefix", prefix: group }]
  })
}

const keyOf = (row: Row): string => (row._tag === "Upload" ? row.upload.key : row.prefix)

/** @internal */
export const listUploads = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "browse")
  const { namespace, now, parameters, state } = call
  const style = yield* keyStyle(call)
  const size = yield* strictPageSize(call, "max-uploads")
  const prefix = parameters.get("prefix") ?? ""
  const delimiter = parameters.get("delimiter") ?? ""
  const keyMarker = parameters.get("key-marker") ?? ""
  const idMarker = keyMarker === "" ? "" : (parameters.get("upload-id-marker") ?? "")
  const isAfter = (row: Row): boolean => {
    const order = compareKeys(keyOf(row), keyMarker)
    if (order !== 0 || idMarker === "" || row._tag === "Prefix") return keyMarker === "" || order > 0
    return rankOf(row.upload.id) > rankOf(idMarker)
  }
  const { isCut, page } = take(
    rowsOf(state.uploads.ofBucket(namespace.spec.key, now), prefix, delimiter).filter(isAfter),
    size
  )
  const last = page.at(-1)
  const text = (name: string, value: string) => Xml.text(name, style.encoded(value))
  return document(call, "ListMultipartUploadsResult", [
    Xml.text("Bucket", namespace.spec.name),
    text("KeyMarker", keyMarker),
    Xml.text("UploadIdMarker", idMarker),
    last === undefined ? "" : text("NextKeyMarker", keyOf(last)),
    last?._tag === "Upload" ? Xml.text("NextUploadIdMarker", last.upload.id) : "",
    text("Prefix", prefix),
    delimiter === "" ? "" : text("Delimiter", delimiter),
    style.element,
    Xml.text("MaxUploads", String(size)),
    Xml.text("IsTruncated", String(isCut)),
    ...page.flatMap((row) => {
      if (row._tag === "Prefix") return []
      const { id, initiated, initiator, key } = row.upload
      const person = personOf(call, initiator)
      return [
        [
          Xml.open("Upload"),
          text("Key", key),
          Xml.text("UploadId", id),
          personLines("Initiator", person),
          personLines("Owner", person),
          Xml.text("StorageClass", "STANDARD"),
          Xml.text("Initiated", toIso(initiated)),
          Xml.close("Upload")
        ].join("")
      ]
    }),
    ...page.flatMap((row) =>
      row._tag === "Prefix"
        ? [`${Xml.open("CommonPrefixes")}${text("Prefix", row.prefix)}${Xml.close("CommonPrefixes")}`]
        : []
    )
  ])
})
