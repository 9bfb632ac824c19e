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
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

export { booleanOf, countOf, etagOf, inexact, instantOf, isInexact } from "@effect-hcp/sdk/HeaderValue"

/** A name without its prefix. */
export const localName = (name: string): string => name.slice(name.indexOf(":") + 1)

type Answer = Pick<HcpReply, "bytes" | "headers" | "target">

/**
 * The events of the document an answer holds. Fails with `InvalidXml`, which quotes it as far as `redact` leaves it.
 */
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

/** What HCP says a version is; `undefined` where it says that it has none, or does not know the word. */
export const versionOf = (text: string | undefined): string | undefined =>
  text === undefined || text === "" || text === "null" || /^not implemented$/i.test(text) ? undefined : text
