/**
 * The characters of an XML document before the parser sees them: decoding, what its first markup is, and an excerpt for
 * errors.
 *
 * @internal
 */

/** Decodes the next bytes, or the end (`undefined`); `undefined` where they are not UTF-8. */
export const decodeUtf8 = (decoder: TextDecoder, part: Uint8Array | undefined): string | undefined => {
  try {
    return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true })
  } catch {
    return undefined
  }
}

const longestMark = "<!DOCTYPE HTML".length

/**
 * The beginning of the first markup that is neither blank, nor a comment, nor an instruction; `undefined` while that
 * cannot be told from what is there.
 */
export const markupAt = (text: string): string | undefined => {
  let at = 0
  for (;;) {
    while (isBlank(text.charCodeAt(at))) at++
    const rest = text.slice(at, at + longestMark)
    const closer = rest.startsWith("<!--") ? "-->" : rest.startsWith("<?") ? "?>" : undefined
    if (closer === undefined) {
      const isCertain = rest.length === longestMark || !/^(?:$|<$|<!|<h)/i.test(rest)
      return isCertain ? rest : undefined
    }
    const end = text.indexOf(closer, at + (closer === "-->" ? 4 : 2))
    if (end < 0) return undefined
    at = end + closer.length
  }
}

/** The text from its first character on that is neither white space nor a byte order mark. */
export const withoutLeadingBlanks = (text: string): string => {
  let at = 0
  while (isBlank(text.charCodeAt(at)) || text.charCodeAt(at) === byteOrderMark) at++
  return at === 0 ? text : text.slice(at)
}

const byteOrderMark = 0xfeff

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13

/** Whether a document that begins with this markup is a page for people. */
export const isHtml = (markup: string): boolean => /^<(?:!DOCTYPE\s+HTML|HTML[\s>])/i.test(markup)

const maxExcerpt = 120

/** What a document begins with, without tags and without what may be a secret; `undefined` if nothing is left of it. */
export const excerptOf = (head: string): string | undefined => {
  const text = head
    .replace(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, " ")
    .replace(/<[\w:.-]*(?:password|secret|token)[\w:.-]*(?:\s[^>]*)?>[^<]+/gi, " ")
    .replace(/<(?!redacted>)[^>]*(?:>|$)/g, " ")
    .replace(
      /\b(authorization|cookie|password|secret|[\w-]*token)\b["']?\s*[:=]\s*(?:(?:HCP|AD|Basic|Bearer)\s+)?\S+/gi,
      "$1: <redacted>"
    )
    // Tokens and keys are long and have no blanks; words are shorter.
    .replace(/[\w+/=.~-]*[\w+/=~-]{24,}(?::\S+)?/g, "<redacted>")
    .replace(/[\p{Cc}\ufffd\s]+/gu, " ")
    .trim()
  if (text === "") return undefined
  return text.length > maxExcerpt ? `${text.slice(0, maxExcerpt)}...` : text
}
