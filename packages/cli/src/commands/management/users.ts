/**
 * `user`: the users of a tenant, or of the system.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import * as Names from "./names.ts"

const list = command(
  "list",
  "List the users of a tenant, or those of the system",
  [["hcp user list --long --tenant finance", "With names, roles and whether they may log in"]],
  { tenant, isLong: Names.long },
  ({ isLong, tenant }) =>
    inManagement((management) => {
      const { Users } = management.sdk
      const at = inTenant(tenant)
      return Names.print(management, Users.list(at), {
        name: "username",
        columns: [{ name: "fullName" }, { name: "enabled" }, { name: "roles" }, { name: "description" }],
        isLong,
        get: (name) => Users.get(name, at)
      })
    })
)

const show = command(
  "show",
  "Show a user",
  [["hcp user show lgreen --tenant finance", "All that HCP tells this user"]],
  { name: Names.argument("user", "Name of the user"), tenant },
  ({ name, tenant }) =>
    inManagement((management) => Names.show(management, management.sdk.Users.get(name, inTenant(tenant))))
)

/** @internal */
export const user = Command.make("user").pipe(
  Command.withDescription("Users: roles and passwords"),
  Command.withSubcommands([list, show])
)
