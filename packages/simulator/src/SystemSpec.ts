/**
 * What a simulated HCP shall be: its domain, namespaces, users and administrators, as plain data.
 *
 * A {@link SystemSpec} is what people write, short forms included; {@link resolve} checks it and fills in every
 * default.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { checkOptions } from "./internal/checkOptions.ts"
import * as Choices from "./internal/choices.ts"
import { firstTwice } from "./internal/firstTwice.ts"
import { specKinds } from "./internal/optionKinds.ts"
import * as S3Quirks from "./S3Quirks.ts"
import { SimulatorError } from "./SimulatorError.ts"

/**
 * The digests a namespace can keep of its objects. The ETag is always the MD5.
 *
 * @category models
 * @since 0.1.0
 */
export const HashScheme = Schema.Literals(Choices.hashSchemes)

/**
 * The digests a namespace can keep of its objects.
 *
 * @category models
 * @since 0.1.0
 */
export type HashScheme = typeof HashScheme.Type

/**
 * Every data access permission, in the order of `/proc/permissions`.
 *
 * @category models
 * @since 0.1.0
 */
export const permissions = [
  "browse",
  "read",
  "write",
  "readAcl",
  "writeAcl",
  "changeOwner",
  "delete",
  "privileged",
  "purge",
  "search"
] as const

/**
 * One data access permission.
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = (typeof permissions)[number]

/**
 * What an administrator may be. SERVICE and SEARCH are roles of the system level only.
 *
 * @category models
 * @since 0.1.0
 */
export const Role = Schema.Literals(["ADMINISTRATOR", "COMPLIANCE", "MONITOR", "SEARCH", "SECURITY", "SERVICE"])

/**
 * What an administrator may be.
 *
 * @category models
 * @since 0.1.0
 */
export type Role = typeof Role.Type

/**
 * A named retention setting.
 *
 * @category models
 * @since 0.1.0
 */
export const RetentionClassSpec = Schema.Struct({
  /** 1 to 64 letters, digits, `-` or `_`; compared without regard to case. */
  name: Schema.String,
  /** `0`, `-1`, `-2` (or their words), or an offset from the time of ingest such as `A+10y`. */
  value: Schema.String,
  /** Default false. It is shown, nothing is deleted by itself. */
  autoDelete: Schema.optional(Schema.Boolean),
  description: Schema.optional(Schema.String)
})

/**
 * A named retention setting.
 *
 * @category models
 * @since 0.1.0
 */
export type RetentionClassSpec = typeof RetentionClassSpec.Type

/**
 * What a namespace does with access control lists, in the words of the management API: refuse them, keep and obey them,
 * or keep them only.
 *
 * @category models
 * @since 0.1.0
 */
export const AclsUsage = Schema.Literals(["NOT_ENABLED", "ENFORCED", "NOT_ENFORCED"])

/**
 * What a namespace does with access control lists.
 *
 * @category models
 * @since 0.1.0
 */
export type AclsUsage = typeof AclsUsage.Type

/**
 * What may happen to the annotations of an object under retention, in the words of the management API: nothing, only
 * new ones, or everything.
 *
 * @category models
 * @since 0.1.0
 */
export const CustomMetadataChanges = Schema.Literals(["NONE", "ADD", "ALL"])

/**
 * What may happen to the annotations of an object under retention.
 *
 * @category models
 * @since 0.1.0
 */
export type CustomMetadataChanges = typeof CustomMetadataChanges.Type

