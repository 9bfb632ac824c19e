/**
 * The nodes as a pool sees them, those who want a connection or have one, and the line in which they wait.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import type { Connection, Endpoint, ExchangeFailure } from "../../Connection.ts"
import { Place } from "./hostLists.ts"
import type { NodeAddress } from "./nodeHealth.ts"
import { type Timed, unwatched } from "./timeouts.ts"

/** A connection nobody uses. All of a pool form one list, the oldest first. */
export interface Idle {
  readonly connection: Connection
  readonly host: Host
  /** Since when it is idle, and when it was opened, in milliseconds. */
  readonly since: number
  readonly openedAt: number
  /** Whether it was opened in this moment: one that has been idle may have been closed by the node, used or not. */
  isNew: boolean
  older: Idle | undefined
  newer: Idle | undefined
}

/** All idle connections of a pool, in the order in which they became idle. */
export class IdleList {
  oldest: Idle | undefined
  #newest: Idle | undefined
  /** Called when the list is no longer empty. */
  onFirst = (): void => undefined

  add(entry: Idle): void {
    entry.older = this.#newest
    if (this.#newest === undefined) this.oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
    if (this.oldest === entry) this.onFirst()
  }

  remove(entry: Idle): void {
    if (entry.older === undefined) this.oldest = entry.newer
    else entry.older.newer = entry.newer
    if (entry.newer === undefined) this.#newest = entry.older
    else entry.newer.older = entry.older
    // An entry that is gone must not keep those that came after it from the garbage collector.
    entry.older = undefined
    entry.newer = undefined
  }
}

/**
 * One node: its idle connections, how many are in use, who waits for this node alone, and its places in the lists of
 * the pool.
 */
export class Host {
  readonly endpoint: Endpoint
  /** The node, while it is one of the healthy ones. */
  node: NodeAddress | undefined = undefined
  /** Oldest first. */
  readonly idle: Array<Idle> = []
  /** Those who want this node and no other. */
  readonly line = new Line()
  /** In use, or being opened. */
  busy = 0
  connecting = 0
  /** Nothing was left of it, and the pool has dropped it; who needs it makes a new one. */
  isForgotten = false
  readonly able = new Place<Host>(this)
  readonly warm = new Place<Host>(this)
  readonly cold = new Place<Host>(this)

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  get isHealthy(): boolean {
    return this.node !== undefined
  }

  get open(): number {
    return this.idle.length + this.busy
  }
}

/** Why there is no connection: a failure of the network or of the pool, or a defect of the transport. */
export type NoConnection = ExchangeFailure | Cause.Cause<never>

/** What an acquisition needs of its pool. */
export interface Owner {
  readonly isClosed: boolean
  readonly release: (acquisition: Acquisition) => void
  readonly dropStale: (acquisition: Acquisition) => void
  readonly onDue: (acquisition: Acquisition, now: number) => void
}

/** Which nodes one may use: any healthy one, one alone, or some of the healthy ones. */
export type Choice =
  | { readonly _tag: "Any" }
  | { readonly _tag: "One"; readonly host: Host; readonly node: NodeAddress | undefined }
  | { readonly _tag: "Some"; readonly hosts: ReadonlySet<Host> }

/** The address of the one node that may be used, if it is one. @internal */
export const addressOf = (choice: Choice): string | undefined =>
  choice._tag === "One" ? choice.host.endpoint.address : undefined

/** @internal */
export class Acquisition implements Timed {
  readonly #owner: Owner
  readonly choice: Choice
  /** Its place among all that ever came. */
  readonly turn: number
  state: "waiting" | "holding" | "over" = "waiting"
  /** Where its connection goes, or where it failed. */
  host: Host | undefined = undefined
  node: NodeAddress | undefined = undefined
  connection: Connection | undefined = undefined
  /** Whether the connection served nobody before. */
  isNew = false
  openedAt = 0
  /** Since when the connection had been idle; `undefined` for a new one. */
  idleSince: number | undefined = undefined
  /** Why there is no connection. */
  failure: NoConnection | undefined = undefined
  /** Called once the waiting is over, with a connection or a failure. */
  onTurn: (() => void) | undefined = undefined
  /** When it fails because it waited too long. */
  waitsUntil = Number.POSITIVE_INFINITY
  dueAt = Number.POSITIVE_INFINITY
  watchedAt = unwatched
  line: Line | undefined = undefined
  ahead: Acquisition | undefined = undefined
  behind: Acquisition | undefined = undefined

  constructor(owner: Owner, choice: Choice, turn: number) {
    this.#owner = owner
    this.choice = choice
    this.turn = turn
  }

  /** It was given this host, or failed at it. */
  at(host: Host): void {
    this.host = host
    // The client of one node knows the same address as a node of its own.
    this.node = this.choice._tag === "One" ? this.choice.node : host.node
  }

  /** How long it took to open its connection, if that was done for it. */
  get connectMillis(): number {
    return this.isNew && this.connection !== undefined ? Duration.toMillis(this.connection.connectTime) : 0
  }

  /** Whether the pool was closed since: what breaks then is nobody's fault. */
  get isRevoked(): boolean {
    return this.#owner.isClosed
  }

  accepts(host: Host): boolean {
    switch (this.choice._tag) {
      case "Any":
        return host.isHealthy
      case "One":
        return this.choice.host === host
      case "Some":
        return this.choice.hosts.has(host)
    }
  }

  /** Gives back what it has, or its place in the line. Does nothing the second time. */
  release(): void {
    this.#owner.release(this)
  }

  /**
   * Says that the node had closed this warm connection: those idle for longer are closed too, as the node very likely
   * did the same to them.
   */
  wasStale(): void {
    this.#owner.dropStale(this)
  }

  onDue(now: number): void {
    this.#owner.onDue(this, now)
  }
}

/** First come, first served. Joining and leaving take the same time anywhere. */
export class Line {
  first: Acquisition | undefined = undefined
  #last: Acquisition | undefined = undefined
  size = 0

  append(acquisition: Acquisition): void {
    this.size++
    acquisition.line = this
    acquisition.ahead = this.#last
    if (this.#last === undefined) this.first = acquisition
    else this.#last.behind = acquisition
    this.#last = acquisition
  }

  remove(acquisition: Acquisition): void {
    this.size--
    const { ahead, behind } = acquisition
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    acquisition.line = undefined
    acquisition.ahead = undefined
    acquisition.behind = undefined
  }

  /** The first that came before a turn and may use a host. */
  firstFor(host: Host, before: number): Acquisition | undefined {
    for (let each = this.first; each !== undefined && each.turn < before; each = each.behind) {
      if (each.accepts(host)) return each
    }
    return undefined
  }

  *[Symbol.iterator](): Iterator<Acquisition> {
    let each = this.first
    while (each !== undefined) {
      const { behind } = each
      yield each
      each = behind
    }
  }
}
