/**
 * `/proc`: what a namespace is, what it holds, and what the user may do there.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Account } from "../internal/accounts.ts"
import type { Namespace } from "../internal/core.ts"
import * as Xml from "../internal/xml.ts"
import { describeClass, type Permission, permissions } from "../SystemSpec.ts"
import { authenticate, grantedTo, permissionsIn } from "./authentication.ts"
import { type Exchange, type Refusal, refusal, xmlResponse } from "./exchange.ts"
import { isEnabled, type RequestTarget } from "./requestTarget.ts"

/** Where a request to `/proc` was sent: to a namespace (which may not exist), or to a tenant as a whole. */
interface Place {
  readonly tenant: string
  readonly namespace: Namespace | undefined
  readonly isTenantHost: boolean
}

const document = (...lines: ReadonlyArray<string>): string => `${Xml.declaration}${lines.join("\n")}\n`

const namespaceElement = ({ spec }: Namespace): ReadonlyArray<string> => [
  `  ${Xml.open("namespace", [
    ["name", spec.name],
    ["nameIDNA", spec.name],
    ["versioningEnabled", spec.versioning],
    ["searchEnabled", spec.search],
    ["retentionMode", spec.retentionMode],
    ["defaultShredValue", spec.defaultShred],
    ["defaultIndexValue", spec.defaultIndex],
    ["defaultRetentionValue", spec.defaultRetention],
    ["hashScheme", spec.hashScheme],
    ["dpl", spec.dpl]
  ])}`,
  `    <description><![CDATA[${spec.description.replaceAll("]]>", "]]]]><![CDATA[>")}]]></description>`,
  `  ${Xml.close("namespace")}`
]

const namespacesDocument = (exchange: Exchange, tenant: string, shown: ReadonlyArray<Namespace>): string =>
  document(
    Xml.open("namespaces", [
      ...Xml.schemaLocation("proc-namespaces.xsd"),
      ["tenantHostName", `${tenant}.${exchange.core.spec.domain}`],
      ["httpScheme", exchange.request.secure ? "https" : "http"]
    ]),
    ...shown.flatMap(namespaceElement),
    Xml.close("namespaces")
  )

const retentionClassesDocument = ({ spec }: Namespace): string =>
  document(
    Xml.open("retentionClasses", [...Xml.schemaLocation("proc-retention-classes.xsd"), ["namespaceName", spec.name]]),
    ...spec.retentionClasses.flatMap((retentionClass) => [
      `  ${Xml.open("retentionClass", [
        ["name", retentionClass.name],
        ["value", retentionClass.value],
        ["autoDelete", retentionClass.autoDelete ?? false]
      ])}`,
      `    ${Xml.text("description", describeClass(retentionClass))}`,
      `  ${Xml.close("retentionClass")}`
    ]),
    Xml.close("retentionClasses")
  )

const permissionsElement = (name: string, granted: ReadonlySet<Permission>): string =>
  `  ${Xml.empty(
    name,
    permissions.map((permission) => [permission, granted.has(permission)] as const)
  )}`

/**
 * What the namespace lets through and what of it its tenant lets through; what the user was granted and what is left of
 * it.
 */
const permissionsDocument = (namespace: Namespace, user: Account | undefined): string => {
  const { spec, tenantMask } = namespace
  const mask = new Set(spec.mask)
  return document(
    Xml.open("permissions", [...Xml.schemaLocation("proc-permissions.xsd"), ["namespaceName", spec.name]]),
    permissionsElement("namespacePermissions", mask),
    permissionsElement(
      "namespaceEffectivePermissions",
      new Set(tenantMask.filter((permission) => mask.has(permission)))
    ),
    permissionsElement("userPermissions", grantedTo(namespace, user)),
    permissionsElement("userEffectivePermissions", permissionsIn(namespace, user)),
    Xml.close("permissions")
  )
}

const statisticsDocument = ({ spec, tree }: Namespace): string => {
  const counts = tree.counts()
  return document(
    Xml.empty("statistics", [
      ...Xml.schemaLocation("proc-statistics.xsd"),
      ["namespaceName", spec.name],
      ["totalCapacityBytes", spec.hardQuota],
      ["usedCapacityBytes", counts.bytes],
      ["softQuotaPercent", spec.softQuotaPercent],
      ["objectCount", counts.objects],
      ["shredObjectCount", counts.shredObjects],
      ["shredObjectBytes", counts.shredBytes],
      ["customMetadataObjectCount", counts.annotatedObjects],
      ["customMetadataObjectBytes", counts.annotationBytes]
    ])
  )
}

/**
 * Answers a request to `/proc`: 401 for a namespace that does not exist or is not the user's, 403 for wrong credentials
 * and for a protocol that is switched off, 404 for a resource that is none of the four, 405 for another method than GET
 * and HEAD.
 *
 * @internal
 */
export const handle = Effect.fnUntraced(function* (
  exchange: Exchange,
  target: RequestTarget,
  place: Place
): Effect.fn.Return<GatewayResponse, Refusal> {
  const { core, request } = exchange
  if (request.method !== "GET" && request.method !== "HEAD") return yield* refusal(405, "", [["Allow", "GET, HEAD"]])
  const user = yield* authenticate(request, core.registry.accountsOf(place.tenant), "hcp-ns-auth")
  const namespace = place.namespace
  if (namespace !== undefined && !(request.secure ? namespace.spec.https : namespace.spec.http)) {
    return yield* refusal(403, `${request.secure ? "HTTPS" : "HTTP"} is not enabled for the namespace`)
  }
  const granted: ReadonlySet<Permission> = namespace === undefined ? new Set() : permissionsIn(namespace, user)
  if (place.isTenantHost ? user === undefined : granted.size === 0) return yield* refusal(401)
  const [, resource, ...rest] = target.segments
  if (rest.length > 0) return yield* refusal(404)
  if (resource === undefined) {
    const single = namespace !== undefined && isEnabled(target.parameters, "single")
    const reachable = [...core.namespaces.values()].filter(
      (other) => other.spec.tenant === place.tenant && permissionsIn(other, user).size > 0
    )
    return xmlResponse(exchange, namespacesDocument(exchange, place.tenant, single ? [namespace] : reachable))
  }
  // The other resources are those of one namespace.
  if (namespace === undefined) return yield* refusal(404)
  switch (resource) {
    case "retentionClasses":
      return xmlResponse(exchange, retentionClassesDocument(namespace))
    case "permissions":
      return xmlResponse(exchange, permissionsDocument(namespace, user))
    case "statistics":
      return xmlResponse(exchange, statisticsDocument(namespace))
    default:
      return yield* refusal(404)
  }
})
