/**
 * A replication link between two systems: what it carries, what holds it up, and what its two ends may do.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { Change } from "../../Change.ts"
import * as Lane from "./lane.ts"
import type { LinkRecord } from "./linkRecord.ts"
import * as Meter from "./meter.ts"
import type * as Model from "./model.ts"
import { mayWrite, normal, otherSeat, type Phase, type Seat, turn } from "./phase.ts"
import { levelAt, millisToNextHour } from "./schedule.ts"

/**
 * What a link shares with the others of a simulator.
 *
 * @internal
 */
export interface Surroundings {
  readonly serviceOf: (system: Model.LinkedSystem) => Model.ReplicationService
  /** Completed, and replaced, whenever anything has changed that a delivery may wait for. */
  readonly altered: () => Deferred.Deferred<void>
  readonly wake: Effect.Effect<void>
  /** Keeps the links as they are now over a restart. */
  readonly keep: Effect.Effect<void>
  readonly lagMillis: () => number
  readonly isHeld: () => boolean
  readonly moved: (changes: number) => void
}

/** @internal */
export const tenantOf = ({ namespace }: Change): string => namespace.slice(namespace.indexOf(".") + 1)

/**
 * The tenant of the default namespace, which a link carries by directories.
 *
 * @internal
 */
export const defaultTenant = "default"

// Everything else can be found in the namespaces: what is there, and was not replicated.
const leavesNoTrace = ({ _tag }: Change): boolean => _tag === "RemoveDirectory" || _tag === "RemoveVersions"

/**
 * Starts a link that lives until it is closed, or as long as the scope; as it was in a former run, if there is a record
 * of it.
 */
