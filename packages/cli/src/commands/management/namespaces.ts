/**
 * `namespace`: the namespaces of a tenant.
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

const name = Names.argument("namespace", "Name of the namespace")

const list = command(
  "list",
  "List the namespaces of a tenant",
  [["hcp namespace list --long --tenant finance", "With quotas and tags"]],
  { tenant, isLong: Names.long },
  ({ isLong, tenant }) =>
    inManagement((management) => {
      const { Namespaces } = management.sdk
      const at = inTenant(tenant)
      return Names.print(management, Namespaces.list(at), {
        name: "name",
        columns: [
          { name: "hardQuota", align: "right" },
          { name: "softQuota", align: "right" },
          { name: "owner" },
          { name: "aclsUsage" },
          { name: "tags" },
          { name: "description" }
        ],
        isLong,
        get: (name) => Namespaces.get(name, at)
      })
    })
)

const show = command(
  "show",
  "Show the settings of a namespace",
  [["hcp namespace show invoices", "Its settings, those of versions, and who may use it how"]],
  { name, tenant },
  ({ name, tenant }) =>
    inManagement((management) => {
      const { Namespaces, Protocols } = management.sdk
      const at = inTenant(tenant)
      return Names.show(
        management,
        Effect.gen(function* () {
          const settings = yield* Namespaces.get(name, at)
          const versioning = yield* Namespaces.versioning.get(name, at)
          const permissions = yield* Namespaces.permissions.get(name, at)
          // The default namespace has protocols of its own kind.
          const http = yield* settings.name === "Default"
            ? Protocols.defaultNamespace.get()
            : Protocols.http.get(name, at)
          return { ...settings, versioning, permissions, protocols: { http } }
        })
      )
    })
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
    path: `tenants.${owner}.namespaces.${name}`,
    document: (resource) => ({ tenants: [{ name: owner, namespaces: [resource] }] })
  }
  const state = yield* Assigned.stateOf(sdk, place, { name }, set)
  return { what: `namespace ${name}`, exists: sdk.Namespaces.exists(name, { tenant: owner }), state }
})

const changing = Changing.commandsOf(name, subject)

const remove = command(
  "delete",
  "Delete a namespace, which must be empty",
  [["hcp namespace delete invoices --yes", "Without asking"]],
  { name, tenant, yes, dryRun: Changing.dryRun },
  ({ dryRun, name, tenant, yes }) =>
    Changing.remove(`namespace ${name}`, { isAgreed: yes, isDry: dryRun }, ({ sdk: { Namespaces } }) => ({
      exists: Namespaces.exists(name, inTenant(tenant)),
      delete: Namespaces.delete(name, inTenant(tenant))
    }))
)

/** @internal */
export const namespace = Command.make("namespace").pipe(
  Command.withDescription("Namespaces: quotas, versions, protocols, permissions"),
  Command.withExamples(
    asShown([
      ["hcp namespace list --long --tenant finance", "With quotas"],
      ["hcp namespace create invoices --set hardQuota='100 GB'", "One more"]
    ])
  ),
  Command.withSubcommands([
    list,
    show,
    changing("create", "Create a namespace", [
      [
        "hcp namespace create invoices --set hardQuota='100 GB' --set versioning.enabled=true --set versioning.prune=false",
        "What is left out comes from the tenant's defaults"
      ]
    ]),
    changing("modify", "Change settings of a namespace", [
      ["hcp namespace modify invoices --set protocols.http.hs3Enabled=true --dry-run", "Shows what would be changed"]
    ]),
    remove
  ])
)
