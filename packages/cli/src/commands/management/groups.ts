/**
 * `group`: the groups of Active Directory that a tenant, or the system, knows.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { asShown, command } from "../../internal/command.ts"
import { yes } from "../../internal/confirm.ts"
import { inManagement, inTenant, type Management, tenant } from "../../internal/management.ts"
import * as Assigned from "./assigned.ts"
import * as Changing from "./changing.ts"
import * as Names from "./names.ts"

const name = Names.argument("group", "Name of the group, such as audit@corp.example.com")

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
  { name, tenant },
  ({ name, tenant }) =>
    inManagement((management) => Names.show(management, management.sdk.Groups.get(name, inTenant(tenant))))
)

const subject = Effect.fnUntraced(function* (
  management: Management,
  named: Option.Option<string>,
  name: string,
  set: ReadonlyArray<string>
) {
  const { sdk } = management
  const owner = yield* Changing.tenantOf(management, named)
  const place: Assigned.Place = {
    path: `tenants.${owner}.groups.${name}`,
    document: (resource) => ({ tenants: [{ name: owner, groups: [resource] }] })
  }
  const state = yield* Assigned.stateOf(sdk, place, { groupname: name }, set)
  return { what: `group ${name}`, exists: sdk.Groups.exists(name, { tenant: owner }), state }
})

const changing = Changing.commandsOf(name, subject)

const remove = command(
  "delete",
  "Delete a group from a tenant; Active Directory keeps it",
  [["hcp group delete audit@corp.example.com --yes", "Without asking"]],
  { name, tenant, yes, dryRun: Changing.dryRun },
  ({ dryRun, name, tenant, yes }) =>
    Changing.remove(`group ${name}`, { isAgreed: yes, isDry: dryRun }, ({ sdk: { Groups } }) => ({
      exists: Groups.exists(name, inTenant(tenant)),
      delete: Groups.delete(name, inTenant(tenant))
    }))
)

/** @internal */
export const group = Command.make("group").pipe(
  Command.withDescription("Groups of Active Directory: roles"),
  Command.withExamples(
    asShown([
      ["hcp group list --tenant finance", "Which are known"],
      ["hcp group create audit@corp.example.com --set roles=MONITOR", "One more"]
    ])
  ),
  Command.withSubcommands([
    list,
    show,
    changing("create", "Make a group of Active Directory known to a tenant", [
      ["hcp group create audit@corp.example.com --set roles=MONITOR", "With a role"]
    ]),
    changing("modify", "Change the roles of a group", [
      ["hcp group modify audit@corp.example.com --set roles=MONITOR,COMPLIANCE", "In place of those it has"]
    ]),
    remove
  ])
)
