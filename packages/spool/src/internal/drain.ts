/**
 * Brings the entries of a spool to HCP: in order at each path, several paths at a time, and without end.
 *
 * While the systems are away one entry at a time is tried, with longer and longer pauses. What HCP refuses is parked,
 * and holds up its path only.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Parked } from "../SpoolEntry.ts"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { ContentRow, EntryRow } from "./databaseProtocol.ts"
import type { Settings } from "./input.ts"
import { Lanes, maxPerPath } from "./lanes.ts"
import * as Operation from "./operation.ts"
import { pause, whenThereIsSpace } from "./patience.ts"
import { makeSend, type Send } from "./send.ts"
import type { Delivery, Store } from "./store.ts"
import { type DeliveryError, parkedBy, verdictOf } from "./verdict.ts"

// Entries in memory: enough to find other paths while one waits, few enough to hold a million.
const window = 1_024

// Of an entry that fails alone.
const maxAttempts = 8

// Entries that are marked as sent and read in one transaction, ahead of their turn. After a kill of the process each of
// them is looked for at HCP, so they are not many.
const maxAhead = 512

// Bytes that they hold; the first of them may have more.
const maxAheadBytes = 4 * 1024 * 1024

/** Why nothing is sent. */
export type Stalled = "away" | "paused"

/** The systems are away. */
interface Away {
  /** How often it was tried since. */
  attempt: number
  /** Whether the pause is over. */
  mayProbe: boolean
  /** The entry that is tried. */
  probe: number | undefined
}

/** @internal */
export class Drain {
  readonly #store: Store
  readonly #sendEntry: Send
  readonly #concurrency: number
  readonly #lanes = new Lanes()
  readonly #decode = Operation.makeDecode()
  readonly #attempts = new Map<number, number>()
  readonly #parkedPaths: Set<string>
  readonly #run: (effect: Effect.Effect<void>) => void
  readonly #idle = new Set<() => void>()
  readonly #stalled = new Set<(why: Stalled) => void>()
  /** All entries up to this one were read from the database. */
  #cursor = 0
  #hasMore = true
  #isLoading = false
  /** What the entries hold that go next, and are marked as sent; nothing of one that is not there any more. */
  readonly #claimed = new Map<number, ContentRow | undefined>()
  /** What HCP has, and the database does not know yet. */
  #delivered: Array<Delivery> = []
  /** Their numbers, until it does. */
  readonly #removing = new Set<number>()
  #isTurning = false
  /** Entries that are being discarded. */
  readonly #withheld = new Set<number>()
  /** How many are being parked. */
  #parking = 0
  /** What happened since the page that is being read was asked for. */
  #removedMeanwhile = new Set<number>()
  #isStale = false
  #isPaused = false
  #away: Away | undefined
  /** Why it has stopped for good. */
  #broken: SpoolUnusable | undefined

