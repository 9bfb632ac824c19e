/**
 * Keeps account of what must be true: every object that was sent, what is known of its fate, and every call that was
 * made.
 */
import { createHash } from "node:crypto"
import type { HcpError } from "@effect-hcp/sdk"
import type { Interval } from "./History.ts"
import type { Domain } from "./Plan.ts"

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
  /** The system that said so, if one did. */
  by: Domain | undefined
  /** The calls that were made for it: the first one, and the last ones. */
  readonly calls: Array<Call>
}

/** A call, as the history of an object shows it. */
export interface Call {
  readonly operation: Operation
  readonly during: Interval
  /** In words: the status, the node and system, the attempts before; or the error. */
  readonly outcome: string
}

/** Stands in the outcome of a call that was repeated after an attempt without an answer. */
export const inDoubt = "after an attempt that may have taken effect"

/** What is done with objects. */
export type Operation = "PUT" | "GET" | "plain stream" | "resumed stream" | "HEAD" | "DELETE"

/** A call that failed, for good. */
export interface Failure {
  readonly operation: Operation
  readonly item: Item
  /** The fate of the item before the call, and the system that said so. */
  readonly fate: Fate
  readonly by: Domain | undefined
  readonly during: Interval
  readonly error: HcpError.HcpError
  /** A body that can be sent once only. */
  readonly oneShot: boolean
}

/**
 * An answer that contradicts what is known of an object: wrong, unless the system that gave it had not heard of the
 * last change yet.
 */
export interface Doubt {
  readonly operation: Operation
  readonly path: string
  /** What was said: that the object is there, or that it is not. */
  readonly isThere: boolean
  /** The system that said so; unknown of a body that was read as a stream. */
  readonly saidBy: Domain | undefined
  /** Where and when it was stored, if it was said not to be there, or else deleted. */
  readonly changedBy: Domain | undefined
  readonly since: number
  readonly during: Interval
}

/** Something that must never happen. */
export interface Breach {
  readonly rule: string
  readonly detail: string
  /** Of the object it happened to, if it is one. */
  readonly path?: string | undefined
}

/** Of one object. */
const mostCalls = 24

const materialBytes = 4 * 1024 * 1024

/** Random bytes that all objects are cut from: what is stored needs no memory of its own. */
const makeMaterial = (seed: number): Uint8Array =>
  createHash("shake256", { outputLength: materialBytes }).update(String(seed)).digest()

/** The account of one soak. Everything is noted in it as it happens. */
export class Ledger {
  readonly items: Array<Item> = []
  readonly failures: Array<Failure> = []
  readonly doubts: Array<Doubt> = []
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
  /**
   * Doubts that were none: the system that answered had not heard of the last change yet, and no better one could be
   * asked.
   */
  late = 0
  /** Objects that were stored at both systems, because the first one did not say so, and deleted at one of them. */
  storedTwice = 0
  /** Objects that came back: a node carried out an attempt of their PUT after another one, and after their DELETE. */
  lateAttempts = 0
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
    const item: Item = { path, bytes, sha256, fate: "pending", since: 0, by: undefined, calls: [] }
    this.items.push(item)
    return item
  }

  /** Takes a call down for the history of an object. */
  call(item: Item, call: Call): void {
    item.calls.push(call)
    if (item.calls.length > mostCalls) item.calls.splice(1, 1)
  }

  breach(rule: string, detail: string, path?: string): void {
    this.breaches.push({ rule, detail, path })
  }

  get calls(): number {
    return Object.values(this.millis).reduce((sum, { length }) => sum + length, 0)
  }
}
