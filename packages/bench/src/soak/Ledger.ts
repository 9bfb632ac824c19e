/**
 * Keeps account of what must be true: every object that was sent, what is known of its fate, and every call that was made.
 */
import { createHash } from "node:crypto"
import type { HcpError } from "@effect-hcp/sdk"
import type { Interval } from "./History.ts"

/**
 * What is known of an object:
 *
 * - `pending`: a call that will tell is under way
 * - `stored`, `deleted`: the system said so
 * - `maybe`: a call failed, and may or may not have taken effect
 * - `never`: the call failed before anything was sent
 */
export type Fate = "pending" | "stored" | "deleted" | "maybe" | "never"

/** An object: a part of the common {@link Material}, under a path that is used once. */
export interface Item {
  readonly path: string
  readonly bytes: Uint8Array
  readonly sha256: string
  fate: Fate
  /** When its fate was last settled, in milliseconds of the monotonic clock. */
  since: number
}

/** What is done with objects. */
export type Operation = "PUT" | "GET" | "plain stream" | "resumed stream" | "HEAD" | "DELETE"

/** A call that failed, for good. */
export interface Failure {
  readonly operation: Operation
  readonly item: Item
  /** The fate of the item before the call. */
  readonly fate: Fate
  readonly during: Interval
  readonly error: HcpError.HcpError
  /** A body that can be sent once only. */
  readonly oneShot: boolean
}

/** Something that must never happen. */
export interface Breach {
  readonly rule: string
  readonly detail: string
}

const materialBytes = 4 * 1024 * 1024

/** Random bytes that all objects are cut from: what is stored needs no memory of its own. */
export const makeMaterial = (seed: number): Uint8Array =>
  createHash("shake256", { outputLength: materialBytes }).update(String(seed)).digest()

/** The account of one soak. Everything is noted in it as it happens. */
export class Ledger {
  readonly items: Array<Item> = []
  readonly failures: Array<Failure> = []
  readonly breaches: Array<Breach> = []
  /** How long the calls took, in milliseconds. */
  readonly millis: Record<Operation, Array<number>> = {
    PUT: [],
    GET: [],
    "plain stream": [],
    "resumed stream": [],
    HEAD: [],
    DELETE: []
  }
  /** Calls that needed more than one attempt. */
  repeated = 0
  /** Answers that came from the second system. */
  fromReplica = 0
  /** Reads that saw an object as it was before a change that was too young to be everywhere. */
  late = 0
  bytes = 0
  readonly #material: Uint8Array

  constructor(seed: number) {
    this.#material = makeMaterial(seed)
  }

  /** A new object of `size` bytes, cut at a place between 0 and 1. */
  open(path: string, size: number, place: number): Item {
    const start = Math.floor(place * (this.#material.length - size))
    const bytes = this.#material.subarray(start, start + size)
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    const item: Item = { path, bytes, sha256, fate: "pending", since: 0 }
    this.items.push(item)
    return item
  }

  breach(rule: string, detail: string): void {
    this.breaches.push({ rule, detail })
  }

  get calls(): number {
    return Object.values(this.millis).reduce((sum, { length }) => sum + length, 0)
  }
}