/**
 * One namespace. Everything but the two names has a default.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamespaceSpec {
  readonly name: string
  readonly tenant: string
  /** Default: a text that names the namespace. */
  readonly description?: string | undefined
  /** Whether a second PUT makes a new version instead of a 409. Default false. */
  readonly versioning?: boolean | undefined
  /** Default `SHA-256`. */
  readonly hashScheme?: HashScheme | undefined
  /** Default `enterprise`; `compliance` refuses privileged deletes. */
  readonly retentionMode?: "compliance" | "enterprise" | undefined
  /** The retention of an object stored without one, in the grammar of {@link Retention}. Default `0`. */
  readonly defaultRetention?: string | undefined
  /** Default none. */
  readonly retentionClasses?: ReadonlyArray<RetentionClassSpec> | undefined
  /** Default false. */
  readonly defaultShred?: boolean | undefined
  /** Default true. */
  readonly defaultIndex?: boolean | undefined
  /** Default true. */
  readonly search?: boolean | undefined
  /** Data protection level, the number of copies. Default 2. */
  readonly dpl?: number | undefined
  /** Bytes; beyond it a PUT is answered 413. Default 50 GiB. */
  readonly hardQuota?: number | undefined
  /** Default 85. */
  readonly softQuotaPercent?: number | undefined
  /** Whether plain HTTP is served; if not, 403. Default true. */
  readonly http?: boolean | undefined
  /** Whether HTTPS is served; if not, 403. Default true. */
  readonly https?: boolean | undefined
  /** What a request without credentials may do; `true` means browse and read. Default nothing. */
  readonly anonymous?: boolean | ReadonlyArray<Permission> | undefined
  /**
   * Whether the S3 compatible API serves it, without credentials too if `anonymous` says so. It needs access control
   * lists, which it brings with it. Default false.
   */
  readonly s3?: boolean | undefined
  /** Whether the Swift gateway serves it, without credentials too if `anonymous` says so. Default false. */
  readonly swift?: boolean | undefined
  /**
   * The username of the owner, one of the users: with S3 who lists it as a bucket, and sets it up. Default nobody, as
   * with a namespace that the management API has made for nobody.
   */
  readonly owner?: string | undefined
  /** Default `NOT_ENABLED`; `ENFORCED` with `s3`. */
  readonly aclsUsage?: AclsUsage | undefined
  /** Whether annotations must be well-formed XML. Default false. */
  readonly xmlChecking?: boolean | undefined
  /** What may be done to the annotations of an object under retention or on hold. Default `ADD`. */
  readonly customMetadataChanges?: CustomMetadataChanges | undefined
}

/**
 * A user of the namespaces. A username with an `@` is one of Active Directory and signs in with `Authorization: AD`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserSpec {
  readonly username: string
  readonly password: string
  /** The same for all namespaces, or by namespace (`n1.t1`). Default: everything, everywhere. */
  readonly permissions?: ReadonlyArray<Permission> | Readonly<Record<string, ReadonlyArray<Permission>>> | undefined
  /** What the user may do in the management API of the tenants, on `<tenant>.<domain>`. Default nothing. */
  readonly roles?: ReadonlyArray<Role> | undefined
  /** Whether the user may make namespaces: buckets through S3. Default: whether the user is an ADMINISTRATOR. */
  readonly allowNamespaceManagement?: boolean | undefined
}

/**
 * An administrator of the system, who signs in to the management API on `admin.<domain>`, and on `<tenant>.<domain>`
 * where the tenant lets administrators of the system in.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdminSpec {
  readonly username: string
  readonly password: string
  /** Default all of them. */
  readonly roles?: ReadonlyArray<Role> | undefined
}

/**
 * One HCP system. Namespaces may be written `n1.t1`, users and administrators `name:password`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SystemSpec {
  /** The domain name of the system, e.g. `hcp1.example.com`. */
  readonly domain: string
  /** Default `n1.t1`. */
  readonly namespaces?: ReadonlyArray<NamespaceSpec | string> | undefined
  /** Default `n:n01`. */
  readonly users?: ReadonlyArray<UserSpec | string> | undefined
  /** Default `service:service01`. */
  readonly admins?: ReadonlyArray<AdminSpec | string> | undefined
  /** Default `9.7.0.10`. */
  readonly softwareVersion?: string | undefined
  /**
   * Whether tenants let administrators of the system manage them (`administrationAllowed`), those of the specification
   * as well as those made later. Default true; a real HCP makes tenants that do not.
   */
  readonly administrationAllowed?: boolean | undefined
  /**
   * Whether there is the default namespace, `default.default`, which everybody may use without credentials through
   * `/fcfs_data` and `/fcfs_metadata`. Default false.
   */
  readonly defaultNamespace?: boolean | undefined
  /** How the S3 compatible API differs from AWS's. Default: as an HCP of today does. */
  readonly s3Quirks?: Partial<S3Quirks.S3Quirks> | undefined
}

