/**
 * Reads the XML of an answer, leniently: by local name, as HCP's namespaces differ from release to release, and with
 * odd values as absent ones.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import type { Redact } from "@effect-hcp/sdk/Redactor"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** A name without its prefix. */
export const localName = (name: string): string => name.slice(name.indexOf(":") + 1)

type Answer = Pick<HcpReply, "bytes" | "headers" | "target">

/** The events of the document an answer holds. Fails with `InvalidXml`, which quotes it as far as `redact` leaves it. */
export const readEvents = (reply: Answer, path: string, redact?: Redact): Stream.Stream<Xml.XmlEvent, HcpError> =>
  Xml.events(Stream.succeed(inUtf8(reply)), optionsOf(reply, path, redact))

/** The root of the document an answer holds. Fails as {@link readEvents} does. */
export const readRoot = (reply: Answer, path: string, redact?: Redact): Effect.Effect<Xml.XmlElement, HcpError> =>
  Xml.elements(Stream.succeed(inUtf8(reply)), 1, optionsOf(reply, path, redact)).pipe(
    Stream.runHead,
    // A document without a root fails before it comes to this.
    Effect.flatMap((root) =>
      Option.isSome(root) ? Effect.succeed(root.value) : Effect.die("a document without a root")
    )
  )

const optionsOf = ({ target }: Answer, path: string, redact: Redact | undefined) => ({
  operation: "read answer",
  target,
  path,
  redact
})

// One of the manual's answers is in Latin-1, as its Content-Type says.
const inUtf8 = ({ bytes, headers }: Pick<Answer, "bytes" | "headers">): Uint8Array => {
  if (!/charset\s*=\s*"?iso-8859-1/i.test(headers.get("content-type") ?? "")) return bytes
  const text = Buffer.from(bytes).toString("latin1")
  return Buffer.from(text.replace(/^(\s*<\?xml[^>]*?encoding\s*=\s*)(["'])[^"']*\2/i, "$1$2UTF-8$2"), "utf8")
}

/** The children with a name, in the order of the document. */
export const children = (element: Xml.XmlElement, name: string): ReadonlyArray<Xml.XmlElement> =>
  element.children.filter((child) => localName(child.name) === name)

/** The first child with a name. */
export const child = (element: Xml.XmlElement | undefined, name: string): Xml.XmlElement | undefined =>
  element?.children.find((each) => localName(each.name) === name)

/** The text of the first child with a name, trimmed; `undefined` for none and for an empty one. */
export const textOf = (element: Xml.XmlElement | undefined, name: string): string | undefined => {
  const text = child(element, name)?.text.trim()
  return text === "" ? undefined : text
}

/** A truth value; anything but `true` and `false` is `undefined` (HCP says `Not Implemented` in such places). */
export const booleanOf = (text: string | undefined): boolean | undefined => {
  const lower = text?.trim().toLowerCase()
  return lower === "true" ? true : lower === "false" ? false : undefined
}

/** A count; anything else is `undefined`. */
export const countOf = (text: string | undefined): number | undefined => {
  const value = text === undefined || !/^\d{1,16}$/.test(text.trim()) ? undefined : Number(text)
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined
}

/** The end of a time that says of which zone it is. */
const zone = /(?:Z|GMT|UTC?|[+-]\d{2}:?\d{2})$/i

/** What to say of a field with such a count. */
export const inexact = (field: string): string =>
  `its field ${field} is a number beyond 2^53, which cannot be told exactly`

/** Whether a text is a count that a number cannot hold exactly. */
export const isInexact = (text: string | undefined): boolean =>
  text !== undefined && /^\d{16,}$/.test(text.trim()) && !Number.isSafeInteger(Number(text))

/** A time, as ISO 8601 or as HTTP writes it, in UTC where it names no zone; anything else is `undefined`. */
export const timeOf = (text: string | undefined): Date | undefined => {
  const trimmed = text?.trim() ?? ""
  const isIso = /^\d{4}-\d{2}-\d{2}T\d/.test(trimmed)
  if (!isIso && !/^[A-Z][a-z]{2},? /.test(trimmed)) return undefined
  // By itself it would be taken as the time of wherever this computer is.
  const millis = Date.parse(zone.test(trimmed) ? trimmed : `${trimmed}${isIso ? "Z" : " GMT"}`)
  return Number.isNaN(millis) ? undefined : new Date(millis)
}

/** The same as an instant. */
export const instantOf = (text: string | undefined): DateTime.Utc | undefined => {
  const time = timeOf(text)
  return time === undefined ? undefined : DateTime.makeUnsafe(time)
}

/** What HCP says a version is; `undefined` where it says that it has none, or does not know the word. */
export const versionOf = (text: string | undefined): string | undefined =>
  text === undefined || text === "" || text === "null" || /^not implemented$/i.test(text) ? undefined : text

/** An ETag without its quotes. */
export const etagOf = (text: string | undefined): string | undefined => {
  const etag = text?.trim() ?? ""
  const start = etag.startsWith('W/"') ? 3 : etag.startsWith('"') ? 1 : 0
  const bare = start > 0 && etag.length > start && etag.endsWith('"') ? etag.slice(start, -1) : etag
  return bare === "" ? undefined : bare
}
