/**
 * `namespace`: the namespaces of a tenant.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import * as Names from "./names.ts"

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
  { name: Names.argument("namespace", "Name of the namespace"), tenant },
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

/** @internal */
export const namespace = Command.make("namespace").pipe(
  Command.withDescription("Namespaces: quotas, versions, protocols, permissions"),
  Command.withSubcommands([list, show])
)