const kinds = specKinds({
  hashSchemes: HashScheme.literals,
  permissions,
  roles: Role.literals,
  aclsUsages: AclsUsage.literals,
  customMetadataChanges: CustomMetadataChanges.literals
})

// The compiler says here which option has no kind.
kinds satisfies {
  readonly namespace: KindsOf<NamespaceSpec>
  readonly user: KindsOf<UserSpec>
  readonly admin: KindsOf<AdminSpec>
  readonly system: KindsOf<SystemSpec>
}

/**
 * The names and kinds of everything in a {@link SystemSpec}. @internal
 */
export const systemKinds: KindsOf<SystemSpec> = kinds.system

const PermissionList = Schema.Array(Schema.Literals(permissions))

/**
 * A namespace with every default filled in: what the data side goes by.
 *
 * @category models
 * @since 0.1.0
 */
export const ResolvedNamespace = Schema.Struct({
  name: Schema.String,
  tenant: Schema.String,
  /** `name.tenant`. */
  key: Schema.String,
  description: Schema.String,
  versioning: Schema.Boolean,
  hashScheme: HashScheme,
  retentionMode: Schema.Literals(["compliance", "enterprise"]),
  defaultRetention: Schema.String,
  retentionClasses: Schema.Array(RetentionClassSpec),
  defaultShred: Schema.Boolean,
  defaultIndex: Schema.Boolean,
  search: Schema.Boolean,
  /** Whether queries find its objects, if search is enabled. */
  indexing: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  /** Whether links that carry its tenant carry it. */
  replication: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  dpl: Schema.Int,
  hardQuota: Schema.Number,
  softQuotaPercent: Schema.Int,
  http: Schema.Boolean,
  https: Schema.Boolean,
  /** Whether `/rest` is served at all. */
  rest: Schema.Boolean,
  /** Whether `/rest` needs credentials; if so, `anonymous` does not count for those who have none. */
  restRequiresAuthentication: Schema.Boolean,
  /** Whether the S3 compatible API serves it; in records from before there was one it does not. */
  s3: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  /** Whether the S3 compatible API needs credentials; if so, `anonymous` does not count for those who have none. */
  s3RequiresAuthentication: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  /** Whether the Swift gateway serves it; in records from before there was one it does not. */
  swift: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  /** Whether the Swift gateway needs credentials; if so, `anonymous` does not count for those who have none. */
  swiftRequiresAuthentication: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  anonymous: PermissionList,
  /** What every user of the tenant may do, besides what the user is granted. */
  authenticated: PermissionList,
  /** What anybody may do at most. */
  mask: PermissionList,
  aclsUsage: AclsUsage,
  xmlChecking: Schema.Boolean,
  customMetadataChanges: CustomMetadataChanges
})

/**
 * A namespace with every default filled in.
 *
 * @category models
 * @since 0.1.0
 */
export type ResolvedNamespace = typeof ResolvedNamespace.Type

/**
 * A system with every default filled in.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedSystem {
  readonly domain: string
  readonly namespaces: ReadonlyArray<ResolvedNamespace>
  /** The username of the owner, by the key of the namespace. */
  readonly owners: ReadonlyMap<string, string>
  readonly users: ReadonlyArray<UserSpec>
  readonly admins: ReadonlyArray<AdminSpec>
  readonly softwareVersion: string
  readonly administrationAllowed: boolean
  /** Whether `default.default` is among the namespaces. */
  readonly defaultNamespace: boolean
  readonly s3Quirks: S3Quirks.S3Quirks
}

