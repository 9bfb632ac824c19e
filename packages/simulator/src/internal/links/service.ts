/**
 * The replication service of one system: its settings, and the links it is part of.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { HcpSystem } from "../../HcpSystem.ts"
import type { SimulatorError } from "../../SimulatorError.ts"
import type { Registry } from "../registry.ts"
import type { Link, LinkSettings } from "./link.ts"
import type { Seat } from "./phase.ts"

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
  readonly local: HcpSystem
  readonly remote: HcpSystem
}

/**
 * What it takes to make a link from one system to another.
 *
 * @internal
 */
export interface LinkDraft extends LinkSettings {
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
  readonly find: (host: string) => HcpSystem | undefined
  readonly create: (draft: LinkDraft, remote: HcpSystem) => Effect.Effect<void>
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

// As an administrator leaves it who sets up two systems for each other: names move. An HCP that was never set up has it off.
const initial: ServiceSettings = {
  allowTenantsToMonitorNamespaces: false,
  enableDNSFailover: true,
  enableDomainAndCertificateSynchronization: false,
  network: "[hcp_system]",
  connectivityTimeoutSeconds: 60,
  verification: "OFF"
}

const settingName = "replicationService"
const decode = Schema.decodeUnknownResult(ServiceSettings)

/** @internal */
export const make = (registry: Registry): ReplicationService => {
  let settings = Result.getOrElse(decode(registry.setting(settingName)), () => initial)
  let board: Board | undefined
  return {
    settings: () => settings,
    change: (next) =>
      Effect.map(registry.keep(settingName, next), () => {
        settings = next
      }),
    board: () => board,
    join: (next) => {
      board = next
    },
    trusted: new Map()
  }
}
