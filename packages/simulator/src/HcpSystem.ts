/**
 * One simulated HCP system behind its nodes: namespaces, users, objects, and the gateway that all nodes share.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BlobStore } from "./BlobStore.ts"
import type { Gateway } from "./Gateway.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { SystemSpec } from "./SystemSpec.ts"

export interface NamespaceState {
  readonly name: string
  readonly tenant: string
  readonly objects: number
  readonly versions: number
  readonly bytes: number
}

export interface SystemState {
  readonly domain: string
  readonly takenOver: ReadonlyArray<string>
  readonly namespaces: ReadonlyArray<NamespaceState>
}

export interface HcpSystem {
  readonly domain: string
  readonly tenants: ReadonlyArray<string>
  readonly namespaces: ReadonlyArray<{ readonly name: string; readonly tenant: string }>
  readonly gateway: Gateway
  /** Every host name this system answers for now, those it has taken over included. */
  readonly hostNames: Effect.Effect<ReadonlyArray<string>>
  readonly takeOver: (domain: string) => Effect.Effect<void>
  readonly giveBack: (domain: string) => Effect.Effect<void>
  readonly state: Effect.Effect<SystemState>
}

export interface Options {
  readonly blobs: BlobStore
  readonly dataDirectory?: string | undefined
}

export const make = (_spec: SystemSpec, _options: Options): Effect.Effect<HcpSystem, SimulatorError, Scope.Scope> =>
  Effect.die("unfinished")
