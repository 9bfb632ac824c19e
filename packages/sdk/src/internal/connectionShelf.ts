/**
 * The state of a connection pool and its rules: last in, first out; first come, first served.
 *
 * Every transition is synchronous, so nothing needs a lock; only opening a connection and waiting for one are effects.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Connection, type Endpoint, ExchangeFailure } from "../Connection.ts"
import type { Lease, NodeConnections } from "../ConnectionPool.ts"
import type { Transport } from "../Transport.ts"
import { Closed, PoolExhausted, Timeout } from "../WireReason.ts"

interface Settings {
  readonly transport: Transport["Service"]
  readonly clock: Clock.Clock
  readonly idleMillis: number
  readonly maxPerNode: number
  readonly maxTotal: number
  readonly maxWaiting: number
  readonly waitMillis: number | undefined
}

interface Idle {
  readonly connection: Connection
  readonly since: number
}

/** One node: its idle connections (oldest first), how many are out, who waits. */
class NodeShelf {
  readonly address: string
  readonly idle: Array<Idle> = []
  readonly waiting = new Set<Borrower>()
  busy = 0

  constructor(address: string) {
    this.address = address
  }

  get open(): number {
    return this.idle.length + this.busy
  }
}

/** One call that wants, opens, has, or had a connection. Its end gives everything back, whatever state it is in. */
class Borrower {
  state: "waiting" | "mayOpen" | "holding" | "ended" = "waiting"
  connection: Connection | undefined = undefined
  reused = false
  wake: ((go: Effect.Effect<void, ExchangeFailure>) => void) | undefined = undefined
}

const nothingSent = (reason: ExchangeFailure["reason"]) => new ExchangeFailure({ reason, reached: "nothing" })

const poolClosed = nothingSent(new Closed({ what: "the connection pool" }))

/** @internal */
export class Shelf {
  readonly #settings: Settings
  readonly #nodes = new Map<string, NodeShelf>()
  readonly #holding = new Set<Connection>()
  #total = 0
  #closed = false

  constructor(settings: Settings) {
    this.#settings = settings
  }

  lend(endpoint: Endpoint): Effect.Effect<Lease, ExchangeFailure, Scope.Scope> {
    return Effect.flatMap(
      Effect.acquireRelease(
        Effect.sync(() => new Borrower()),
        (borrower) => Effect.sync(() => this.#giveBack(this.#node(endpoint), borrower))
      ),
      (borrower) => Effect.suspend(() => this.#borrow(endpoint, borrower))
    )
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
    const oldest = this.#settings.clock.currentTimeMillisUnsafe() - this.#settings.idleMillis
    for (const [key, node] of this.#nodes) {
      for (const entry of node.idle.splice(0)) {
        if (entry.since > oldest && entry.connection.isReady()) node.idle.push(entry)
        else this.#drop(entry.connection)
      }
      if (node.open === 0 && node.waiting.size === 0) this.#nodes.delete(key)
    }
  }

  close(): void {
    this.#closed = true
    for (const node of this.#nodes.values()) {
      for (const entry of node.idle.splice(0)) this.#drop(entry.connection)
      for (const borrower of node.waiting) borrower.wake?.(Effect.fail(poolClosed))
      node.waiting.clear()
    }
    for (const connection of this.#holding) connection.destroy()
  }

  #borrow(endpoint: Endpoint, borrower: Borrower): Effect.Effect<Lease, ExchangeFailure> {
    if (this.#closed) return Effect.fail(poolClosed)
    const node = this.#node(endpoint)
    // Whoever waits already goes first.
    if (node.waiting.size === 0 && this.#grant(node, borrower)) return this.#proceed(endpoint, borrower)
    if (node.waiting.size >= this.#settings.maxWaiting) {
      return Effect.fail(nothingSent(new PoolExhausted({ address: endpoint.address, waiting: node.waiting.size })))
    }
    node.waiting.add(borrower)
    const turn = Effect.callback<void, ExchangeFailure>((resume) => {
      if (borrower.state === "waiting") borrower.wake = resume
      else resume(Effect.void)
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
    return Effect.andThen(
      bounded,
      Effect.suspend(() => this.#proceed(endpoint, borrower))
    )
  }

  /** Gives the borrower an idle connection or the right to open one, if there is either. */
  #grant(node: NodeShelf, borrower: Borrower): boolean {
    const oldest = this.#settings.clock.currentTimeMillisUnsafe() - this.#settings.idleMillis
    for (let entry = node.idle.pop(); entry !== undefined; entry = node.idle.pop()) {
      if (entry.since > oldest && entry.connection.isReady()) {
        this.#hold(borrower, entry.connection)
        borrower.reused = true
        node.busy++
        return true
      }
      this.#drop(entry.connection)
    }
    if (node.open >= this.#settings.maxPerNode) return false
    if (this.#total >= this.#settings.maxTotal && !this.#dropOldestIdle()) return false
    borrower.state = "mayOpen"
    node.busy++
    this.#total++
    return true
  }

  #proceed(endpoint: Endpoint, borrower: Borrower): Effect.Effect<Lease, ExchangeFailure> {
    if (borrower.connection !== undefined) {
      return Effect.succeed({ connection: borrower.connection, reused: borrower.reused })
    }
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(this.#settings.transport.connect(endpoint)), (connection) => {
        this.#hold(borrower, connection)
        if (this.#closed) {
          connection.destroy()
          return Effect.fail(poolClosed)
        }
        return Effect.succeed({ connection, reused: false })
      })
    )
  }

  #hold(borrower: Borrower, connection: Connection): void {
    borrower.state = "holding"
    borrower.connection = connection
    this.#holding.add(connection)
  }

  #giveBack(node: NodeShelf, borrower: Borrower): void {
    const { connection, state } = borrower
    borrower.state = "ended"
    if (state === "waiting") {
      node.waiting.delete(borrower)
      return
    }
    node.busy--
    if (connection === undefined) {
      this.#total--
    } else {
      this.#holding.delete(connection)
      if (connection.isReady() && !this.#closed) {
        node.idle.push({ connection, since: this.#settings.clock.currentTimeMillisUnsafe() })
      } else {
        this.#drop(connection)
      }
    }
    this.#serve(node)
    // The limit over all nodes may have held back somebody who waits for another one.
    if (this.#total >= this.#settings.maxTotal - 1) for (const other of this.#nodes.values()) this.#serve(other)
  }

  #serve(node: NodeShelf): void {
    for (const borrower of node.waiting) {
      if (!this.#grant(node, borrower)) return
      node.waiting.delete(borrower)
      borrower.wake?.(Effect.void)
    }
  }

  #drop(connection: Connection): void {
    this.#total--
    connection.destroy()
  }

  #dropOldestIdle(): boolean {
    let victim: NodeShelf | undefined
    for (const node of this.#nodes.values()) {
      const since = node.idle[0]?.since
      if (since !== undefined && since < (victim?.idle[0]?.since ?? Number.POSITIVE_INFINITY)) victim = node
    }
    const entry = victim?.idle.shift()
    if (entry !== undefined) this.#drop(entry.connection)
    return entry !== undefined
  }

  // Never shared between names or ports: a connection is verified for one name and speaks for one tenant.
  #node(endpoint: Endpoint): NodeShelf {
    const key = `${endpoint.address} ${endpoint.port} ${endpoint.fqdn}`
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = new NodeShelf(endpoint.address)
      this.#nodes.set(key, node)
    }
    return node
  }
}
