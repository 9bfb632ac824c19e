/**
 * Whether an object matches an expression.
 *
 * @internal
 */
import type { Node, Piece, Test } from "./expression.ts"
import * as Pattern from "./pattern.ts"

/** What a property holds. */
export type Scalar = string | number | boolean

/** The values of a property; none if the object does not have it. */
export type Values = (property: string) => ReadonlyArray<Scalar>

/** The properties that are texts of many words, of which each is found for itself, whatever its letter case. */
const wordy: ReadonlySet<string> = new Set(["customMetadataContent", "aclGrant"])

const listOfWords = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []

/** What a criterion looks at: a value, or the words of one. */
interface Held {
  readonly scalar: Scalar
  /** In their order; none unless the property is one of many words. */
  readonly words: ReadonlyArray<string>
  /** The words, each with the places at which it stands. */
  readonly places: ReadonlyMap<string, ReadonlyArray<number>>
  /** How many characters there are to look at. */
  readonly size: number
}

type Check = (held: Held) => boolean

const placesOf = (words: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const places = new Map<string, Array<number>>()
  for (const [at, word] of words.entries()) {
    const known = places.get(word)
    if (known === undefined) places.set(word, [at])
    else known.push(at)
  }
  return places
}

const toHeld = (property: string, scalar: Scalar): Held => {
  const words = wordy.has(property) ? listOfWords(String(scalar)) : []
  return { scalar, words, places: placesOf(words), size: String(scalar).length }
}

const isInRange = (value: Scalar, test: Extract<Test, { readonly _tag: "Range" }>): boolean => {
  const compare = (end: string): number =>
    typeof value === "number" ? value - Number(end) : String(value) < end ? -1 : String(value) > end ? 1 : 0
  const low = test.low === undefined ? 1 : compare(test.low)
  const high = test.high === undefined ? -1 : compare(test.high)
  return (low > 0 || (low === 0 && test.hasLow)) && (high < 0 || (high === 0 && test.hasHigh))
}

const isEqual = (value: Scalar, text: string): boolean =>
  typeof value === "number" ? text.trim() !== "" && value === Number(text) : String(value) === text

/** Where a prefix of the words begins again when the next word is another one than it goes on with. */
const fallbacksOf = (words: ReadonlyArray<string>): ReadonlyArray<number> => {
  const fallbacks = [0]
  let length = 0
  for (const word of words.slice(1)) {
    while (length > 0 && words[length] !== word) length = fallbacks[length - 1] ?? 0
    if (words[length] === word) length++
    fallbacks.push(length)
  }
  return fallbacks
}

/** Whether these words stand one behind the other; each word of the text is looked at once. */
const phrase = (text: string): Check => {
  const wanted = listOfWords(text)
  const [only] = wanted
  if (only === undefined) return () => false
  if (wanted.length === 1) return ({ places }) => places.has(only)
  const fallbacks = fallbacksOf(wanted)
  return ({ places, words }) => {
    if (wanted.some((word) => !places.has(word))) return false
    let length = 0
    for (const word of words) {
      while (length > 0 && wanted[length] !== word) length = fallbacks[length - 1] ?? 0
      if (wanted[length] === word) length++
      if (length === wanted.length) return true
    }
    return false
  }
}

const lowerCase = (pieces: ReadonlyArray<Piece>): ReadonlyArray<Piece> =>
  pieces.map((piece) => (piece._tag === "Literal" ? { ...piece, text: piece.text.toLowerCase() } : piece))

const checkOf = (property: string, test: Test): Check => {
  const isWordy = wordy.has(property)
  switch (test._tag) {
    case "Word":
    case "Phrase":
      return isWordy ? phrase(test.text) : ({ scalar }) => isEqual(scalar, test.text)
    case "Pattern": {
      const isLike = Pattern.compile(isWordy ? lowerCase(test.pieces) : test.pieces)
      return isWordy ? ({ words }) => words.some(isLike) : ({ scalar }) => isLike(String(scalar))
    }
    case "Range":
      return isWordy
        ? ({ words }) => words.some((word) => isInRange(word, test))
        : ({ scalar }) => isInRange(scalar, test)
  }
}

/** An expression that is ready to be held against many objects. */
type Matcher =
  | { readonly _tag: "Everything" }
  | { readonly _tag: "Criterion"; readonly property: string; readonly check: Check }
  | {
      readonly _tag: "Clauses"
      readonly clauses: ReadonlyArray<{ readonly sign: "+" | "-" | ""; readonly matcher: Matcher }>
    }

/**
 * Makes an expression ready: what can be known of it without an object is found out once.
 *
 * @internal
 */
export const compile = (node: Node): Matcher => {
  switch (node._tag) {
    case "Everything":
      return node
    case "Criterion":
      return { _tag: "Criterion", property: node.property, check: checkOf(node.property, node.test) }
    case "Clauses":
      return {
        _tag: "Clauses",
        clauses: node.clauses.map(({ node: part, sign }) => ({ sign, matcher: compile(part) }))
      }
  }
}

/** How much looking at a value costs even if it is short. */
const baseCost = 16

function* decide(
  matcher: Matcher,
  heldOf: (property: string) => ReadonlyArray<Held>
): Generator<number, boolean, undefined> {
  switch (matcher._tag) {
    case "Everything":
      return true
    case "Criterion": {
      const all = heldOf(matcher.property)
      yield all.reduce((sum, { size }) => sum + size, baseCost)
      return all.some(matcher.check)
    }
    case "Clauses": {
      let hasMust = false
      let hasOther = false
      let isOther = false
      for (const { matcher: part, sign } of matcher.clauses) {
        if (sign === "+") {
          hasMust = true
          if (!(yield* decide(part, heldOf))) return false
        } else if (sign === "-") {
          if (yield* decide(part, heldOf)) return false
        } else {
          hasOther = true
          isOther ||= yield* decide(part, heldOf)
        }
      }
      return hasMust || !hasOther || isOther
    }
  }
}

/**
 * Finds out whether an object matches. Of clauses every `+` has to match and no `-`; of the others one has to where
 * there is no `+`. Where there are only `-`, everything else matches.
 *
 * An expression can have thousands of criteria and a text millions of words, so it is done step by step: before each
 * step it yields how many characters that one looks at.
 *
 * @internal
 */
export const matching = (matcher: Matcher, values: Values): Generator<number, boolean, undefined> => {
  const known = new Map<string, ReadonlyArray<Held>>()
  return decide(matcher, (property) => {
    const before = known.get(property)
    if (before !== undefined) return before
    const all = values(property).map((scalar) => toHeld(property, scalar))
    known.set(property, all)
    return all
  })
}
