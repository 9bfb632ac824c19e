/**
 * Those who borrow connections, and the line in which they wait at one node.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { Connection, Endpoint, ExchangeFailure } from "../../Connection.ts"

/**
 * A connection lent to one exchange. It goes back to the pool when its scope closes: warm if the exchange was complete,
 * destroyed otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease {
  readonly connection: Connection
  /** Whether the connection had served an exchange before. */
  readonly reused: boolean
  /**
   * Says that the node had closed this warm connection: those idle for longer are closed too, as the node very likely
   * did the same to them.
   */
  readonly wasStale: Effect.Effect<void>
  /** Whether the pool was closed since: what breaks then is nobody's fault. */
  readonly isRevoked: () => boolean
}

/**
 * A connection lent without a scope, or the place of one who waits for it: whoever has it gives it back, once.
 *
 * @internal
 */
export interface Loan {
  /** What is lent; nothing while the loan waits, and nothing when it is its turn to open a connection. */
  readonly connection: Connection | undefined
  /** Opens the connection, when the turn came and there is none. */
  readonly open: Effect.Effect<Connection, ExchangeFailure>
  readonly giveBack: (hasFailed?: boolean) => void
  /** As `wasStale` of a {@link Lease}. */
  readonly wasStale: () => void
  readonly isRevoked: () => boolean
}

/** A connection nobody uses, and since when in milliseconds. */
export interface Idle {
  readonly connection: Connection
  readonly since: number
}

/** One node: its idle connections (oldest first), how many are out, who waits (first come first). */
export class NodeShelf {
  readonly address: string
  readonly idle: Array<Idle> = []
  readonly waiting = new Set<Borrower>()
  busy = 0
  /** Nothing is left of it; the next call to this node makes a new one. */
  isForgotten = false

  constructor(address: string) {
    this.address = address
  }

  get open(): number {
    return this.idle.length + this.busy
  }
}

/** Whom a borrower has its connection from. */
export interface Lender {
  readonly isClosed: boolean
  readonly open: (endpoint: Endpoint, borrower: Borrower) => Effect.Effect<Connection, ExchangeFailure>
  readonly takeBack: (borrower: Borrower, hasFailed: boolean) => void
  readonly dropOlder: (borrower: Borrower) => void
}

/** One call that wants, opens, or has a connection. Its end gives everything back, whatever state it is in. */
export class Borrower implements Loan {
  readonly #lender: Lender
  readonly #endpoint: Endpoint
  readonly node: NodeShelf
  /** Its place among all that ever came. */
  readonly turn: number
  state: "waiting" | "opening" | "holding" = "waiting"
  connection: Connection | undefined = undefined
  /** Since when the connection had been idle; `undefined` for a new one. */
  idleSince: number | undefined = undefined
  wake: ((failure: ExchangeFailure | undefined) => void) | undefined = undefined

  constructor(lender: Lender, endpoint: Endpoint, node: NodeShelf, turn: number) {
    this.#lender = lender
    this.#endpoint = endpoint
    this.node = node
    this.turn = turn
  }

  get open(): Effect.Effect<Connection, ExchangeFailure> {
    return this.#lender.open(this.#endpoint, this)
  }

  giveBack(hasFailed = false): void {
    this.#lender.takeBack(this, hasFailed)
  }

  wasStale(): void {
    this.#lender.dropOlder(this)
  }

  isRevoked(): boolean {
    return this.#lender.isClosed
  }
}