export const make = Effect.fnUntraced(function* (
  id: string,
  ends: Model.BySeat<Model.LinkedSystem>,
  initial: Model.LinkSettings,
  around: Surroundings,
  former?: LinkRecord
): Effect.fn.Return<Model.Link, never, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Scope.Scope)
  const fibers = yield* Scope.provide(FiberMap.make<Model.Lane, never, never>(), scope)
  const meter = Meter.make()
  const lanes = new Map<string, Model.BySeat<Model.Lane>>()
  const paused = new Set(former?.paused)
  const directories = new Set(former?.directories)
  let settings = initial
  let phase: Phase = former?.phase ?? normal
  let suspended = former?.suspended ?? false

  const all = () => [...lanes.values()].flat()
  const isShutDown = () => ends.some((end) => around.serviceOf(end).settings().shutDown !== undefined)
  const isReplaced = () => ends[1].replication.hasTakenOver(ends[0].domain)
  const alter = (change: () => void) =>
    Effect.suspend(() => {
      change()
      return Effect.andThen(around.wake, around.keep)
    })

  /** Ends when nothing holds a change up. */
  const ready = Effect.fnUntraced(function* (seat: Seat, tenant: string, madeMillis: number) {
    while (true) {
      const altered = Deferred.await(around.altered())
      const now = yield* Clock.currentTimeMillis
      const left = madeMillis + around.lagMillis() - now
      if (suspended || paused.has(tenant) || phase._tag === "FailedOver" || isShutDown() || around.isHeld()) {
        yield* altered
      } else if (levelAt(settings.plans[seat], now) === "OFF")
        yield* Effect.timeoutOption(altered, millisToNextHour(now))
      else if (left > 0) yield* Effect.timeoutOption(altered, left)
      else return
    }
  })

  const enter = (next: Phase): Effect.Effect<void> => {
    const before = phase
    phase = next
    const standIn = next._tag !== "Normal" ? next.standIn : before._tag !== "Normal" ? before.standIn : undefined
    if (standIn === undefined) return Effect.void
    const system = ends[standIn]
    const { domain } = ends[otherSeat(standIn)]
    const moveNames =
      next._tag === "Normal"
        ? system.giveBack(domain)
        : next._tag === "FailedOver" && around.serviceOf(system).settings().enableDNSFailover
          ? system.takeOver(domain)
          : Effect.void
    return Effect.andThen(moveNames, Effect.andThen(around.wake, around.keep))
  }

  const isUpToDate = (now: number): boolean => {
    const { autoCompleteRecovery, autoCompleteRecoveryMinutes } = settings.failover[1]
    const oldest = Math.min(now, ...all().map((lane) => lane.backlog().oldest ?? now))
    return autoCompleteRecovery && now - oldest <= autoCompleteRecoveryMinutes * 60_000
  }

  /** A recovery goes on by itself: to its last step if the settings say so, to its end when nothing is left to send. */
  const proceed: Effect.Effect<void> = Effect.gen(function* () {
    if (phase._tag === "Recovering" && isUpToDate(yield* Clock.currentTimeMillis)) {
      yield* enter({ _tag: "Completing", standIn: phase.standIn })
    }
    if (phase._tag === "Completing" && all().every((lane) => lane.backlog().changes === 0)) yield* enter(normal)
  })

  const makeLane = (tenant: string, from: Seat) =>
    Lane.make({
      tenant,
      from: ends[from],
      to: ends[otherSeat(from)],
      meter,
      ready: (madeMillis) => ready(from, tenant, madeMillis),
      moved: around.moved,
      delivered: proceed
    })

  const isReplicated = (tenant: string, { namespace }: Change): boolean => {
    const name = namespace.slice(0, namespace.indexOf("."))
    return ends.every(({ management }) => management.registry.namespace(tenant, name)?.spec.replication !== false)
  }

  const laneFor = (from: Model.LinkedSystem, change: Change): Model.Lane | undefined => {
    const tenant = tenantOf(change)
    if (tenant === defaultTenant && !directories.has(change.path[0] ?? "")) return undefined
    if (!isReplicated(tenant, change)) return undefined
    return lanes.get(tenant)?.find((lane) => lane.from === from)
  }

  const resend = (lane: Model.Lane, concerns: (change: Change) => boolean = () => true) =>
    Effect.map(lane.from.replication.unreplicated, (changes) => {
      for (const change of changes) {
        if (laneFor(lane.from, change) === lane && concerns(change)) lane.send(Lane.shipmentOf(change, 1))
      }
    })

  const addTenant = Effect.fnUntraced(function* (tenant: string, backlog: boolean) {
    if (lanes.has(tenant)) return
    const pair = [yield* makeLane(tenant, 0), yield* makeLane(tenant, 1)] as const
    lanes.set(tenant, pair)
    for (const lane of pair) {
      yield* FiberMap.run(fibers, lane, lane.run)
      if (backlog) yield* resend(lane)
    }
    yield* around.keep
  })

  const removeTenant = Effect.fnUntraced(function* (tenant: string) {
    const pair = lanes.get(tenant)
    if (pair === undefined) return
    lanes.delete(tenant)
    paused.delete(tenant)
    for (const lane of pair) {
      yield* FiberMap.remove(fibers, lane)
      lane.clear()
    }
    yield* around.keep
    yield* proceed
  })

  const addDirectory = Effect.fnUntraced(function* (name: string) {
    if (directories.has(name)) return
    yield* addTenant(defaultTenant, false)
    directories.add(name)
    for (const lane of lanes.get(defaultTenant) ?? []) yield* resend(lane, ({ path }) => path[0] === name)
    yield* around.keep
  })

  const removeDirectory = (name: string) =>
    Effect.suspend(() => {
      directories.delete(name)
      return directories.size === 0 ? removeTenant(defaultTenant) : around.keep
    })

  const statusAt = (seat: Seat, now: number): Model.LinkStatus => {
    if (suspended || isShutDown() || around.isHeld()) return { status: "WARNING", message: "Suspended by user" }
    switch (phase._tag) {
      case "FailedOver":
        return { status: "WARNING", message: "Failed over" }
      case "Recovering":
        return { status: "WARNING", message: "Recovering data" }
      case "Completing":
        return { status: "WARNING", message: "Completing recovery" }
      case "Normal":
        if (levelAt(settings.plans[settings.mode === "activeActive" ? seat : 0], now) === "OFF") {
          return { status: "GOOD", message: "Scheduled off period" }
        }
        if (settings.mode === "activeActive") return { status: "GOOD", message: "Synchronizing data" }
        return { status: "GOOD", message: seat === 0 ? "Sending data" : "Receiving data" }
    }
  }

  const close = Effect.gen(function* () {
    yield* Scope.close(scope, Exit.void)
    for (const lane of all()) lane.clear()
    lanes.clear()
    yield* enter(normal)
  })

  const standIn = phase._tag === "Normal" ? undefined : phase.standIn
  if (standIn !== undefined && former?.namesMoved === true) {
    yield* ends[standIn].takeOver(ends[otherSeat(standIn)].domain)
  }
  for (const tenant of former?.tenants ?? []) yield* addTenant(tenant, false)
  if (directories.size > 0) yield* addTenant(defaultTenant, false)
  for (const seat of [0, 1] as const) {
    for (const change of former?.removals[seat] ?? []) laneFor(ends[seat], change)?.send(Lane.shipmentOf(change, 1))
    yield* Scope.provide(
      ends[seat].replication.restrictWrites(() => mayWrite(settings.mode, phase, seat, isReplaced())),
      scope
    )
  }

  return {
    id,
    ends,
    meter,
    settings: () => settings,
    phase: () => phase,
    change: (next) =>
      alter(() => {
        settings = next
      }),
    isSuspended: () => suspended,
    suspend: (next) =>
      alter(() => {
        suspended = next
      }),
    turn: (action, seat) =>
      Effect.suspend(() =>
        Result.match(turn(phase, action, { mode: settings.mode, seat }), {
          onFailure: Effect.fail,
          onSuccess: (next) => Effect.andThen(enter(next), proceed)
        })
      ),
    restore: (seat) => Effect.forEach(lanes.values(), (pair) => resend(pair[seat]), { discard: true }),
    tenants: () => [...lanes.keys()].filter((tenant) => tenant !== defaultTenant),
    addTenant,
    removeTenant,
    isPaused: (tenant) => paused.has(tenant),
    pause: (tenant, isPaused) =>
      alter(() => {
        if (isPaused) paused.add(tenant)
        else paused.delete(tenant)
      }),
    directories: () => [...directories],
    addDirectory,
    removeDirectory,
    lanes: (from) => all().filter((lane) => lane.from === from),
    laneFor,
    lag: (from, now, tenant) => {
      const waiting = all()
        .filter((lane) => lane.from === ends[from] && (tenant === undefined || lane.tenant === tenant))
        .map((lane) => lane.backlog())
      return {
        objects: waiting.reduce((sum, { objects }) => sum + objects, 0),
        bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
        upToDateAsOf: Math.min(now, ...waiting.map(({ oldest }) => oldest ?? now))
      }
    },
    status: statusAt,
    proceed,
    record: () => {
      const removalsAt = (seat: Seat) =>
        all().flatMap((lane) => (lane.from === ends[seat] ? lane.waiting().filter(leavesNoTrace) : []))
      const standIn = phase._tag === "Normal" ? undefined : phase.standIn
      return {
        id,
        ends: [ends[0].domain, ends[1].domain],
        settings,
        suspended,
        phase,
        namesMoved: standIn !== undefined && ends[standIn].replication.hasTakenOver(ends[otherSeat(standIn)].domain),
        tenants: [...lanes.keys()].filter((tenant) => tenant !== defaultTenant),
        paused: [...paused],
        directories: [...directories],
        removals: [removalsAt(0), removalsAt(1)]
      }
    },
    close
  }
})
