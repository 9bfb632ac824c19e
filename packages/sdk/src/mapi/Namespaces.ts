/**
 * Namespaces of a tenant: made, changed and deleted, and what belongs to one. Protocols and retention classes have
 * modules of their own.
 *
 * **Example** (a namespace as it should be)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Namespaces, Quota } from "@effect-hcp/sdk/mapi"
 *
 * const program = Effect.gen(function* () {
 *   const { outcome, changed } = yield* Namespaces.ensure({
 *     name: "invoices",
 *     hardQuota: Quota.gb(50),
 *     versioningSettings: { enabled: true, prune: false },
 *     tags: ["billing"]
 *   })
 *   yield* Effect.log(`${outcome}: ${changed.join(", ")}`)
 * })
 * ```
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import type { Kinds } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import type { Ensured, InTenant, ListOptions, Verbose } from "./CallOptions.ts"
import type { Rule } from "./Cors.ts"
import * as call from "./internal/call.ts"
import { corsOfNamespace } from "./internal/cors.ts"
import * as ensuring from "./internal/ensure.ts"
import { creating } from "./internal/open.ts"
import { inTenant, listInTenantKinds, verboseInTenantKinds } from "./internal/optionKinds.ts"
import { names } from "./internal/resource.ts"
import { maskOfNamespace, ofNamespace } from "./internal/settings.ts"
import { Mapi } from "./Mapi.ts"
import * as Rules from "./NamespaceRules.ts"
import { NamespaceChanges, NamespaceSettings, NewNamespace } from "./NamespaceSettings.ts"
import type { MaskPermission } from "./Permission.ts"
import type { OfNamespace, OptionalOfNamespace } from "./Settings.ts"
import { Statistics } from "./Statistics.ts"

export * from "./NamespaceRules.ts"
export * from "./NamespaceSettings.ts"

const all = "/tenants/{tenant}/namespaces" as const
const one = `${all}/{namespace}` as const
const collection = names(all, { sortBy: "name" })
const resource = {
  path: one,
  root: "namespace",
  format: "json",
  read: NamespaceSettings,
  write: NamespaceChanges
} as const
const newNamespace = { root: "namespace", format: "json", write: NewNamespace } as const

const at = (namespace: string, options: InTenant | undefined, kinds?: Kinds) => ({
  ...inTenant(options, kinds),
  namespace
})

/**
 * The names of a tenant's namespaces.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (
  options?: InTenant & ListOptions<"name" | "hardQuota", "name" | "tag">
): Stream.Stream<string, HcpError, Mapi> => call.list(collection, inTenant(options, listInTenantKinds), options)

/**
 * What there is to know about a namespace. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (
  namespace: string,
  options?: InTenant & Verbose
): Effect.Effect<NamespaceSettings, HcpError, Mapi> =>
  call.read(resource, at(namespace, options, verboseInTenantKinds), call.verbosely(options))

/**
 * Whether there is such a namespace that this user may see.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (namespace: string, options?: InTenant): Effect.Effect<boolean, HcpError, Mapi> =>
  call.exists(one, at(namespace, options))

const look = (namespace: string, options: InTenant | undefined) =>
  call.readIfThere(resource, at(namespace, options), { verbose: "true" })

/**
 * Creates a namespace. Fails with `AlreadyExists`. Where the answer was lost on the way and the call was repeated, a
 * namespace that is as it was asked for counts as created.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (input: NewNamespace, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  creating(all, input, () => {
    const { versioningSettings: _, ...visible } = input
    return call.create(all, inTenant(options), newNamespace, {
      input,
      what: `namespace "${input.name}"`,
      reconcile: ensuring.isAsWanted(sameName(visible), look(input.name, options))
    })
  })

// HCP keeps the letter case a name was first given, and finds it in any.
const sameName = ({ name: _, ...input }: NewNamespace) => input

/**
 * Changes what is given; a `name` renames the namespace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  namespace: string,
  changes: NamespaceChanges,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> => call.modify(resource, at(namespace, options), changes)

/**
 * Deletes a namespace. Fails with `Forbidden` while anything is stored in it.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (namespace: string, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(one, at(namespace, options))

export { delete_ as delete }

/**
 * Makes a namespace as it should be: creates it, or changes what differs, its versioning included. Fails with
 * `InvalidInput` where it is there with another hash scheme, which nothing can change.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (input: NewNamespace, options?: InTenant): Effect.Effect<Ensured, HcpError, Mapi> =>
  creating(all, input, () =>
    ensuring.ensure({
      look: look(input.name, options),
      create: create(input, options),
      change: (current) => change(input, current, options)
    })
  )

const change = Effect.fnUntraced(function* (
  input: NewNamespace,
  current: NamespaceSettings,
  options: InTenant | undefined
): Effect.fn.Return<ReadonlyArray<string>, HcpError, Mapi> {
  const { hashScheme, name, versioningSettings, ...wanted } = input
  if (hashScheme !== undefined && current.hashScheme !== undefined && hashScheme !== current.hashScheme) {
    const { fqdn } = yield* Mapi
    const detail =
      `${name} has ${current.hashScheme}, and a namespace keeps its hash scheme; ` +
      "ask for that, or take another name"
    return yield* new HcpError({
      operation: "ensure",
      target: fqdn,
      reason: new InvalidInput({ field: "hashScheme", detail })
    })
  }
  const changed = yield* ensuring.changing(wanted, (changes) => modify(name, changes, options))(current)
  if (versioningSettings === undefined) return changed
  const differs = ensuring.differing(versioningSettings, yield* versioning.get(name, options))
  if (Object.keys(differs).length === 0) return changed
  yield* versioning.modify(name, versioningSettings, options)
  return [...changed, "versioningSettings"]
})

/**
 * Lets the metadata query engine index the objects anew that changed since a day (`mm/dd/yyyy`), or all with `"0"`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resetIndexing = (
  namespace: string,
  since: string,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> =>
  Effect.gen(function* () {
    if (!/^(?:0|\d{2}\/\d{2}\/\d{4})$/.test(since)) {
      const { fqdn } = yield* Mapi
      const detail = 'must be a day as mm/dd/yyyy, or "0" for all'
      return yield* new HcpError({
        operation: "POST",
        target: fqdn,
        reason: new InvalidInput({ field: "since", detail })
      })
    }
    yield* call.act(resource, at(namespace, options), {
      query: { resetMQECheckpoint: since },
      body: { root: "namespace" },
      idempotent: true
    })
  })

/**
 * How much a namespace stores. HCP counts rarely: ask at most once an hour.
 *
 * @category combinators
 * @since 0.1.0
 */
