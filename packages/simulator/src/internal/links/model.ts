/**
 * The words of replication: systems, the links between them, the lanes of a link, and the service that a system has for
 * its links.
 *
 * A link knows its systems and a system knows its links, so all of these types stand in one file.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Change } from "../../Change.ts"
import type { ReplicationPort } from "../../ReplicationPort.ts"
import type { SimulatorError } from "../../SimulatorError.ts"
import type { Registry } from "../registry.ts"
import type { LinkRecord } from "./linkRecord.ts"
import type { Meter } from "./meter.ts"
import type { LinkMode, Phase, Seat, Turn } from "./phase.ts"
import type { WeekPlan } from "./schedule.ts"

/**
 * A system at one end of a link.
 *
 * @internal
 */
export interface LinkedSystem {
  readonly domain: string
  /** Those that are there now. */
  readonly tenants: ReadonlyArray<string>
  readonly takeOver: (domain: string) => Effect.Effect<void>
  readonly giveBack: (domain: string) => Effect.Effect<void>
  readonly replication: ReplicationPort
  readonly management: {
    readonly registry: Registry
    readonly replication: ReplicationService
    /** The addresses of the nodes. */
    readonly nodes: () => ReadonlyArray<string>
  }
}

/**
 * A change on its way to several systems; the last arrival is what makes it replicated.
 *
 * @internal
 */
export interface Shipment {
  readonly change: Change
  readonly madeMillis: number
  missing: number
}

/**
 * What waits in a lane. `oldest` is when the first of it happened.
 *
 * @internal
 */
interface Backlog {
  readonly changes: number
  readonly objects: number
  readonly bytes: number
  readonly oldest: number | undefined
}

/** @internal */
export interface Lane {
  readonly tenant: string
  readonly from: LinkedSystem
  readonly to: LinkedSystem
  readonly send: (shipment: Shipment) => void
  readonly backlog: () => Backlog
  /** What waits, in the order it happened. */
  readonly waiting: () => ReadonlyArray<Change>
  /** Delivers until it is interrupted. */
  readonly run: Effect.Effect<never>
  /** Forgets what waits; for a lane that runs no more. */
  readonly clear: () => void
}

/** @internal */
export interface FailoverSettings {
  readonly autoFailover: boolean
  readonly autoFailoverMinutes: number
  readonly autoCompleteRecovery: boolean
  readonly autoCompleteRecoveryMinutes: number
}

/** @internal */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * Something for each seat.
 *
 * @internal
 */
export type BySeat<A> = readonly [A, A]

/** @internal */
export interface LinkSettings {
  readonly name: string
  readonly mode: LinkMode
  readonly description: string
  readonly compression: boolean
  readonly encryption: boolean
  readonly priority: "FAIR" | "OLDEST_FIRST"
  readonly endpoints: BySeat<Endpoint>
  readonly failover: BySeat<FailoverSettings>
  readonly plans: BySeat<WeekPlan>
}

/** @internal */
export interface LinkStatus {
  readonly status: "GOOD" | "WARNING" | "BAD"
  readonly message: string
}

/**
 * How far a direction is behind. `upToDateAsOf` is now if nothing waits.
 *
 * @internal
 */
export interface Lag {
  readonly objects: number
  readonly bytes: number
  readonly upToDateAsOf: number
}

/** @internal */
export interface Link {
  readonly id: string
  readonly ends: BySeat<LinkedSystem>
  readonly meter: Meter
  readonly settings: () => LinkSettings
  readonly phase: () => Phase
  readonly change: (settings: LinkSettings) => Effect.Effect<void>
  readonly isSuspended: () => boolean
  readonly suspend: (suspended: boolean) => Effect.Effect<void>
  /** Fails with why the action is not for this link, or not now. */
  readonly turn: (action: Turn, seat: Seat) => Effect.Effect<void, string>
  /** Sends again what one end holds and the other never confirmed. */
  readonly restore: (seat: Seat) => Effect.Effect<void>
  readonly tenants: () => ReadonlyArray<string>
  /** `backlog` also sends what both ends hold already. */
  readonly addTenant: (tenant: string, backlog: boolean) => Effect.Effect<void>
  readonly removeTenant: (tenant: string) => Effect.Effect<void>
  readonly isPaused: (tenant: string) => boolean
  readonly pause: (tenant: string, paused: boolean) => Effect.Effect<void>
  /** The top-level directories of the default namespace that are carried. */
  readonly directories: () => ReadonlyArray<string>
  readonly addDirectory: (name: string) => Effect.Effect<void>
  readonly removeDirectory: (name: string) => Effect.Effect<void>
  readonly lanes: (from: LinkedSystem) => ReadonlyArray<Lane>
  /** The way that a change of this end takes; undefined if the link does not carry it. */
  readonly laneFor: (from: LinkedSystem, change: Change) => Lane | undefined
  readonly lag: (from: Seat, now: number, tenant?: string) => Lag
  readonly status: (seat: Seat, now: number) => LinkStatus
  /** Takes a recovery to its next step if that is due. */
  readonly proceed: Effect.Effect<void>
  /** What it takes to have the link again in another run. */
  readonly record: () => LinkRecord
  readonly close: Effect.Effect<void>
}

/** @internal */
export const ServiceSettings = Schema.Struct({
  allowTenantsToMonitorNamespaces: Schema.Boolean,
  /** Whether a fail-over of a link moves names. */
  enableDNSFailover: Schema.Boolean,
  enableDomainAndCertificateSynchronization: Schema.Boolean,
  network: Schema.String,
  connectivityTimeoutSeconds: Schema.Int,
  verification: Schema.Literals(["ON", "ONCE", "OFF"]),
  /** Why all links were shut down; absent while the service is enabled. */
  shutDown: Schema.optionalKey(Schema.String)
})

/** @internal */
export type ServiceSettings = typeof ServiceSettings.Type

/**
 * A link as the system at one of its ends sees it.
 *
 * @internal
 */
export interface LinkEnd {
  readonly link: Link
  readonly seat: Seat
  readonly local: LinkedSystem
  readonly remote: LinkedSystem
}

/**
 * What it takes to make a link from one system to another.
 *
 * @internal
 */
interface LinkDraft extends LinkSettings {
  /** The seat of the system that makes it. */
  readonly seat: Seat
}

/**
 * What joins a system to the others.
 *
 * @internal
 */
export interface Board {
  readonly links: () => ReadonlyArray<LinkEnd>
  /** Those between other systems too. */
  readonly allLinks: () => ReadonlyArray<Link>
  /** The system that an address belongs to: a name below its domain, or one of its nodes. */
  readonly find: (host: string) => LinkedSystem | undefined
  readonly create: (draft: LinkDraft, remote: LinkedSystem) => Effect.Effect<void>
  readonly remove: (link: Link) => Effect.Effect<void>
  /** Lets what waits look again at what it waits for. */
  readonly wake: Effect.Effect<void>
}

/** @internal */
export interface ReplicationService {
  readonly settings: () => ServiceSettings
  /** Keeps settings, over a restart too if the system has a folder. */
  readonly change: (settings: ServiceSettings) => Effect.Effect<void, SimulatorError>
  /** Undefined for a system that was never joined with others. */
  readonly board: () => Board | undefined
  readonly join: (board: Board) => void
  /** PEM certificates of other systems, by id. */
  readonly trusted: Map<string, string>
}
