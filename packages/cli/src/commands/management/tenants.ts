/**
 * `tenant`: the tenants of a system.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant } from "../../internal/management.ts"
import * as Names from "./names.ts"

const list = command(
  "list",
  "List the tenants of the system",
  [["hcp tenant list --long", "With quotas and tags"]],
  { isLong: Names.long },
  ({ isLong }) =>
    inManagement((management) => {
      const { Tenants } = management.sdk
      return Names.print(management, Tenants.list(), {
        name: "name",
        columns: [
          { name: "hardQuota", align: "right" },
          { name: "softQuota", align: "right" },
          { name: "namespaceQuota", align: "right" },
          { name: "tags" },
          { name: "systemVisibleDescription" }
        ],
        isLong,
        get: (tenant) => Tenants.get({ tenant })
      })
    })
)

const show = command(
  "show",
  "Show the settings of a tenant",
  [["hcp tenant show finance", "All that HCP tells this user"]],
  {
    tenant: Argument.String("tenant").pipe(
      Argument.withDescription("Name of the tenant (default: the tenant of the host)"),
      Argument.optional
    )
  },
  ({ tenant }) => inManagement((management) => Names.show(management, management.sdk.Tenants.get(inTenant(tenant))))
)

/** @internal */
export const tenant = Command.make("tenant").pipe(
  Command.withDescription("Tenants: quotas, features and settings"),
  Command.withSubcommands([list, show])
)
