/**
 * The entries of a spool: what changes about them is durable first, and then told to all who want to know.
 *
 * @internal
 */
import type { Stored } from "@effect-hcp/sdk/StoreOptions"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Change, Delivered, Entry, Parked, Status } from "../SpoolEntry.ts"
import { EntryDiscarded, EntryParked, type SpoolUnusable } from "../SpoolError.ts"
import type { EntryRow, NewEntry, Totals } from "./databaseProtocol.ts"
import * as Directory from "./directory.ts"
import { metricsOf, type SpoolMetrics } from "./metrics.ts"
import * as Operation from "./operation.ts"

type Waiting = Deferred.Deferred<Delivered, EntryParked | EntryDiscarded | SpoolUnusable>

/** How much is in it. */
interface Counts {
  entries: number
  bytes: number
  parked: number
}

const pageSize = 512

/** An entry as users see it. */
export const toEntry = (row: EntryRow): Entry => ({
  id: row.id,
  path: row.path,
  kind: Operation.kindOf(row.operation),
  size: row.size,
  acceptedAt: DateTime.makeUnsafe(row.at),
  parked: row.parked === null ? undefined : Operation.decodeParked(row.parked)
})

/** @internal */
export class Store {
  readonly directory: Directory.Directory
  readonly counts: Counts
  readonly changes: PubSub.PubSub<Change>
  readonly metrics: SpoolMetrics
  readonly #waiting = new Map<number, Set<Waiting>>()
  /** Why nothing more will happen. */
  #over: SpoolUnusable | undefined
  /** The highest identifier that was ever given. */
  #lastId: number

  constructor(directory: Directory.Directory, totals: Totals, changes: PubSub.PubSub<Change>) {
    this.directory = directory
    this.counts = { entries: totals.entries, bytes: totals.bytes, parked: totals.parked }
    this.changes = changes
    this.metrics = metricsOf(directory.path)
    this.#lastId = totals.lastId
  }

  static readonly make = (directory: Directory.Directory): Effect.Effect<Store, SpoolUnusable, Scope.Scope> =>
    Effect.gen(function* () {
      const totals = yield* Effect.mapError(directory.database.totals, directory.unusable)
      // Whoever is slow misses some, and holds up nobody.
      const changes = yield* Effect.acquireRelease(PubSub.sliding<Change>(4_096), PubSub.shutdown)
      return new Store(directory, totals, changes)
    })

  /** The highest identifier that was ever given: what is accepted from now on has a higher one. */
  get lastId(): number {
    return this.#lastId
  }

  /** Nothing more will happen. Fails those who wait for something. */
  end(error: SpoolUnusable): void {
    this.#over ??= error
    for (const all of this.#waiting.values()) for (const one of all) Deferred.doneUnsafe(one, Effect.fail(error))
  }

  /** What a failure of the database is to users. */
  readonly #usable = <A>(
    effect: Effect.Effect<A, Parameters<Directory.Directory["unusable"]>[0]>
  ): Effect.Effect<A, SpoolUnusable> => Effect.mapError(effect, this.directory.unusable)

  /** Tells all who want to know, and counts. */
  readonly publish = (change: Change): Effect.Effect<void> =>
    Effect.andThen(PubSub.publish(this.changes, change), this.metrics.counts(this.counts))

