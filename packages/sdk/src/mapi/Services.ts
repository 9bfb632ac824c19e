/**
 * How far the background services of a system are: protection, garbage collection, disposition and so on. For
 * system-level users with the role monitor or administrator, HCP 8 or later.
 *
 * HCP asks not to be asked more than once an hour. Source: "HCP Management API Reference", data type serviceStatistics.
 *
 * @since 0.1.0
 */

import type * as Effect from "effect/Effect"
import type { HcpError } from "../HcpError.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { epochMillis, epochSeconds } from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"

/**
 * One service, of the whole system or of one node.
 *
 * @category models
 * @since 0.1.0
 */
export const Service = fields.struct({
  /** E.g. `GarbageCollection`, `DispositionPolicy`, `ProtectionPolicy`. */
  name: fields.text(),
  state: fields.oneOf(["RUNNING", "READY", "DISABLED", "STOPPING"]),
  /** Of the last run, `undefined` where there was none. */
  startTime: epochSeconds,
  /** Of the last run, `undefined` where it is not over. */
  endTime: epochSeconds,
  formattedStartTime: fields.text(),
  formattedEndTime: fields.text(),
  /** Only while it runs or stops. */
  performanceLevel: fields.oneOf(["LOW", "MEDIUM", "HIGH"]),
  objectsExamined: fields.number,
  objectsExaminedPerSecond: fields.number,
  objectsServiced: fields.number,
  objectsServicedPerSecond: fields.number,
  objectsUnableToService: fields.number,
  objectsUnableToServicePerSecond: fields.number
})

/**
 * One service, of the whole system or of one node.
 *
 * @category models
 * @since 0.1.0
 */
export type Service = typeof Service.Type

const services = fields.list("service", Service)

/**
 * All services at one time, as a whole and node by node.
 *
 * @category models
 * @since 0.1.0
 */
export const ServiceStatistics = fields.struct({
  requestTime: epochMillis,
  services,
  /** Only from newer systems. */
  nodes: fields.list(
    "node",
    fields.struct({
      nodeNumber: fields.number,
      frontendIpAddresses: fields.list("ipAddress", fields.text()),
      services
    })
  )
})

/**
 * All services at one time, as a whole and node by node.
 *
 * @category models
 * @since 0.1.0
 */
export type ServiceStatistics = typeof ServiceStatistics.Type

const resource = { path: "/services/statistics", format: "xml", read: ServiceStatistics } as const

/**
 * How far the services are.
 *
 * @category combinators
 * @since 0.1.0
 */
export const statistics: Effect.Effect<ServiceStatistics, HcpError, Mapi> = call.read(resource, {})
