/**
 * Writes XML from data: names are ours, values are anybody's.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type { Element, Value } from "../../XmlDocument.ts"

/** An element with its attributes and what is in it. */
export const element = (
  name: string,
  attributes: Element["attributes"] = {},
  ...children: ReadonlyArray<Element | Value | undefined>
): Element => ({
  name,
  attributes,
  children: children.flatMap((child) => (child === undefined ? [] : typeof child === "object" ? child : String(child)))
})

/**
 * The whole document, declaration included. Fails with `InvalidInput`, its field the path to the value
 * (`acl/grant@id`), where a value has a character that XML 1.0 cannot carry even as a reference (section 2.2), or half
 * a surrogate pair.
 *
 * Throws a `RangeError` for a name that is none: names are never a user's.
 */
export const document = (root: Element): Result.Result<string, InvalidInput> => {
  const parts: Array<string> = ['<?xml version="1.0" encoding="UTF-8"?>']
  const bad = write(root, root.name, parts)
  return bad === undefined ? Result.succeed(parts.join("")) : Result.fail(bad)
}

/** A plain value, as JSON has it, as a whole document: a list is an element for each. Fails as {@link document}. */
export const ofPlain = (plain: unknown, root: string): Result.Result<string, InvalidInput> =>
  document(element(root, {}, ...childrenOf(plain)))

const childrenOf = (plain: unknown): ReadonlyArray<Element | Value> => {
  if (typeof plain === "string" || typeof plain === "number" || typeof plain === "boolean")
    return plain === "" ? [] : [plain]
  if (!Predicate.isReadonlyObject(plain)) return []
  return Object.entries(plain).flatMap(([name, value]) =>
    value === undefined
      ? []
      : Array.isArray(value)
        ? value.map((each) => element(name, {}, ...childrenOf(each)))
        : [element(name, {}, ...childrenOf(value))]
  )
}

const nameForm = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/

const checkedName = (name: string): string => {
  if (nameForm.test(name)) return name
  throw new RangeError(`xmlWriter: "${name}" is no name of an element or attribute`)
}

const write = (node: Element, where: string, parts: Array<string>): InvalidInput | undefined => {
  const name = checkedName(node.name)
  parts.push(`<${name}`)
  for (const [key, value] of Object.entries(node.attributes)) {
    if (value === undefined) continue
    const text = String(value)
    const bad = problemOf(text, `${where}@${key}`)
    if (bad !== undefined) return bad
    parts.push(` ${checkedName(key)}="${escapeText(text)}"`)
  }
  if (node.children.length === 0) {
    parts.push("/>")
    return undefined
  }
  parts.push(">")
  for (const child of node.children) {
    const bad = typeof child === "string" ? problemOf(child, where) : write(child, `${where}/${child.name}`, parts)
    if (bad !== undefined) return bad
    if (typeof child === "string") parts.push(escapeText(child))
  }
  parts.push(`</${name}>`)
  return undefined
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;"
}

/** Escapes for texts and attributes alike: white space as references too, as a reader would change it in attributes. */
const escapeText = (text: string): string => text.replace(/[&<>"\t\n\r]/g, (char) => escapes[char] ?? char)

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u

const problemOf = (text: string, field: string): InvalidInput | undefined => {
  const at = text.search(unwritable)
  if (at < 0) return undefined
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")
  return new InvalidInput({
    field,
    detail: `holds the character U+${code} at ${at}, which XML cannot carry; leave it out`
  })
}
