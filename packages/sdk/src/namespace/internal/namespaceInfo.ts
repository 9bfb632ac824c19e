/**
 * Asks for the documents under `/proc`, and reads them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { Pairs } from "../../HcpRequest.ts"
import { responseError } from "../../HcpResponse.ts"
import { inexact, inexactField } from "../../internal/exactNumber.ts"
import { toBoolean, toCount, toText } from "../../internal/lenient.ts"
import { documentKinds } from "../../internal/request/optionKinds.ts"
import * as xml from "../../internal/xml/reader.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import type { XmlElement } from "../../XmlDocument.ts"
import type {
  NamespaceSettings,
  NamespacesOptions,
  Operations,
  Options,
  PermissionSet,
  Permissions,
  RetentionClass,
  Statistics
} from "../NamespaceInfo.ts"
import * as Retention from "../Retention.ts"
import { common, misuse } from "./call.ts"
import { namespacesKinds } from "./optionKinds.ts"

// The compiler says here which option has no kind.
const kinds: { readonly call: KindsOf<Options>; readonly namespaces: KindsOf<NamespacesOptions> } = {
  call: documentKinds,
  namespaces: namespacesKinds
}

/** What is known of the namespace that the client talks to. */
export const info = (client: HcpClient.Shape): Operations => ({
  statistics: (options = {}) => Effect.map(ask(client, "/proc/statistics", "statistics", options), toStatistics),
  namespaces: (asked = {}) => {
    const wrong = misuse("GET", "/proc", asked, kinds.namespaces)
    if (wrong !== undefined) return wrong
    const { all = false, ...options } = asked
    return Effect.map(ask(client, "/proc", "namespaces", options, all ? {} : { single: "true" }), (root) =>
      childrenOf(root, "namespace").flatMap((child) => toNamespace(child) ?? [])
    )
  },
  retentionClasses: (options = {}) =>
    Effect.map(ask(client, "/proc/retentionClasses", "retentionClasses", options), (root) =>
      childrenOf(root, "retentionClass").flatMap((child) => toRetentionClass(child) ?? [])
    ),
  permissions: (options = {}) => Effect.map(ask(client, "/proc/permissions", "permissions", options), toPermissions)
})

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
