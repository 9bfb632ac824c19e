/**
 * What the management API works on besides tenants and accounts: where the system stands, its replication service, and the
 * packages it prepares.
 *
 * @internal
 */
import * as ReplicationService from "./links/service.ts"
import type { LogOrder } from "./logPackage.ts"
import * as Packaging from "./packaging.ts"
import type { Registry } from "./registry.ts"

/** Where a system stands: the addresses of its nodes, and the certificate they show, PEM. */
export interface Place {
  readonly nodes: ReadonlyArray<string>
  readonly certificate: string
}

/** @internal */
export interface Management {
  readonly place: () => Place
  /** Tells where the system stands, which is known only after it was made. */
  readonly settle: (place: Place) => void
  readonly nodes: () => ReadonlyArray<string>
  readonly replication: ReplicationService.ReplicationService
  readonly logs: Packaging.Packaging<LogOrder>
  readonly healthCheck: Packaging.Packaging<LogOrder>
  /** For the links, which take tenants from one system to the other. */
  readonly registry: Registry
}

/** The services of a system that keeps its settings in `registry`. */
export const make = (registry: Registry): Management => {
  let place: Place = { nodes: [], certificate: "" }
  return {
    place: () => place,
    settle: (next) => {
      place = next
    },
    nodes: () => place.nodes,
    replication: ReplicationService.make(registry),
    logs: Packaging.make(),
    healthCheck: Packaging.make(),
    registry
  }
}
