/**
 * Lists of an account and of a container: text, JSON or XML, behind a marker.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import { type Exchange, type Header, type Refusal, refusal } from "../gateway/exchange.ts"
import { contentType } from "../gateway/objectHeaders.ts"
import type { Parameters } from "../gateway/requestTarget.ts"
import * as Xml from "../internal/xml.ts"
import { current, isLive } from "../ObjectTree.ts"
import { emptyMd5, rootOf } from "../s3/listing.ts"
import { compareKeys } from "../s3/sortedNames.ts"
import { type Found, walk } from "../s3/walk.ts"
import { bare, withText } from "./answer.ts"
import type { ContainerCall } from "./call.ts"

const maxLimit = 10_000

/** What a list is asked for. */
export interface Wanted {
  readonly format: "plain" | "json" | "xml"
  readonly limit: number
  readonly prefix: string
  readonly marker: string
  /** Empty for none. */
  readonly endMarker: string
}

const formatOf = ({ headers }: Exchange["request"], parameters: Parameters): Wanted["format"] => {
  const asked = (parameters.get("format") ?? headers.accept ?? "").toLowerCase()
  if (asked.includes("json")) return "json"
  return asked.includes("xml") ? "xml" : "plain"
}

/**
 * Reads the parameters. More than 10,000 entries are not given, whatever is asked for; 412 for a limit that is none, as
 * in OpenStack.
 *
 * @internal
 */
export const wantedOf = (exchange: Exchange, parameters: Parameters): Effect.Effect<Wanted, Refusal> => {
  const limit = parameters.get("limit") ?? String(maxLimit)
  if (!/^\d{1,9}$/.test(limit)) return Effect.fail(refusal(412, "limit is no number"))
  return Effect.succeed({
    format: formatOf(exchange.request, parameters),
    limit: Math.min(maxLimit, Number(limit)),
    prefix: parameters.get("prefix") ?? "",
    marker: parameters.get("marker") ?? "",
    endMarker: parameters.get("end_marker") ?? ""
  })
}

/** An entry: its name, and what JSON and XML say of it, in that order. */
export interface Entry {
  readonly element: "container" | "object" | "subdir"
  readonly name: string
  readonly fields: ReadonlyArray<readonly [name: string, value: string | number]>
}

const jsonOf = ({ element, fields, name }: Entry): Readonly<Record<string, string | number>> =>
  element === "subdir" ? { subdir: name } : { name, ...Object.fromEntries(fields) }

const xmlOf = ({ element, fields, name }: Entry): string =>
  element === "subdir"
    ? `${Xml.open("subdir", [["name", name]])}${Xml.text("name", name)}${Xml.close("subdir")}`
    : [
        Xml.open(element),
        Xml.text("name", name),
        ...fields.map(([field, value]) => Xml.text(field, String(value))),
        Xml.close(element)
      ].join("")

/**
 * The answer with these entries: 204 for none as text, which has then nothing to say.
 *
 * @internal
 */
export const listed = (
  exchange: Exchange,
  { format }: Wanted,
  root: readonly [element: "account" | "container", name: string],
  entries: ReadonlyArray<Entry>,
  headers: ReadonlyArray<Header>
): GatewayResponse => {
  switch (format) {
    case "json":
      return withText(exchange, 200, "application/json", JSON.stringify(entries.map(jsonOf)), headers)
    case "xml":
      return withText(
        exchange,
        200,
        "application/xml",
        [Xml.declaration, Xml.open(root[0], [["name", root[1]]]), ...entries.map(xmlOf), Xml.close(root[0])].join(""),
        headers
      )
    case "plain":
      return entries.length === 0
        ? bare(exchange, 204, headers)
        : withText(exchange, 200, "text/plain", entries.map(({ name }) => `${name}\n`).join(""), headers)
  }
}

const toEntry = (found: Found): Entry => {
  if (found._tag === "Prefix") return { element: "subdir", name: found.key, fields: [] }
  const version = found._tag === "Object" ? current(found.entry) : undefined
  const changed = version?.createdMillis ?? (found._tag === "Folder" ? found.entry.changed.millis : 0)
  const type = version?.s3?.contentType ?? contentType(found.key.split("/").at(-1) ?? "")
  return {
    element: "object",
    name: found.key,
    fields: [
      ["hash", version?.md5 ?? emptyMd5],
      ["bytes", version?.size ?? 0],
      ["content_type", found._tag === "Folder" ? "application/octet-stream" : type],
      // Microseconds, and no zone.
      ["last_modified", `${new Date(changed).toISOString().slice(0, -1)}000`]
    ]
  }
}

/**
 * What is in a container, current versions and folders.
 *
 * @internal
 */
export const entriesOf = (call: ContainerCall, wanted: Wanted): ReadonlyArray<Entry> => {
  const root = rootOf(call)
  if (root === undefined) return []
  const path = call.parameters.get("path")
  // `path` is the older way to say both.
  const prefix = path === undefined ? wanted.prefix : path === "" || path.endsWith("/") ? path : `${path}/`
  const delimiter = path === undefined ? (call.parameters.get("delimiter") ?? "") : "/"
  const search = { prefix, delimiter, after: wanted.marker, withFolders: true, isWanted: isLive }
  const entries: Array<Entry> = []
  for (const found of walk(root, call.state.sorted, search)) {
    if (entries.length === wanted.limit) break
    if (wanted.endMarker !== "" && compareKeys(found.key, wanted.endMarker) >= 0) break
    entries.push(toEntry(found))
  }
  return entries
}

/**
 * Of these names those that a list is asked for.
 *
 * @internal
 */
export const isBetween = ({ endMarker, marker, prefix }: Wanted, name: string): boolean =>
  name.startsWith(prefix) &&
  (marker === "" || compareKeys(name, marker) > 0) &&
  (endMarker === "" || compareKeys(name, endMarker) < 0)
