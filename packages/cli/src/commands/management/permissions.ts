/**
 * `permission`: what users and groups may do in the namespaces of a tenant.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { yes } from "../../internal/confirm.ts"
import { optionalText } from "../../internal/flagForms.ts"
import { inManagement, inTenant, type Management, type Sdk, tenant } from "../../internal/management.ts"
import type { Row } from "../../internal/row.ts"
import * as Assigned from "./assigned.ts"
import * as Changing from "./changing.ts"

/** Whose permissions: of one user, or of one group. */
const account = {
  user: optionalText("user", "Name of the user"),
  group: optionalText("group", "Name of the group")
}

interface Account {
  readonly kind: "user" | "group"
  readonly name: string
}

/** The account that the flags name. Fails with a usage failure for none and for two. */
const accountOf = (flags: { readonly user: Option.Option<string>; readonly group: Option.Option<string> }) =>
  Effect.suspend((): Effect.Effect<Account, ReturnType<typeof usage>> => {
    const { group, user } = flags
    if (Option.isSome(user) === Option.isSome(group)) return Effect.fail(usage("give one of --user and --group"))
    return Effect.succeed(
      Option.isSome(user)
        ? { kind: "user", name: user.value }
        : { kind: "group", name: Option.getOrElse(group, () => "") }
    )
  })

/** The resource of the permissions of an account. */
const accessOf = ({ Groups, Users }: Sdk, { kind }: Account) => (kind === "user" ? Users.dataAccess : Groups.dataAccess)

const list = command(
  "list",
  "List what a user or a group may do, namespace by namespace",
  [["hcp permission list --user app --tenant finance", "By namespace"]],
  { ...account, tenant },
  ({ group, tenant, user }) =>
    Effect.flatMap(accountOf({ group, user }), (account) =>
      inManagement(({ output, sdk }) =>
        Effect.flatMap(accessOf(sdk, account).get(account.name, inTenant(tenant)), (all) =>
          output.rows(
            [{ name: "namespace" }, { name: "permissions" }],
            Stream.map(
              Stream.fromIterable(all),
              ({ namespaceName = "", permissions = [] }): Row => ({
                namespace: namespaceName,
                permissions: permissions.join(",")
              })
            )
          )
        )
      )
    )
)

const namespace = Argument.String("namespace").pipe(Argument.withDescription("Name of the namespace"))

/** The account as the document has it, after a look whether it is there. */
const subject = Effect.fnUntraced(function* (
  management: Management,
  named: Option.Option<string>,
  { kind, name }: Account,
  access: object
) {
  const { sdk } = management
  const owner = yield* Changing.tenantOf(management, named)
  const at = { tenant: owner }
  const document = (resource: object) => ({
    tenants: [{ name: owner, [kind === "user" ? "users" : "groups"]: [resource] }]
  })
  const identity = { [kind === "user" ? "username" : "groupname"]: name, dataAccess: [access] }
  const state = yield* Assigned.stateOf(sdk, { path: `tenants.${owner}.${kind}s.${name}`, document }, identity, [])
  return { what: `${kind} ${name}`, exists: (kind === "user" ? sdk.Users : sdk.Groups).exists(name, at), state }
})

const modify = command(
  "modify",
  "Set what a user or a group may do in a namespace, in place of what it may do there",
  [["hcp permission modify invoices READ,WRITE --user app", "READ brings BROWSE, SEARCH brings READ, PURGE DELETE"]],
  {
    namespace,
    permissions: Argument.String("permissions").pipe(
      Argument.withDescription(
        "BROWSE, READ, WRITE, DELETE, PURGE, SEARCH, READ_ACL, WRITE_ACL, CHOWN, PRIVILEGED, with commas between"
      )
    ),
    ...account,
    tenant,
    dryRun: Changing.dryRun
  },
  ({ dryRun, group, namespace, permissions, tenant, user }) =>
    Effect.flatMap(accountOf({ group, user }), (account) =>
      inManagement((management) =>
        Effect.flatMap(
          subject(management, tenant, account, {
            namespaceName: namespace,
            permissions: permissions.split(",").map((each) => each.trim().toUpperCase())
          }),
          (found) => Changing.change(management, "modify", found, { isDry: dryRun })
        )
      )
    )
)

const remove = command(
  "delete",
  "Take everything away that a user or a group may do in a namespace",
  [["hcp permission delete invoices --user app --yes", "Without asking"]],
  { namespace, ...account, tenant, yes, dryRun: Changing.dryRun },
  ({ dryRun, group, namespace, tenant, user, yes }) =>
    Effect.flatMap(accountOf({ group, user }), (account) =>
      Changing.remove(`permissions of ${account.name} in ${namespace}`, { isAgreed: yes, isDry: dryRun }, ({ sdk }) => {
        const at = inTenant(tenant)
        const access = accessOf(sdk, account)
        const isMeant = (name = "") => name.toLowerCase() === namespace.toLowerCase()
        return {
          exists: Effect.map(access.get(account.name, at), (all) =>
            all.some(({ namespaceName, permissions = [] }) => isMeant(namespaceName) && permissions.length > 0)
          ),
          delete: access.modify(account.name, [{ namespaceName: namespace, permissions: [] }], at)
        }
      })
    )
)

/** @internal */
export const permission = Command.make("permission").pipe(
  Command.withDescription("What users and groups may do in namespaces"),
  Command.withExamples(
    asShown([
      ["hcp permission list --user app --tenant finance", "By namespace"],
      ["hcp permission modify invoices READ,WRITE --user app", "In place of what it may do there"]
    ])
  ),
  Command.withSubcommands([list, modify, remove])
)
