/**
 * One simulated HCP system behind its nodes: namespaces, users, objects, and the gateway that all nodes share.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { BlobStore } from "./Blob.ts"
import type { Change } from "./Change.ts"
import type { Gateway } from "./Gateway.ts"
import * as SystemGateway from "./gateway/SystemGateway.ts"
import { namesOf, tenantsOf } from "./gateway/virtualHost.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import type { Core } from "./internal/core.ts"
import * as File from "./internal/file.ts"
import * as LiveCore from "./internal/liveCore.ts"
import type { Management } from "./internal/management.ts"
import { hcpSystemKinds } from "./internal/optionKinds.ts"
import type { ReplicationPort } from "./ReplicationPort.ts"
import * as Retention from "./Retention.ts"
import { SimulatorError } from "./SimulatorError.ts"
import { type ResolvedSystem, resolve, type SystemSpec } from "./SystemSpec.ts"
import * as Uploads from "./s3/multipart/uploads.ts"

/**
 * How much a namespace holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamespaceState {
  readonly name: string
  readonly tenant: string
  readonly objects: number
  /** Delete markers included. */
  readonly versions: number
  readonly bytes: number
}

/**
 * What a system looks like from outside, ready to be written as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface SystemState {
  readonly domain: string
  readonly softwareVersion: string
  /** False on the passive side of a replication link. */
  readonly writable: boolean
  /** The domains whose names lead here for now, besides its own. */
  readonly takenOver: ReadonlyArray<string>
  readonly namespaces: ReadonlyArray<NamespaceState>
}

/**
 * One HCP system.
 *
 * @category models
 * @since 0.1.0
 */
export interface HcpSystem {
  readonly domain: string
  /** Those that are there now. */
  readonly tenants: ReadonlyArray<string>
  /** Those that are there now. */
  readonly namespaces: ReadonlyArray<{ readonly name: string; readonly tenant: string }>
  /** Answers for every node of the system. */
  readonly gateway: Gateway
  /** Every host name this system answers for now, those it has taken over included. */
  readonly hostNames: Effect.Effect<ReadonlyArray<string>>
  /** Answers for the names of another system's domain from now on. `X-HCP-ServicedBySystem` stays the own domain. */
  readonly takeOver: (domain: string) => Effect.Effect<void>
  /** No longer answers for them. */
  readonly giveBack: (domain: string) => Effect.Effect<void>
  readonly state: Effect.Effect<SystemState>
  readonly replication: ReplicationPort
  /**
   * What the management API works on besides tenants and accounts.
   *
   * @internal
   */
  readonly management: Management
}

/**
 * Where a system keeps what it is given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The bytes. Linked systems may share a store: then bytes are replicated without being copied. */
  readonly blobs: BlobStore
  /** A folder for the metadata, made if missing, of this system alone. Default: memory only. */
  readonly dataDirectory?: string | undefined
  /**
   * The 32 bytes that encrypt the registry of the folder (tenants, accounts, settings). Default: it is not encrypted.
   */
  readonly dataKey?: Redacted.Redacted<Uint8Array> | undefined
}

const kinds: KindsOf<Options> = hcpSystemKinds

const checkRetention = (spec: ResolvedSystem): Effect.Effect<void, SimulatorError> => {
  for (const { defaultRetention, key, retentionClasses } of spec.namespaces) {
    const base = { ingested: 0, now: 0, current: undefined, classes: retentionClasses }
    for (const parsed of [
      Retention.parseDefault(defaultRetention, base),
      ...retentionClasses.map(({ value }) => Retention.parse(value, base))
    ]) {
      if (Result.isFailure(parsed)) {
        const message = `namespace "${key}": ${parsed.failure}`
        return Effect.fail(new SimulatorError({ reason: "specification", message }))
      }
    }
  }
  return Effect.void
}

const makeReplicationPort = (core: Core): ReplicationPort => ({
  blobs: core.blobs,
  listen: (listener) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        core.listeners.add(listener)
      }),
      () =>
        Effect.sync(() => {
          core.listeners.delete(listener)
        })
    ),
  unreplicated: Effect.sync(() => {
    const found: Array<Change> = []
    for (const { spec, tree } of core.namespaces.values()) {
      for (const change of tree.changes(spec.key)) {
        if (change._tag !== "PutVersion" || !change.version.replicated) found.push(change)
      }
    }
    return found
  }),
  find: (namespace, path) => core.namespaces.get(namespace)?.tree.find(path),
  isVersioned: (namespace) => core.namespaces.get(namespace)?.spec.versioning ?? false,
  apply: (decide) => core.commit("link", () => Result.succeed(decide())),
  restrictWrites: (rule) =>
    Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => core.addWriteRule(rule)),
        (remove) => Effect.sync(remove)
      )
    ),
  hasTakenOver: (domain) => domain !== core.spec.domain && core.domains.has(domain),
  takeSeat: (seat) => Effect.sync(() => core.setSeat(seat))
})

/**
 * Makes a system, with the contents of a former run if `dataDirectory` has any. Fails with reason `specification` for
 * names that cannot be, with reason `storage` if the folder cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (spec: SystemSpec, options: Options) => Effect.Effect<HcpSystem, SimulatorError, Scope.Scope> =
  Effect.fnUntraced(function* (
    systemSpec: SystemSpec,
    options: Options
  ): Effect.fn.Return<HcpSystem, SimulatorError, Scope.Scope> {
    yield* checkOptions(options, kinds, { required: ["blobs"] })
    const spec = yield* resolve(systemSpec)
    yield* checkRetention(spec)
    const { blobs, dataDirectory, dataKey } = options
    if (dataDirectory !== undefined) yield* File.makeOwnDirectory(dataDirectory)
    const core = yield* LiveCore.make(spec, { blobs, dataDirectory, dataKey })
    const uploads = yield* Uploads.make(dataDirectory)
    return {
      domain: spec.domain,
      get tenants() {
        return tenantsOf(core)
      },
      get namespaces() {
        return [...core.namespaces.values()].map(({ spec: { name, tenant } }) => ({ name, tenant }))
      },
      gateway: SystemGateway.make(core, uploads),
      hostNames: Effect.sync(() => namesOf(core)),
      takeOver: (domain) =>
        Effect.sync(() => {
          core.domains.add(domain.toLowerCase())
        }),
      giveBack: (domain) =>
        Effect.sync(() => {
          if (domain.toLowerCase() !== spec.domain) core.domains.delete(domain.toLowerCase())
        }),
      state: Effect.sync(() => ({
        domain: spec.domain,
        softwareVersion: spec.softwareVersion,
        writable: core.isWritable(),
        takenOver: [...core.domains].filter((domain) => domain !== spec.domain),
        namespaces: [...core.namespaces.values()].map(({ spec: { name, tenant }, tree }) => {
          const { bytes, objects, versions } = tree.counts()
          return { name, tenant, objects, versions, bytes }
        })
      })),
      replication: makeReplicationPort(core),
      management: core.management
    }
  })
