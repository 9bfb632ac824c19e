/**
 * Every resource of the management API.
 *
 * @internal
 */
import { compliance } from "./compliance.ts"
import { contentClasses } from "./contentClasses.ts"
import { cors } from "./cors.ts"
import { dataAccess } from "./dataAccess.ts"
import { groups } from "./groups.ts"
import { httpProtocol } from "./httpProtocol.ts"
import { masks } from "./masks.ts"
import { namespaceSettings } from "./namespaceSettings.ts"
import { namespaces } from "./namespaces.ts"
import type { Resource } from "./router.ts"
import { services } from "./services.ts"
import { systemAccounts } from "./systemAccounts.ts"
import { tenantSettings } from "./tenantSettings.ts"
import { tenants } from "./tenants.ts"
import { users } from "./users.ts"
import { versioning } from "./versioning.ts"

/** @internal */
export const resources: ReadonlyArray<Resource> = [
  ...tenants,
  ...tenantSettings,
  ...contentClasses,
  ...users,
  ...groups,
  ...dataAccess,
  ...namespaces,
  ...namespaceSettings,
  ...compliance,
  ...httpProtocol,
  versioning,
  ...masks,
  ...cors,
  ...systemAccounts,
  ...services
]