  /** Adds an entry; its place was counted before. */
  readonly add = (entry: NewEntry): Effect.Effect<EntryRow, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const id = yield* this.#usable(this.directory.database.write({ _tag: "Add", entry }))
        this.#lastId = id
        const { annotation: _, body: __, ...fields } = entry
        const row: EntryRow = { ...fields, id, parked: null }
        yield* this.publish({ _tag: "Accepted", entry: toEntry(row) })
        return row
      })
    )

  /** Says durably that HCP may get it from now on. */
  readonly markSent = (row: EntryRow): Effect.Effect<void, SpoolUnusable> =>
    row.sent
      ? Effect.void
      : Effect.asVoid(this.#usable(this.directory.database.write({ _tag: "MarkSent", id: row.id })))

  readonly park = (row: EntryRow, parked: Parked): Effect.Effect<void, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const reason = Operation.encodeParked(parked)
        yield* this.#usable(this.directory.database.write({ _tag: "Park", id: row.id, reason }))
        this.counts.parked++
        const entry = toEntry({ ...row, parked: reason })
        yield* this.publish({ _tag: "Parked", entry, parked })
        yield* this.#tell(row.id, Effect.fail(new EntryParked({ id: row.id, path: row.path, parked })))
      })
    )

  /** Whether it was parked. */
  readonly unpark = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const changed = yield* this.#usable(this.directory.database.write({ _tag: "Unpark", id: row.id }))
        if (changed === 0) return false
        this.counts.parked--
        yield* this.publish({ _tag: "Retried", entry: toEntry({ ...row, parked: null }) })
        return true
      })
    )

  /** HCP has it. */
  readonly delivered = (row: EntryRow, stored: Stored | undefined): Effect.Effect<void, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        if (!(yield* this.#remove(row, false))) return
        yield* this.metrics.delivered
        yield* this.publish({ _tag: "Delivered", entry: toEntry(row), stored })
        yield* this.#tell(row.id, Effect.succeed({ path: row.path, stored }))
      })
    )

  /** HCP shall not have it. Whether it was there. */
  readonly discard = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        if (!(yield* this.#remove(row, true))) return false
        if (row.parked !== null) this.counts.parked--
        yield* this.publish({ _tag: "Discarded", entry: toEntry(row) })
        yield* this.#tell(row.id, Effect.fail(new EntryDiscarded({ id: row.id, path: row.path })))
        return true
      })
    )

  readonly #remove = (row: EntryRow, discarded: boolean): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.gen({ self: this }, function* () {
      const removed = yield* this.#usable(this.directory.database.write({ _tag: "Remove", id: row.id, discarded }))
      if (removed === 0) return false
      this.counts.entries--
      this.counts.bytes -= row.size
      if (row.file !== null) yield* Directory.remove(this.directory, row.file)
      return true
    })

  readonly entry = (id: number): Effect.Effect<EntryRow | undefined, SpoolUnusable> =>
    this.#usable(this.directory.database.entry(id))

  readonly content = (id: number) => this.#usable(this.directory.database.content(id))

  readonly ofPath = (path: string): Effect.Effect<ReadonlyArray<EntryRow>, SpoolUnusable> =>
    this.#usable(this.directory.database.ofPath(path))

  /** The next entries of a path, oldest first. */
  readonly pageOfPath = (
    path: string,
    after: number,
    limit: number
  ): Effect.Effect<ReadonlyArray<EntryRow>, SpoolUnusable> =>
    this.#usable(this.directory.database.pageOfPath(path, after, limit))

  readonly page = (after: number, limit = pageSize): Effect.Effect<ReadonlyArray<EntryRow>, SpoolUnusable> =>
    this.#usable(this.directory.database.page(after, limit))

  readonly oldest: Effect.Effect<DateTime.Utc | undefined, SpoolUnusable> = Effect.suspend(() =>
    Effect.map(this.page(0, 1), ([row]) => (row === undefined ? undefined : DateTime.makeUnsafe(row.at)))
  )

  /** All entries, or those that are parked, oldest first. */
  readonly rows = (parked: boolean): Stream.Stream<EntryRow, SpoolUnusable> =>
    Stream.paginate(0, (after) =>
      Effect.map(this.#usable(this.directory.database.page(after, pageSize, parked)), (rows) => {
        const last = rows.at(-1)
        return [rows, last === undefined || rows.length < pageSize ? Option.none() : Option.some(last.id)] as const
      })
    )

  /** The paths of entries that begin so, in order. */
  readonly pathsBelow = (prefix: string): Stream.Stream<string, SpoolUnusable> =>
    Stream.paginate("", (after) =>
      Effect.map(this.#usable(this.directory.database.pathsBelow(prefix, after, pageSize)), (paths) => {
        const last = paths.at(-1)
        return [paths, last === undefined || paths.length < pageSize ? Option.none() : Option.some(last)] as const
      })
    )

  readonly status = (id: number): Effect.Effect<Status, SpoolUnusable> =>
    Effect.gen({ self: this }, function* () {
      const row = yield* this.entry(id)
      if (row !== undefined) {
        const entry = toEntry(row)
        return entry.parked === undefined ? { _tag: "Waiting", entry } : { _tag: "Parked", entry, parked: entry.parked }
      }
      if (yield* this.#usable(this.directory.database.isDiscarded(id))) return { _tag: "Discarded" }
      return id >= 1 && id <= this.#lastId ? { _tag: "Delivered" } : { _tag: "Unknown" }
    })

  /** Waits until HCP has it, or it is parked or discarded. */
  readonly wait = (id: number, path: string): Effect.Effect<Delivered, EntryParked | EntryDiscarded | SpoolUnusable> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const waiting: Waiting = Deferred.makeUnsafe()
        const all = this.#waiting.get(id) ?? new Set()
        this.#waiting.set(id, all.add(waiting))
        return waiting
      }),
      (waiting) =>
        // Only now: what happens meanwhile is told to those who wait already.
        Effect.flatMap(this.status(id), (status) => {
          switch (status._tag) {
            case "Waiting":
              return this.#over === undefined ? Deferred.await(waiting) : Effect.fail(this.#over)
            case "Parked":
              return Effect.fail(new EntryParked({ id, path, parked: status.parked }))
            case "Discarded":
              return Effect.fail(new EntryDiscarded({ id, path }))
            default:
              return Deferred.isDone(waiting).pipe(
                Effect.flatMap((isDone) =>
                  isDone ? Deferred.await(waiting) : Effect.succeed<Delivered>({ path, stored: undefined })
                )
              )
          }
        }),
      (waiting) =>
        Effect.sync(() => {
          const all = this.#waiting.get(id)
          all?.delete(waiting)
          if (all?.size === 0) this.#waiting.delete(id)
        })
    )

  readonly #tell = (id: number, outcome: Effect.Effect<Delivered, EntryParked | EntryDiscarded>): Effect.Effect<void> =>
    Effect.sync(() => {
      for (const waiting of this.#waiting.get(id) ?? []) Deferred.doneUnsafe(waiting, outcome)
    })
}
