/**
 * All systems of a simulator with the links between them: passes each change of a client on to the links it concerns.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Repetition from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Change } from "../../Change.ts"
import type { SimulatorError } from "../../SimulatorError.ts"
import { stableId } from "../accounts.ts"
import { shipmentOf } from "./lane.ts"
import * as Link from "./link.ts"
import * as LinkFile from "./linkFile.ts"
import type { LinkRecord, PairRecord } from "./linkRecord.ts"
import type * as Model from "./model.ts"
import type { LinkMode } from "./phase.ts"
import * as Schedule from "./schedule.ts"

/** @internal */
export interface Topology {
  readonly links: () => ReadonlyArray<Model.Link>
  /** Waits until nothing is on its way. */
  readonly settled: Effect.Effect<void>
  readonly setLag: (millis: number) => Effect.Effect<void>
  readonly lagMillis: () => number
  /** Holds all links, besides what their own systems say. */
  readonly hold: (held: boolean) => Effect.Effect<void>
  readonly isHeld: () => boolean
}

/** The port of the replication service. */
const replicationPort = 5748

const defaultFailover: Model.FailoverSettings = {
  autoFailover: false,
  autoFailoverMinutes: 120,
  autoCompleteRecovery: false,
  autoCompleteRecoveryMinutes: 120
}

/**
 * What a link is like of which only the ends are known.
 *
 * @internal
 */
export const defaultSettings = (
  name: string,
  mode: LinkMode,
  hosts: readonly [string, string]
): Model.LinkSettings => ({
  name,
  mode,
  description: "",
  compression: false,
  encryption: false,
  priority: "OLDEST_FIRST",
  endpoints: [
    { host: hosts[0], port: replicationPort },
    { host: hosts[1], port: replicationPort }
  ],
  failover: [defaultFailover, defaultFailover],
  plans: [Schedule.always, Schedule.always]
})

/** `hcp1-hcp2` for `hcp1.example.com` and `hcp2.example.com`; the whole domains if that is the same name twice. */
const nameOf = (first: Model.LinkedSystem, second: Model.LinkedSystem): string => {
  const label = ({ domain }: Model.LinkedSystem) => domain.slice(0, domain.indexOf("."))
  return label(first) === label(second) ? `${first.domain}-${second.domain}` : `${label(first)}-${label(second)}`
}

const isPartOf = (system: Model.LinkedSystem, host: string): boolean => {
  const name = host.toLowerCase().replace(/\.$/, "")
  return name === system.domain || name.endsWith(`.${system.domain}`) || system.management.nodes().includes(name)
}

const placeAt = ({ domain }: Model.LinkedSystem, { namespace, path }: Change): string =>
  [domain, namespace, ...path].join("/")

const joins = ({ systems }: PairRecord, first: Model.LinkedSystem, second: Model.LinkedSystem): boolean =>
  systems.includes(first.domain) && systems.includes(second.domain)

/**
 * Links every system with every other one, as a former run has left it if there is a folder; what they hold already and
 * was never replicated is sent first. Fails with reason `storage` if the folder has something else.
 *
 * Links are kept whenever they are changed; removals that wait once a minute and at the end, so that a crash loses the
 * last of them.
 */
