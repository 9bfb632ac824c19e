/**
 * The rules of a connection pool. Node and connection are chosen in one decision: the node with the least connections
 * in use, and of several the one unchanged longest; below the limits a new connection is opened, at them a warm one is
 * taken. Who finds none waits in one line for the whole target, first come first served.
 *
 * Every transition is synchronous, so nothing needs a lock. `hosts.ts` holds the nodes, `openConnections.ts` the
 * connections.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Connection, type Endpoint, ExchangeFailure } from "../../Connection.ts"
import { PoolExhausted, Timeout } from "../../WireReason.ts"
import {
  Acquisition,
  addressOf,
  type Choice,
  type Host,
  type IdleList,
  Line,
  type NoConnection,
  type Owner
} from "./acquisition.ts"
import { Hosts, leastOf } from "./hosts.ts"
import { closed, failureOf, leftOut, nothingSent } from "./noConnection.ts"
import type { NodeAddress } from "./nodeHealth.ts"
import { OpenConnections } from "./openConnections.ts"
import type { NodeConnections, Settings } from "./poolSettings.ts"
import type { Timeouts } from "./timeouts.ts"

const waitingPerNode = 10_000

// A node whose connections are all in use gives one back soon, unless they are long streams: after this time a call
// that can use no other node takes a place from the others.
const patienceMillis = 1_000

/** @internal */
export class HostPool implements Owner {
  readonly #settings: Settings
  readonly #hosts: Hosts
  readonly #connections: OpenConnections
  readonly #line = new Line()
  /** Those in the line of one host that no connection of it can be expected for. */
  readonly #slots = new Set<Acquisition>()
  #turns = 0
  #serving = false
  readonly #events: Array<{ readonly host: Host | undefined; readonly until: number }> = []
  #lastFailure: { readonly failure: NoConnection; readonly host: Host } | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.#hosts = new Hosts(settings.maxPerNode)
    this.#connections = new OpenConnections(settings, this.#hosts, {
      onConnected: (host, connection) => this.#onConnected(host, connection),
      onNotConnected: (host, cause, since) => this.#onNotConnected(host, cause, since)
    })
  }

  get isClosed(): boolean {
    return this.#connections.isClosed
  }

  /** The connections that nobody uses. */
  get idle(): IdleList {
    return this.#connections.idle
  }

  /** The time-outs of all who use this pool. */
  get timeouts(): Timeouts {
    return this.#settings.timeouts
  }

  /**
   * The healthy nodes, after each change of them. The idle connections of a node that is out are closed, and whoever
   * waits and has no node left fails as the last connection did.
   */
  setHealthy(nodes: ReadonlyArray<NodeAddress>, endpointOf: (node: NodeAddress) => Endpoint, start = 0): void {
    const left = this.#hosts.setHealthy(nodes, endpointOf, start)
    if (this.#hosts.healthy > 0) for (const host of left) this.#connections.evictIdle(host)
    this.#rejectStranded()
    this.#serve(undefined)
  }

  /** A connection to one of the nodes, or a place in the line; then `onTurn` is called when the waiting is over. */
  acquire(nodes: ReadonlyArray<NodeAddress>, onTurn: () => void): Acquisition {
    return this.#enter(this.#hosts.choiceOf(nodes), onTurn)
  }

  /** The same for one node that is known by its endpoint alone. */
  acquireAt(endpoint: Endpoint, onTurn: () => void): Acquisition {
    return this.#enter({ _tag: "One", host: this.#hosts.at(endpoint), node: undefined }, onTurn)
  }

  /** The node that the next call would use; each call takes the next one. */
  turn(nodes: ReadonlyArray<NodeAddress>): NodeAddress | undefined {
    return this.#hosts.turn(nodes)
  }

  release(acquisition: Acquisition): void {
    const { connection, host, state } = acquisition
    if (state === "over") return
    acquisition.state = "over"
    if (state === "waiting" || host === undefined || connection === undefined) {
      this.#leave(acquisition)
      this.#passOn(acquisition)
      return
    }
    this.#connections.takeBack(host, connection, acquisition.openedAt, this.#isWelcome(host, acquisition))
    this.#serve(host)
  }

  dropStale({ host, idleSince }: Acquisition): void {
    if (idleSince === undefined || host === undefined) return
    this.#connections.evictIdle(host, idleSince)
    // What was dropped counted against the limits of others.
    this.#serve(host)
  }

  onDue(acquisition: Acquisition, now: number): void {
    const { choice } = acquisition
    const { waitMillis } = this.#settings
    if (waitMillis !== undefined && now >= acquisition.waitsUntil) {
      const reason = new Timeout({ phase: "queue", limit: Duration.millis(waitMillis), address: addressOf(choice) })
      this.#fail(acquisition, nothingSent(reason))
      this.#passOn(acquisition)
      return
    }
    acquisition.dueAt = acquisition.waitsUntil
    this.#slots.add(acquisition)
    this.#serve(undefined)
  }

  stats(): ReadonlyArray<NodeConnections> {
    return Array.from(this.#hosts.all(), (host) => {
      let waiting = host.line.size
      for (const acquisition of this.#line) if (acquisition.accepts(host)) waiting++
      return { address: host.endpoint.address, idle: host.idle.length, busy: host.busy, waiting }
    })
  }

  /** Lets go of what was idle for too long, and of what the node closed. */
  sweep(): void {
    this.#connections.sweep()
    const wanted = new Set<Host>()
    for (const { choice } of this.#line) if (choice._tag === "Some") for (const host of choice.hosts) wanted.add(host)
    this.#hosts.forget((host) => wanted.has(host))
  }

  /** Gives nothing any more, waits for what is in use, but no longer than `grace`, and destroys what is left. */
  close(grace: Duration.Duration): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#connections.close()
      for (const line of [this.#line, ...Array.from(this.#hosts.all(), ({ line }) => line)]) {
        // Whoever is told may make others leave the line at once.
        for (const acquisition of Array.from(line))
          if (acquisition.state === "waiting") this.#fail(acquisition, closed())
      }
      const destroy = Effect.sync(() => {
        this.#connections.destroy()
        this.#settings.timeouts.close()
      })
      const { allBack } = this.#connections
      if (allBack === undefined || Duration.isZero(grace)) return destroy
      // A finaliser cannot be interrupted; its waiting must be, by the clock.
      return Effect.andThen(Effect.timeoutOption(Effect.interruptible(allBack), grace), destroy)
    })
  }

  // --- those who come

  #enter(choice: Choice, onTurn: () => void): Acquisition {
    const acquisition = new Acquisition(this, choice, this.#turns++)
    if (this.isClosed) return this.#refuse(acquisition, closed())
    if (choice._tag === "One") return this.#enterOne(acquisition, choice.host, onTurn)
    if (this.#takeWarm(acquisition)) return acquisition
    if (!this.#join(this.#line, acquisition, onTurn)) return acquisition
    // Only now: a connection that is there at once would wake nobody.
    if (this.#connections.connecting < this.#line.size) this.#openNext(acquisition)
    return acquisition
  }

  #enterOne(acquisition: Acquisition, host: Host, onTurn: () => void): Acquisition {
    // Whoever waits already goes first; a node that is out is only for those who ask for it.
    const before = host.isHealthy ? this.#firstFor(host, acquisition.turn) : host.line.first
    if (before === undefined && this.#takeIdle(host, acquisition)) return acquisition
    if (this.#join(host.line, acquisition, onTurn)) this.#openFor(host, acquisition)
    return acquisition
  }

  #join(line: Line, acquisition: Acquisition, onTurn: () => void): boolean {
    const { maxWaiting, timeouts, waitMillis } = this.#settings
    const limit = maxWaiting ?? waitingPerNode * Math.max(1, this.#hosts.healthy)
    if (line.size >= limit) {
      const reason = new PoolExhausted({ address: addressOf(acquisition.choice), waiting: line.size })
      this.#refuse(acquisition, nothingSent(reason))
      return false
    }
    acquisition.onTurn = onTurn
    line.append(acquisition)
    if (waitMillis !== undefined) {
      acquisition.waitsUntil = timeouts.now() + waitMillis
      acquisition.dueAt = acquisition.waitsUntil
      timeouts.watch(acquisition)
    }
    return true
  }

  #refuse(acquisition: Acquisition, failure: NoConnection): Acquisition {
    acquisition.state = "over"
    acquisition.failure = failure
    return acquisition
  }

  #leave(acquisition: Acquisition): void {
    acquisition.line?.remove(acquisition)
    if (acquisition.dueAt !== Number.POSITIVE_INFINITY) this.#settings.timeouts.remove(acquisition)
    this.#slots.delete(acquisition)
  }

  /** Of those who wait for one host only the first may have been told that a place is free: the next takes over. */
  #passOn({ choice }: Acquisition): void {
    if (choice._tag === "One") this.#serve(choice.host)
  }

  #fail(acquisition: Acquisition, failure: NoConnection): void {
    this.#leave(acquisition)
    this.#refuse(acquisition, failure)
    acquisition.onTurn?.()
  }

  // --- the choice

  /** A warm connection of the node that is to be used, if that is what it has. */
  #takeWarm(acquisition: Acquisition): boolean {
    for (;;) {
      const host = this.#pick(acquisition)
      if (host === undefined || host.idle.length === 0) return false
      // Whoever waits already goes first.
      if (this.#line.size > 0 && this.#line.firstFor(host, this.#turns) !== undefined) return false
      if (this.#takeIdle(host, acquisition)) return true
    }
  }

  /** The node to be used: below the limits any that can have one more, at them one with a warm connection. */
  #pick({ choice }: Acquisition): Host | undefined {
    const hasRoom = this.#hasRoom()
    if (choice._tag === "Any") return hasRoom ? this.#hosts.nextAble : this.#hosts.nextWarm
    if (choice._tag === "One") return choice.host
    const { maxPerNode } = this.#settings
    return (
      leastOf(choice.hosts, (host) => host.idle.length > 0 || (hasRoom && host.open < maxPerNode)) ??
      (hasRoom || this.#hosts.nextWarm === undefined
        ? undefined
        : leastOf(choice.hosts, (host) => host.open < maxPerNode))
    )
  }

  /** Whether a connection more may be opened. One that is idle where no healthy node has any is evicted for it. */
  #hasRoom(): boolean {
    return this.#connections.hasRoom || (this.#hosts.nextWarm === undefined && this.#connections.makeRoom())
  }

  /** Whether a connection is worth keeping: its node is well, or all are out, or whoever had it can use no other. */
  #isWelcome(host: Host, { choice }: Acquisition): boolean {
    return host.isHealthy || this.#hosts.healthy === 0 || (choice._tag === "One" && choice.node === undefined)
  }

  /** Opens a connection for one who waits. */
  #openNext(acquisition: Acquisition): boolean {
    const host = this.#pick(acquisition)
    if (host === undefined || host.idle.length > 0) return false
    if (!this.#connections.makeRoom()) return false
    this.#connections.dial(host)
    return true
  }

  /** A connection for one who waits for this node alone, as soon as the limits allow it. */
  #openFor(host: Host, acquisition: Acquisition): void {
    const { maxPerNode, timeouts } = this.#settings
    if (host.connecting >= host.line.size || host.open >= maxPerNode) return
    if (this.#connections.makeRoom()) this.#connections.dial(host)
    else if (host.open === 0) this.#slots.add(acquisition)
    else if (!this.#slots.has(acquisition)) {
      acquisition.dueAt = Math.min(acquisition.waitsUntil, timeouts.now() + patienceMillis)
      timeouts.watch(acquisition)
    }
  }

  // --- connections

  #onConnected(host: Host, connection: Connection): void {
    if (this.isClosed || !(host.isHealthy || this.#hosts.healthy === 0 || host.line.size > 0)) {
      this.#connections.drop(connection)
      this.#hosts.place(host)
      this.#serve(host)
      return
    }
    const entry = this.#connections.add(host, connection)
    entry.isNew = true
    this.#hosts.place(host)
    this.#serve(host)
    entry.isNew = false
  }

  #onNotConnected(host: Host, cause: Cause.Cause<ExchangeFailure>, since: number): void {
    const failure = failureOf(cause)
    // One who waits learns of it and goes on elsewhere.
    this.#lastFailure = { failure, host }
    const first = this.#firstFor(host, this.#turns)
    if (first !== undefined) {
      first.at(host)
      this.#leave(first)
      this.#refuse(first, failure)
    }
    // A node that is probed is not among the healthy ones, so the address has to do.
    if (failure instanceof ExchangeFailure) this.#settings.onConnectFailed(host.endpoint.address, failure, since)
    first?.onTurn?.()
    this.#serve(host)
  }

  #takeIdle(host: Host, acquisition: Acquisition): boolean {
    const entry = this.#connections.take(host)
    if (entry === undefined) return false
    acquisition.state = "holding"
    acquisition.at(host)
    acquisition.connection = entry.connection
    acquisition.isNew = entry.isNew
    acquisition.openedAt = entry.openedAt
    acquisition.idleSince = entry.isNew ? undefined : entry.since
    return true
  }

  // --- those who wait

  #firstFor(host: Host, before: number): Acquisition | undefined {
    const own = host.line.firstFor(host, before)
    const other = this.#line.firstFor(host, before)
    if (own === undefined || other === undefined) return own ?? other
    return own.turn < other.turn ? own : other
  }

  /** Serves those who wait, after something changed at a host or elsewhere. */
  #serve(host: Host | undefined): void {
    if (this.isClosed) return
    if (this.#line.size === 0 && this.#slots.size === 0 && (host === undefined || host.line.size === 0)) return
    // Whoever joins while others are served has looked already: what came before that is not theirs.
    this.#events.push({ host, until: this.#turns })
    // Whoever is served may be done at once and release: the loop that runs goes on then, instead of ever deeper calls.
    if (this.#serving) return
    this.#serving = true
    try {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        while (this.#serveOne(event.host, event.until)) {}
      }
    } finally {
      this.#serving = false
    }
  }

  #serveOne(host: Host | undefined, until: number): boolean {
    // What came goes to the first who can use it: to ask for the best node again would pass over this one.
    if (host !== undefined && host.idle.length > 0) {
      const first = this.#firstFor(host, until)
      if (first !== undefined) return this.#give(host, first)
    }
    const { first } = this.#line
    const own = host?.line.first
    const [slot] = this.#slots
    if (slot?.choice._tag === "One" && (first === undefined || slot.turn < first.turn)) {
      if (slot.choice.host.open >= this.#settings.maxPerNode) return this.#slots.delete(slot)
      if (!this.#connections.makeRoom()) {
        if (host !== undefined && own !== undefined) this.#openFor(host, own)
        return false
      }
      this.#slots.delete(slot)
      this.#connections.dial(slot.choice.host)
      return true
    }
    if (host !== undefined && own !== undefined) this.#openFor(host, own)
    if (first === undefined || first.turn >= until) return false
    const next = this.#pick(first)
    if (next !== undefined && next.idle.length > 0) return this.#give(next, first)
    return this.#connections.connecting < this.#line.size && this.#openNext(first)
  }

  #give(host: Host, acquisition: Acquisition): boolean {
    if (this.#takeIdle(host, acquisition)) {
      this.#leave(acquisition)
      acquisition.onTurn?.()
    }
    return true
  }

  /** Ends the waiting of those who have no node left. */
  #rejectStranded(): void {
    if (this.#line.size === 0) return
    const last = this.#lastFailure
    for (const acquisition of Array.from(this.#line)) {
      const { choice, state } = acquisition
      const hosts = choice._tag === "Some" ? Array.from(choice.hosts) : []
      const isStranded = choice._tag === "Some" ? !hosts.some((host) => host.isHealthy) : this.#hosts.healthy === 0
      const host = last?.host ?? hosts[0]
      // Whoever is told may make others leave the line at once.
      if (!isStranded || host === undefined || state !== "waiting") continue
      acquisition.host = host
      this.#fail(acquisition, last?.failure ?? leftOut(host.endpoint))
    }
  }
}
