/**
 * `retention-class`: retention by name, in a namespace.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { notFound } from "../../Failure.ts"
import { asShown, command, type Examples } from "../../internal/command.ts"
import { yes } from "../../internal/confirm.ts"
import { inManagement, inTenant, type Management, tenant } from "../../internal/management.ts"
import * as Assigned from "./assigned.ts"
import * as Changing from "./changing.ts"
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

const subject = Effect.fnUntraced(function* (
  management: Management,
  named: Option.Option<string>,
  names: { readonly namespace: string; readonly name: string },
  set: ReadonlyArray<string>
) {
  const { sdk } = management
  const { name, namespace } = names
  const owner = yield* Changing.tenantOf(management, named)
  const at = { tenant: owner }
  if (!(yield* sdk.Namespaces.exists(namespace, at))) return yield* notFound(`there is no namespace ${namespace}`)
  const place: Assigned.Place = {
    path: `tenants.${owner}.namespaces.${namespace}.retentionClasses.${name}`,
    document: (resource) => ({
      tenants: [{ name: owner, namespaces: [{ name: namespace, retentionClasses: [resource] }] }]
    })
  }
  const state = yield* Assigned.stateOf(sdk, place, { name }, set)
  return { what: `retention class ${name}`, exists: sdk.RetentionClasses.exists(namespace, name, at), state }
})

const changing = (mode: "create" | "modify", description: string, examples: Examples) =>
  command(
    mode,
    description,
    examples,
    { namespace, name, tenant, set: Assigned.set, dryRun: Changing.dryRun },
    ({ dryRun, name, namespace, set, tenant }) =>
      inManagement((management) =>
        Effect.flatMap(subject(management, tenant, { namespace, name }, set), (found) =>
          Changing.change(management, mode, found, { isDry: dryRun })
        )
      )
  )

const remove = command(
  "delete",
  "Delete a retention class; not in a namespace in compliance mode",
  [["hcp retention-class delete invoices tax --yes", "Without asking"]],
  { namespace, name, tenant, yes, dryRun: Changing.dryRun },
  ({ dryRun, name, namespace, tenant, yes }) =>
    Changing.remove(
      `retention class ${name} of ${namespace}`,
      { isAgreed: yes, isDry: dryRun },
      ({ sdk: { RetentionClasses } }) => ({
        exists: RetentionClasses.exists(namespace, name, inTenant(tenant)),
        delete: RetentionClasses.delete(namespace, name, inTenant(tenant))
      })
    )
)

/** @internal */
export const retentionClass = Command.make("retention-class").pipe(
  Command.withDescription("Retention classes of a namespace"),
  Command.withExamples(
    asShown([
      ["hcp retention-class list invoices", "With what each says"],
      ["hcp retention-class create invoices tax --set value=A+10y", "One more"]
    ])
  ),
  Command.withSubcommands([
    list,
    show,
    changing("create", "Create a retention class", [
      [
        "hcp retention-class create invoices tax --set value=A+10y --set allowDisposition=false",
        "Ten years from the time an object is stored"
      ]
    ]),
    changing("modify", "Change a retention class", [
      ["hcp retention-class modify invoices tax --set value=A+12y", "In compliance mode it can only be made longer"]
    ]),
    remove
  ])
)
