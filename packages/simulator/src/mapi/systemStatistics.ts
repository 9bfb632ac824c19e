/**
 * `/nodes/statistics` and `/services/statistics`: how the nodes are, and what the services of the system do.
 *
 * Nodes and what they store are real. A simulator has no disks to be busy and no services that run, so the rest stands
 * still.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Document } from "../internal/document.ts"
import { nodeNumber } from "../internal/logPackage.ts"
import { systemReaders } from "./access.ts"
import { answer, type Call, type Resource } from "./router.ts"
import { licensesOf } from "./system.ts"

const gigabit = 1_000_000_000 / 8
const bytesPerInode = 16_384

const nodeDocuments = ({ core, now }: Call): ReadonlyArray<Document> => {
  const nodes = core.management.nodes()
  const capacity = Math.floor((licensesOf(core)[0]?.localCapacity ?? 0) / Math.max(1, nodes.length))
  const spaces = [...core.namespaces.values()]
  const stored = spaces.reduce((sum, { spec, tree }) => sum + tree.counts().bytes * spec.dpl, 0)
  const objects = spaces.reduce((sum, { tree }) => sum + tree.counts().objects, 0)
  const share = (amount: number): number => Math.ceil(amount / Math.max(1, nodes.length))
  const inodes = Math.floor(capacity / bytesPerInode)
  return nodes.map((address) => ({
    nodeNumber: nodeNumber(address),
    frontendIpAddresses: { ipAddress: [address] },
    backendIpAddress: address,
    openHttpConnections: 0,
    openHttpsConnections: 0,
    maxHttpConnections: 255,
    maxHttpsConnections: 254,
    cpuUser: 0,
    cpuSystem: 0,
    cpuMax: 100,
    ioWait: 0,
    swapOut: 0,
    maxFrontEndBandwidth: gigabit,
    frontEndBytesRead: 0,
    frontEndBytesWritten: 0,
    maxBackEndBandwidth: gigabit,
    backEndBytesRead: 0,
    backEndBytesWritten: 0,
    collectionTimestamp: now,
    volumes: {
      volume: [
        {
          id: `${nodeNumber(address)}.1`,
          blocksRead: 0,
          blocksWritten: 0,
          diskUtilization: 0,
          transferSpeed: 0,
          totalBytes: capacity,
          freeBytes: Math.max(0, capacity - share(stored)),
          totalInodes: inodes,
          freeInodes: Math.max(0, inodes - share(objects))
        }
      ]
    }
  }))
}

/** What needs hardware that is not there is disabled. */
const services: ReadonlyArray<readonly [name: string, state: "READY" | "DISABLED"]> = [
  ["StorageTieringService", "DISABLED"],
  ["RetirementPolicy", "READY"],
  ["MigrationVerificationPolicy", "DISABLED"],
  ["ContentVerification", "READY"],
  ["GarbageCollection", "READY"],
  ["MigrationPolicy", "DISABLED"],
  ["CapacityBalancePolicy", "READY"],
  ["SNodeCapacityBalanceService", "DISABLED"],
  ["ErasureCodingService", "READY"],
  ["DispositionPolicy", "READY"],
  ["ScavengingPolicy", "READY"],
  ["SNodeCompressionEncryptionValidationService", "DISABLED"],
  ["ProtectionPolicy", "READY"],
  ["DuplicateElimination", "READY"],
  ["CompressionPolicy", "READY"]
]

const serviceDocuments = (): ReadonlyArray<Document> =>
  services.map(([name, state]) => ({
    name,
    state,
    startTime: -1,
    formattedStartTime: "-1",
    endTime: -1,
    formattedEndTime: "-1",
    objectsExamined: 0,
    objectsExaminedPerSecond: 0,
    objectsServiced: 0,
    objectsServicedPerSecond: 0,
    objectsUnableToService: 0,
    objectsUnableToServicePerSecond: 0
  }))

/** @internal */
export const systemStatistics: ReadonlyArray<Resource> = [
  {
    path: "/nodes/statistics",
    get: {
      access: systemReaders,
      run: (call) =>
        Effect.sync(() => answer("nodeStatistics", { requestTime: call.now, nodes: { node: nodeDocuments(call) } }))
    }
  },
  {
    path: "/services/statistics",
    get: {
      access: systemReaders,
      run: ({ core, now }) =>
        Effect.sync(() =>
          answer("serviceStatistics", {
            requestTime: now,
            services: { service: serviceDocuments() },
            nodes: {
              node: core.management.nodes().map((address) => ({
                nodeNumber: nodeNumber(address),
                frontendIpAddresses: { ipAddress: [address] },
                backendIpAddress: address,
                services: { service: serviceDocuments() }
              }))
            }
          })
        )
    }
  }
]
