/**
 * What replication needs of a system: its changes, what it holds, and a way to apply what another system did.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BlobStore } from "./Blob.ts"
import type { Change } from "./Change.ts"
import type { Entry } from "./ObjectTree.ts"
import type { SimulatorError } from "./SimulatorError.ts"

/**
 * What a replication link needs of a system.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplicationPort {
  readonly blobs: BlobStore
  /** Calls `listener` with every change that a client makes, in order, until the scope closes. */
  readonly listen: (listener: (change: Change) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Changes that bring a copy up to date with all that is not replicated yet. */
  readonly unreplicated: Effect.Effect<ReadonlyArray<Change>>
  /** What is at a path of a namespace (`name.tenant`); the empty path exists if the namespace does. */
  readonly find: (namespace: string, path: ReadonlyArray<string>) => Entry | undefined
  readonly isVersioned: (namespace: string) => boolean
  /** Decides on changes and applies them in one step; they are not passed on to listeners. */
  readonly apply: (decide: () => ReadonlyArray<Change>) => Effect.Effect<void, SimulatorError>
  /** Lets clients write only while `rule` says so, until the scope closes. */
  readonly restrictWrites: (rule: () => boolean) => Effect.Effect<void, never, Scope.Scope>
  readonly hasTakenOver: (domain: string) => boolean
  /**
   * Which place the system has in the link, from 0; no two systems then give out the same version id in one
   * millisecond.
   */
  readonly takeSeat: (seat: number) => Effect.Effect<void>
}