/**
 * How a retention class is described, also where nobody has. Never empty: there are clients that do not survive an
 * element without text.
 *
 * @category models
 * @since 0.1.0
 */
export const describeClass = ({ description, name }: RetentionClassSpec): string =>
  description === undefined || description === "" ? `Retention class ${name}` : description

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Whether a system may have this domain. @internal
 */
export const isDomain = (text: string): boolean => {
  const labels = text.split(".")
  return labels.length >= 2 && text.length <= 200 && labels.every((part) => label.test(part))
}

/**
 * Whether HCP may say that it is of this version. @internal
 */
export const isSoftwareVersion: (text: string) => boolean = Choices.isSoftwareVersion

const refuse = (message: string) => Effect.fail(new SimulatorError({ reason: "specification", message }))

/**
 * Reads the short form of a namespace, `name.tenant`. Fails with reason `specification`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parseNamespace = (text: string): Effect.Effect<NamespaceSpec, SimulatorError> => {
  const [name, tenant, ...rest] = text.split(".")
  return name === undefined || tenant === undefined || rest.length > 0 || !label.test(name) || !label.test(tenant)
    ? refuse(`namespace "${text}" is not of the form name.tenant, e.g. n1.t1`)
    : Effect.succeed({ name: name.toLowerCase(), tenant: tenant.toLowerCase() })
}

/**
 * Reads the short form of a user or administrator, `name:password`. Fails with reason `specification`; the message does
 * not repeat the password.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parseUser = (text: string): Effect.Effect<AdminSpec, SimulatorError> => {
  const colon = text.indexOf(":")
  return colon < 1 || colon === text.length - 1
    ? refuse(
        `user "${colon < 0 ? text : `${text.slice(0, colon)}:...`}" is not of the form name:password, ` +
          "neither part empty"
      )
    : Effect.succeed({ username: text.slice(0, colon), password: text.slice(colon + 1) })
}

/**
 * Fills in every default of a namespace whose names are known to be good.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolveNamespace = (spec: NamespaceSpec): ResolvedNamespace => ({
  name: spec.name.toLowerCase(),
  tenant: spec.tenant.toLowerCase(),
  key: `${spec.name}.${spec.tenant}`.toLowerCase(),
  description: spec.description === undefined || spec.description === "" ? `Namespace ${spec.name}` : spec.description,
  versioning: spec.versioning ?? false,
  hashScheme: spec.hashScheme ?? "SHA-256",
  retentionMode: spec.retentionMode ?? "enterprise",
  defaultRetention: spec.defaultRetention ?? "0",
  retentionClasses: spec.retentionClasses ?? [],
  defaultShred: spec.defaultShred ?? false,
  defaultIndex: spec.defaultIndex ?? true,
  search: spec.search ?? true,
  indexing: true,
  replication: true,
  dpl: spec.dpl ?? 2,
  hardQuota: spec.hardQuota ?? 50 * 1024 ** 3,
  softQuotaPercent: spec.softQuotaPercent ?? 85,
  http: spec.http ?? true,
  https: spec.https ?? true,
  rest: true,
  restRequiresAuthentication: spec.anonymous === undefined || spec.anonymous === false,
  s3: spec.s3 ?? false,
  s3RequiresAuthentication: spec.anonymous === undefined || spec.anonymous === false,
  swift: spec.swift ?? false,
  swiftRequiresAuthentication: spec.anonymous === undefined || spec.anonymous === false,
  anonymous: spec.anonymous === true ? ["browse", "read"] : spec.anonymous === false ? [] : (spec.anonymous ?? []),
  authenticated: [],
  mask: permissions,
  aclsUsage: spec.aclsUsage ?? (spec.s3 === true ? "ENFORCED" : "NOT_ENABLED"),
  xmlChecking: spec.xmlChecking ?? false,
  customMetadataChanges: spec.customMetadataChanges ?? "ADD"
})

/**
 * The key of the default namespace, which has no users: {@link SystemSpec.defaultNamespace}.
 *
 * @category models
 * @since 0.1.0
 */
