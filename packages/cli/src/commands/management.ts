/**
 * The commands for tenants, namespaces, users and the system.
 *
 * @internal
 */
import { chargeback } from "./management/chargeback.ts"
import { apply, exporting, plan } from "./management/desired.ts"
import { group } from "./management/groups.ts"
import { link } from "./management/links.ts"
import { namespace } from "./management/namespaces.ts"
import { health, logs } from "./management/packages.ts"
import { permission } from "./management/permissions.ts"
import { mapi } from "./management/raw.ts"
import { retentionClass } from "./management/retentionClasses.ts"
import { license, stats } from "./management/system.ts"
import { tenant } from "./management/tenants.ts"
import { user } from "./management/users.ts"

/** @internal */
export const management = {
  group: "Management",
  commands: [
    tenant,
    namespace,
    user,
    group,
    permission,
    retentionClass,
    link,
    chargeback,
    logs,
    health,
    license,
    stats,
    mapi,
    plan,
    apply,
    exporting
  ]
} as const
