/**
 * Whether an object matches an expression.
 *
 * @internal
 */
import type { Node, Piece, Test } from "./expression.ts"

/** What a property holds. */
export type Scalar = string | number | boolean

/** The values of a property; none if the object does not have it. */
export type Values = (property: string) => ReadonlyArray<Scalar>

/** The properties that are texts of many words, of which each is found for itself, whatever its letter case. */
const wordy: ReadonlySet<string> = new Set(["customMetadataContent", "aclGrant"])

/**
 * The words of a text, in lower case, one blank between two of them and around them.
 *
 * @internal
 */
export const wordsOf = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).join(" ")} `

const isInRange = (value: Scalar, test: Extract<Test, { readonly _tag: "Range" }>): boolean => {
  const compare = (end: string): number =>
    typeof value === "number" ? value - Number(end) : String(value) < end ? -1 : String(value) > end ? 1 : 0
  const low = test.low === undefined ? 1 : compare(test.low)
  const high = test.high === undefined ? -1 : compare(test.high)
  return (low > 0 || (low === 0 && test.hasLow)) && (high < 0 || (high === 0 && test.hasHigh))
}

const regexOf = (pieces: ReadonlyArray<Piece>): RegExp =>
  new RegExp(
    `^${pieces
      .map((piece) =>
        piece._tag === "Literal"
          ? piece.text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
          : piece._tag === "One"
            ? "."
            : ".*"
      )
      .join("")}$`,
    "su"
  )

const isEqual = (value: Scalar, text: string): boolean =>
  typeof value === "number" ? text.trim() !== "" && value === Number(text) : String(value) === text

const holds = (property: string, value: Scalar, test: Test): boolean => {
  if (!wordy.has(property)) {
    switch (test._tag) {
      case "Word":
      case "Phrase":
        return isEqual(value, test.text)
      case "Pattern":
        return regexOf(test.pieces).test(String(value))
      case "Range":
        return isInRange(value, test)
    }
  }
  const words = wordsOf(String(value))
  switch (test._tag) {
    case "Word":
    case "Phrase": {
      const wanted = wordsOf(test.text)
      return wanted.trim() !== "" && words.includes(wanted)
    }
    case "Pattern": {
      const pattern = regexOf(
        test.pieces.map((piece) => (piece._tag === "Literal" ? { ...piece, text: piece.text.toLowerCase() } : piece))
      )
      return words
        .trim()
        .split(" ")
        .some((word) => pattern.test(word))
    }
    case "Range":
      return words
        .trim()
        .split(" ")
        .some((word) => word !== "" && isInRange(word, test))
  }
}

/**
 * Whether it matches. Of clauses every `+` has to match and no `-`; of the others one has to where there is no `+`. Where there are only
 * `-`, everything else matches.
 *
 * @internal
 */
export const matches = (node: Node, values: Values): boolean => {
  switch (node._tag) {
    case "Everything":
      return true
    case "Criterion":
      return values(node.property).some((value) => holds(node.property, value, node.test))
    case "Clauses": {
      let hasMust = false
      let hasOther = false
      let isOther = false
      for (const { node: part, sign } of node.clauses) {
        if (sign === "+") {
          hasMust = true
          if (!matches(part, values)) return false
        } else if (sign === "-") {
          if (matches(part, values)) return false
        } else {
          hasOther = true
          isOther ||= matches(part, values)
        }
      }
      return hasMust || !hasOther || isOther
    }
  }
}