export const defaultNamespaceKey = "default.default"

const defaultNamespace = resolveNamespace({
  name: "default",
  tenant: "default",
  description: "The default namespace",
  anonymous: permissions
})

/**
 * The version of HCP that a system says it is if nothing else is asked for.
 *
 * @category models
 * @since 0.1.0
 */
export const defaultSoftwareVersion = Choices.defaultSoftwareVersion

const reservedTenants: ReadonlySet<string> = new Set(["admin", "default", "www"])

/**
 * Checks a specification and fills in every default. Fails with reason `specification` and one line that names what is
 * wrong.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolve = Effect.fnUntraced(function* (
  spec: SystemSpec
): Effect.fn.Return<ResolvedSystem, SimulatorError> {
  yield* checkOptions(spec, systemKinds, { required: ["domain"] })
  const domain = spec.domain.toLowerCase()
  if (!isDomain(domain)) {
    return yield* refuse(`domain "${spec.domain}" is not a domain name such as hcp1.example.com`)
  }
  if (spec.softwareVersion !== undefined && !isSoftwareVersion(spec.softwareVersion)) {
    return yield* refuse(`softwareVersion "${spec.softwareVersion}" is not a version such as ${defaultSoftwareVersion}`)
  }
  const namespaces = yield* Effect.forEach(spec.namespaces ?? ["n1.t1"], (namespace) =>
    typeof namespace === "string"
      ? Effect.map(parseNamespace(namespace), resolveNamespace)
      : Effect.as(parseNamespace(`${namespace.name}.${namespace.tenant}`), resolveNamespace(namespace))
  )
  const users = yield* Effect.forEach(spec.users ?? ["n:n01"], (user) =>
    typeof user === "string" ? parseUser(user) : Effect.as(parseUser(`${user.username}:${user.password}`), user)
  )
  const admins = yield* Effect.forEach(spec.admins ?? ["service:service01"], (admin) =>
    typeof admin === "string" ? parseUser(admin) : Effect.as(parseUser(`${admin.username}:${admin.password}`), admin)
  )
  const reserved = namespaces.find(({ tenant }) => reservedTenants.has(tenant))
  if (reserved !== undefined) {
    return yield* refuse(
      `tenant "${reserved.tenant}" of namespace "${reserved.key}" is a name the system keeps to itself`
    )
  }
  const namespaceTwice = firstTwice(namespaces.map(({ key }) => key))
  if (namespaceTwice !== undefined) return yield* refuse(`namespace "${namespaceTwice}" is given twice`)
  const withoutLists = namespaces.find(({ aclsUsage, s3 }) => s3 && aclsUsage === "NOT_ENABLED")
  if (withoutLists !== undefined) {
    return yield* refuse(`namespace "${withoutLists.key}" needs access control lists for S3: leave aclsUsage out`)
  }
  const userTwice = firstTwice(users.map(({ username }) => username))
  if (userTwice !== undefined) return yield* refuse(`user "${userTwice}" is given twice`)
  const owners = new Map<string, string>()
  for (const namespace of spec.namespaces ?? []) {
    if (typeof namespace === "string" || namespace.owner === undefined) continue
    const { key } = resolveNamespace(namespace)
    const wanted = namespace.owner.toLowerCase()
    const owner = users.find(({ username }) => username.toLowerCase() === wanted)
    if (owner === undefined)
      return yield* refuse(`namespace "${key}": its owner "${namespace.owner}" is none of the users`)
    owners.set(key, owner.username)
  }
  return {
    domain,
    owners,
    namespaces: spec.defaultNamespace === true ? [...namespaces, defaultNamespace] : namespaces,
    users,
    admins,
    softwareVersion: spec.softwareVersion ?? defaultSoftwareVersion,
    administrationAllowed: spec.administrationAllowed ?? true,
    defaultNamespace: spec.defaultNamespace ?? false,
    s3Quirks: S3Quirks.make(spec.s3Quirks)
  }
})
