/**
 * What the management API works on besides tenants and accounts: where the system stands, its replication service, and
 * the packages it prepares.
 *
 * @internal
 */
import type { ReplicationService } from "./links/model.ts"
import type { LogOrder } from "./logPackage.ts"
import type { Packaging } from "./packaging.ts"
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
  readonly replication: ReplicationService
  readonly logs: Packaging<LogOrder>
  readonly healthCheck: Packaging<LogOrder>
  /** For the links, which take tenants from one system to the other. */
  readonly registry: Registry
}
