/**
 * A set of texts that cannot be listed, only asked: it keeps 128 bits of the hash of each, so that millions of them fit
 * into memory.
 *
 * @internal
 */
import { createHash } from "node:crypto"

const wordsOfDigest = 4

/** Open addressing, at most half full. A slot of four zeros is empty. */
export class DigestSet {
  #slots = 1024
  #words = new Uint32Array(this.#slots * wordsOfDigest)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(text: string): void {
    if (this.#size * 2 >= this.#slots) this.#grow()
    if (put(this.#words, this.#slots, digestOf(text))) this.#size++
  }

  has(text: string): boolean {
    const digest = digestOf(text)
    return isSame(this.#words, slotOf(this.#words, this.#slots, digest), digest)
  }

  #grow(): void {
    const slots = this.#slots * 2
    const words = new Uint32Array(slots * wordsOfDigest)
    for (let at = 0; at < this.#words.length; at += wordsOfDigest) {
      const digest = this.#words.subarray(at, at + wordsOfDigest)
      if (digest.some((word) => word !== 0)) put(words, slots, digest)
    }
    this.#words = words
    this.#slots = slots
  }
}

const digestOf = (text: string): Uint32Array => {
  const bytes = createHash("sha256").update(text).digest()
  const words = new Uint32Array(wordsOfDigest)
  for (let at = 0; at < wordsOfDigest; at++) words[at] = bytes.readUInt32LE(at * 4)
  return words
}

const isSame = (words: Uint32Array, at: number, digest: Uint32Array): boolean => {
  for (let word = 0; word < wordsOfDigest; word++) if (words[at + word] !== digest[word]) return false
  return true
}

const isEmpty = (words: Uint32Array, at: number): boolean => {
  for (let word = 0; word < wordsOfDigest; word++) if (words[at + word] !== 0) return false
  return true
}

/** Where the digest is, or would be. */
const slotOf = (words: Uint32Array, slots: number, digest: Uint32Array): number => {
  let slot = (digest[0] ?? 0) % slots
  for (;;) {
    const at = slot * wordsOfDigest
    if (isEmpty(words, at) || isSame(words, at, digest)) return at
    slot = (slot + 1) % slots
  }
}

/** Whether it was not there. */
const put = (words: Uint32Array, slots: number, digest: Uint32Array): boolean => {
  const at = slotOf(words, slots, digest)
  if (!isEmpty(words, at)) return false
  words.set(digest, at)
  return true
}
