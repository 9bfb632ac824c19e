/**
 * Patterns with `?` and `*`, checked in one pass over the text.
 *
 * A pattern comes from anybody who may query, so the check never goes back in the text: the set of all states that the
 * pattern can be in is kept as bits and moved on by each character. The time is that of the text's length times the
 * pattern's length / 32, for every text.
 *
 * @internal
 */
import type { Piece } from "./expression.ts"

/** Bit `n` of a set of states: `n` characters of the pattern have been matched. */
type States = Uint32Array

const bitsPerWord = 32

const add = (states: States, state: number): void => {
  const word = Math.floor(state / bitsPerWord)
  states[word] = (states[word] ?? 0) | (1 << (state % bitsPerWord))
}

const has = (states: States, state: number): boolean =>
  (((states[Math.floor(state / bitsPerWord)] ?? 0) >>> (state % bitsPerWord)) & 1) === 1

/**
 * The check of whether a whole text is as the pattern says.
 *
 * @internal
 */
export const compile = (pieces: ReadonlyArray<Piece>): ((text: string) => boolean) => {
  // A code point, or undefined for any.
  const characters: Array<number | undefined> = []
  const starred: Array<number> = []
  for (const piece of pieces) {
    if (piece._tag === "Many") starred.push(characters.length)
    else if (piece._tag === "One") characters.push(undefined)
    else for (const character of piece.text) characters.push(character.codePointAt(0))
  }
  const last = characters.length
  const none = (): States => new Uint32Array(Math.floor(last / bitsPerWord) + 1)

  /** The states in which a `*` takes whatever comes. */
  const staying = none()
  for (const state of starred) add(staying, state)
  /** The states that a character leads to: those behind a `?`, and behind the character itself. */
  const behindAny = none()
  const behind = new Map<number | undefined, States>()
  for (const [index, character] of characters.entries()) {
    if (character === undefined) add(behindAny, index + 1)
    else {
      const states = behind.get(character) ?? none()
      add(states, index + 1)
      behind.set(character, states)
    }
  }
  for (const states of behind.values()) {
    for (const [word, bits] of behindAny.entries()) states[word] = (states[word] ?? 0) | bits
  }

  return (text) => {
    const states = none()
    add(states, 0)
    for (const character of text) {
      const reachable = behind.get(character.codePointAt(0)) ?? behindAny
      let carry = 0
      let alive = 0
      for (let word = 0; word < states.length; word++) {
        const before = states[word] ?? 0
        const next = (((before << 1) | carry) & (reachable[word] ?? 0)) | (before & (staying[word] ?? 0))
        carry = before >>> (bitsPerWord - 1)
        states[word] = next
        alive |= next
      }
      if (alive === 0) return false
    }
    return has(states, last)
  }
}
