/**
 * The key of a value as the name of an object, and back.
 *
 * A name has letters, digits, `.`, `_`, `-` and escapes only, so that neither a URL, nor a file system, nor a proxy on
 * the way reads it in another way than HCP. `=` followed by two hexadecimal digits is a byte of the UTF-8 form, `=u`
 * followed by four is half a surrogate pair, which has none. No name begins with a point: those of HCP and of
 * `ifExists: "replace"` do.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { isBroken } from "../../internal/brokenText.ts"

/** The name of the value whose key is the empty text. */
const empty = "="

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0")

const escaped = (char: string): string =>
  isBroken(char)
    ? `=u${hex(char.charCodeAt(0), 4)}`
    : Array.from(encoder.encode(char), (byte) => `=${hex(byte, 2)}`).join("")

/** Every key has a name of its own. */
export const nameOf = (key: string): string => (key === "" ? empty : key.replace(/^\.|[^A-Za-z0-9._-]/gu, escaped))

const unescaped = (text: string, half: string | undefined): string =>
  half === undefined
    ? decoder.decode(Uint8Array.from(text.slice(1).split("="), (byte) => Number.parseInt(byte, 16)))
    : String.fromCharCode(Number.parseInt(half, 16))

/** The key whose name it is; `undefined` for a name that no key has. */
export const keyOf = (name: string): string | undefined => {
  if (name === empty) return ""
  const key = Result.try(() => name.replace(/=u([0-9A-F]{4})|(?:=[0-9A-F]{2})+/g, unescaped))
  return Result.isSuccess(key) && nameOf(key.success) === name ? key.success : undefined
}