export const statistics = (namespace: string, options?: InTenant): Effect.Effect<Statistics, HcpError, Mapi> =>
  call.read({ path: `${one}/statistics`, format: "json", read: Statistics }, at(namespace, options))

/**
 * The versioning of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface Versioning extends OfNamespace<Rules.VersioningSettings> {
  /** Deletes the namespace's own versioning settings. */
  readonly delete: (namespace: string, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Whether and for how long old versions are kept. To `modify` it, `enabled` must be given.
 *
 * @category combinators
 * @since 0.1.0
 */
export const versioning: Versioning = {
  ...ofNamespace("versioningSettings", Rules.VersioningSettings),
  delete: (namespace, options) => call.remove(`${one}/versioningSettings`, at(namespace, options))
}

/**
 * What protects the objects of a namespace. For users with the compliance role.
 *
 * @category combinators
 * @since 0.1.0
 */
export const compliance: OfNamespace<Rules.ComplianceSettings> = ofNamespace(
  "complianceSettings",
  Rules.ComplianceSettings
)

/**
 * How annotations are indexed. Fails with `Forbidden` in a namespace without search.
 *
 * @category combinators
 * @since 0.1.0
 */
export const indexing: OfNamespace<Rules.IndexingSettings> = ofNamespace(
  "customMetadataIndexingSettings",
  Rules.IndexingSettings
)

/**
 * What becomes of an object that was written on two systems at once.
 *
 * @category combinators
 * @since 0.1.0
 */
export const collisions: OfNamespace<Rules.CollisionSettings> = ofNamespace(
  "replicationCollisionSettings",
  Rules.CollisionSettings
)

/**
 * What can be permitted at all in a namespace; `modify` replaces it. PURGE brings DELETE, SEARCH brings READ; an empty
 * list permits nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const permissions: OfNamespace<ReadonlyArray<MaskPermission>> = maskOfNamespace()

/**
 * The CORS rules of a namespace of its own; `modify` replaces them all.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cors: OptionalOfNamespace<ReadonlyArray<Rule>> = corsOfNamespace()
