/**
 * Every resource that is about the system rather than what is inside its tenants, and what is told of tenants and
 * namespaces in figures.
 *
 * @internal
 */
import { chargeback } from "./chargeback.ts"
import { erasureCoding } from "./erasureCoding.ts"
import { healthCheck } from "./healthCheck.ts"
import { logs } from "./logs.ts"
import { replication } from "./replication.ts"
import type { Resource } from "./router.ts"
import { statistics } from "./statistics.ts"
import { system } from "./system.ts"
import { systemStatistics } from "./systemStatistics.ts"

/** @internal */
export const services: ReadonlyArray<Resource> = [
  ...replication,
  ...erasureCoding,
  ...logs,
  ...healthCheck,
  ...system,
  ...systemStatistics,
  ...chargeback,
  ...statistics
]
