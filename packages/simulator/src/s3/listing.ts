/**
 * The objects of a bucket: `GET /bucket`, in its first form and its second (`list-type=2`).
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import * as Xml from "../internal/xml.ts"
import { current, type DirectoryEntry, isLive } from "../ObjectTree.ts"
import { document, nobody, personLines, toIso } from "./answer.ts"
import { type BucketCall, need, personOf } from "./call.ts"
import { refuse, type S3Refusal } from "./refusal.ts"
import { encode } from "./signature/encoding.ts"
import { type Found, walk } from "./walk.ts"

/** The MD5 of nothing, which is what a folder has. */
export const emptyMd5 = "d41d8cd98f00b204e9800998ecf8427e"

const maxPage = 1000

/**
 * How many entries a page shall have; more than 1,000 are not given, whatever is asked for. Fails with
 * `InvalidArgument`.
 *
 * @internal
 */
export const pageSize = ({ parameters }: BucketCall, name = "max-keys"): Effect.Effect<number, S3Refusal> => {
  const text = parameters.get(name) ?? String(maxPage)
  return /^\d{1,10}$/.test(text)
    ? Effect.succeed(Math.min(maxPage, Number(text)))
    : Effect.fail(refuse("InvalidArgument", `${name} must be an integer`))
}

/** How keys are written: as they are, or percent-encoded. */
interface KeyStyle {
  readonly encoded: (key: string) => string
  readonly element: string
}

/**
 * Reads `encoding-type`. Fails with `InvalidArgument` for another one than `url`.
 *
 * @internal
 */
export const keyStyle = ({ core, parameters }: BucketCall): Effect.Effect<KeyStyle, S3Refusal> => {
  const type = parameters.get("encoding-type")
  if (type === undefined) return Effect.succeed({ encoded: (key) => key, element: "" })
  return type === "url"
    ? Effect.succeed({
        encoded: (key) => encode(key).replaceAll("%2F", "/"),
        element: Xml.text(core.spec.s3Quirks.encodingTypeElement, "url")
      })
    : Effect.fail(refuse("InvalidArgument", "Invalid Encoding Method specified in Request"))
}

/** @internal */
export const rootOf = ({ namespace }: BucketCall): DirectoryEntry | undefined => {
  const root = namespace.tree.find([])
  return root?._tag === "Directory" ? root : undefined
}

/** The first `size` of them, and whether there are more. */
export const take = <A>(
  all: Iterable<A>,
  size: number
): { readonly page: ReadonlyArray<A>; readonly isCut: boolean } => {
  const page: Array<A> = []
  if (size === 0) return { page, isCut: false }
  for (const one of all) {
    if (page.length === size) return { page, isCut: true }
    page.push(one)
  }
  return { page, isCut: false }
}

const contents = (call: BucketCall, style: KeyStyle, withOwner: boolean, found: Found): string => {
  const version = found._tag === "Object" ? current(found.entry) : undefined
  if (found._tag === "Prefix" || (found._tag === "Object" && version === undefined)) return ""
  const changed = version?.createdMillis ?? (found._tag === "Folder" ? found.entry.changed.millis : 0)
  const owner = version === undefined ? nobody : personOf(call, version.owner)
  return [
    Xml.open("Contents"),
    Xml.text("Key", style.encoded(found.key)),
    Xml.text("LastModified", toIso(changed)),
    Xml.text("ETag", `"${version?.md5 ?? emptyMd5}"`),
    Xml.text("Size", String(version?.size ?? 0)),
    withOwner ? personLines("Owner", owner) : "",
    Xml.text("StorageClass", "STANDARD"),
    Xml.close("Contents")
  ].join("")
}

/** @internal */
export const prefixLines = (style: KeyStyle, found: ReadonlyArray<Found>): ReadonlyArray<string> =>
  found.flatMap((one) =>
    one._tag === "Prefix"
      ? [`${Xml.open("CommonPrefixes")}${Xml.text("Prefix", style.encoded(one.key))}${Xml.close("CommonPrefixes")}`]
      : []
  )

const encodeToken = (key: string): string => Buffer.from(key).toString("base64")

const decodeToken = (token: string | undefined): Effect.Effect<string | undefined, S3Refusal> => {
  if (token === undefined) return Effect.undefined
  const key = Buffer.from(token, "base64").toString("utf8")
  return key !== "" && encodeToken(key) === token
    ? Effect.succeed(key)
    : Effect.fail(refuse("InvalidArgument", "The continuation token provided is incorrect"))
}

/**
 * Lists keys: first all objects and folders of the page, then all common prefixes.
 *
 * @internal
 */
export const listObjects = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, S3Refusal> {
  yield* need(call, "browse")
  const { parameters } = call
  const { foldersInListings, listV2 } = call.core.spec.s3Quirks
  const isSecond = listV2 && parameters.get("list-type") === "2"
  const style = yield* keyStyle(call)
  const size = yield* pageSize(call)
  const prefix = parameters.get("prefix") ?? ""
  const delimiter = parameters.get("delimiter") ?? ""
  const token = isSecond ? yield* decodeToken(parameters.get("continuation-token")) : undefined
  const after = token ?? parameters.get(isSecond ? "start-after" : "marker") ?? ""
  const root = rootOf(call)
  const search = { prefix, delimiter, after, withFolders: foldersInListings, isWanted: isLive }
  const { isCut, page } = take(root === undefined ? [] : walk(root, call.state.sorted, search), size)
  const last = page.at(-1)?.key ?? ""
  const withOwner = !isSecond || parameters.get("fetch-owner") === "true"
  const text = (name: string, value: string | undefined) =>
    value === undefined ? "" : Xml.text(name, style.encoded(value))
  const head = isSecond
    ? [
        Xml.text("KeyCount", String(page.length)),
        Xml.text("MaxKeys", String(size)),
        text("StartAfter", parameters.get("start-after")),
        parameters.has("continuation-token")
          ? Xml.text("ContinuationToken", parameters.get("continuation-token") ?? "")
          : "",
        isCut ? Xml.text("NextContinuationToken", encodeToken(last)) : ""
      ]
    : [
        text("Marker", after),
        Xml.text("MaxKeys", String(size)),
        // Without a delimiter the last key is the next marker, and a client has to know.
        isCut && delimiter !== "" ? text("NextMarker", last) : ""
      ]
  return document(call, "ListBucketResult", [
    Xml.text("Name", call.namespace.spec.name),
    text("Prefix", prefix),
    ...head,
    delimiter === "" ? "" : text("Delimiter", delimiter),
    style.element,
    Xml.text("IsTruncated", String(isCut)),
    ...page.map((found) => contents(call, style, withOwner, found)),
    ...prefixLines(style, page)
  ])
})
