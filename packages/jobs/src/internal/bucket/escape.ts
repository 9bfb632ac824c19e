/**
 * Bytes as visible ASCII, so that user metadata bring them back as they were: what is nothing else is percent-encoded.
 *
 * @internal
 */

const percent = 0x25

/** Blanks at the ends, and more than one of them, may be lost on the way. */
export const escapeBytes = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) {
    text +=
      byte < 0x20 || byte > 0x7e || byte === percent
        ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte)
  }
  return text.replace(/^ | $| {2,}/g, (blanks) => "%20".repeat(blanks.length))
}

/** A text without blanks and colons, so that several fit into one value. */
export const escapeWord = (text: string): string =>
  escapeBytes(Buffer.from(text, "utf8")).replaceAll(" ", "%20").replaceAll(":", "%3A")

/** The bytes; `undefined` for what was not written here. */
export const unescapeBytes = (text: string): Uint8Array | undefined => {
  const bytes: Array<number> = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7e) return undefined
    if (code !== percent) {
      bytes.push(code)
      continue
    }
    const hex = text.slice(at + 1, at + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined
    bytes.push(Number.parseInt(hex, 16))
    at += 2
  }
  return Uint8Array.from(bytes)
}

/** The text of a word; `undefined` for what was not written here. */
export const unescapeWord = (word: string): string | undefined => {
  const bytes = unescapeBytes(word)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8")
}
