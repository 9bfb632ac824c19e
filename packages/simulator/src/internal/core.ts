/**
 * The inside of one HCP system: what its gateways and its replication links share.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { BlobStore } from "../Blob.ts"
import type { Change, ChangeTime } from "../Change.ts"
import type { ObjectTree } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Permission, ResolvedNamespace, ResolvedSystem } from "../SystemSpec.ts"
import type { AccessLog } from "./accessLog.ts"
import type { Management } from "./management.ts"
import type { Registry } from "./registry.ts"
import type { Usage } from "./usage.ts"

/** @internal */
export interface Namespace {
  /** As it is now; another one after each change by the management API. */
  readonly spec: ResolvedNamespace
  /** What anybody may do in any namespace of the tenant at most. */
  readonly tenantMask: ReadonlyArray<Permission>
  readonly tree: ObjectTree
}

/** Where a change comes from: a client's request, or a replication link, which must not send it on. */
export type Origin = "client" | "link"

/** @internal */
export interface Core {
  readonly spec: ResolvedSystem
  readonly blobs: BlobStore
  /** Tenants, accounts and settings. */
  readonly registry: Registry
  /** Those that are there now, by `name.tenant`. */
  readonly namespaces: ReadonlyMap<string, Namespace>
  /** The domains whose names this system answers for: its own, and those it has taken over. */
  readonly domains: Set<string>
  /** The present moment as a change time that no other change of this system has. */
  readonly stamp: Effect.Effect<ChangeTime>
  /**
   * A version id for that moment: `millis * 64 + 1` as HCP's, and the next number if that one is taken. A seat beyond
   * the first of a replication link is added, so that two systems do not give the same id in the same millisecond.
   */
  readonly newVersionId: (millis: number) => number
  readonly setSeat: (seat: number) => void
  /**
   * Decides and applies in one step: nothing can come in between, so what `decide` has seen is still true when its
   * changes are made. The changes are in the log before they are visible.
   */
  readonly commit: <E>(
    origin: Origin,
    decide: () => Result.Result<ReadonlyArray<Change>, E>
  ) => Effect.Effect<void, E | SimulatorError>
  /**
   * Records that what a namespace holds is known by another name from now on, or that nothing of it is left. The
   * namespaces themselves follow the {@link registry}, to be changed right after it.
   */
  readonly relabel: (from: string, to: string | undefined) => Result.Result<void, SimulatorError>
  /** Called with each change a client made, in order. */
  readonly listeners: Set<(change: Change) => void>
  /** Called with each change, whoever makes it, in order, right before it is applied. */
  readonly witnesses: Set<(change: Change) => void>
  /** Whether clients may change anything now; a replication link may say no. */
  readonly isWritable: () => boolean
  /** Adds a rule to {@link isWritable}; returns how to take it back. */
  readonly addWriteRule: (rule: () => boolean) => () => void
  /** What clients did, by namespace and hour. */
  readonly usage: Usage
  /** Every request, by node. */
  readonly accessLog: AccessLog
  /** What the management API works on besides tenants and accounts. */
  readonly management: Management
}
