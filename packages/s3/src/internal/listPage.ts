/**
 * One page of a list: the document of an answer as fields and items, names decoded, whatever HCP calls things.
 *
 * Each item of a page is kept as one text, and read when it is looked at. A thousand items of several objects each
 * would live until the next page comes: V8 then takes them for objects that stay, and in a long list its memory grows
 * by a hundred megabytes.
 *
 * @internal
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { XmlEvent } from "@effect-hcp/sdk/Xml"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Owner } from "../Owner.ts"
import { countOf, instantOf, localName } from "./answerXml.ts"

/** The root, the fields of the page itself, and its items in the order of the document. */
export interface Page {
  /** By its local name. */
  readonly root: string
  readonly fields: Fields
  readonly items: Iterable<Item>
}

/** One `Contents`, `Version`, `Upload`, `Part` or `CommonPrefixes`. */
export interface Item {
  readonly name: string
  readonly fields: Fields
}

// XML has neither of these characters, not even as a reference.
const before = "\0"
const between = "\u0001"

/** An element as a part of a text. */
const written = (name: string, text: string): string => before + name + between + text

/**
 * Elements by their local name, those inside of one as `Owner/ID`. Read leniently: of several the first counts, and
 * what is missing, empty or odd is `undefined`.
 */
export class Fields {
  readonly #written: string
  readonly #isUrlEncoded: boolean

  /** All elements, each as {@link written}. */
  constructor(elements: string, isUrlEncoded: boolean) {
    this.#written = elements
    this.#isUrlEncoded = isUrlEncoded
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined
  }

  /** Whether it is there and not empty. */
  isGiven(name: string): boolean {
    return (this.#get(name) ?? "") !== ""
  }

  #get(name: string): string | undefined {
    const all = this.#written
    for (let at = all.indexOf(before); at >= 0; at = all.indexOf(before, at + 1)) {
      const end = at + 1 + name.length
      if (!all.startsWith(name, at + 1) || all[end] !== between) continue
      const next = all.indexOf(before, end)
      return all.slice(end + 1, next < 0 ? undefined : next)
    }
    return undefined
  }

  text(name: string): string | undefined {
    const text = this.#get(name)
    return text === undefined || text.trim() === "" ? undefined : text.trim()
  }

  /** A key, prefix or marker: every character counts, and it may be URL-encoded. */
  key(name: string): Key | undefined {
    const text = this.#get(name)
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
    const id = this.text(`${name}/ID`)
    const displayName = this.text(`${name}/DisplayName`)
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
export const readPage = <E = HcpError>(
  events: Stream.Stream<XmlEvent, E>,
  itemNames: ReadonlySet<string>
): Effect.Effect<Page, E> =>
  Effect.suspend(() => {
    const reader = new PageReader(itemNames)
    const read = (batch: ReadonlyArray<XmlEvent>) => Effect.sync(() => reader.read(batch))
    return Effect.map(Stream.runForEachArray(events, read), () => reader.page())
  })

/** The items of a page, made one by one. */
class Items implements Iterable<Item> {
  readonly #names: ReadonlyArray<string>
  readonly #elements: ReadonlyArray<string>
  readonly #isUrlEncoded: boolean

  constructor(names: ReadonlyArray<string>, elements: ReadonlyArray<string>, isUrlEncoded: boolean) {
    this.#names = names
    this.#elements = elements
    this.#isUrlEncoded = isUrlEncoded
  }

  // A generator that is made anew for each page would keep the page until the next full collection.
  *[Symbol.iterator](): Generator<Item> {
    for (const [at, name] of this.#names.entries()) {
      yield { name, fields: new Fields(this.#elements[at] ?? "", this.#isUrlEncoded) }
    }
  }
}

/** A page in the making. */
class PageReader {
  readonly #itemNames: ReadonlySet<string>
  /** The names of the items, and all that is in each. */
  readonly #items: Array<string> = []
  readonly #elements: Array<string> = []
  /** What is in the item that is open. */
  #item: Array<string> = []
  /** What is no item. */
  readonly #own: Array<string> = []
  #isUrlEncoded = false
  /** Each name once, by how it is written. */
  readonly #names = new Map<string, string>()
  /** The names of the elements that are open, and their texts as far as they came. */
  readonly #open: Array<string> = []
  readonly #texts: Array<string> = []
  #root = ""

  constructor(itemNames: ReadonlySet<string>) {
    this.#itemNames = itemNames
  }

  page(): Page {
    return {
      root: this.#root,
      fields: new Fields(this.#own.join(""), this.#isUrlEncoded),
      items: new Items(this.#items, this.#elements, this.#isUrlEncoded)
    }
  }

  read(events: ReadonlyArray<XmlEvent>): void {
    for (const event of events) {
      if (event._tag === "Text") this.#texts[this.#texts.length - 1] += event.text
      else if (event._tag === "Open") this.#begin(this.#nameOf(event.name))
      else this.#end(this.#open.pop() ?? "", this.#texts.pop() ?? "")
    }
  }

  #begin(name: string): void {
    const depth = this.#open.push(name)
    this.#texts.push("")
    if (depth === 1) this.#root = name
    if (this.#isItem(depth)) this.#item = []
  }

  #end(name: string, text: string): void {
    const [, outer, inner] = this.#open
    if (outer === undefined) {
      if (this.#itemNames.has(name)) this.#add(name)
      else if (name !== prefixes) this.#own.push(written(name, text))
      if (encodingNames.has(name) && text.trim().toLowerCase() === "url") this.#isUrlEncoded = true
      return
    }
    const field = inner === undefined ? name : `${inner}/${name}`
    if (outer !== prefixes && !this.#itemNames.has(outer)) this.#own.push(written(`${outer}/${field}`, text))
    else this.#item.push(written(field, text))
    if (outer === prefixes && inner === undefined) this.#add(prefixes)
  }

  #add(name: string): void {
    this.#items.push(name)
    // Joined it is one flat text, which holds nothing of the document it is from.
    this.#elements.push(this.#item.join(""))
  }

  /** Whether the innermost of the open elements is an item. */
  #isItem(depth: number): boolean {
    const [, outer = ""] = this.#open
    return (depth === 2 && this.#itemNames.has(outer)) || (depth === 3 && outer === prefixes)
  }

  #nameOf(written: string): string {
    const known = this.#names.get(written)
    if (known !== undefined) return known
    const name = localName(written)
    this.#names.set(written, name)
    return name
  }
}

const prefixes = "CommonPrefixes"

/** Whether an item is a common prefix. */
export const isPrefix = ({ name }: Item): boolean => name === prefixes

/** Whether an item has the key or prefix that it is about. */
export const isKeyed = (item: Item): boolean => item.fields.isGiven(isPrefix(item) ? "Prefix" : "Key")

/** The prefix an item is; `undefined` for any other. */
export const prefixOf = (item: Item): Key | undefined => (isPrefix(item) ? item.fields.key("Prefix") : undefined)
