/**
 * Whether some bytes are an XML document, found out while they pass by.
 *
 * @internal
 */
import { SaxesParser } from "saxes"

/** @internal */
export interface Limits {
  readonly depth: number
  readonly elements: number
  /** Beyond this nobody looks any more, and the document counts as none. */
  readonly bytes: number
}

/** @internal */
interface WellFormedCheck {
  readonly add: (chunk: Uint8Array) => void
  /** What is wrong; undefined if it is a document. Ends the check. */
  readonly finish: () => string | undefined
}

/** @internal */
export const check = (limits: Limits): WellFormedCheck => {
  const parser = new SaxesParser()
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let problem: string | undefined
  let bytes = 0
  let elements = 0
  let depth = 0
  parser.on("error", ({ message }) => {
    problem ??= `not well-formed XML: ${message}`
  })
  parser.on("opentag", () => {
    depth++
    elements++
    if (depth > limits.depth) problem ??= `elements are nested more than ${limits.depth} levels deep`
    if (elements > limits.elements) problem ??= `there are more than ${limits.elements} elements`
  })
  parser.on("closetag", () => {
    depth--
  })
  const decode = (chunk: Uint8Array | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch {
      problem ??= "not UTF-8"
      return ""
    }
  }
  return {
    add: (chunk) => {
      bytes += chunk.length
      if (bytes > limits.bytes) problem ??= "too long to be looked at"
      if (problem === undefined) parser.write(decode(chunk))
    },
    finish: () => {
      if (problem === undefined) parser.write(decode(undefined))
      if (problem === undefined) parser.close()
      return problem
    }
  }
}
