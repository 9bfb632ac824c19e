/**
 * The document that says how tenants, namespaces, users, groups, permissions, retention classes and CORS shall be: its
 * schema, and how it is read and written as YAML or JSON.
 *
 * What a document does not mention is not managed by it. Secrets never stand in it, only where they are found.
 *
 * **Example** (a document)
 *
 * ```yaml
 * tenants:
 *   - name: finance
 *     hardQuota: 1 TB
 *     users:
 *       - username: lgreen
 *         fullName: Lee Green
 *         password: { env: LGREEN_PASSWORD }
 *         roles: [ADMINISTRATOR, SECURITY]
 *     namespaces:
 *       - name: invoices
 *         hardQuota: 100 GB
 *         versioning: { enabled: true, prune: false }
 *         retentionClasses:
 *           - { name: tax, value: A+10y, allowDisposition: false }
 * ```
 *
 * @since 0.1.0
 */
import * as Yaml from "effect/encoding/Yaml"
import * as JsonSchema from "effect/JsonSchema"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { InvalidInput } from "../WireReason.ts"
import * as Account from "./Account.ts"
import type { Field, With } from "./Field.ts"
import { encodePlain, problemInFile } from "./internal/encode.ts"
import * as fields from "./internal/fields.ts"
import * as yaml from "./internal/state/yaml.ts"
import * as Rules from "./NamespaceRules.ts"
import { NamespaceSettings } from "./NamespaceSettings.ts"
import { Mask, NamespacePermission } from "./Permission.ts"
import * as Protocols from "./Protocols.ts"
import { RetentionClass } from "./RetentionClasses.ts"
import { TenantChanges } from "./Tenant.ts"
import * as Settings from "./TenantSettings.ts"

const only = <A>(value: A | undefined): value is A => value !== undefined

/**
 * Where a secret is found: in a variable of the environment, in a file, or in what a command prints. One of the three.
 *
 * @category models
 * @since 0.1.0
 */
export const SecretReference = fields.struct(
  { env: fields.text({ min: 1 }), file: fields.text({ min: 1 }), command: fields.text({ min: 1 }) },
  {
    check: ({ command, env, file }) =>
      [env, file, command].filter(only).length === 1
        ? undefined
        : ["env", "or file or command must be given, one of them"]
  }
)

/**
 * Where a secret is found.
 *
 * @category models
 * @since 0.1.0
 */
export type SecretReference = typeof SecretReference.Type

const texts = fields.repeated(fields.text({ min: 1 }))

const CorsRule = fields.struct(
  {
    id: fields.text({ max: 255 }),
    allowedOrigins: texts,
    allowedMethods: fields.repeated(fields.oneOf(["GET", "PUT", "POST", "DELETE", "HEAD"])),
    allowedHeaders: texts,
    exposeHeaders: texts,
    maxAgeSeconds: fields.int({ min: 0 })
  },
  {
    required: ["allowedOrigins", "allowedMethods"],
    check: ({ allowedMethods, allowedOrigins }) =>
      fields.isEmpty(allowedOrigins)
        ? ["allowedOrigins", "is empty; a rule needs at least one"]
        : fields.isEmpty(allowedMethods)
          ? ["allowedMethods", "is empty; a rule needs at least one"]
          : undefined
  }
)

/** The rules of web sites, in their order; an empty list wants none. */
const cors = fields.repeated(CorsRule)

const dataAccess = fields.repeated(NamespacePermission)

/**
 * How a user shall be. `password`, `localAuthentication` and `forcePasswordChange` only matter where the user is
 * created.
 *
 * @category models
 * @since 0.1.0
 */
export const UserState = fields.struct(
  {
    ...Struct.omit(Account.User.fields, ["userGUID", "userID"]),
    password: SecretReference,
    /** What the user may do, namespace by namespace. */
    dataAccess
  },
  { required: ["username"] }
)

/**
 * How a user shall be.
 *
 * @category models
 * @since 0.1.0
 */
export type UserState = With<typeof UserState.Type, "username">

/**
 * How a group of Active Directory shall be.
 *
 * @category models
 * @since 0.1.0
 */
export const GroupState = fields.struct({ ...Account.Group.fields, dataAccess }, { required: ["groupname"] })

/**
 * How a group of Active Directory shall be.
 *
 * @category models
 * @since 0.1.0
 */
export type GroupState = With<typeof GroupState.Type, "groupname">

/**
 * How a namespace shall be.
 *
 * @category models
 * @since 0.1.0
 */