export const make = Effect.fnUntraced(function* (
  systems: Arr.NonEmptyReadonlyArray<Model.LinkedSystem>,
  options: { readonly lagMillis: number; readonly mode: LinkMode; readonly directory: string | undefined }
): Effect.fn.Return<Topology, SimulatorError, Scope.Scope> {
  const scope = yield* Scope.Scope
  const file = yield* LinkFile.make(options.directory)
  const links = new Set<Model.Link>()
  const idle = yield* Latch.make(true)
  let { lagMillis } = options
  let held = false
  let moving = 0
  let altered = Deferred.makeUnsafe<void>()

  const wake = Effect.suspend(() => {
    const before = altered
    altered = Deferred.makeUnsafe()
    return Effect.asVoid(Deferred.succeed(before, undefined))
  })
  const alter = (change: () => void) => Effect.andThen(Effect.sync(change), wake)

  // The first system is everybody's primary; the stand-ins are equal among themselves.
  const pairs = systems.flatMap((first, index) =>
    systems.slice(index + 1).map((second) => {
      const mode: LinkMode = index === 0 ? options.mode : "activeActive"
      const tenants = () => [...new Set([...first.tenants, ...second.tenants])]
      return { first, second, mode, tenants, former: file.pairs.find((pair) => joins(pair, first, second)) }
    })
  )
  // Those of systems that are not there in this run stay as they were.
  const dormant = file.pairs.filter((pair) => !pairs.some(({ first, second }) => joins(pair, first, second)))

  let begun = false
  const keep = Effect.suspend(() => {
    if (!begun || options.directory === undefined) return Effect.void
    const records = pairs.map(({ first, mode, second, tenants }): PairRecord => {
      const link = [...links].find(({ ends }) => ends.includes(first) && ends.includes(second))
      return { systems: [first.domain, second.domain], mode, known: tenants(), link: link?.record() ?? null }
    })
    return file.save([...records, ...dormant])
  })
  // Before anything is linked, so that it runs when everything has stopped.
  yield* Effect.addFinalizer(() => keep)

  const around: Link.Surroundings = {
    serviceOf: ({ management }) => management.replication,
    altered: () => altered,
    wake,
    keep,
    lagMillis: () => lagMillis,
    isHeld: () => held,
    moved: (changes) => {
      moving += changes
      if (moving === 0) Latch.openUnsafe(idle)
      else Latch.closeUnsafe(idle)
    }
  }

  const begin = Effect.fnUntraced(function* (
    ends: readonly [Model.LinkedSystem, Model.LinkedSystem],
    settings: Model.LinkSettings,
    former?: LinkRecord
  ) {
    const id = former?.id ?? stableId(ends[0].domain, ends[1].domain, settings.name)
    const link = yield* Scope.provide(Link.make(id, ends, settings, around, former), scope)
    links.add(link)
    yield* keep
    return link
  })

  const send = (from: Model.LinkedSystem, change: Change): void => {
    const lanes = [...links].flatMap((link) => link.laneFor(from, change) ?? [])
    const shipment = shipmentOf(change, lanes.length)
    for (const lane of lanes) lane.send(shipment)
  }

  const endsOf = (local: Model.LinkedSystem): ReadonlyArray<Model.LinkEnd> =>
    [...links].flatMap((link): ReadonlyArray<Model.LinkEnd> => {
      const [first, second] = link.ends
      if (first === local) return [{ link, seat: 0, local, remote: second }]
      return second === local ? [{ link, seat: 1, local, remote: first }] : []
    })

  const boardOf = (local: Model.LinkedSystem): Model.Board => ({
    links: () => endsOf(local),
    allLinks: () => [...links],
    find: (host) => systems.find((system) => isPartOf(system, host)),
    create: ({ seat, ...settings }, remote) =>
      Effect.asVoid(begin(seat === 0 ? [local, remote] : [remote, local], settings)),
    remove: (link) =>
      Effect.suspend(() => {
        links.delete(link)
        return Effect.andThen(link.close, keep)
      }),
    wake
  })

  for (const [seat, system] of systems.entries()) {
    yield* system.replication.takeSeat(seat)
    yield* system.replication.listen((change) => send(system, change))
    system.management.replication.join(boardOf(system))
  }
  for (const { first, former, mode, second, tenants } of pairs) {
    const known = former?.mode === mode ? former : undefined
    if (known?.link === null) continue
    const hosts = [`replication.${first.domain}`, `replication.${second.domain}`] as const
    const isTurned = known?.link.ends[0] === second.domain
    const link = yield* begin(
      isTurned ? [second, first] : [first, second],
      known?.link.settings ?? defaultSettings(nameOf(first, second), mode, hosts),
      known?.link
    )
    for (const tenant of tenants()) {
      if (tenant !== Link.defaultTenant && known?.known.includes(tenant) !== true) yield* link.addTenant(tenant, false)
    }
  }
  // Nobody notes that a directory was replicated, so all are sent; but not one that is about to be removed, as it would
  // come back.
  const doomed = new Set<string>()
  for (const lane of [...links].flatMap((link) => systems.flatMap(link.lanes))) {
    for (const change of lane.waiting()) if (change._tag === "RemoveDirectory") doomed.add(placeAt(lane.to, change))
  }
  for (const system of systems) {
    for (const change of yield* system.replication.unreplicated) {
      if (change._tag !== "MakeDirectory" || !doomed.has(placeAt(system, change))) send(system, change)
    }
  }
  begun = true
  for (const link of links) yield* link.proceed
  yield* keep
  if (options.directory !== undefined) yield* Effect.forkScoped(Effect.repeat(keep, Repetition.spaced("1 minute")))

  return {
    links: () => [...links],
    settled: idle.await,
    setLag: (millis) =>
      alter(() => {
        lagMillis = millis
      }),
    lagMillis: () => lagMillis,
    hold: (next) =>
      alter(() => {
        held = next
      }),
    isHeld: () => held
  }
})
