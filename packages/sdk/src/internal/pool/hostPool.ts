/**
 * The state of a connection pool and its rules. Node and connection are chosen in one decision: the node with the least
 * connections in use, and of several the one unchanged longest; below the limits a new connection is opened, at them a
 * warm one is taken. Who finds none waits in one line for the whole target, first come first served.
 *
 * Every transition is synchronous, so nothing needs a lock. Connections are opened on fibers of the pool.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Connection, type Endpoint, ExchangeFailure } from "../../Connection.ts"
import { PoolExhausted, Timeout } from "../../WireReason.ts"
import {
  Acquisition,
  addressOf,
  type Choice,
  Host,
  type Idle,
  IdleList,
  Line,
  type NoConnection,
  type Owner
} from "./acquisition.ts"
import { HostList, Levels } from "./hostLists.ts"
import { closed, connectTo, failureOf, leftOut, nothingSent } from "./noConnection.ts"
import type { NodeAddress } from "./nodeHealth.ts"
import type { NodeConnections, Settings } from "./poolSettings.ts"
import type { Run, Timeouts } from "./timeouts.ts"

// Never shared between names or ports: a connection is verified for one name and speaks for one tenant.
const keyOf = ({ address, fqdn, port }: Endpoint): string => `${address} ${port} ${fqdn}`

const waitingPerNode = 10_000

// At the limit of all connections only nodes with a warm connection are used, and one without would never be. So a
// connection of this age gives its place to a node that has none.
const maxAgeMillis = 60_000

// A node whose connections are all in use gives one back soon, unless they are long streams: after this time a call
// that can use no other node takes a place from the others.
const patienceMillis = 1_000

const any: Choice = { _tag: "Any" }

const noHosts: ReadonlySet<Host> = new Set()

/** @internal */
export class HostPool implements Owner {
  readonly #settings: Settings
  readonly #hosts = new Map<string, Host>()
  readonly #ofEndpoint = new WeakMap<Endpoint, Host>()
  readonly #open = new Set<Connection>()
  readonly #dialling = new Set<ReturnType<Run>>()
  readonly #allBack = Deferred.makeUnsafe<void>()
  readonly #line = new Line()
  /** Those in the line of one host that no connection of it can be expected for. */
  readonly #slots = new Set<Acquisition>()
  #healthy: ReadonlySet<Host> = noHosts
  #healthyNodes: ReadonlyArray<NodeAddress> = []
  #endpointOf: ((node: NodeAddress) => Endpoint) | undefined
  #able = new Levels<Host>()
  #warm = new Levels<Host>()
  #cold = new HostList<Host>()
  readonly idle = new IdleList()
  /** Open, or being opened. */
  #total = 0
  #connecting = 0
  #inUse = 0
  #turns = 0
  #closed = false
  #serving = false
  readonly #events: Array<{ readonly host: Host | undefined; readonly until: number }> = []
  #lastFailure: { readonly failure: NoConnection; readonly host: Host } | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get isClosed(): boolean {
    return this.#closed
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
    const before = this.#healthy
    this.#healthyNodes = nodes
    this.#endpointOf = endpointOf
    const now = new Set<Host>()
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[(index + start) % nodes.length]
      if (node === undefined) continue
      const host = this.#hostAt(endpointOf(node))
      host.node = node
      now.add(host)
    }
    this.#healthy = now
    for (const host of before) if (!now.has(host)) this.#leaveOut(host, now.size > 0)
    for (const host of now) this.#place(host)
    this.#rejectStranded()
    this.#serve(undefined)
  }

  /** A connection to one of the nodes, or a place in the line; then `onTurn` is called when the waiting is over. */
  acquire(nodes: ReadonlyArray<NodeAddress>, onTurn: () => void): Acquisition {
    return this.#enter(this.#choiceOf(nodes), onTurn)
  }

  /** The same for one node that is known by its endpoint alone. */
  acquireAt(endpoint: Endpoint, onTurn: () => void): Acquisition {
    return this.#enter({ _tag: "One", host: this.#hostAt(endpoint), node: undefined }, onTurn)
  }

  /** The node that the next call would use; each call takes the next one. */
  turn(nodes: ReadonlyArray<NodeAddress>): NodeAddress | undefined {
    const choice = this.#choiceOf(nodes)
    if (choice._tag === "One") return choice.node
    const host = choice._tag === "Any" ? this.#able.least() : this.#leastOf(choice.hosts, () => true)
    if (host === undefined) return nodes[0]
    for (const place of [host.able, host.warm, host.cold]) {
      const { list } = place
      place.moveTo(undefined)
      place.moveTo(list)
    }
    return host.node
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
    host.busy--
    this.#inUse--
    if (!connection.isReady() || this.#closed || !this.#isWelcome(host, acquisition)) this.#drop(connection)
    else if (this.#isAged(acquisition)) this.#replaceByCold(connection)
    else this.#keep(host, connection, acquisition.openedAt)
    this.#place(host)
    if (this.#closed && this.#inUse === 0) Deferred.doneUnsafe(this.#allBack, Effect.void)
    this.#serve(host)
  }

  dropStale({ host, idleSince }: Acquisition): void {
    if (idleSince === undefined || host === undefined) return
    for (const entry of [...host.idle]) if (entry.since <= idleSince) this.#evict(entry)
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
    return Array.from(this.#hosts.values(), (host) => {
      let waiting = host.line.size
      for (const acquisition of this.#line) if (acquisition.accepts(host)) waiting++
      return { address: host.endpoint.address, idle: host.idle.length, busy: host.busy, waiting }
    })
  }

  /** Lets go of what was idle for too long, and of what the node closed. */
  sweep(): void {
    const now = this.#settings.timeouts.now()
    for (let entry = this.idle.oldest; entry !== undefined; ) {
      const { newer } = entry
      if (!this.#isUsable(entry, now)) this.#evict(entry)
      entry = newer
    }
    const wanted = new Set<Host>()
    for (const { choice } of this.#line) if (choice._tag === "Some") for (const host of choice.hosts) wanted.add(host)
    for (const [key, host] of this.#hosts) {
      if (host.open > 0 || host.line.size > 0 || host.isHealthy || wanted.has(host)) continue
      this.#hosts.delete(key)
      host.isForgotten = true
    }
  }

  /** Gives nothing any more, waits for what is in use, but no longer than `grace`, and destroys what is left. */
  close(grace: Duration.Duration): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#closed = true
      for (let entry = this.idle.oldest; entry !== undefined; entry = this.idle.oldest) this.#evict(entry)
      for (const fiber of this.#dialling) fiber.interruptUnsafe()
      for (const line of [this.#line, ...Array.from(this.#hosts.values(), ({ line }) => line)]) {
        // Whoever is told may make others leave the line at once.
        for (const acquisition of Array.from(line))
          if (acquisition.state === "waiting") this.#fail(acquisition, closed())
      }
      const destroy = Effect.sync(() => {
        for (const connection of this.#open) connection.destroy()
        this.#settings.timeouts.close()
      })
      if (this.#inUse === 0 || Duration.isZero(grace)) return destroy
      // A finaliser cannot be interrupted; its waiting must be, by the clock.
      return Effect.andThen(Effect.timeoutOption(Effect.interruptible(Deferred.await(this.#allBack)), grace), destroy)
    })
  }

  // --- those who come

  #choiceOf(nodes: ReadonlyArray<NodeAddress>): Choice {
    if (nodes === this.#healthyNodes) return any
    const [first] = nodes
    const endpointOf = this.#endpointOf
    if (first === undefined || endpointOf === undefined) return { _tag: "Some", hosts: noHosts }
    if (nodes.length === 1) return { _tag: "One", host: this.#hostAt(endpointOf(first)), node: first }
    return { _tag: "Some", hosts: new Set(nodes.map((node) => this.#hostAt(endpointOf(node)))) }
  }

  #enter(choice: Choice, onTurn: () => void): Acquisition {
    const acquisition = new Acquisition(this, choice, this.#turns++)
    if (this.#closed) return this.#refuse(acquisition, closed())
    if (choice._tag === "One") return this.#enterOne(acquisition, choice.host, onTurn)
    if (this.#takeWarm(acquisition)) return acquisition
    if (!this.#join(this.#line, acquisition, onTurn)) return acquisition
    // Only now: a connection that is there at once would wake nobody.
    if (this.#connecting < this.#line.size) this.#openNext(acquisition)
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
    const limit = maxWaiting ?? waitingPerNode * Math.max(1, this.#healthy.size)
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
    const hasRoom = this.#makeRoom()
    if (choice._tag === "Any") return hasRoom ? this.#able.least() : this.#warm.least()
    if (choice._tag === "One") return choice.host
    const { maxPerNode } = this.#settings
    return (
      this.#leastOf(choice.hosts, (host) => host.idle.length > 0 || (hasRoom && host.open < maxPerNode)) ??
      (hasRoom || this.#warm.least() === undefined
        ? undefined
        : this.#leastOf(choice.hosts, (host) => host.open < maxPerNode))
    )
  }

  #leastOf(hosts: ReadonlySet<Host>, isFit: (host: Host) => boolean): Host | undefined {
    let least: Host | undefined
    for (const host of hosts) {
      if (host.isHealthy && isFit(host) && (least === undefined || host.busy < least.busy)) least = host
    }
    return least
  }

  /** Whether a connection more may be opened. One that is idle where no healthy node has any is evicted for it. */
  #makeRoom(): boolean {
    if (this.#total < this.#settings.maxTotal) return true
    return this.#warm.least() === undefined && this.#evictOldest()
  }

  #isAged({ openedAt }: Acquisition): boolean {
    return (
      this.#cold.first !== undefined &&
      this.#total >= this.#settings.maxTotal &&
      this.#settings.timeouts.now() - openedAt >= maxAgeMillis
    )
  }

  #replaceByCold(connection: Connection): void {
    this.#drop(connection)
    const host = this.#cold.first?.host
    if (host !== undefined) this.#dial(host)
  }

  /** Whether a connection is worth keeping: its node is well, or all are out, or whoever had it can use no other. */
  #isWelcome(host: Host, { choice }: Acquisition): boolean {
    return host.isHealthy || this.#healthy.size === 0 || (choice._tag === "One" && choice.node === undefined)
  }

  /** Opens a connection for one who waits. */
  #openNext(acquisition: Acquisition): boolean {
    const host = this.#pick(acquisition)
    if (host === undefined || host.idle.length > 0) return false
    if (this.#total >= this.#settings.maxTotal && !this.#evictOldest()) return false
    this.#dial(host)
    return true
  }

  /** A connection for one who waits for this node alone, as soon as the limits allow it. */
  #openFor(host: Host, acquisition: Acquisition): void {
    const { maxPerNode, maxTotal, timeouts } = this.#settings
    if (host.connecting >= host.line.size || host.open >= maxPerNode) return
    if (this.#total < maxTotal || this.#evictOldest()) this.#dial(host)
    else if (host.open === 0) this.#slots.add(acquisition)
    else if (!this.#slots.has(acquisition)) {
      acquisition.dueAt = Math.min(acquisition.waitsUntil, timeouts.now() + patienceMillis)
      timeouts.watch(acquisition)
    }
  }

  // --- connections

  #dial(host: Host): void {
    host.busy++
    host.connecting++
    this.#connecting++
    this.#total++
    this.#place(host)
    const since = this.#settings.timeouts.now()
    // Later: a transport without sockets connects at once, and then the asking would not be over yet.
    queueMicrotask(() => {
      let isDone = false
      let fiber: ReturnType<Run> | undefined
      const ended = (exit: Exit.Exit<Connection, ExchangeFailure>) => {
        isDone = true
        if (fiber !== undefined) this.#dialling.delete(fiber)
        host.busy--
        host.connecting--
        this.#connecting--
        if (Exit.isSuccess(exit)) this.#onConnected(host, exit.value)
        else this.#onNotConnected(host, exit.cause, since)
      }
      if (this.#closed) return ended(Exit.fail(closed()))
      const connect = connectTo(this.#settings.transport, host.endpoint)
      fiber = this.#settings.run(Effect.ignoreCause(Effect.onExit(connect, (exit) => Effect.sync(() => ended(exit)))))
      if (!isDone) this.#dialling.add(fiber)
    })
  }

  #onConnected(host: Host, connection: Connection): void {
    if (this.#closed || !(host.isHealthy || this.#healthy.size === 0 || host.line.size > 0)) {
      this.#drop(connection)
      this.#place(host)
      this.#serve(host)
      return
    }
    this.#open.add(connection)
    const entry = this.#keep(host, connection, this.#settings.timeouts.now())
    entry.isNew = true
    this.#place(host)
    this.#serve(host)
    entry.isNew = false
  }

  #onNotConnected(host: Host, cause: Cause.Cause<ExchangeFailure>, since: number): void {
    this.#total--
    this.#place(host)
    if (this.#closed) return
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
    const now = this.#settings.timeouts.now()
    for (let entry = host.idle.at(-1); entry !== undefined; entry = host.idle.at(-1)) {
      host.idle.pop()
      this.idle.remove(entry)
      if (this.#isUsable(entry, now)) {
        acquisition.state = "holding"
        acquisition.at(host)
        acquisition.connection = entry.connection
        acquisition.isNew = entry.isNew
        acquisition.openedAt = entry.openedAt
        acquisition.idleSince = entry.isNew ? undefined : entry.since
        host.busy++
        this.#inUse++
        this.#place(host)
        return true
      }
      this.#drop(entry.connection)
    }
    this.#place(host)
    return false
  }

  #keep(host: Host, connection: Connection, openedAt: number): Idle {
    const since = this.#settings.timeouts.now()
    const entry: Idle = { connection, host, since, openedAt, isNew: false, older: undefined, newer: undefined }
    this.idle.add(entry)
    host.idle.push(entry)
    return entry
  }

  #evictOldest(): boolean {
    const { oldest } = this.idle
    if (oldest !== undefined) this.#evict(oldest)
    return oldest !== undefined
  }

  #evict(entry: Idle): void {
    const { idle } = entry.host
    idle.splice(idle.indexOf(entry), 1)
    this.idle.remove(entry)
    this.#drop(entry.connection)
    this.#place(entry.host)
  }

  #drop(connection: Connection): void {
    this.#total--
    this.#open.delete(connection)
    connection.destroy()
  }

  #isUsable(entry: Idle, now: number): boolean {
    return now - entry.since < this.#settings.idleMillis && entry.connection.isReady()
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
    if (this.#closed) return
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
      if (this.#total >= this.#settings.maxTotal && !this.#evictOldest()) {
        if (host !== undefined && own !== undefined) this.#openFor(host, own)
        return false
      }
      this.#slots.delete(slot)
      this.#dial(slot.choice.host)
      return true
    }
    if (host !== undefined && own !== undefined) this.#openFor(host, own)
    if (first === undefined || first.turn >= until) return false
    const next = this.#pick(first)
    if (next !== undefined && next.idle.length > 0) return this.#give(next, first)
    return this.#connecting < this.#line.size && this.#openNext(first)
  }

  #give(host: Host, acquisition: Acquisition): boolean {
    if (this.#takeIdle(host, acquisition)) {
      this.#leave(acquisition)
      acquisition.onTurn?.()
    }
    return true
  }

  // --- places of the hosts

  #place(host: Host): void {
    const { busy, idle, isHealthy } = host
    host.able.moveTo(isHealthy && busy < this.#settings.maxPerNode ? this.#able.at(busy) : undefined)
    host.warm.moveTo(isHealthy && idle.length > 0 ? this.#warm.at(busy) : undefined)
    host.cold.moveTo(isHealthy && host.open === 0 ? this.#cold : undefined)
  }

  #leaveOut(host: Host, hasOthers: boolean): void {
    host.node = undefined
    this.#place(host)
    if (hasOthers) for (const entry of [...host.idle]) this.#evict(entry)
  }

  /** Ends the waiting of those who have no node left. */
  #rejectStranded(): void {
    if (this.#line.size === 0) return
    const last = this.#lastFailure
    for (const acquisition of Array.from(this.#line)) {
      const { choice, state } = acquisition
      const hosts = choice._tag === "Some" ? Array.from(choice.hosts) : []
      const isStranded = choice._tag === "Some" ? !hosts.some((host) => host.isHealthy) : this.#healthy.size === 0
      const host = last?.host ?? hosts[0]
      // Whoever is told may make others leave the line at once.
      if (!isStranded || host === undefined || state !== "waiting") continue
      acquisition.host = host
      this.#fail(acquisition, last?.failure ?? leftOut(host.endpoint))
    }
  }

  #hostAt(endpoint: Endpoint): Host {
    // The same endpoint comes with every call to its node.
    const known = this.#ofEndpoint.get(endpoint)
    if (known !== undefined && !known.isForgotten) return known
    const key = keyOf(endpoint)
    let host = this.#hosts.get(key)
    if (host === undefined) {
      host = new Host(endpoint)
      this.#hosts.set(key, host)
    }
    this.#ofEndpoint.set(endpoint, host)
    return host
  }
}
