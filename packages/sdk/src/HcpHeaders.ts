/**
 * The headers of an answer.
 *
 * @since 0.1.0
 */
import * as Inspectable from "effect/Inspectable"
import { type Pairs, pairsOf } from "./HcpRequest.ts"

// Cookies of an answer are credentials for the next request.
const secretNames: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  "x-auth-token",
  "x-storage-token",
  "x-subject-token"
])

const decode = (part: Uint8Array | string): string =>
  typeof part === "string" ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1")

/** Values by names in lower case; a list where a header was sent more than once. */
type Decoded = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/**
 * The headers of an answer: immutable, in the order they were sent, looked up without regard to case.
 *
 * Values are decoded as Latin-1, and only when asked for. Printing and `JSON.stringify` redact `Set-Cookie`
 * and the tokens of Swift and Keystone; `get` and the iterator do not.
 *
 * @category models
 * @since 0.1.0
 */
export class ResponseHeaders implements Iterable<readonly [name: string, value: string]> {
  readonly #raw: ReadonlyArray<Uint8Array | string>
  readonly #decoded: Decoded | undefined

  /**
   * From a list as it came off the wire: `[name, value, name, value, ...]`. Neither copied nor decoded; whoever has
   * them decoded already, by names in lower case, may give that too.
   */
  constructor(raw: ReadonlyArray<Uint8Array | string>, decoded?: Decoded) {
    this.#raw = raw
    this.#decoded = decoded
  }

  /** The first value of a header, or `undefined` where it was not sent. HCP sends many headers with an empty value. */
  get(name: string): string | undefined {
    const decoded = this.#decoded
    if (decoded !== undefined) {
      // What every object has by itself is neither a text nor a list.
      const value = decoded[name.toLowerCase()]
      return typeof value === "string" ? value : typeof value === "object" ? value[0] : undefined
    }
    const at = this.#find(name.toLowerCase(), 0)
    return at < 0 ? undefined : this.#value(at)
  }

  /** Every value of a header, in the order they were sent. */
  getAll(name: string): ReadonlyArray<string> {
    const lower = name.toLowerCase()
    const values: Array<string> = []
    for (let at = this.#find(lower, 0); at >= 0; at = this.#find(lower, at + 2)) {
      values.push(this.#value(at))
    }
    return values
  }

  /** Whether a header was sent, be it empty. */
  has(name: string): boolean {
    if (this.#decoded !== undefined) return Object.hasOwn(this.#decoded, name.toLowerCase())
    return this.#find(name.toLowerCase(), 0) >= 0
  }

  /** Name and value of every header in the order they were sent; names in lower case. */
  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let at = 0; at + 1 < this.#raw.length; at += 2) {
      yield [this.#name(at), this.#value(at)]
    }
  }

  /**
   * Name and value of the headers whose names begin so, as the iterator gives them; of no other one the value is
   * decoded.
   */
  *startingWith(prefix: string): IterableIterator<readonly [name: string, value: string]> {
    const lower = prefix.toLowerCase()
    for (let at = 0; at + 1 < this.#raw.length; at += 2) {
      if ((this.#raw[at]?.length ?? 0) < lower.length) continue
      const name = this.#name(at)
      if (name.startsWith(lower)) yield [name, this.#value(at)]
    }
  }

  /** A plain record; the values of a header that was sent more than once are joined with `, `. */
  toJSON(): Record<string, string> {
    const values = new Map<string, string>()
    for (const [name, value] of this) {
      const before = values.get(name)
      const shown = secretNames.has(name) ? "<redacted>" : value
      values.set(name, before === undefined ? shown : `${before}, ${shown}`)
    }
    return Object.fromEntries(values)
  }

  toString(): string {
    return JSON.stringify(this, undefined, 2)
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toJSON()
  }

  #name(at: number): string {
    return decode(this.#raw[at] ?? "").toLowerCase()
  }

  #value(at: number): string {
    return decode(this.#raw[at + 1] ?? "")
  }

  // Comparing lengths first leaves nearly every name undecoded.
  #find(lower: string, from: number): number {
    for (let at = from; at + 1 < this.#raw.length; at += 2) {
      if (this.#raw[at]?.length === lower.length && this.#name(at) === lower) return at
    }
    return -1
  }
}

/**
 * Headers for an answer that did not come off a wire: tests and canned transports.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (headers: Pairs = []): ResponseHeaders => {
  const raw: Array<string> = []
  for (const [name, value] of pairsOf(headers)) raw.push(name, value)
  return new ResponseHeaders(raw)
}
