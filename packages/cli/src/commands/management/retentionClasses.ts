/**
 * `retention-class`: retention by name, in a namespace.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import * as Names from "./names.ts"

/** The namespace of a retention class. */
export const namespace = Names.argument("namespace", "Name of the namespace")

/** The name of a retention class. */
export const name = Names.argument("class", "Name of the retention class")

const list = command(
  "list",
  "List the retention classes of a namespace",
  [["hcp retention-class list invoices", "With what each says"]],
  { namespace, tenant },
  ({ namespace, tenant }) =>
    inManagement((management) => {
      const { RetentionClasses } = management.sdk
      const at = inTenant(tenant)
      return Names.print(management, RetentionClasses.list(namespace, at), {
        name: "name",
        columns: [{ name: "value" }, { name: "allowDisposition" }, { name: "description" }],
        isLong: true,
        get: (name) => RetentionClasses.get(namespace, name, at)
      })
    })
)

const show = command(
  "show",
  "Show a retention class",
  [["hcp retention-class show invoices tax", "How long, and whether objects go by themselves"]],
  { namespace, name, tenant },
  ({ name, namespace, tenant }) =>
    inManagement((management) =>
      Names.show(management, management.sdk.RetentionClasses.get(namespace, name, inTenant(tenant)))
    )
)

/** @internal */
export const retentionClass = Command.make("retention-class").pipe(
  Command.withDescription("Retention classes of a namespace"),
  Command.withSubcommands([list, show])
)
