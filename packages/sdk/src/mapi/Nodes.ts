/**
 * How busy the nodes of a system are. For system-level users with the role monitor or administrator, HCP 8 or later.
 *
 * HCP asks not to be asked more than once an hour. Source: "HCP Management API Reference", data type nodeStatistics.
 *
 * @since 0.1.0
 */

import type * as Effect from "effect/Effect"
import type { HcpError } from "../HcpError.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { epochMillis } from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"

const addresses = fields.list("ipAddress", fields.text())

/**
 * A logical volume of a node.
 *
 * @category models
 * @since 0.1.0
 */
export const Volume = fields.struct({
  id: fields.text(),
  blocksRead: fields.number,
  blocksWritten: fields.number,
  diskUtilization: fields.number,
  transferSpeed: fields.number,
  /** Only from newer systems, as the three that follow. */
  totalBytes: fields.number,
  freeBytes: fields.number,
  totalInodes: fields.number,
  freeInodes: fields.number
})

/**
 * A logical volume of a node.
 *
 * @category models
 * @since 0.1.0
 */
export type Volume = typeof Volume.Type

/**
 * A node. Figures without a unit here have none in the manual either.
 *
 * @category models
 * @since 0.1.0
 */
export const Node = fields.struct({
  nodeNumber: fields.number,
  frontendIpAddresses: addresses,
  backendIpAddress: fields.text(),
  /** Only where there is a management network. */
  managementIpAddresses: addresses,
  openHttpConnections: fields.number,
  openHttpsConnections: fields.number,
  maxHttpConnections: fields.number,
  maxHttpsConnections: fields.number,
  cpuUser: fields.number,
  cpuSystem: fields.number,
  cpuMax: fields.number,
  ioWait: fields.number,
  swapOut: fields.number,
  maxFrontEndBandwidth: fields.number,
  frontEndBytesRead: fields.number,
  frontEndBytesWritten: fields.number,
  maxBackEndBandwidth: fields.number,
  backEndBytesRead: fields.number,
  backEndBytesWritten: fields.number,
  /** Only where there is a management network, as the two that follow. */
  maxManagementPortBandwidth: fields.number,
  managementBytesRead: fields.number,
  managementBytesWritten: fields.number,
  collectionTimestamp: epochMillis,
  volumes: fields.list("volume", Volume)
})

/**
 * A node.
 *
 * @category models
 * @since 0.1.0
 */
export type Node = typeof Node.Type

/**
 * All nodes at one time.
 *
 * @category models
 * @since 0.1.0
 */
export const NodeStatistics = fields.struct({
  requestTime: epochMillis,
  nodes: fields.list("node", Node)
})

/**
 * All nodes at one time.
 *
 * @category models
 * @since 0.1.0
 */
export type NodeStatistics = typeof NodeStatistics.Type

const resource = { path: "/nodes/statistics", format: "xml", read: NodeStatistics } as const

/**
 * How busy the nodes are.
 *
 * @category combinators
 * @since 0.1.0
 */
export const statistics: Effect.Effect<NodeStatistics, HcpError, Mapi> = call.read(resource, {})
