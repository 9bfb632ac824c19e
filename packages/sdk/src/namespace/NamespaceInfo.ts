/**
 * What a namespace is and what it holds: its settings, statistics, retention classes, and what the user may do there.
 *
 * **Example** (how full is it?)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { NamespaceInfo } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const info = yield* NamespaceInfo.NamespaceInfo
 *   const { objectCount, totalCapacityBytes, usedCapacityBytes } = yield* info.statistics()
 *   return `${objectCount} objects, ${usedCapacityBytes} of ${totalCapacityBytes} bytes`
 * })
 * ```
 *
 * Read leniently: what HCP does not say, or says in a form that is not understood, is `undefined`. Source: "Using a
 * Namespace", chapter on namespace information.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as HcpClient from "../HcpClient.ts"
import type { HcpError } from "../HcpError.ts"
import type { Pairs, RequestOptions } from "../HcpRequest.ts"
import { responseError } from "../HcpResponse.ts"
import { inexact, inexactField } from "../internal/exactNumber.ts"
import { documentKinds } from "../internal/request/optionKinds.ts"
import * as xml from "../internal/xml/reader.ts"
import { UnexpectedAnswer } from "../ObjectReason.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { XmlElement } from "../XmlDocument.ts"
import { common, misuse } from "./internal/call.ts"
import { toBoolean, toCount, toText } from "./internal/lenient.ts"
import { namespacesKinds } from "./internal/optionKinds.ts"
import * as Retention from "./Retention.ts"

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
export interface Shape {
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

/**
 * Information about a namespace.
 *
 * @category services
 * @since 0.1.0
 */
export class NamespaceInfo extends Context.Service<NamespaceInfo, Shape>()("@effect-hcp/sdk/NamespaceInfo") {}

// The compiler says here which option has no kind.
const kinds: { readonly call: KindsOf<Options>; readonly namespaces: KindsOf<NamespacesOptions> } = {
  call: documentKinds,
  namespaces: namespacesKinds
}

/**
 * Information over a client.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: HcpClient.Shape): Shape => ({
  statistics: (options = {}) => Effect.map(ask(client, "/proc/statistics", "statistics", options), toStatistics),
  namespaces: (asked = {}) => {
    const { all = false, ...options } = asked
    return (
      misuse("GET", "/proc", asked, kinds.namespaces) ??
      Effect.map(ask(client, "/proc", "namespaces", options, all ? {} : { single: "true" }), (root) =>
        childrenOf(root, "namespace").flatMap((child) => toNamespace(child) ?? [])
      )
    )
  },
  retentionClasses: (options = {}) =>
    Effect.map(ask(client, "/proc/retentionClasses", "retentionClasses", options), (root) =>
      childrenOf(root, "retentionClass").flatMap((child) => toRetentionClass(child) ?? [])
    ),
  permissions: (options = {}) => Effect.map(ask(client, "/proc/permissions", "permissions", options), toPermissions)
})

/**
 * Information over the {@link HcpClient.HcpClient}.
 * Built anew wherever it is provided, so two of them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<NamespaceInfo, never, HcpClient.HcpClient> = Layer.fresh(
  Layer.effect(NamespaceInfo, Effect.map(HcpClient.HcpClient, make))
)

/** The root of a document, which must have this name. */
const ask = Effect.fnUntraced(function* (
  client: HcpClient.Shape,
  path: string,
  name: string,
  options: Options,
  query?: Pairs
): Effect.fn.Return<XmlElement, HcpError> {
  yield* misuse("GET", path, options, kinds.call) ?? Effect.void
  const reply = yield* client.get(path, { ...common(options), query })
  const from = { operation: "GET", target: reply.target, path }
  const [root] = yield* Stream.runCollect(
    xml.elements(Stream.succeed(reply.bytes), 1, { ...from, redact: reply.redact })
  )
  const detail = root?.name === name ? inexactProblem(root) : `its root is not the element ${name}`
  return detail === undefined && root !== undefined
    ? root
    : yield* responseError(from, reply, new UnexpectedAnswer({ detail: detail ?? "it is empty" }))
})

const inexactProblem = ({ attributes }: XmlElement): string | undefined => {
  const field = inexactField(Object.entries(attributes))
  return field === undefined ? undefined : inexact(field)
}

const childrenOf = (root: XmlElement, name: string): ReadonlyArray<XmlElement> =>
  root.children.filter((child) => child.name === name)

const toNumber = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined

const toStatistics = ({ attributes }: XmlElement): Statistics => ({
  namespaceName: toText(attributes.namespaceName),
  totalCapacityBytes: toNumber(attributes.totalCapacityBytes),
  usedCapacityBytes: toNumber(attributes.usedCapacityBytes),
  softQuotaPercent: toNumber(attributes.softQuotaPercent),
  objectCount: toNumber(attributes.objectCount),
  shredObjectCount: toNumber(attributes.shredObjectCount),
  shredObjectBytes: toNumber(attributes.shredObjectBytes),
  customMetadataObjectCount: toNumber(attributes.customMetadataObjectCount),
  customMetadataObjectBytes: toNumber(attributes.customMetadataObjectBytes)
})

const descriptionOf = (element: XmlElement): string =>
  childrenOf(element, "description")
    .map(({ text }) => text.trim())
    .join("\n")

const toRetention = (value: string | undefined): Retention.Retention | undefined =>
  value === undefined ? undefined : Result.getOrUndefined(Retention.parse(value))

const toNamespace = (element: XmlElement): NamespaceSettings | undefined => {
  const { attributes } = element
  const name = toText(attributes.name)
  if (name === undefined) return undefined
  const descriptionText = descriptionOf(element)
  return {
    name,
    nameIDNA: toText(attributes.nameIDNA),
    versioningEnabled: toBoolean(attributes.versioningEnabled),
    searchEnabled: toBoolean(attributes.searchEnabled),
    retentionMode: toText(attributes.retentionMode),
    defaultShredValue: toBoolean(attributes.defaultShredValue),
    defaultIndexValue: toBoolean(attributes.defaultIndexValue),
    defaultRetentionValue: toRetention(attributes.defaultRetentionValue),
    hashScheme: toText(attributes.hashScheme),
    dpl: toCount(attributes.dpl) ?? toText(attributes.dpl),
    description: descriptionText === "" ? [] : descriptionText.split("°"),
    descriptionText
  }
}

const toRetentionClass = (element: XmlElement): RetentionClass | undefined => {
  const { attributes } = element
  const name = toText(attributes.name)
  if (name === undefined) return undefined
  return {
    name,
    value: toRetention(attributes.value),
    autoDelete: toBoolean(attributes.autoDelete),
    description: descriptionOf(element)
  }
}

const toPermissions = (root: XmlElement): Permissions => {
  const setOf = (name: string): PermissionSet => {
    const attributes = childrenOf(root, name)[0]?.attributes ?? {}
    const has = (permission: string) => toBoolean(attributes[permission]) === true
    return {
      browse: has("browse"),
      read: has("read"),
      write: has("write"),
      readAcl: has("readAcl"),
      writeAcl: has("writeAcl"),
      changeOwner: has("changeOwner"),
      delete: has("delete"),
      privileged: has("privileged"),
      purge: has("purge"),
      search: has("search")
    }
  }
  return {
    namespacePermissions: setOf("namespacePermissions"),
    namespaceEffectivePermissions: setOf("namespaceEffectivePermissions"),
    userPermissions: setOf("userPermissions"),
    userEffectivePermissions: setOf("userEffectivePermissions")
  }
}
