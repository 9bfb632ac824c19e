/**
 * The state of a connection pool and its rules: last in, first out; first come, first served.
 *
 * Every transition is synchronous, so nothing needs a lock; only opening a connection and waiting for one are effects.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Connection, type Endpoint, ExchangeFailure } from "../../Connection.ts"
import type { Transport } from "../../Transport.ts"
import { Closed, PoolExhausted, Timeout } from "../../WireReason.ts"
import { Borrower, type Idle, type Lease, type Lender, type Loan, NodeShelf } from "./borrower.ts"

/**
 * What the pool holds for one node.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeConnections {
  readonly address: string
  readonly idle: number
  /** Lent, or being opened. */
  readonly busy: number
  readonly waiting: number
}

interface Settings {
  readonly transport: Transport["Service"]
  readonly clock: Clock.Clock
  readonly idleMillis: number
  readonly maxPerNode: number
  readonly maxTotal: number
  readonly maxWaiting: number
  readonly waitMillis: number | undefined
}

const nothingSent = (reason: ExchangeFailure["reason"]) => new ExchangeFailure({ reason, reached: "nothing" })

// Never shared between names or ports: a connection is verified for one name and speaks for one tenant.
const keyOf = ({ address, fqdn, port }: Endpoint): string => `${address} ${port} ${fqdn}`

const closed = () => nothingSent(new Closed({ what: "the connection pool" }))

const poolClosed = Effect.suspend(() => Effect.fail(closed()))

/** @internal */
export class Shelf implements Lender {
  readonly #settings: Settings
  readonly #nodes = new Map<string, NodeShelf>()
  readonly #ofEndpoint = new WeakMap<Endpoint, NodeShelf>()
  readonly #open = new Set<Connection>()
  readonly #closing = Deferred.makeUnsafe<never, ExchangeFailure>()
  readonly #allBack = Deferred.makeUnsafe<void>()
  /** Open, or being opened. */
  #total = 0
  #lent = 0
  #waiting = 0
  #turns = 0
  #closed = false
  #serving = false
  /** Whether connections can collect an answer: with one transport all do, or none. */
  #collects = false

  constructor(settings: Settings) {
    this.#settings = settings
  }

