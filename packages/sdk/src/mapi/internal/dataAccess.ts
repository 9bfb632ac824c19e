/**
 * The data access permissions of an account, a user or a group, as a resource.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { DataAccess, type NamespacePermission } from "../Permission.ts"
import type { OfAccount } from "../Settings.ts"
import * as call from "./call.ts"
import { inTenant } from "./optionKinds.ts"

/** Of the users, or of the groups of a tenant. */
export const dataAccessOf = (
  accounts: "userAccounts" | "groupAccounts"
): OfAccount<ReadonlyArray<NamespacePermission>> => {
  const path = `/tenants/{tenant}/${accounts}/{account}/dataAccessPermissions` as const
  const resource = { path, root: "dataAccessPermissions", format: "json", read: DataAccess, write: DataAccess } as const
  return {
    get: (account, place) =>
      Effect.map(
        call.read(resource, { ...inTenant(place), account }),
        ({ namespacePermission }) => namespacePermission ?? []
      ),
    modify: (account, namespacePermission, place) =>
      call.modify(resource, { ...inTenant(place), account }, { namespacePermission })
  }
}
