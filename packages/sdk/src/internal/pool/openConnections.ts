/**
 * The connections of a pool: opened on fibers of the pool, in use, idle, closed. They are counted against the limits
 * from the moment in which their opening begins.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Connection, ExchangeFailure } from "../../Connection.ts"
import { type Host, type Idle, IdleList } from "./acquisition.ts"
import type { Hosts } from "./hosts.ts"
import { closed, connectTo } from "./noConnection.ts"
import type { Settings } from "./poolSettings.ts"
import type { Run } from "./timeouts.ts"

// At the limit of all connections only nodes with a warm connection are used, and one without would never be. So a
// connection of this age gives its place to a node that has none.
const maxAgeMillis = 60_000

/** Whoever learns how the opening of a connection has ended. */
interface Dialled {
  readonly onConnected: (host: Host, connection: Connection) => void
  readonly onNotConnected: (host: Host, cause: Cause.Cause<ExchangeFailure>, since: number) => void
}

/** @internal */
export class OpenConnections {
  readonly #settings: Settings
  readonly #hosts: Hosts
  readonly #dialled: Dialled
  readonly #open = new Set<Connection>()
  readonly #dialling = new Set<ReturnType<Run>>()
  readonly #allBack = Deferred.makeUnsafe<void>()
  readonly idle = new IdleList()
  /** Open, or being opened. */
  #total = 0
  #inUse = 0
  /** Being opened. */
  connecting = 0
  isClosed = false

  constructor(settings: Settings, hosts: Hosts, dialled: Dialled) {
    this.#settings = settings
    this.#hosts = hosts
    this.#dialled = dialled
  }

  /** Whether the limit of all connections allows one more. */
  get hasRoom(): boolean {
    return this.#total < this.#settings.maxTotal
  }

  /** Whether one more may be opened, once the one that was idle for the longest time has made room for it. */
  makeRoom(): boolean {
    if (this.hasRoom) return true
    const { oldest } = this.idle
    if (oldest !== undefined) this.#evict(oldest)
    return oldest !== undefined
  }

  /** Begins to open one. */
  dial(host: Host): void {
    host.busy++
    host.connecting++
    this.connecting++
    this.#total++
    this.#hosts.place(host)
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
        this.connecting--
        if (Exit.isSuccess(exit)) return this.#dialled.onConnected(host, exit.value)
        this.#total--
        this.#hosts.place(host)
        if (!this.isClosed) this.#dialled.onNotConnected(host, exit.cause, since)
      }
      if (this.isClosed) return ended(Exit.fail(closed()))
      const connect = connectTo(this.#settings.transport, host.endpoint)
      fiber = this.#settings.run(Effect.ignoreCause(Effect.onExit(connect, (exit) => Effect.sync(() => ended(exit)))))
      if (!isDone) this.#dialling.add(fiber)
    })
  }

  /** Keeps one that was opened in this moment, idle until somebody takes it. */
  add(host: Host, connection: Connection): Idle {
    this.#open.add(connection)
    return this.#keep(host, connection, this.#settings.timeouts.now())
  }

  /** An idle one of a host, to be used from now on; those that are of no more use are closed on the way. */
  take(host: Host): Idle | undefined {
    const now = this.#settings.timeouts.now()
    for (let entry = host.idle.pop(); entry !== undefined; entry = host.idle.pop()) {
      this.idle.remove(entry)
      if (this.#isUsable(entry, now)) {
        host.busy++
        this.#inUse++
        this.#hosts.place(host)
        return entry
      }
      this.drop(entry.connection)
    }
    this.#hosts.place(host)
    return undefined
  }

  /** Takes one back that was in use: it becomes idle, or is closed where nobody can want it. */
  takeBack(host: Host, connection: Connection, openedAt: number, isWelcome: boolean): void {
    host.busy--
    this.#inUse--
    if (!connection.isReady() || this.isClosed || !isWelcome) this.drop(connection)
    else if (this.#isAged(openedAt)) this.#replaceByCold(connection)
    else this.#keep(host, connection, openedAt)
    this.#hosts.place(host)
    if (this.isClosed && this.#inUse === 0) Deferred.doneUnsafe(this.#allBack, Effect.void)
  }

  /** Closes one that is not idle. */
  drop(connection: Connection): void {
    this.#total--
    this.#open.delete(connection)
    connection.destroy()
  }

  /** Closes those of a host that have been idle since before some time, or all that are idle. */
  evictIdle(host: Host, since = Number.POSITIVE_INFINITY): void {
    for (const entry of [...host.idle]) if (entry.since <= since) this.#evict(entry)
  }

  /** Closes what was idle for too long, and what the node closed. */
  sweep(): void {
    const now = this.#settings.timeouts.now()
    for (let entry = this.idle.oldest; entry !== undefined; ) {
      const { newer } = entry
      if (!this.#isUsable(entry, now)) this.#evict(entry)
      entry = newer
    }
  }

  /** Closes what is idle, and opens nothing any more. */
  close(): void {
    this.isClosed = true
    for (let entry = this.idle.oldest; entry !== undefined; entry = this.idle.oldest) this.#evict(entry)
    for (const fiber of this.#dialling) fiber.interruptUnsafe()
  }

  /** Waits until nothing is in use; `undefined` where nothing is. */
  get allBack(): Effect.Effect<void> | undefined {
    return this.#inUse === 0 ? undefined : Deferred.await(this.#allBack)
  }

  /** Closes all that is left, in use or not. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy()
  }

  #keep(host: Host, connection: Connection, openedAt: number): Idle {
    const since = this.#settings.timeouts.now()
    const entry: Idle = { connection, host, since, openedAt, isNew: false, older: undefined, newer: undefined }
    this.idle.add(entry)
    host.idle.push(entry)
    return entry
  }

  #isAged(openedAt: number): boolean {
    return (
      this.#hosts.nextCold !== undefined && !this.hasRoom && this.#settings.timeouts.now() - openedAt >= maxAgeMillis
    )
  }

  #replaceByCold(connection: Connection): void {
    this.drop(connection)
    const host = this.#hosts.nextCold
    if (host !== undefined) this.dial(host)
  }

  #evict(entry: Idle): void {
    const { idle } = entry.host
    idle.splice(idle.indexOf(entry), 1)
    this.idle.remove(entry)
    this.drop(entry.connection)
    this.#hosts.place(entry.host)
  }

  #isUsable(entry: Idle, now: number): boolean {
    return now - entry.since < this.#settings.idleMillis && entry.connection.isReady()
  }
}