export const NamespaceState = fields.struct(
  {
    ...Struct.omit(NamespaceSettings.fields, [
      "dpl",
      "isDplDynamic",
      "id",
      "creationTime",
      "fullyQualifiedName",
      "mqeIndexingTimestamp",
      "replicationTimestamp"
    ]),
    versioning: Rules.VersioningSettings,
    compliance: Rules.ComplianceSettings,
    /** Only of a namespace with search. */
    indexing: Rules.IndexingSettings,
    collisions: Rules.CollisionSettings,
    /** What can be permitted at all. */
    permissions: Mask.fields.permission,
    /** WebDAV's own user and password are not managed. */
    protocols: fields.struct({
      http: fields.struct(Struct.omit(Protocols.Http.fields, ["webdavBasicAuthUsername", "webdavBasicAuthPassword"])),
      cifs: Protocols.Cifs,
      nfs: Protocols.Nfs,
      smtp: Protocols.Smtp
    }),
    retentionClasses: fields.repeated(fields.struct(RetentionClass.fields, { required: ["name"] })),
    cors
  },
  { required: ["name"] }
)

/**
 * How a namespace shall be.
 *
 * @category models
 * @since 0.1.0
 */
export type NamespaceState = With<typeof NamespaceState.Type, "name">

/**
 * How a tenant shall be. `administrationAllowed` is changed by the tenant's own users only.
 *
 * @category models
 * @since 0.1.0
 */
export const TenantState = fields.struct(
  {
    ...TenantChanges.fields,
    contactInfo: Settings.ContactInfo,
    consoleSecurity: Settings.ConsoleSecurity,
    emailNotification: Settings.EmailNotification,
    searchSecurity: Settings.SearchSecurity,
    namespaceDefaults: fields.struct(Struct.omit(Settings.NamespaceDefaults.fields, ["dpl", "effectiveDpl"])),
    /** What can be permitted at all in its namespaces. */
    permissions: Mask.fields.permission,
    cors,
    users: fields.repeated(UserState),
    groups: fields.repeated(GroupState),
    namespaces: fields.repeated(NamespaceState)
  },
  { required: ["name"] }
)

/**
 * How a tenant shall be.
 *
 * @category models
 * @since 0.1.0
 */
export type TenantState = With<typeof TenantState.Type, "name">

/**
 * How a system, or a tenant, shall be.
 *
 * @category models
 * @since 0.1.0
 */
export const State = fields.struct({ tenants: fields.repeated(TenantState) }, { required: ["tenants"] })

/**
 * How a system, or a tenant, shall be.
 *
 * @category models
 * @since 0.1.0
 */
export type State = typeof State.Type

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))

// What items of a list are called by.
const keys = ["name", "username", "groupname", "namespaceName", "id"] as const

/** A path with names in place of positions: `tenants.finance.users.app`. */
const named = (path: string, plain: unknown): string => {
  let at: unknown = plain
  return path
    .split(".")
    .map((part) => {
      const inside: unknown = Predicate.isReadonlyObject(at) || Array.isArray(at) ? Reflect.get(at, part) : undefined
      const isItem = Array.isArray(at)
      at = inside
      if (!isItem) return part
      const record: Readonly<Record<string, unknown>> = Predicate.isReadonlyObject(inside) ? { ...inside } : {}
      const name = keys.map((key) => record[key]).find((value) => typeof value === "string" && value !== "")
      return typeof name === "string" ? name : part
    })
    .join(".")
}

const secretInTheClear =
  "is a secret in the clear; give where it is found: { env: NAME }, { file: PATH } or { command: ... }"

/** The names in a list that are there twice; letter case does not count. */
const repeatedName = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name, index) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < index)

/** What is wrong with a document as a whole. */
const problemOf = ({ tenants = [] }: State): InvalidInput | undefined => {
  const lists: Array<readonly [path: string, names: ReadonlyArray<string>]> = [
    ["tenants", tenants.map(({ name = "" }) => name)]
  ]
  for (const { groups = [], name: tenant, namespaces = [], users = [] } of tenants) {
    const at = `tenants.${tenant}`
    if (tenant?.toLowerCase() === "default") {
      return new InvalidInput({ field: at, detail: "is the default tenant, which is not managed by a document" })
    }
    lists.push([`${at}.users`, users.map(({ username = "" }) => username)])
    lists.push([`${at}.groups`, groups.map(({ groupname = "" }) => groupname)])
    lists.push([`${at}.namespaces`, namespaces.map(({ name = "" }) => name)])
    for (const { name, retentionClasses = [] } of namespaces) {
      lists.push([`${at}.namespaces.${name}.retentionClasses`, retentionClasses.map(({ name = "" }) => name)])
    }
    const accounts = [
      ...users.map(({ dataAccess, username }) => [`users.${username}`, dataAccess] as const),
      ...groups.map(({ dataAccess, groupname }) => [`groups.${groupname}`, dataAccess] as const)
    ]
    for (const [account, access = []] of accounts) {
      lists.push([`${at}.${account}.dataAccess`, access.map(({ namespaceName = "" }) => namespaceName)])
    }
  }
  for (const [path, names] of lists) {
    const twice = repeatedName(names)
    if (twice !== undefined) return new InvalidInput({ field: `${path}.${twice}`, detail: "is there twice" })
  }
  return undefined
}