  constructor(
    store: Store,
    ns: Shape,
    concurrency: number,
    parkedPaths: Set<string>,
    run: (effect: Effect.Effect<void>) => void
  ) {
    this.#store = store
    this.#sendEntry = makeSend(store, ns, this.#decode, (row, operation) =>
      whenThereIsSpace(store.rewrite(row, operation))
    )
    this.#concurrency = concurrency
    this.#parkedPaths = parkedPaths
    this.#run = run
  }

  static readonly make = (
    store: Store,
    ns: Shape,
    { concurrency, paused }: Pick<Settings, "concurrency" | "paused">
  ): Effect.Effect<Drain, SpoolUnusable, Scope.Scope> =>
    Effect.gen(function* () {
      const parkedPaths = new Set<string>()
      yield* Stream.runForEach(store.rows(true), ({ path }) => Effect.sync(() => parkedPaths.add(path)))
      // Behind all that is on its way: what HCP has got need not be looked for with the next start.
      yield* Effect.addFinalizer(() => Effect.suspend(() => drain.rest))
      const run = yield* FiberSet.makeRuntime<never, void, never>()
      const drain = new Drain(store, ns, concurrency, parkedPaths, (effect) => void run(effect))
      yield* Effect.addFinalizer(() => Effect.sync(() => drain.end(store.directory.closed)))
      if (paused) drain.pause()
      drain.wake()
      return drain
    })

  get isAway(): boolean {
    return this.#away !== undefined
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** After an entry was added. */
  wake(): void {
    this.#hasMore = true
    this.#go()
  }

  pause(): void {
    this.#isPaused = true
    this.#tellStalled("paused")
  }

  resume(): void {
    this.#isPaused = false
    this.#go()
  }

  /** Tries an entry again that is parked; `false` if it is not. */
  readonly retry = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.tap(this.#store.unpark(row), (was) =>
        Effect.sync(() => {
          if (was) this.#release(row)
        })
      )
    )

  /** Takes an entry out for good; `false` if it is on its way, or not there. */
  readonly discard = (row: EntryRow): Effect.Effect<boolean, SpoolUnusable> =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        if (this.#removing.has(row.id) || !this.#lanes.remove(row)) return Effect.succeed(false)
        this.#claimed.delete(row.id)
        // Until the database has done it, pages that were asked for still hold it.
        this.#withheld.add(row.id)
        return Effect.ensuring(
          this.#store.discard(row),
          Effect.sync(() => {
            this.#withheld.delete(row.id)
            this.#release(row)
          })
        )
      })
    )

  /** After an entry was unparked or discarded: what is behind it may go. */
  #release(row: EntryRow): void {
    this.#parkedPaths.delete(row.path)
    this.#attempts.delete(row.id)
    this.#cursor = 0
    this.#hasMore = true
    this.#isStale = true
    this.#go()
  }

  /** Nothing more is sent: the spool is closed. */
  end(error: SpoolUnusable): void {
    this.#broken ??= error
    this.#store.end(error)
    this.#tellIdle()
  }

  /** Waits until HCP has all that is not parked, nor behind what is. */
  readonly drained: Effect.Effect<void, SpoolUnusable> = Effect.callback((resume) => {
    const done = () => {
      this.#idle.delete(done)
      resume(this.#broken === undefined ? Effect.void : Effect.fail(this.#broken))
    }
    this.#idle.add(done)
    this.#go()
    return Effect.sync(() => this.#idle.delete(done))
  })

  /** Ends when nothing more is sent for now: at once where that is so already. */
  readonly stalled: Effect.Effect<Stalled> = Effect.callback((resume) => {
    if (this.#isPaused) return resume(Effect.succeed("paused"))
    if (this.#away !== undefined) return resume(Effect.succeed("away"))
    const tell = (why: Stalled) => resume(Effect.succeed(why))
    this.#stalled.add(tell)
    return Effect.sync(() => this.#stalled.delete(tell))
  })

  #tellStalled(why: Stalled): void {
    for (const tell of this.#stalled) tell(why)
    this.#stalled.clear()
  }

  #go(): void {
    if (this.#broken !== undefined) return this.#tellIdle()
    while (this.#mayStart()) {
      const next = this.#lanes.next
      if (next === undefined || !this.#claimed.has(next.id)) break
      const row = this.#lanes.take()
      if (row === undefined) break
      const held = this.#claimed.get(row.id)
      this.#claimed.delete(row.id)
      if (this.#away !== undefined) {
        this.#away.mayProbe = false
        this.#away.probe = row.id
      }
      this.#run(this.#deliver(row, held))
    }
    this.#turn()
    this.#load()
    if (this.#lanes.isEmpty && !this.#hasMore && !this.#isLoading && this.#parking + this.#removing.size === 0) {
      this.#tellIdle()
    }
  }

  /**
   * One transaction for what was delivered and for what goes next. An entry goes behind another one of its path only
   * when the database has forgotten that: after a kill it would come a second time, and behind it.
   */
  #turn(): void {
    if (this.#isTurning) return
    const next = this.#toClaim()
    if (next.length === 0 && this.#delivered.length === 0) return
    this.#isTurning = true
    const turn = Effect.suspend(() => this.#turnOf(this.#takeDelivered(), next))
    // What else is answered in this turn of the event loop goes along, where nobody waits for what goes next.
    this.#run(next.length > 0 ? turn : Effect.andThen(Effect.yieldNow, turn))
  }

  #takeDelivered(): ReadonlyArray<Delivery> {
    const delivered = this.#delivered
    this.#delivered = []
    return delivered
  }

  /** The next entries that are not marked yet: none while there are enough. */
  #toClaim(): ReadonlyArray<EntryRow> {
    const isAway = this.#away !== undefined
    const ahead = this.#claimed.size
    if (this.#isPaused || ahead > maxAhead / 2 || ahead >= this.#lanes.ready || !this.#mayTry()) return []
    const rows: Array<EntryRow> = []
    let bytes = 0
    for (const row of this.#lanes.upcoming(isAway ? 1 : maxAhead)) {
      bytes += this.#heldBy(row)
      if (this.#claimed.has(row.id)) continue
      if (bytes > maxAheadBytes && rows.length + ahead > 0) break
      rows.push(row)
    }
    return rows
  }

  /** Bytes that are read of an entry before it is sent; others stay in their file until then. */
  #heldBy({ file, operation, size }: EntryRow): number {
    if (file === null) return size
    const decoded = this.#decode(operation)
    return Result.isSuccess(decoded) && decoded.success._tag === "PutWithAnnotation"
      ? decoded.success.annotationBytes
      : 0
  }

  #turnOf(delivered: ReadonlyArray<Delivery>, next: ReadonlyArray<EntryRow>): Effect.Effect<void> {
    return Effect.match(whenThereIsSpace(Effect.suspend(() => this.#store.turn(delivered, next))), {
      onFailure: (error) => this.#fail(error),
      onSuccess: (found) => {
        this.#isTurning = false
        for (const { row } of delivered) {
          this.#removing.delete(row.id)
          this.#removedMeanwhile.add(row.id)
        }
        // One that was discarded meanwhile is not here any more.
        for (const { id } of next) if (this.#lanes.has(id)) this.#claimed.set(id, found.get(id))
        this.#go()
      }
    })
  }

  /** Notes what HCP has got, when nothing more is on its way. */
  readonly rest: Effect.Effect<void> = Effect.suspend(() =>
    this.#delivered.length === 0 ? Effect.void : Effect.ignore(this.#store.turn(this.#takeDelivered(), []))
  )

  #tellIdle(): void {
    for (const done of [...this.#idle]) done()
  }

  #mayStart(): boolean {
    return !this.#isPaused && this.#mayTry() && (this.#away !== undefined || this.#lanes.busy < this.#concurrency)
  }

  /** Whether the systems may be there. */
  #mayTry(): boolean {
    return this.#away === undefined || this.#away.mayProbe
  }

  #load(): void {
    if (this.#isLoading || !this.#hasMore || this.#lanes.size > window / 2) return
    this.#isLoading = true
    this.#isStale = false
    this.#removedMeanwhile = new Set()
    this.#hasMore = false
    this.#run(
      this.#store.page(this.#cursor, window / 2).pipe(
        Effect.match({
          onFailure: (error) => this.#fail(error),
          onSuccess: (rows) => this.#take(rows)
        })
      )
    )
  }

  #take(rows: ReadonlyArray<EntryRow>): void {
    this.#isLoading = false
    if (this.#isStale) {
      this.#hasMore = true
    } else {
      for (const row of rows) {
        this.#cursor = row.id
        if (this.#mayBeSent(row)) this.#lanes.add(row)
      }
      if (rows.length === window / 2) this.#hasMore = true
    }
    this.#go()
  }

  #mayBeSent({ id, path }: EntryRow): boolean {
    return !(
      this.#parkedPaths.has(path) ||
      this.#lanes.has(id) ||
      this.#removing.has(id) ||
      this.#removedMeanwhile.has(id) ||
      this.#withheld.has(id)
    )
  }

  /** Reads the next entries of a path that has more than are in memory. */
  #refill(path: string, after: number): void {
    this.#run(
      this.#store.pageOfPath(path, after, maxPerPath).pipe(
        Effect.match({
          onFailure: (error) => this.#fail(error),
          onSuccess: (rows) => {
            const isAll = rows.length < maxPerPath
            const found = rows.filter((row) => this.#mayBeSent(row))
            if (this.#lanes.refill(path, found, isAll))
              this.#refill(path, found.length === 0 ? (rows.at(-1)?.id ?? after) : after)
            this.#go()
          }
        })
      )
    )
  }

  #fail(error: SpoolUnusable): void {
    this.#isLoading = false
    this.#run(Effect.logError(`the spool has stopped: ${error.message}`))
    this.end(error)
  }

  #deliver(row: EntryRow, held: ContentRow | undefined): Effect.Effect<void> {
    return Effect.match(
      Effect.suspend(() => this.#send(row, held)),
      {
        onFailure: (error) => {
          this.#fail(error)
          this.#tried(row)
        },
        onSuccess: () => this.#tried(row)
      }
    )
  }

  #tried({ id }: EntryRow): void {
    // One that came to nothing says nothing about the systems.
    if (this.#away?.probe === id) this.#away.mayProbe = true
    this.#go()
  }

  #send(row: EntryRow, held: ContentRow | undefined): Effect.Effect<void, SpoolUnusable> {
    if (held === undefined) {
      this.#removedMeanwhile.add(row.id)
      return Effect.sync(() => this.#finish(row))
    }
    return Effect.matchEffect(this.#sendEntry(row, held), {
      onSuccess: (stored) => {
        this.#delivered.push({ row, stored })
        this.#removing.add(row.id)
        this.#finish(row)
        return this.#isBack
      },
      onFailure: ({ error, row: current }) => {
        if (error._tag === "SpoolUnusable") return Effect.fail(error)
        // What certainly did not reach HCP is as if it had not been sent.
        const isUnsent = error._tag === "HcpError" ? error.reached === "nothing" : error._tag !== "Defective"
        return this.#onFailure(isUnsent ? current : { ...current, sent: true }, error)
      }
    })
  }

  /** The systems have answered, whatever they said. */
  readonly #isBack: Effect.Effect<void> = Effect.suspend(() => {
    if (this.#away === undefined) return Effect.void
    this.#away = undefined
    return this.#store.publish(() => [{ _tag: "Back" }])
  })

  #finish(row: EntryRow): void {
    this.#attempts.delete(row.id)
    if (this.#lanes.finish(row)) this.#refill(row.path, row.id)
  }

  #onFailure(row: EntryRow, error: DeliveryError): Effect.Effect<void, SpoolUnusable> {
    const verdict = verdictOf(error)
    if (verdict === "away") return this.#onAway(row, error)
    const attempt = this.#attempts.get(row.id) ?? 0
    if (verdict === "refused" || attempt + 1 >= maxAttempts) {
      // What is refused here already says nothing about the systems.
      const isAnswered = error._tag === "HcpError" && error.reached === "answer"
      return Effect.andThen(isAnswered ? this.#isBack : Effect.void, this.#park(row, parkedBy(error)))
    }
    this.#attempts.set(row.id, attempt + 1)
    this.#lanes.putBack(row)
    return Effect.andThen(
      this.#isBack,
      Effect.map(pause(attempt), (duration) => {
        this.#after(duration, () => this.#lanes.makeReady(row.path))
      })
    )
  }

  #onAway(row: EntryRow, error: DeliveryError): Effect.Effect<void> {
    this.#lanes.putBack(row)
    this.#lanes.makeReady(row.path)
    const before = this.#away
    // What was on its way when the systems went fails too, and says nothing new.
    if (before !== undefined && before.probe !== row.id) return Effect.void
    const away: Away = { attempt: before === undefined ? 0 : before.attempt + 1, mayProbe: false, probe: undefined }
    this.#away = away
    this.#tellStalled("away")
    return Effect.gen({ self: this }, function* () {
      if (before === undefined) yield* this.#store.publish(() => [{ _tag: "Away", message: error.message }])
      this.#after(yield* pause(away.attempt), () => {
        away.mayProbe = true
      })
    })
  }

  #after(duration: Duration.Duration, then: () => void): void {
    this.#run(
      Effect.andThen(
        Effect.sleep(duration),
        Effect.sync(() => {
          then()
          this.#go()
        })
      )
    )
  }

  #park(row: EntryRow, parked: Parked): Effect.Effect<void, SpoolUnusable> {
    // Forgotten first: whoever is told of it may try it again at once.
    this.#parkedPaths.add(row.path)
    this.#attempts.delete(row.id)
    this.#lanes.drop(row.path)
    this.#parking++
    return Effect.ensuring(
      whenThereIsSpace(this.#store.park(row, parked)),
      Effect.sync(() => {
        this.#parking--
      })
    )
  }
}