  lend(endpoint: Endpoint): Effect.Effect<Lease, ExchangeFailure, Scope.Scope> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.scope, (scope) => {
        const borrower = this.#borrower(endpoint)
        return Effect.onExit(restore(this.#borrow(endpoint, borrower)), (exit) =>
          Exit.isSuccess(exit)
            ? Scope.addFinalizer(
                scope,
                Effect.sync(() => borrower.giveBack())
              )
            : Effect.sync(() => borrower.giveBack(Exit.hasFails(exit)))
        )
      })
    )
  }

  /**
   * A warm connection without a scope, if there is one and nobody waits for it; or else a place among those who wait, and `onTurn` is
   * told when it comes, or why it does not. Nothing where a connection may be opened at once, and where waiting has limits of its own.
   */
  lendQuick(endpoint: Endpoint, onTurn: (failure: ExchangeFailure | undefined) => void): Loan | undefined {
    if (this.#closed || !this.#collects) return undefined
    const borrower = this.#borrower(endpoint)
    const { node } = borrower
    if (node.waiting.size === 0) {
      if (this.#takeIdle(borrower) !== undefined) return borrower
      if (this.#mayOpen(node)) return undefined
    }
    if (this.#settings.waitMillis !== undefined || node.waiting.size >= this.#settings.maxWaiting) return undefined
    borrower.wake = onTurn
    this.#enqueue(borrower)
    return borrower
  }

  /** Sends away who waits for a connection to this node. */
  turnAway(endpoint: Endpoint, reason: ExchangeFailure["reason"]): void {
    const node = this.#nodes.get(keyOf(endpoint))
    if (node === undefined || node.waiting.size === 0) return
    const failure = nothingSent(reason)
    const leaving = [...node.waiting].filter((borrower) => borrower.wake !== undefined)
    // Whoever is told does the same to the others: only if they have left is that not one call inside of another.
    for (const borrower of leaving) this.#dequeue(borrower)
    for (const borrower of leaving) borrower.wake?.(failure)
  }

  stats(): ReadonlyArray<NodeConnections> {
    return Array.from(this.#nodes.values(), (node) => ({
      address: node.address,
      idle: node.idle.length,
      busy: node.busy,
      waiting: node.waiting.size
    }))
  }

  /** Lets go of what was idle for too long, and of what the node closed. */
  sweep(): void {
    const now = this.#now()
    for (const [key, node] of this.#nodes) {
      for (const entry of node.idle.splice(0)) {
        if (this.#isUsable(entry, now)) node.idle.push(entry)
        else this.#drop(entry.connection)
      }
      if (node.open === 0 && node.waiting.size === 0) {
        node.isForgotten = true
        this.#nodes.delete(key)
      }
    }
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Lends nothing any more, waits for what is lent, but no longer than `grace`, and destroys what is left. */
  close(grace: Duration.Duration): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#closed = true
      for (const node of this.#nodes.values()) {
        for (const entry of node.idle.splice(0)) this.#drop(entry.connection)
        for (const borrower of [...node.waiting]) borrower.wake?.(closed())
      }
      Deferred.doneUnsafe(this.#closing, poolClosed)
      const destroy = Effect.sync(() => {
        for (const connection of this.#open) connection.destroy()
      })
      if (this.#lent === 0 || Duration.isZero(grace)) return destroy
      // A finaliser cannot be interrupted; its waiting must be, by the clock.
      return Effect.andThen(Effect.timeoutOption(Effect.interruptible(Deferred.await(this.#allBack)), grace), destroy)
    })
  }

  #borrow(endpoint: Endpoint, borrower: Borrower): Effect.Effect<Lease, ExchangeFailure> {
    if (this.#closed) return poolClosed
    const { node } = borrower
    // Whoever waits already goes first.
    if (node.waiting.size === 0 && this.#grant(borrower)) return this.#proceed(endpoint, borrower)
    if (node.waiting.size >= this.#settings.maxWaiting) {
      return Effect.fail(nothingSent(new PoolExhausted({ address: endpoint.address, waiting: node.waiting.size })))
    }
    this.#enqueue(borrower)
    const turn = Effect.callback<void, ExchangeFailure>((resume) => {
      if (this.#closed) resume(poolClosed)
      else if (borrower.state !== "waiting") resume(Effect.void)
      else borrower.wake = (failure) => resume(failure === undefined ? Effect.void : Effect.fail(failure))
    })
    const { waitMillis } = this.#settings
    const bounded =
      waitMillis === undefined
        ? turn
        : Effect.timeoutOrElse(turn, {
            duration: waitMillis,
            orElse: () =>
              Effect.fail(nothingSent(new Timeout({ phase: "queue", millis: waitMillis, address: endpoint.address })))
          })
    return Effect.flatMap(bounded, () => this.#proceed(endpoint, borrower))
  }

  /** Gives the borrower an idle connection or the right to open one, if there is either. */
  #grant(borrower: Borrower): boolean {
    const { node } = borrower
    if (this.#takeIdle(borrower) !== undefined) return true
    if (!this.#mayOpen(node)) return false
    if (this.#total >= this.#settings.maxTotal) this.#dropOldestIdle()
    borrower.state = "opening"
    node.busy++
    this.#total++
    return true
  }

  #mayOpen(node: NodeShelf): boolean {
    return (
      node.open < this.#settings.maxPerNode &&
      (this.#total < this.#settings.maxTotal || this.#oldestIdle() !== undefined)
    )
  }

  #takeIdle(borrower: Borrower): Connection | undefined {
    const { node } = borrower
    if (node.idle.length === 0) return undefined
    const now = this.#now()
    for (let entry = node.idle.pop(); entry !== undefined; entry = node.idle.pop()) {
      if (this.#isUsable(entry, now)) {
        this.#hold(borrower, entry.connection)
        borrower.idleSince = entry.since
        node.busy++
        return entry.connection
      }
      this.#drop(entry.connection)
    }
    return undefined
  }

  #proceed(endpoint: Endpoint, borrower: Borrower): Effect.Effect<Lease, ExchangeFailure> {
    const about = { wasStale: Effect.sync(() => borrower.wasStale()), isRevoked: () => this.#closed }
    if (borrower.connection !== undefined) {
      return Effect.succeed({ connection: borrower.connection, reused: true, ...about })
    }
    return Effect.map(this.open(endpoint, borrower), (connection) => ({ connection, reused: false, ...about }))
  }

  /** Opens the connection of a borrower who may. */
  open(endpoint: Endpoint, borrower: Borrower): Effect.Effect<Connection, ExchangeFailure> {
    const opened = Effect.raceFirst(this.#settings.transport.connect(endpoint), Deferred.await(this.#closing))
    return Effect.map(opened, (connection) => {
      this.#open.add(connection)
      this.#collects = connection.collect !== undefined
      this.#hold(borrower, connection)
      return connection
    })
  }

  #hold(borrower: Borrower, connection: Connection): void {
    borrower.state = "holding"
    borrower.connection = connection
    this.#lent++
  }

  /** What a borrower had, or its place. */
  takeBack(borrower: Borrower, hasFailed: boolean): void {
    const { connection, node, state } = borrower
    if (state === "waiting") {
      this.#dequeue(borrower)
      return
    }
    node.busy--
    if (connection === undefined) {
      this.#total--
      // Whoever failed may find the node to be out, and turn the others away before one of them tries the same.
      if (hasFailed) queueMicrotask(() => this.#serve())
      else this.#serve()
      return
    }
    this.#lent--
    if (connection.isReady() && !this.#closed) node.idle.push({ connection, since: this.#now() })
    else this.#drop(connection)
    if (this.#closed && this.#lent === 0) Deferred.doneUnsafe(this.#allBack, Effect.void)
    this.#serve()
  }

  /** Serves those who wait: of the first at each node the one that came first, as long as one of them can be served. */
  #serve(): void {
    if (this.#waiting === 0) return
    // Whoever is woken may be done at once and give back: the loop that runs goes on then, instead of ever deeper calls.
    if (this.#serving) return
    this.#serving = true
    try {
      for (let served = this.#grantFirst(); served !== undefined; served = this.#grantFirst()) {
        this.#dequeue(served)
        served.wake?.(undefined)
      }
    } finally {
      this.#serving = false
    }
  }

  #grantFirst(): Borrower | undefined {
    return this.#firstOfEachNode().find((borrower) => this.#grant(borrower))
  }

  #firstOfEachNode(): ReadonlyArray<Borrower> {
    const firsts: Array<Borrower> = []
    for (const { waiting } of this.#nodes.values()) {
      const [first] = waiting
      if (first !== undefined) firsts.push(first)
    }
    return firsts.sort((a, b) => a.turn - b.turn)
  }

  #drop(connection: Connection): void {
    this.#total--
    this.#open.delete(connection)
    connection.destroy()
  }

  /** Lets go of what was idle for longer than this borrower's connection. */
  dropOlder({ idleSince, node }: Borrower): void {
    if (idleSince === undefined) return
    for (const entry of node.idle.splice(0)) {
      if (entry.since > idleSince) node.idle.push(entry)
      else this.#drop(entry.connection)
    }
    // What was dropped counted against the limits of others.
    this.#serve()
  }

  #oldestIdle(): NodeShelf | undefined {
    let oldest: NodeShelf | undefined
    for (const node of this.#nodes.values()) {
      const since = node.idle[0]?.since
      if (since !== undefined && since < (oldest?.idle[0]?.since ?? Number.POSITIVE_INFINITY)) oldest = node
    }
    return oldest
  }

  #dropOldestIdle(): void {
    const entry = this.#oldestIdle()?.idle.shift()
    if (entry !== undefined) this.#drop(entry.connection)
  }

  #isUsable(entry: Idle, now: number): boolean {
    return now - entry.since < this.#settings.idleMillis && entry.connection.isReady()
  }

  #now(): number {
    return Number(this.#settings.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  #enqueue(borrower: Borrower): void {
    borrower.node.waiting.add(borrower)
    this.#waiting++
  }

  #dequeue(borrower: Borrower): void {
    if (borrower.node.waiting.delete(borrower)) this.#waiting--
  }

  #borrower(endpoint: Endpoint): Borrower {
    return new Borrower(this, endpoint, this.#node(endpoint), this.#turns++)
  }

  #node(endpoint: Endpoint): NodeShelf {
    // The same endpoint comes with every call to its node.
    const known = this.#ofEndpoint.get(endpoint)
    if (known !== undefined && !known.isForgotten) return known
    const key = keyOf(endpoint)
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = new NodeShelf(endpoint.address)
      this.#nodes.set(key, node)
    }
    this.#ofEndpoint.set(endpoint, node)
    return node
  }
}