/**
 * The state that a plain value says, as JSON holds it. Fails with `InvalidInput` for what is no state: its field is the
 * path to what is wrong, such as `tenants.finance.namespaces.invoices.hardQuota`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const decode = (plain: unknown): Result.Result<State, InvalidInput> => {
  const located = ({ detail, field }: InvalidInput) =>
    new InvalidInput({
      field: named(field, plain),
      detail: /(?:^|\.)password$/.test(field) && detail.startsWith("is no object") ? secretInTheClear : detail
    })
  const strange = problemInFile(State, plain)
  if (strange !== undefined) return Result.fail(located(strange))
  const state = Schema.decodeUnknownResult(State)(plain)
  if (Result.isFailure(state)) return bad("tenants", "holds a number that is too large")
  const written = encodePlain(State, state.success)
  if (Result.isFailure(written)) return Result.fail(located(written.failure))
  const problem = problemOf(state.success)
  return problem === undefined ? Result.succeed(state.success) : Result.fail(problem)
}

/**
 * Reads a document, YAML or JSON. Fails with `InvalidInput` for what is neither, and as {@link decode} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<State, InvalidInput> =>
  Result.flatMap(
    Result.try({
      try: (): unknown => (/^\s*\{/.test(text) ? JSON.parse(text) : Yaml.parse(text)),
      catch: (error) =>
        new InvalidInput({
          field: "document",
          // The texts of other parsers may quote what they read.
          detail: `is neither YAML nor JSON that can be read${placeIn(error)}`
        })
    }),
    decode
  )

const placeIn = (error: unknown): string => {
  const message = error instanceof Error ? error.message : ""
  const [place] = /(?:at|in) (?:line|position) \d+(?: column \d+)?|line \d+/.exec(message) ?? []
  return place === undefined ? "" : `: ${place}`
}

/** Fields in the order of the schema, without those that are not there. */
const ordered = (codec: unknown, value: unknown): unknown => {
  if (Array.isArray(value)) {
    const item = Predicate.hasProperty(codec, "item") ? codec.item : undefined
    return value.map((each) => ordered(item, each))
  }
  if (!Predicate.isReadonlyObject(value)) return value
  const given: Readonly<Record<string, unknown>> = { ...value }
  const known = Predicate.hasProperty(codec, "fields") && Predicate.isReadonlyObject(codec.fields) ? codec.fields : {}
  const inside: Readonly<Record<string, unknown>> = { ...known }
  const names = [...Object.keys(inside), ...Object.keys(given).filter((name) => !Object.hasOwn(inside, name))]
  return Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, ordered(inside[name], given[name])]]))
  )
}

/**
 * The plain value of a state, as JSON holds it: fields in the order of the schema.
 *
 * @category combinators
 * @since 0.1.0
 */
export const encode = (state: State): unknown => ordered(State, JSON.parse(JSON.stringify(state)))

/**
 * Writes a state as a document. It is the same text for the same state.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = (state: State, format: "yaml" | "json" = "yaml"): string => {
  const plain = encode(state)
  return format === "json" || !Predicate.isReadonlyObject(plain)
    ? `${JSON.stringify(plain, null, 2)}\n`
    : yaml.print(plain)
}

/**
 * The JSON Schema (draft-07) of the document, for editors.
 *
 * @category combinators
 * @since 0.1.0
 */
export const jsonSchema = (): JsonSchema.JsonSchema => {
  const document = JsonSchema.toDocumentDraft07(
    Schema.toJsonSchemaDocument(inFile(State), { onExcessProperty: "error" })
  )
  return {
    $schema: JsonSchema.META_SCHEMA_URI_DRAFT_07,
    title: "How an HCP system or tenant shall be",
    ...document.schema,
    ...(Object.keys(document.definitions).length === 0 ? {} : { definitions: document.definitions })
  }
}

const inFile = <A>(codec: Field<A>) => codec.inFile?.() ?? Schema.Unknown
