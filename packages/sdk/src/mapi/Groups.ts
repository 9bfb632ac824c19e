/**
 * Groups of Active Directory: of a tenant, or at `admin.<domain>` without `{ tenant }` those of the system, which can
 * only be read.
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { Kinds } from "../OptionCheck.ts"
import * as Account from "./Account.ts"
import type { Ensured, InTenant, Verbose } from "./CallOptions.ts"
import * as call from "./internal/call.ts"
import { dataAccessOf } from "./internal/dataAccess.ts"
import * as ensuring from "./internal/ensure.ts"
import { creating } from "./internal/open.ts"
import { asked, inTenant, verboseInTenantKinds } from "./internal/optionKinds.ts"
import { names } from "./internal/resource.ts"
import type { Mapi } from "./Mapi.ts"
import type { NamespacePermission } from "./Permission.ts"
import type { OfAccount } from "./Settings.ts"

const all = "/tenants/{tenant}/groupAccounts" as const
const one = `${all}/{group}` as const
const resource = {
  path: one,
  root: "groupAccount",
  format: "json",
  read: Account.Group,
  write: Account.GroupChanges
} as const
const newGroup = { root: "groupAccount", format: "json", write: Account.NewGroup } as const

// Groups of the system itself.
const system = { ...resource, path: "/groupAccounts/{group}" } as const

const at = (group: string, options: InTenant | undefined, kinds?: Kinds) => ({ ...inTenant(options, kinds), group })

/**
 * The names of all groups.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (options?: InTenant): Stream.Stream<string, HcpError, Mapi> =>
  Stream.unwrap(
    Effect.map(call.isOfSystem(options), (isSystem) =>
      isSystem
        ? call.list(names("/groupAccounts", { element: "groupname" }), inTenant(options))
        : call.list(names(all, { element: "groupname" }), inTenant(options))
    )
  )

/**
 * What there is to know about a group. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (group: string, options?: InTenant & Verbose): Effect.Effect<Account.Group, HcpError, Mapi> =>
  Effect.flatMap(call.isOfSystem(options), (isSystem) =>
    isSystem
      ? call.read(system, { ...asked(options, verboseInTenantKinds), group }, call.verbosely(options))
      : call.read(resource, at(group, options, verboseInTenantKinds), call.verbosely(options))
  )

/**
 * Whether there is such a group.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (group: string, options?: InTenant): Effect.Effect<boolean, HcpError, Mapi> =>
  Effect.flatMap(call.isOfSystem(options), (isSystem) =>
    isSystem ? call.exists(system.path, { ...inTenant(options), group }) : call.exists(one, at(group, options))
  )

const keyOf = ({ externalGroupID, groupname }: Account.NewGroup): string => groupname ?? externalGroupID ?? ""

const look = (input: Account.NewGroup, options: InTenant | undefined) =>
  call.readIfThere(resource, at(keyOf(input), options), { verbose: "true" })

const rolesOf = ({ roles }: Account.NewGroup) => ({ roles })

/**
 * Makes a group of Active Directory known to a tenant, by its name or SID. Fails with `AlreadyExists`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (input: Account.NewGroup, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  creating(all, input, () =>
    call.create(all, inTenant(options), newGroup, {
      input,
      what: `group "${keyOf(input)}"`,
      reconcile: ensuring.isAsWanted(rolesOf(input), look(input, options))
    })
  )

/**
 * Changes what is given: the roles by users with the security role, `allowNamespaceManagement` by administrators.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  group: string,
  changes: Account.GroupChanges,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> => call.modify(resource, at(group, options), changes)

/**
 * Deletes a group from a tenant; Active Directory keeps it.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (group: string, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(one, at(group, options))

export { delete_ as delete }

/**
 * Makes a group as it should be: creates it, or changes its roles.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (input: Account.NewGroup, options?: InTenant): Effect.Effect<Ensured, HcpError, Mapi> =>
  creating(all, input, () =>
    ensuring.ensure({
      look: look(input, options),
      create: create(input, options),
      change: ensuring.changing(rolesOf(input), (changes) => modify(keyOf(input), changes, options))
    })
  )

/**
 * What a group of a tenant may do, namespace by namespace. `modify` replaces that in the given namespaces, and leaves
 * the others; an empty list of permissions takes everything away there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const dataAccess: OfAccount<ReadonlyArray<NamespacePermission>> = dataAccessOf("groupAccounts")
