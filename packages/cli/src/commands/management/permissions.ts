/**
 * `permission`: what users and groups may do in the namespaces of a tenant.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { inManagement, inTenant, type Sdk, tenant } from "../../internal/management.ts"
import type { Row } from "../../internal/row.ts"

/** Whose permissions: of one user, or of one group. */
export const account = {
  user: Flag.String("user").pipe(Flag.withDescription("Name of the user"), Flag.optional),
  group: Flag.String("group").pipe(Flag.withDescription("Name of the group"), Flag.optional)
}

interface Account {
  readonly kind: "user" | "group"
  readonly name: string
}

/** The account that the flags name. Fails with a usage failure for none and for two. */
export const accountOf = (flags: { readonly user: Option.Option<string>; readonly group: Option.Option<string> }) =>
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
export const accessOf = ({ Groups, Users }: Sdk, { kind }: Account) =>
  kind === "user" ? Users.dataAccess : Groups.dataAccess

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

/** @internal */
export const permission = Command.make("permission").pipe(
  Command.withDescription("What users and groups may do in namespaces"),
  Command.withSubcommands([list])
)
