/**
 * The entries of a spool: what changes about them is durable first, and then told to all who want to know.
 *
 * @internal
 */
import type { Stored } from "@effect-hcp/sdk/StoreOptions"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Change, Delivered, Entry, Parked, Status } from "../SpoolEntry.ts"
import { EntryDiscarded, EntryParked, EntryUnknown, type SpoolUnusable } from "../SpoolError.ts"
import type { Failure, Room } from "../SqliteSchema.ts"
import type { ContentRow, EntryRow, NewEntry, Totals } from "./databaseProtocol.ts"
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

/** An entry that HCP has, and what it said. */
export interface Delivery {
  readonly row: EntryRow
  readonly stored: Stored | undefined
}

/** Why entries were not added, and whether it is certain that they will never be there. */
export interface NotAdded {
  readonly error: SpoolUnusable
  readonly isUndone: boolean
}

/** The last moment that a `DateTime` can be. */
const lastMillis = 8.64e15

/** When an entry was accepted: a clock, or a damaged disk, may say any number. */
export const timeOf = (millis: number): DateTime.Utc =>
  DateTime.makeUnsafe(Math.max(-lastMillis, Math.min(millis, lastMillis)))

/** An entry as users see it. */
export const toEntry = (row: EntryRow): Entry => ({
  id: row.id,
  path: row.path,
  kind: Operation.kindOf(row.operation),
  size: row.size,
  acceptedAt: timeOf(row.at),
  parked: row.parked === null ? undefined : Operation.decodeParked(row.parked)
})

/** Field by field: to copy what is not left out takes longer, and each write does it. */
const withoutContent = (id: number, { at, file, operation, path, sent, sha256, size, trace }: NewEntry): EntryRow => ({
  id,
  path,
  operation,
  size,
  sha256,
  file,
  at,
  trace,
  sent,
  parked: null
})

/** @internal */
export class Store {
  readonly directory: Directory.Directory
  readonly counts: Counts
  readonly metrics: SpoolMetrics
  readonly #changes: PubSub.PubSub<Change>
  /** How many look at the changes. */
  #watchers = 0
  readonly #waiting = new Map<number, Set<Waiting>>()
  /** Why nothing more will happen. */
  #over: SpoolUnusable | undefined
  readonly #end = Deferred.makeUnsafe<never, SpoolUnusable>()
  /** The highest identifier that was ever given. */
  #lastId: number

