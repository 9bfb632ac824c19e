/**
 * The data access permissions of an account, a user or a group, as a resource.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { HcpError } from "../../HcpError.ts"
import type { Mapi } from "../Mapi.ts"
import { DataAccess, type NamespacePermission } from "../Permission.ts"
import * as call from "./call.ts"

/** Of the account at this path. */
export const dataAccessAt = <Path extends string>(account: Path) => {
  const path: `${Path}/dataAccessPermissions` = `${account}/dataAccessPermissions`
  const resource = { path, root: "dataAccessPermissions", format: "json", read: DataAccess, write: DataAccess } as const
  return {
    read: (given: call.Given<typeof path>): Effect.Effect<ReadonlyArray<NamespacePermission>, HcpError, Mapi> =>
      Effect.map(call.read(resource, given), ({ namespacePermission }) => namespacePermission ?? []),
    write: (
      given: call.Given<typeof path>,
      namespacePermission: ReadonlyArray<NamespacePermission>
    ): Effect.Effect<void, HcpError, Mapi> => call.modify(resource, given, { namespacePermission })
  }
}
