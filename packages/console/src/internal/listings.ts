/**
 * Listings of folders, read in the background and kept for a while, so that pages can ask for any part of them: HCP
 * itself gives a listing only from its beginning.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Failure } from "./api.ts"
import type { Entry, Page } from "./documents.ts"
import { failure, toFailure } from "./gateways.ts"
import { entryOf } from "./objectDocuments.ts"

/** How many listings are kept; the oldest one is dropped. */
const maxKept = 4

/** A folder with more entries is shown as far as this. */
const maxEntries = 1_000_000

/** More than this no page gets at once. */
const maxCount = 1000

/** How long a page that has begun may take to become full: most folders are whole by then. */
const patience = "100 millis"

interface Listing {
  readonly entries: Array<Entry>
  /** The one that waits for more, if any does. */
  arrived: Deferred.Deferred<void>
  complete: boolean
  problem: Failure | undefined
  readonly fiber: Fiber.Fiber<void>
}

export interface Listings {
  /** Begins to read a folder; gives the name of the listing. */
  readonly begin: (namespace: Shape, path: string) => Effect.Effect<string>
  /** Waits until the first of the entries are there, and a moment for the others, or until there are no more. */
  readonly page: (listing: string, offset: number, count: number) => Effect.Effect<Page, Failure>
}

export const make: Effect.Effect<Listings, never, Scope.Scope> = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const kept = new Map<string, Listing>()
  let begun = 0

  const read = (listing: Omit<Listing, "fiber">, namespace: Shape, path: string) => {
    const wake = Effect.suspend(() => {
      const before = listing.arrived
      listing.arrived = Deferred.makeUnsafe<void>()
      return Deferred.succeed(before, undefined)
    })
    return namespace.list(path).pipe(
      Stream.take(maxEntries),
      Stream.runForEachArray((entries) => {
        for (const entry of entries) listing.entries.push(entryOf(entry))
        return wake
      }),
      Effect.mapError(toFailure),
      // Whoever waits for more has no other way to learn that there will be none.
      Effect.onExit((exit) => {
        listing.problem = Exit.isFailure(exit) ? problemOf(exit.cause) : undefined
        listing.complete = true
        return wake
      }),
      Effect.ignore
    )
  }

  const begin = Effect.fnUntraced(function* (namespace: Shape, path: string) {
    const name = String(++begun)
    const listing: Omit<Listing, "fiber"> = {
      entries: [],
      arrived: Deferred.makeUnsafe<void>(),
      complete: false,
      problem: undefined
    }
    // One that is interrupted before it has begun would not say that it has ended.
    const fiber = yield* Effect.forkIn(read(listing, namespace, path), scope, { startImmediately: true })
    kept.set(name, Object.assign(listing, { fiber }))
    for (const [oldest, { fiber: reading }] of kept) {
      if (kept.size <= maxKept) break
      kept.delete(oldest)
      yield* Fiber.interrupt(reading)
    }
    return name
  })

  /** Waits until there are so many entries, or there are no more. */
  const arrival = Effect.fnUntraced(function* (listing: Listing, wanted: number) {
    while (!listing.complete && listing.entries.length < wanted) yield* Deferred.await(listing.arrived)
  })

  const page = Effect.fnUntraced(function* (
    name: string,
    offset: number,
    count: number
  ): Effect.fn.Return<Page, Failure> {
    const listing = kept.get(name)
    if (listing === undefined) return yield* Effect.fail(gone)
    // The one that is asked for most stays longest.
    kept.delete(name)
    kept.set(name, listing)
    yield* arrival(listing, offset + 1)
    yield* Effect.timeoutOption(arrival(listing, offset + count), patience)
    if (listing.problem !== undefined && listing.entries.length <= offset) {
      return yield* Effect.fail(listing.problem)
    }
    return {
      listing: name,
      offset,
      total: listing.entries.length,
      complete: listing.complete,
      entries: listing.entries.slice(offset, offset + Math.min(count, maxCount))
    }
  })

  return { begin, page }
})

const gone = failure("Gone", "The listing is not kept any more; read it anew.")

/** Why a folder is not read to its end. It is interrupted when it is dropped for another one. */
const problemOf = (cause: Cause.Cause<Failure>): Failure => {
  const found = Cause.findError(cause)
  if (Result.isSuccess(found)) return found.success
  return Cause.hasInterruptsOnly(cause)
    ? gone
    : failure("Defect", `The folder cannot be read: ${String(Cause.squash(cause))}`)
}
