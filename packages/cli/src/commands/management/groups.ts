/**
 * `group`: the groups of Active Directory that a tenant, or the system, knows.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import * as Names from "./names.ts"

const list = command(
  "list",
  "List the groups that a tenant knows, or those of the system",
  [["hcp group list --long --tenant finance", "With their roles"]],
  { tenant, isLong: Names.long },
  ({ isLong, tenant }) =>
    inManagement((management) => {
      const { Groups } = management.sdk
      const at = inTenant(tenant)
      return Names.print(management, Groups.list(at), {
        name: "groupname",
        columns: [{ name: "roles" }, { name: "allowNamespaceManagement" }],
        isLong,
        get: (name) => Groups.get(name, at)
      })
    })
)

const show = command(
  "show",
  "Show a group",
  [["hcp group show audit@corp.example.com", "All that HCP tells this user"]],
  { name: Names.argument("group", "Name of the group, such as audit@corp.example.com"), tenant },
  ({ name, tenant }) =>
    inManagement((management) => Names.show(management, management.sdk.Groups.get(name, inTenant(tenant))))
)

/** @internal */
export const group = Command.make("group").pipe(
  Command.withDescription("Groups of Active Directory: roles"),
  Command.withSubcommands([list, show])
)
