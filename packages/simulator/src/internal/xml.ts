/**
 * Writes XML: names are ours, values are anybody's.
 *
 * @internal
 */

/** @internal */
export type Attributes = ReadonlyArray<readonly [name: string, value: string | number | boolean]>

/** @internal */
export const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;"
}

const special = /[&<>"\t\n\r]/
// What XML 1.0 has no way to write, not even as a character reference.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/**
 * Escapes text for content and attributes alike; characters that XML cannot hold become U+FFFD.
 *
 * @internal
 */
export const escapeText = (text: string): string => {
  const writable = text.replace(unwritable, "\ufffd")
  return special.test(writable) ? writable.replace(/[&<>"\t\n\r]/g, (char) => escapes[char] ?? char) : writable
}

const tag = (name: string, attributes: Attributes): string => {
  let text = `<${name}`
  for (const [key, value] of attributes) {
    text += ` ${key}="${typeof value === "string" ? escapeText(value) : value}"`
  }
  return text
}

/** @internal */
export const open = (name: string, attributes: Attributes = []): string => `${tag(name, attributes)}>`

/** @internal */
export const close = (name: string): string => `</${name}>`

/** @internal */
export const empty = (name: string, attributes: Attributes = []): string => `${tag(name, attributes)}/>`

/** @internal */
export const text = (name: string, content: string): string => `${open(name)}${escapeText(content)}${close(name)}`

/** @internal */
export const schemaLocation = (name: string): Attributes => [
  ["xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"],
  ["xsi:noNamespaceSchemaLocation", `/static/xsd/${name}`]
]
