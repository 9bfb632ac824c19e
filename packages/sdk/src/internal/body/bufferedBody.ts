/**
 * The body of an answer that is kept in memory.
 *
 * @internal
 */
import type * as crypto from "node:crypto"
import type { IntegrityError } from "../../WireReason.ts"
import { type Expected, hasher, mismatchOf } from "./integrity.ts"

const noBytes = new Uint8Array()

// A short body is hashed at its end, which takes less.
const shortBytes = 256 * 1024

/** @internal */
export class BufferedBody {
  /** The most bytes that are kept. */
  readonly limit: number
  readonly #expected: Expected | undefined
  readonly #hash: crypto.Hash | undefined
  #first: Uint8Array = noBytes
  #parts: Array<Uint8Array> | undefined
  readonly #onReceived: ((received: number) => void) | undefined
  received = 0

  constructor(
    limit: number,
    expected: Expected | undefined,
    length: number | undefined,
    onReceived: ((received: number) => void) | undefined
  ) {
    this.limit = limit
    this.#onReceived = onReceived
    this.#expected = expected
    if (expected !== undefined && !(length !== undefined && length <= shortBytes)) this.#hash = hasher(expected.scheme)
  }

  /** Keeps some bytes; `false` if that are more than are wanted. */
  push(bytes: Uint8Array): boolean {
    this.received += bytes.length
    if (this.received > this.limit) return false
    if (this.received === bytes.length) this.#first = bytes
    else if (this.#parts === undefined) this.#parts = [this.#first, bytes]
    else this.#parts.push(bytes)
    this.#hash?.update(bytes)
    this.#onReceived?.(this.received)
    return true
  }

  get bytes(): Uint8Array {
    return this.#parts === undefined ? this.#first : joined(this.#parts, this.received)
  }

  /** What is wrong with the bytes, if HCP says what their hash is. */
  mismatch(bytes: Uint8Array): IntegrityError | undefined {
    return this.#expected === undefined ? undefined : mismatchOf(this.#expected, this.#hash ?? bytes)
  }
}

/** The parts as one. */
export const joined = (parts: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
