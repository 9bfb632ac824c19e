/**
 * Copies what happens on one system to the others: asynchronous, in order, with a lag that can be set while it runs.
 *
 * Every system sends to every other one, so that what was written on a stand-in finds its way home. `activePassive` only decides
 * who takes writes from clients: the first system, until one of the others has taken over its names.
 *
 * When two systems were given an object of the same name, the later one keeps the name on both; the other is renamed
 * `<name>.collision` and marked, as HCP does it.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Change } from "./Change.ts"
import type { HcpSystem } from "./HcpSystem.ts"
import { acknowledge, replicate } from "./internal/replicate.ts"

/**
 * How a link behaves.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkOptions {
  /** How long after it was made a change arrives at the other systems, at the earliest. Default 0. */
  readonly lag?: Duration.Input | undefined
  /** Who takes writes. Default `activeActive`: everybody. */
  readonly mode?: "activeActive" | "activePassive" | undefined
}

/**
 * A link as it is now, ready to be written as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkState {
  readonly mode: "activeActive" | "activePassive"
  readonly lagMillis: number
  readonly suspended: boolean
  /** How many changes are on their way, by direction. */
  readonly pending: ReadonlyArray<{ readonly from: string; readonly to: string; readonly changes: number }>
}

/**
 * A running link.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplicationLink {
  /** Waits until nothing is on its way. */
  readonly settled: Effect.Effect<void>
  /** Also counts for changes that are on their way already. */
  readonly setLag: (lag: Duration.Input) => Effect.Effect<void>
  /** Sends nothing until {@link resume}; changes are kept. */
  readonly suspend: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  readonly state: Effect.Effect<LinkState>
}

/** A change on its way to several systems; the last arrival is what makes it replicated. */
interface Shipment {
  readonly change: Change
  readonly madeMillis: number
  missing: number
}

/** One direction of a link. */
interface Route {
  readonly from: HcpSystem
  readonly to: HcpSystem
  readonly queue: Queue.Queue<Shipment>
  pending: number
}

/** What may change while the link runs; `altered` wakes those who wait by the old settings. */
interface Settings {
  lagMillis: number
  suspended: boolean
  altered: Deferred.Deferred<void>
}

const madeAt = (change: Change): number =>
  change._tag === "PutVersion" ? change.version.changed.millis : change.changed.millis

const awaitDue = Effect.fnUntraced(function* (settings: Settings, madeMillis: number) {
  while (true) {
    const altered = Deferred.await(settings.altered)
    const left = madeMillis + settings.lagMillis - (yield* Clock.currentTimeMillis)
    if (settings.suspended) yield* altered
    else if (left > 0) yield* Effect.timeoutOption(altered, left)
    else return
  }
})

const restrictWrites = ([primary, ...standIns]: Arr.NonEmptyReadonlyArray<HcpSystem>) => {
  const isTakenOver = () => standIns.some(({ replication }) => replication.hasTakenOver(primary.domain))
  return Effect.andThen(
    primary.replication.restrictWrites(() => !isTakenOver()),
    Effect.forEach(
      standIns,
      ({ replication }) => replication.restrictWrites(() => replication.hasTakenOver(primary.domain)),
      { discard: true }
    )
  )
}

/**
 * Links systems until the scope closes. What they hold already and was never replicated is sent first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const link: (
  systems: Arr.NonEmptyReadonlyArray<HcpSystem>,
  options?: LinkOptions
) => Effect.Effect<ReplicationLink, never, Scope.Scope> = Effect.fnUntraced(function* (
  systems: Arr.NonEmptyReadonlyArray<HcpSystem>,
  options?: LinkOptions
): Effect.fn.Return<ReplicationLink, never, Scope.Scope> {
  const mode = options?.mode ?? "activeActive"
  const settings: Settings = {
    lagMillis: Duration.toMillis(options?.lag ?? 0),
    suspended: false,
    altered: Deferred.makeUnsafe()
  }
  const alter = (change: () => void) =>
    Effect.suspend(() => {
      change()
      const { altered } = settings
      settings.altered = Deferred.makeUnsafe()
      return Effect.asVoid(Deferred.succeed(altered, undefined))
    })

  const idle = yield* Latch.make(true)
  const routes: Array<Route> = []
  for (const from of systems) {
    for (const to of systems) {
      if (from !== to) routes.push({ from, to, queue: yield* Queue.unbounded<Shipment>(), pending: 0 })
    }
  }

  const send = (from: HcpSystem, change: Change): void => {
    const outgoing = routes.filter((route) => route.from === from)
    const shipment = { change, madeMillis: madeAt(change), missing: outgoing.length }
    for (const route of outgoing) {
      route.pending++
      Latch.closeUnsafe(idle)
      Queue.offerUnsafe(route.queue, shipment)
    }
  }

  const deliver = Effect.fnUntraced(function* (route: Route) {
    const shipment = yield* Queue.take(route.queue)
    yield* awaitDue(settings, shipment.madeMillis)
    yield* replicate(route.from, route.to, shipment.change).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          shipment.missing--
          return shipment.missing === 0 ? acknowledge(route.from, shipment.change) : Effect.void
        })
      ),
      Effect.catch((error) =>
        Effect.logWarning(`replication ${route.from.domain} to ${route.to.domain}: ${error.message}`)
      )
    )
    route.pending--
    if (routes.every(({ pending }) => pending === 0)) yield* Latch.open(idle)
  })

  for (const [seat, system] of systems.entries()) {
    yield* system.replication.takeSeat(seat)
    yield* system.replication.listen((change) => send(system, change))
    for (const change of yield* system.replication.unreplicated) send(system, change)
  }
  if (mode === "activePassive") yield* restrictWrites(systems)
  for (const route of routes) yield* Effect.forkScoped(Effect.forever(deliver(route)))

  return {
    settled: idle.await,
    setLag: (lag) =>
      alter(() => {
        settings.lagMillis = Duration.toMillis(lag)
      }),
    suspend: alter(() => {
      settings.suspended = true
    }),
    resume: alter(() => {
      settings.suspended = false
    }),
    state: Effect.sync(() => ({
      mode,
      lagMillis: settings.lagMillis,
      suspended: settings.suspended,
      pending: routes.map(({ from, pending, to }) => ({ from: from.domain, to: to.domain, changes: pending }))
    }))
  }
})