  constructor(directory: Directory.Directory, totals: Totals, changes: PubSub.PubSub<Change>) {
    this.directory = directory
    this.counts = { entries: totals.entries, bytes: totals.bytes, parked: totals.parked }
    this.#changes = changes
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

  /** Fails when nothing more will happen. */
  readonly ended: Effect.Effect<never, SpoolUnusable> = Effect.suspend(() => Deferred.await(this.#end))

  /** Nothing more will happen. Fails those who wait for something. */
  end(error: SpoolUnusable): void {
    this.#over ??= error
    Deferred.doneUnsafe(this.#end, Effect.fail(error))
    for (const all of this.#waiting.values()) for (const one of all) Deferred.doneUnsafe(one, Effect.fail(error))
  }

  /** What a failure of the database is to users. */
  readonly #usable = <A>(effect: Effect.Effect<A, Failure>): Effect.Effect<A, SpoolUnusable> =>
    Effect.mapError(effect, this.#unusable)

  readonly #unusable = (failure: Failure): SpoolUnusable => this.#over ?? this.directory.unusable(failure)

  readonly #notAdded = (failure: Failure): NotAdded => ({
    error: this.#unusable(failure),
    isUndone: failure.isUndone === true
  })

  /** What happens, for whoever wants to know. */
  readonly changes: Stream.Stream<Change> = Stream.unwrap(
    Effect.as(
      Effect.acquireRelease(
        Effect.sync(() => {
          this.#watchers++
        }),
        () =>
          Effect.sync(() => {
            this.#watchers--
          })
      ),
      Stream.suspend(() => Stream.fromPubSub(this.#changes))
    )
  )

  /** Tells all who want to know, and counts. */
  readonly publish = (changes: () => ReadonlyArray<Change>): Effect.Effect<void> =>
    Effect.andThen(
      Effect.suspend(() => (this.#watchers === 0 ? Effect.void : PubSub.publishAll(this.#changes, changes()))),
      this.metrics.counts(this.counts)
    )

  /** Adds entries, all or none, where the disk has this room; their places were counted before. */
  readonly add = (entries: ReadonlyArray<NewEntry>, room?: Room): Effect.Effect<ReadonlyArray<EntryRow>, NotAdded> =>
    Effect.uninterruptible(
      Effect.flatMap(Effect.mapError(this.directory.database.add(entries, room), this.#notAdded), (ids) => {
        this.#lastId = ids.at(-1) ?? this.#lastId
        const rows = entries.flatMap((entry, index): ReadonlyArray<EntryRow> => {
          const id = ids[index]
          return id === undefined ? [] : [withoutContent(id, entry)]
        })
        return Effect.as(
          this.publish(() => rows.map((row) => ({ _tag: "Accepted", entry: toEntry(row) }))),
          rows
        )
      })
    )

  /**
   * Takes out what HCP has, and says durably that it may get others from now on. Gives what those hold; one that is
   * missing is not there any more.
   */
  readonly turn = (
    delivered: ReadonlyArray<Delivery>,
    next: ReadonlyArray<EntryRow>
  ): Effect.Effect<ReadonlyMap<number, ContentRow>, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const ids = (rows: ReadonlyArray<EntryRow>) => rows.map(({ id }) => id)
        const { claimed, removed } = yield* this.#usable(
          this.directory.database.turn({ delivered: ids(delivered.map(({ row }) => row)), claimed: ids(next) })
        )
        const gone = delivered.filter(({ row }) => removed.has(row.id))
        if (gone.length > 0) yield* this.#delivered(gone)
        return claimed
      })
    )

  /** Notes that an entry is to do something else. */
  readonly rewrite = (row: EntryRow, operation: string): Effect.Effect<void, SpoolUnusable> =>
    Effect.asVoid(this.#usable(this.directory.database.write({ _tag: "Rewrite", id: row.id, operation })))

  readonly park = (row: EntryRow, parked: Parked): Effect.Effect<void, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const reason = Operation.encodeParked(parked)
        yield* this.#usable(this.directory.database.write({ _tag: "Park", id: row.id, reason }))
        this.counts.parked++
        const entry = toEntry({ ...row, parked: reason })
        yield* this.publish(() => [{ _tag: "Parked", entry, parked }])
        this.#tell(row.id, () => Effect.fail(new EntryParked({ id: row.id, path: row.path, parked })))
      })
    )

  /** Whether it was parked. */
  readonly unpark = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const changed = yield* this.#usable(this.directory.database.write({ _tag: "Unpark", id: row.id }))
        if (changed === 0) return false
        this.counts.parked--
        yield* this.publish(() => [{ _tag: "Retried", entry: toEntry({ ...row, parked: null }) }])
        return true
      })
    )

  /** Those are gone from the database. */
  readonly #delivered = (all: ReadonlyArray<Delivery>): Effect.Effect<void> =>
    Effect.gen({ self: this }, function* () {
      for (const { row } of all) {
        this.#forget(row)
        if (row.file !== null) yield* Directory.remove(this.directory, row.file)
      }
      yield* this.metrics.delivered(all.length)
      const last = all.at(-1)
      if (last !== undefined) yield* this.metrics.age((yield* Clock.currentTimeMillis) - last.row.at)
      yield* this.publish(() => all.map(({ row, stored }) => ({ _tag: "Delivered", entry: toEntry(row), stored })))
      for (const { row, stored } of all) this.#tell(row.id, () => Effect.succeed({ path: row.path, stored }))
    })

  /** HCP shall not have it. Whether it was there. */
  readonly discard = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.gen({ self: this }, function* () {
        const discarded = yield* this.#usable(this.directory.database.discard(row.id))
        if (discarded === undefined) return false
        this.#forget(row)
        if (row.file !== null) yield* Directory.remove(this.directory, row.file)
        if (discarded.wasParked) this.counts.parked--
        yield* this.publish(() => [{ _tag: "Discarded", entry: toEntry(row) }])
        this.#tell(row.id, () => Effect.fail(new EntryDiscarded({ id: row.id, path: row.path })))
        return true
      })
    )

  #forget(row: EntryRow): void {
    this.counts.entries--
    this.counts.bytes -= row.size
  }

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
    Effect.map(this.page(0, 1), ([row]) => (row === undefined ? undefined : timeOf(row.at)))
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
      return Number.isInteger(id) && id >= 1 && id <= this.#lastId ? { _tag: "Delivered" } : { _tag: "Unknown" }
    })

  /** Waits until HCP has it, or it is parked or discarded. */
  readonly wait = (
    id: number,
    path: string
  ): Effect.Effect<Delivered, EntryParked | EntryDiscarded | EntryUnknown | SpoolUnusable> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const waiting: Waiting = Deferred.makeUnsafe()
        const all = this.#waiting.get(id) ?? new Set()
        this.#waiting.set(id, all.add(waiting))
        return waiting
      }),
      (waiting) =>
        // Only now: what happens meanwhile is told to those who wait already.
        Effect.flatMap(this.status(id), (status): ReturnType<Store["wait"]> => {
          switch (status._tag) {
            case "Waiting":
              return this.#over === undefined ? Deferred.await(waiting) : Effect.fail(this.#over)
            case "Parked":
              return Effect.fail(new EntryParked({ id, path, parked: status.parked }))
            case "Discarded":
              return Effect.fail(new EntryDiscarded({ id, path }))
            case "Unknown":
              return Effect.fail(new EntryUnknown({ directory: this.directory.path, id, path }))
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

  #tell(id: number, outcome: () => Effect.Effect<Delivered, EntryParked | EntryDiscarded>): void {
    for (const waiting of this.#waiting.get(id) ?? []) Deferred.doneUnsafe(waiting, outcome())
  }
}
