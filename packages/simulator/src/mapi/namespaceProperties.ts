/**
 * The properties of a namespace: what they may be, who sees them, and what they mean to the data side.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { type Namespace, own, type Tenant } from "../internal/registry.ts"
import { toText } from "../internal/time.ts"
import { AclsUsage, HashScheme } from "../SystemSpec.ts"
import { fromAccountNames, minimumPermission, toMinimumNames } from "./permissionNames.ts"
import { isDefault } from "./place.ts"
import * as ReadOnly from "./readOnly.ts"
import type { Call } from "./router.ts"
import { choice, flag, integer, list, quota, type Shape, struct, type TypeOf, text } from "./shape.ts"
import { tag } from "./tag.ts"
import { versioningShape } from "./versioning.ts"

/** 1 to 63 letters, digits and hyphens, none at the ends, and no encoded international name. */
export const namespaceName: Shape<string> = text({
  min: 1,
  max: 63,
  pattern: /^(?!xn--)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/i
})

const permissions = list("permission", minimumPermission)

/** @internal */
export const shape = struct({
  name: namespaceName,
  description: text({ max: 1024 }),
  hardQuota: quota,
  softQuota: integer(10, 95),
  hashScheme: choice(HashScheme.literals, { caseSensitive: true }),
  enterpriseMode: flag,
  servicePlan: text({ min: 1, max: 64 }),
  optimizedFor: choice(["CLOUD", "ALL"]),
  directoryUsage: choice(["Balanced", "Unbalanced"]),
  aclsUsage: choice(AclsUsage.literals),
  owner: text({ max: 256 }),
  ownerType: choice(["LOCAL", "EXTERNAL"]),
  searchEnabled: flag,
  indexingEnabled: flag,
  indexingDefault: flag,
  customMetadataIndexingEnabled: flag,
  customMetadataValidationEnabled: flag,
  replicationEnabled: flag,
  readFromReplica: flag,
  allowErasureCoding: flag,
  serviceRemoteSystemRequests: flag,
  appendEnabled: flag,
  atimeSynchronizationEnabled: flag,
  allowPermissionAndOwnershipChanges: flag,
  authUsersAlwaysGrantedAllPermissions: flag,
  authMinimumPermissions: permissions,
  authAndAnonymousMinimumPermissions: permissions,
  multipartUploadAutoAbortDays: integer(0, 180),
  retentionType: choice(["HCP", "S3"]),
  s3UnversionedOverwrite: flag,
  tags: list("tag", tag),
  versioningSettings: versioningShape,
  dpl: text({ max: 16 }),
  isDplDynamic: ReadOnly.shown,
  id: ReadOnly.shown,
  creationTime: ReadOnly.shown,
  fullyQualifiedName: ReadOnly.shown,
  mqeIndexingTimestamp: ReadOnly.shown,
  replicationTimestamp: ReadOnly.shown
})

/** @internal */
export type Properties = TypeOf<typeof shape>

/** @internal */
export const readOnly: ReadonlyArray<keyof Properties> = [
  "isDplDynamic",
  "id",
  "creationTime",
  "fullyQualifiedName",
  "mqeIndexingTimestamp",
  "replicationTimestamp"
]

/** What only the management API knows of, until something else is said. */
const initial: Branch = {
  servicePlan: "Default",
  optimizedFor: "CLOUD",
  directoryUsage: "Unbalanced",
  customMetadataIndexingEnabled: false,
  readFromReplica: false,
  allowErasureCoding: false,
  serviceRemoteSystemRequests: true,
  appendEnabled: false,
  atimeSynchronizationEnabled: false,
  allowPermissionAndOwnershipChanges: false,
  authUsersAlwaysGrantedAllPermissions: true,
  multipartUploadAutoAbortDays: 30,
  retentionType: "HCP",
  s3UnversionedOverwrite: false
}

const keptBy = "namespace"

const kept = (namespace: Namespace): Branch => ({ ...initial, ...own(namespace.settings, keptBy) })

/** What is left out for tenants that may not use it. */
const isApplicable = (name: string, tenant: Tenant): boolean => {
  switch (name) {
    case "allowErasureCoding":
      return tenant.erasureCodingSelectionEnabled
    case "replicationEnabled":
    case "readFromReplica":
    case "serviceRemoteSystemRequests":
      return tenant.replicationConfigurationEnabled
    case "searchEnabled":
    case "indexingEnabled":
    case "indexingDefault":
    case "customMetadataIndexingEnabled":
      return tenant.searchConfigurationEnabled
    case "servicePlan":
      return tenant.servicePlanSelectionEnabled
    default:
      return true
  }
}

/** What only a verbose answer has. */
const verboseOnly: ReadonlySet<string> = new Set([
  "hashScheme",
  "dpl",
  "isDplDynamic",
  "id",
  "creationTime",
  "fullyQualifiedName",
  "mqeIndexingTimestamp",
  "replicationTimestamp"
])

const ofDefault: ReadonlySet<string> = new Set([
  "name",
  "description",
  "hardQuota",
  "softQuota",
  "enterpriseMode",
  "searchEnabled",
  "indexingEnabled",
  "indexingDefault",
  "customMetadataIndexingEnabled",
  "customMetadataValidationEnabled",
  ...verboseOnly
])

/**
 * What the caller is shown of a namespace. Somebody who only manages own namespaces is shown the name and the owner.
 *
 * @internal
 */
