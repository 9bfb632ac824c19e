/**
 * What there is to know about a replication link, to create one, and to change.
 *
 * Source: "HCP Management API Reference", data types link and replicationService. Every field may be absent: what HCP
 * tells depends on its version and on the type of the link.
 *
 * @since 0.1.0
 */
import * as Struct from "effect/Struct"
import type { With } from "./Field.ts"
import * as fields from "./internal/fields.ts"
import type { LinkType } from "./LinkAction.ts"

const port = fields.int({ min: 1, max: 65_535 })

const minutes = (min: number) => fields.int({ min, max: 9_999 })

const Failover = fields.struct({
  /** HCP's default is `false`. */
  autoFailover: fields.bool,
  /** 7 to 9,999; HCP's default is 120. */
  autoFailoverMinutes: minutes(7),
  /** Only of active/passive links. HCP's default is `false`. */
  autoCompleteRecovery: fields.bool,
  /** Only of active/passive links. 1 to 9,999; HCP's default is 120. */
  autoCompleteRecoveryMinutes: minutes(1)
})

const Connection = fields.struct({
  /** `replication.admin.<domain>` of the other system, or the IP addresses of its nodes, separated by commas. */
  remoteHost: fields.text({ min: 1 }),
  /** HCP's default is 5748. */
  remotePort: port,
  /** How the other system reaches this one, where addresses are translated. */
  localHost: fields.text({ min: 1 }),
  /** HCP's default is 5748. */
  localPort: port
})

const NewConnection = fields.struct(Connection.fields, { required: ["remoteHost"] })

/**
 * How much a link has replicated, and how much it has still to. Numbers are exact up to 2^53 - 1.
 *
 * @category models
 * @since 0.1.0
 */
export const LinkStatistics = fields.struct({
  /** `yyyy-MM-ddThh:mm:ss+hhmm`: everything older is replicated. */
  upToDateAsOfString: fields.text(),
  /** The same in epoch milliseconds. */
  upToDateAsOfMillis: fields.number,
  bytesPending: fields.number,
  /** Always 0 for an active/passive link. */
  bytesPendingRemote: fields.number,
  bytesReplicated: fields.number,
  bytesPerSecond: fields.number,
  objectsPending: fields.number,
  /** Always 0 for an active/passive link. */
  objectsPendingRemote: fields.number,
  objectsReplicated: fields.number,
  operationsPerSecond: fields.number,
  errors: fields.number,
  errorsPerSecond: fields.number,
  /** Only from newer systems. */
  objectsVerified: fields.number,
  /** Only from newer systems. */
  objectsReplicatedAfterVerification: fields.number
})

/**
 * How much a link has replicated, and how much it has still to.
 *
 * @category models
 * @since 0.1.0
 */
export type LinkStatistics = typeof LinkStatistics.Type

/**
 * A replication link, as the system that is asked sees it: what is outbound here is inbound there.
 *
 * @category models
 * @since 0.1.0
 */
export const Link = fields.struct({
  /** 1 to 64 characters; letter case does not count. */
  name: fields.text({ min: 1, max: 64 }),
  type: fields.oneOf(["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"]),
  connection: Connection,
  /** At most 1,024 characters; an empty text removes it. */
  description: fields.text({ max: 1024 }),
  compression: fields.bool,
  encryption: fields.bool,
  /** Which objects go first. HCP's default is `OLDEST_FIRST`. */
  priority: fields.oneOf(["FAIR", "OLDEST_FIRST"]),
  /** Of an active/passive link there is only the part of the other system. */
  failoverSettings: fields.struct({ local: Failover, remote: Failover }),
  /** A UUID. Read only. */
  id: fields.text(),
  /** Read only. */
  statistics: LinkStatistics,
  /** Read only. */
  status: fields.oneOf(["GOOD", "WARNING", "BAD"]),
  /** What the link does, or what is wrong with it. Read only. */
  statusMessage: fields.oneOf([
    "Synchronizing data",
    "Sending data",
    "Receiving data",
    "Recovering data",
    "Completing recovery",
    "Scheduled off period",
    "Suspended by user",
    "Pending remote reply",
    "Pending",
    "Failed over",
    "Remote storage full link suspended",
    "Local storage full link suspended",
    "High error rate",
    "Stalled link",
    "Broken link"
  ]),
  /** Read only; see `LinkAction.suspend`. */
  suspended: fields.bool
})

/**
 * A replication link.
 *
 * @category models
 * @since 0.1.0
 */
export type Link = typeof Link.Type

const written = Struct.omit(Link.fields, ["id", "statistics", "status", "statusMessage", "suspended"])

/**
 * What a link is created with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewLink = fields.struct(
  { ...written, connection: NewConnection },
  {
    required: ["name", "type", "connection"],
    check: ({ failoverSettings, type }) =>
      type === "ACTIVE_ACTIVE" && /"autoComplete/.test(JSON.stringify(failoverSettings ?? {}))
        ? ["failoverSettings", "has autoCompleteRecovery, which only active/passive links have; leave it out"]
        : undefined
  }
)

/**
 * What a link is created with.
 *
 * @category models
 * @since 0.1.0
 */
export type NewLink = Omit<typeof NewLink.Type, "name" | "type" | "connection"> & {
  readonly name: string
  readonly type: LinkType
  readonly connection: With<typeof Connection.Type, "remoteHost">
}

/**
 * What may be changed of a link.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LinkChanges = fields.struct(Struct.omit(written, ["name"]), {
  check: ({ type }) =>
    type === undefined || type === "ACTIVE_ACTIVE"
      ? undefined
      : ["type", "can only be changed to ACTIVE_ACTIVE; delete the link and create it anew for another type"]
})

/**
 * What may be changed of a link: all but its name. The type only from active/passive to active/active.
 *
 * @category models
 * @since 0.1.0
 */
export type LinkChanges = Omit<typeof LinkChanges.Type, "type"> & { readonly type?: "ACTIVE_ACTIVE" | undefined }

/**
 * What may be changed of the replication service of a system.
 *
 * @category models
 * @since 0.1.0
 */
export const ServiceChanges = fields.struct({
  /** Whether tenants may see how the replication of their namespaces goes on. HCP's default is `false`. */
  allowTenantsToMonitorNamespaces: fields.bool,
  /** Whether names of the other system are answered for while a link is failed over. HCP's default is `false`. */
  enableDNSFailover: fields.bool,
  /** Only of older systems. */
  enableDomainAndCertificateSynchronization: fields.bool,
  /** E.g. `[hcp_system]`; any but `[hcp_backend]`. */
  network: fields.text({
    pattern: { form: /^(?!\[hcp_backend\]$)/, says: "must be another network than [hcp_backend]" }
  }),
  /** Seconds. From HCP 8. */
  connectivityTimeoutSeconds: fields.int({ min: 0 }),
  /** Whether replicated objects are compared with their originals. From HCP 8. */
  verification: fields.oneOf(["ON", "ONCE", "OFF"])
})

/**
 * What may be changed of the replication service of a system.
 *
 * @category models
 * @since 0.1.0
 */
export type ServiceChanges = typeof ServiceChanges.Type

/**
 * The replication service of a system.
 *
 * @category models
 * @since 0.1.0
 */
export const ReplicationService = fields.struct({
  ...ServiceChanges.fields,
  /** `SHUTDOWN` after `Replication.shutDownAllLinks`. Read only. */
  status: fields.oneOf(["ENABLED", "SHUTDOWN"])
})

/**
 * The replication service of a system.
 *
 * @category models
 * @since 0.1.0
 */
export type ReplicationService = typeof ReplicationService.Type
