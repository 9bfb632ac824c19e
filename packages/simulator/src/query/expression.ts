/**
 * Reads the language of query expressions: `+must -mustNot or`, parentheses, `property:value`, ranges, phrases,
 * wildcards.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"

/** A part of a word: characters, or a wildcard. */
export type Piece =
  | { readonly _tag: "Literal"; readonly text: string }
  | { readonly _tag: "One" }
  | { readonly _tag: "Many" }

/** What a property is held against. `undefined` is an open end of a range. */
export type Test =
  | { readonly _tag: "Word"; readonly text: string }
  | { readonly _tag: "Phrase"; readonly text: string }
  | { readonly _tag: "Pattern"; readonly pieces: ReadonlyArray<Piece> }
  | {
      readonly _tag: "Range"
      readonly low: string | undefined
      readonly high: string | undefined
      readonly hasLow: boolean
      readonly hasHigh: boolean
    }

/** What of several parts has to match. */
interface Clause {
  readonly sign: "+" | "-" | ""
  readonly node: Node
}

/** An expression. */
export type Node =
  | { readonly _tag: "Everything" }
  | { readonly _tag: "Criterion"; readonly property: string; readonly test: Test }
  | { readonly _tag: "Clauses"; readonly clauses: ReadonlyArray<Clause> }

/** What a criterion without a property is about. */
const defaultProperty = "customMetadataContent"

const maxDepth = 200

/** What cannot be read; thrown inside the reader only. */
class Unreadable extends Error {}

const isSpace = (char: string | undefined): boolean => char !== undefined && /\s/.test(char)

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    this.#skip()
    return this.#at >= this.#text.length
  }

  /** Clauses up to a closing parenthesis or the end. With a property, what stands there are values of it. */
  clauses(property: string | undefined, depth: number): Node {
    if (depth > maxDepth) throw new Unreadable("it is nested too deeply")
    const clauses: Array<Clause> = []
    while (!this.isAtEnd && this.#peek() !== ")") {
      const char = this.#peek()
      const sign = char === "+" || char === "-" ? char : ""
      if (sign !== "") this.#at++
      clauses.push({ sign, node: this.#operand(property, depth) })
    }
    if (clauses.length === 0) throw new Unreadable("something is missing")
    return { _tag: "Clauses", clauses }
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #skip(): void {
    while (isSpace(this.#peek())) this.#at++
  }

  #take(char: string): void {
    if (this.#peek() !== char) throw new Unreadable(`'${char}' is missing`)
    this.#at++
  }

  #group(property: string | undefined, depth: number): Node {
    this.#take("(")
    const node = this.clauses(property, depth + 1)
    this.#skip()
    this.#take(")")
    return node
  }

  #operand(property: string | undefined, depth: number): Node {
    if (this.#peek() === "(") return this.#group(property, depth)
    if (property !== undefined) return this.#value(property)
    if (this.#text.startsWith("*:*", this.#at)) {
      this.#at += 3
      return { _tag: "Everything" }
    }
    const before = this.#at
    if (this.#peek() !== '"' && this.#peek() !== "[" && this.#peek() !== "{") {
      const name = this.#word()
      if (this.#peek() === ":") {
        if (name.some(({ _tag }) => _tag !== "Literal")) throw new Unreadable("the name of a property has no wildcards")
        this.#at++
        const named = name.map((piece) => (piece._tag === "Literal" ? piece.text : "")).join("")
        return this.#peek() === "(" ? this.#group(named, depth) : this.#value(named)
      }
      this.#at = before
    }
    return this.#value(defaultProperty)
  }

  #value(property: string): Node {
    return { _tag: "Criterion", property, test: this.#test() }
  }

  #test(): Test {
    const char = this.#peek()
    if (char === '"') return { _tag: "Phrase", text: this.#quoted() }
    if (char === "[" || char === "{") return this.#range()
    const pieces = this.#word()
    if (pieces[0]?._tag !== "Literal") throw new Unreadable("a wildcard cannot be the first character")
    return pieces.length === 1 ? { _tag: "Word", text: pieces[0].text } : { _tag: "Pattern", pieces }
  }

  #quoted(): string {
    this.#take('"')
    let text = ""
    for (;;) {
      const char = this.#text[this.#at++]
      if (char === undefined) throw new Unreadable("a phrase has no end")
      if (char === '"') return text
      text += char === "\\" ? this.#escaped() : char
    }
  }

  #escaped(): string {
    const char = this.#text[this.#at++]
    if (char === undefined) throw new Unreadable("a backslash is the last character")
    return char
  }

  /** Up to a blank or a character that has a meaning. A sign inside a word is a part of it. */
  #word(): ReadonlyArray<Piece> {
    const pieces: Array<Piece> = []
    let text = ""
    const flush = () => {
      if (text !== "") pieces.push({ _tag: "Literal", text })
      text = ""
    }
    for (;;) {
      const char = this.#peek()
      if (char === undefined || isSpace(char) || /[()[\]{}":]/.test(char)) break
      this.#at++
      if (char === "\\") text += this.#escaped()
      else if (char === "?" || char === "*") {
        flush()
        pieces.push({ _tag: char === "?" ? "One" : "Many" })
      } else text += char
    }
    flush()
    if (pieces.length === 0) throw new Unreadable(`there is nothing before position ${this.#at + 1}`)
    return pieces
  }

  #end(): string | undefined {
    this.#skip()
    if (this.#peek() === '"') return this.#quoted()
    const pieces = this.#word()
    const [only] = pieces
    if (pieces.length === 1 && only?._tag === "Many") return undefined
    if (pieces.length === 1 && only?._tag === "Literal") return only.text
    throw new Unreadable("the end of a range has no wildcards")
  }

  #range(): Test {
    const opening = this.#text[this.#at++]
    const low = this.#end()
    this.#skip()
    if (!/^TO\s/.test(this.#text.slice(this.#at))) throw new Unreadable("a range has no TO")
    this.#at += 2
    const high = this.#end()
    this.#skip()
    const closing = this.#text[this.#at++]
    if (closing !== "]" && closing !== "}") throw new Unreadable("a range has no end")
    return { _tag: "Range", low, high, hasLow: opening === "[", hasHigh: closing === "]" }
  }
}

/**
 * Reads an expression. Fails with 400.
 *
 * @internal
 */
export const parse = (text: string): Result.Result<Node, Refusal> =>
  Result.try({
    try: () => {
      const reader = new Reader(text)
      const node = reader.clauses(undefined, 0)
      if (!reader.isAtEnd) throw new Unreadable("a parenthesis is closed that was not opened")
      return node
    },
    catch: (error) =>
      refusal(400, `the query expression cannot be read: ${error instanceof Error ? error.message : error}`)
  })

/**
 * The properties that an expression speaks about.
 *
 * @internal
 */
export const propertiesOf = (node: Node): ReadonlySet<string> => {
  switch (node._tag) {
    case "Everything":
      return new Set()
    case "Criterion":
      return new Set([node.property])
    case "Clauses":
      return new Set(node.clauses.flatMap((clause) => [...propertiesOf(clause.node)]))
  }
}
