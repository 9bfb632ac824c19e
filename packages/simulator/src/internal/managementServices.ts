/**
 * Makes what the management API of a system works on besides tenants and accounts.
 *
 * @internal
 */
import * as ReplicationService from "./links/service.ts"
import type { Management, Place } from "./management.ts"
import * as Packaging from "./packaging.ts"
import type { Registry } from "./registry.ts"

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
