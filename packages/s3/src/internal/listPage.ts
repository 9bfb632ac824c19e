/**
 * One page of a list: the document of an answer as fields and items, names decoded, whatever HCP calls things.
 *
 * @internal
 */

import type { XmlElement } from "@effect-hcp/sdk/Xml"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type { Owner } from "../Owner.ts"
import { countOf, instantOf, localName } from "./answerXml.ts"

/** The fields of the page itself, and its items in the order of the document. */
export interface Page {
  readonly fields: Fields
  readonly items: ReadonlyArray<Item>
}

/** One `Contents`, `Version`, `Upload`, `Part` or `CommonPrefixes`. */
export interface Item {
  readonly name: string
  readonly fields: Fields
}

/** Elements by their local name, read leniently: what is missing, empty or odd is `undefined`. */
export class Fields {
  readonly #children: ReadonlyMap<string, XmlElement>
  readonly #isUrlEncoded: boolean

  constructor(children: Iterable<XmlElement>, isUrlEncoded: boolean) {
    const byName = new Map<string, XmlElement>()
    for (const child of children) if (!byName.has(localName(child.name))) byName.set(localName(child.name), child)
    this.#children = byName
    this.#isUrlEncoded = isUrlEncoded
  }

  has(name: string): boolean {
    return this.#children.has(name)
  }

  text(name: string): string | undefined {
    const text = this.#children.get(name)?.text
    return text === undefined || text.trim() === "" ? undefined : text.trim()
  }

  /** A key, prefix or marker: every character counts, and it may be URL-encoded. */
  key(name: string): Key | undefined {
    const text = this.#children.get(name)?.text
    if (text === undefined || text === "") return undefined
    return this.#isUrlEncoded ? decodeKey(text) : { text, raw: undefined }
  }

  count(name: string): number | undefined {
    return countOf(this.text(name))
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase()
    return text === "true" ? true : text === "false" ? false : undefined
  }

  time(name: string): DateTime.Utc | undefined {
    return instantOf(this.text(name))
  }

  /** Without its quotes. */
  etag(name: string): string | undefined {
    return this.text(name)?.replace(/^"(.*)"$/, "$1")
  }

  /** Who owns or began something. */
  person(name: string): Owner | undefined {
    const element = this.#children.get(name)
    if (element === undefined) return undefined
    const fields = new Fields(element.children, false)
    const id = fields.text("ID")
    const displayName = fields.text("DisplayName")
    return id === undefined && displayName === undefined ? undefined : { id, displayName }
  }
}

/** A key as text; `raw` is its percent-encoded form where it is no UTF-8, so that `text` is only good to look at. */
export interface Key {
  readonly text: string
  readonly raw: string | undefined
}

const decodeKey = (encoded: string): Key => {
  // In this encoding a space is a plus, and a plus is %2B.
  const percent = encoded.replaceAll("+", "%20")
  const decoded = Result.try(() => decodeURIComponent(percent))
  if (Result.isSuccess(decoded)) return { text: decoded.success, raw: undefined }
  const bytes = percent.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return { text: Buffer.from(bytes, "latin1").toString("utf8"), raw: encoded }
}

// HCP's manual writes the first, AWS the second.
const encodingNames: ReadonlySet<string> = new Set(["Encoding-Type", "EncodingType"])

/**
 * Reads a list. `itemNames` says which of the elements below the root are items; the others are fields of the page. Of
 * common prefixes every one is an item, be they in one element or in many.
 */
export const readPage = (root: XmlElement, itemNames: ReadonlySet<string>): Page => {
  const isUrlEncoded = root.children.some(
    (child) => encodingNames.has(localName(child.name)) && child.text.trim().toLowerCase() === "url"
  )
  const own: Array<XmlElement> = []
  const items: Array<Item> = []
  for (const child of root.children) {
    const name = localName(child.name)
    if (name === prefixes) {
      for (const prefix of child.children) items.push({ name, fields: new Fields([prefix], isUrlEncoded) })
    } else if (itemNames.has(name)) items.push({ name, fields: new Fields(child.children, isUrlEncoded) })
    else own.push(child)
  }
  return { fields: new Fields(own, isUrlEncoded), items }
}

const prefixes = "CommonPrefixes"

/** The prefix an item is; `undefined` for any other. */
export const prefixOf = ({ fields, name }: Item): Key | undefined =>
  name === prefixes ? fields.key("Prefix") : undefined
