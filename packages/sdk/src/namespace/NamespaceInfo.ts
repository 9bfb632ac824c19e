/**
 * What a namespace is and what it holds: its settings, statistics, retention classes, and what the user may do there.
 * `info` of a `Namespace` asks for it.
 *
 * **Example** (how full is it?)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Namespace } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   const { objectCount, totalCapacityBytes, usedCapacityBytes } = yield* ns.info.statistics()
 *   return `${objectCount} objects, ${usedCapacityBytes} of ${totalCapacityBytes} bytes`
 * })
 * ```
 *
 * Read leniently: what HCP does not say, or says in a form that is not understood, is `undefined`. Source: "Using a
 * Namespace", chapter on namespace information.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import type * as Retention from "./Retention.ts"

/**
 * What is in a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface Statistics {
  readonly namespaceName: string | undefined
  /** The hard quota. */
  readonly totalCapacityBytes: number | undefined
  readonly usedCapacityBytes: number | undefined
  /** Of the hard quota. */
  readonly softQuotaPercent: number | undefined
  readonly objectCount: number | undefined
  /** Objects that wait to be shredded. */
  readonly shredObjectCount: number | undefined
  readonly shredObjectBytes: number | undefined
  /** Objects with annotations. */
  readonly customMetadataObjectCount: number | undefined
  readonly customMetadataObjectBytes: number | undefined
}

/**
 * The settings of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamespaceSettings {
  readonly name: string
  /** The name as it is written in host names. */
  readonly nameIDNA: string | undefined
  readonly versioningEnabled: boolean | undefined
  readonly searchEnabled: boolean | undefined
  /** `enterprise`, or `compliance`, where nothing is ever deleted under retention. */
  readonly retentionMode: string | undefined
  readonly defaultShredValue: boolean | undefined
  readonly defaultIndexValue: boolean | undefined
  /** What an object gets that is stored without a retention. */
  readonly defaultRetentionValue: Retention.Retention | undefined
  /** The algorithm of `X-HCP-Hash`, e.g. `SHA-256`. */
  readonly hashScheme: string | undefined
  /** The number of copies, or a word such as `Dynamic` where the system decides. */
  readonly dpl: number | string | undefined
  /** The description, taken apart at its degree signs: `replicated`, `search`, `no versioning`. */
  readonly description: ReadonlyArray<string>
  /** The description as it is. */
  readonly descriptionText: string
}

/**
 * A retention class of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetentionClass {
  readonly name: string
  readonly value: Retention.Retention | undefined
  /** Whether HCP deletes objects of the class when their retention is over. */
  readonly autoDelete: boolean | undefined
  readonly description: string
}

/**
 * What is allowed. What HCP does not mention is not.
 *
 * @category models
 * @since 0.1.0
 */
export interface PermissionSet {
  readonly browse: boolean
  readonly read: boolean
  readonly write: boolean
  readonly readAcl: boolean
  readonly writeAcl: boolean
  readonly changeOwner: boolean
  readonly delete: boolean
  readonly privileged: boolean
  readonly purge: boolean
  readonly search: boolean
}

/**
 * What the namespace lets through and what the user was granted; each as it was set, and what of it is left in effect.
 *
 * @category models
 * @since 0.1.0
 */
export interface Permissions {
  readonly namespacePermissions: PermissionSet
  readonly namespaceEffectivePermissions: PermissionSet
  readonly userPermissions: PermissionSet
  readonly userEffectivePermissions: PermissionSet
}

/**
 * What a call may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {}

/**
 * What listing namespaces may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamespacesOptions extends Options {
  /**
   * Whether all namespaces of the tenant that the user can reach are listed, not only this one. Defaults to `false`.
   */
  readonly all?: boolean | undefined
}

/**
 * The operations. All of them fail with `Forbidden` for a namespace that the user cannot see, and with `InvalidXml` or
 * `UnexpectedAnswer` where something else than HCP answers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /** Counts and bytes. HCP brings them up to date every now and then. */
  readonly statistics: (options?: Options) => Effect.Effect<Statistics, HcpError>
  /**
   * The settings of this namespace, or of all that can be reached; empty if there are none. At the host name of a
   * tenant only `all` makes sense, and the three other operations fail with `NotFound` or `Forbidden`.
   */
  readonly namespaces: (options?: NamespacesOptions) => Effect.Effect<ReadonlyArray<NamespaceSettings>, HcpError>
  /** The retention classes of this namespace. */
  readonly retentionClasses: (options?: Options) => Effect.Effect<ReadonlyArray<RetentionClass>, HcpError>
  /** What may be done in this namespace, and by this user. */
  readonly permissions: (options?: Options) => Effect.Effect<Permissions, HcpError>
}