export const documentOf = (call: Call, tenant: Tenant, namespace: Namespace): Branch => {
  const { owner, ownerType, spec, tags } = namespace
  if (call.caller.level === "tenant" && call.caller.account.roles.length === 0) return { name: spec.name, owner }
  const known: Branch = {
    ...kept(namespace),
    name: isDefault(tenant) ? "Default" : spec.name,
    description: spec.description,
    hardQuota: shape.fields.hardQuota.write(spec.hardQuota),
    softQuota: spec.softQuotaPercent,
    hashScheme: spec.hashScheme,
    enterpriseMode: spec.retentionMode === "enterprise",
    aclsUsage: spec.aclsUsage,
    owner,
    ownerType,
    searchEnabled: spec.search,
    indexingEnabled: spec.search && spec.indexing,
    replicationEnabled: spec.replication,
    indexingDefault: spec.defaultIndex,
    customMetadataValidationEnabled: spec.xmlChecking,
    authMinimumPermissions: permissions.write(toMinimumNames(spec.authenticated)),
    authAndAnonymousMinimumPermissions: permissions.write(toMinimumNames(spec.anonymous)),
    tags: shape.fields.tags.write(tags),
    dpl: "Dynamic",
    isDplDynamic: true,
    id: namespace.id,
    creationTime: toText(namespace.created),
    fullyQualifiedName: `${spec.key}.${call.core.spec.domain}`,
    mqeIndexingTimestamp: toText(call.now),
    replicationTimestamp: toText(call.now)
  }
  return Object.fromEntries(
    Object.keys(shape.fields).flatMap((name) => {
      const isShown =
        known[name] !== undefined &&
        isApplicable(name, tenant) &&
        (call.verbose || !verboseOnly.has(name)) &&
        (!isDefault(tenant) || ofDefault.has(name))
      return isShown ? [[name, known[name]]] : []
    })
  )
}

const conflictIn = (namespace: Namespace, tenant: Tenant, given: Properties): string | undefined => {
  const { aclsUsage, indexing, s3, search, versioning } = namespace.spec
  const settings = kept(namespace)
  if (search && !tenant.searchConfigurationEnabled) return "the tenant may not enable search"
  if (given.indexingEnabled === true && !search) return "indexingEnabled needs searchEnabled"
  if (settings.customMetadataIndexingEnabled === true && !(search && indexing)) {
    return "customMetadataIndexingEnabled needs indexingEnabled"
  }
  if (settings.appendEnabled === true && versioning) return "appendEnabled and versioning exclude each other"
  if (given.replicationEnabled === true && !tenant.replicationConfigurationEnabled) {
    return "the tenant may not enable replication"
  }
  if (settings.allowErasureCoding === true && !tenant.erasureCodingSelectionEnabled) {
    return "the tenant may not allow erasure coding"
  }
  if (namespace.ownerType === "EXTERNAL" && namespace.owner !== undefined && !namespace.owner.includes("@")) {
    return "an external owner is named user@domain"
  }
  return aclsUsage === "NOT_ENABLED" && s3 ? "hs3Enabled needs access control lists" : undefined
}

/**
 * A namespace with other properties. Fails with 400 for what does not go together and with 403 for a step that cannot
 * be undone.
 *
 * @internal
 */
export const apply = (namespace: Namespace, tenant: Tenant, given: Properties): Result.Result<Namespace, Refusal> => {
  const { spec } = namespace
  if (given.enterpriseMode === true && spec.retentionMode === "compliance") {
    return Result.fail(refusal(403, "a namespace in compliance mode stays in it"))
  }
  if (given.aclsUsage === "NOT_ENABLED" && spec.aclsUsage !== "NOT_ENABLED") {
    return Result.fail(refusal(403, "access control lists cannot be disabled again"))
  }
  const written = shape.write(given)
  const others = Object.entries(isBranch(written) ? written : {}).filter(([name]) => Object.hasOwn(initial, name))
  const { owner: formerOwner, ownerType: formerType, ...rest } = namespace
  const owner = given.owner ?? formerOwner
  const ownerType = given.ownerType ?? formerType ?? "LOCAL"
  const owned: Pick<Namespace, "owner" | "ownerType"> = owner === undefined || owner === "" ? {} : { owner, ownerType }
  const next: Namespace = {
    ...rest,
    ...owned,
    tags: given.tags ?? namespace.tags,
    spec: {
      ...spec,
      description: given.description ?? spec.description,
      hardQuota: given.hardQuota ?? spec.hardQuota,
      softQuotaPercent: given.softQuota ?? spec.softQuotaPercent,
      hashScheme: given.hashScheme ?? spec.hashScheme,
      retentionMode: given.enterpriseMode === false ? "compliance" : spec.retentionMode,
      aclsUsage: given.aclsUsage ?? spec.aclsUsage,
      search: given.searchEnabled ?? spec.search,
      indexing: given.indexingEnabled ?? spec.indexing,
      replication: given.replicationEnabled ?? spec.replication,
      defaultIndex: given.indexingDefault ?? spec.defaultIndex,
      xmlChecking: given.customMetadataValidationEnabled ?? spec.xmlChecking,
      authenticated:
        given.authMinimumPermissions === undefined
          ? spec.authenticated
          : fromAccountNames(given.authMinimumPermissions),
      anonymous:
        given.authAndAnonymousMinimumPermissions === undefined
          ? spec.anonymous
          : fromAccountNames(given.authAndAnonymousMinimumPermissions)
    },
    settings: { ...namespace.settings, [keptBy]: { ...own(namespace.settings, keptBy), ...Object.fromEntries(others) } }
  }
  const conflict = conflictIn(next, tenant, given)
  return conflict === undefined ? Result.succeed(next) : Result.fail(refusal(400, conflict))
}
