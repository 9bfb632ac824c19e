/**
 * `user`: the users of a tenant, or of the system.
 *
 * @internal
 */

import type { SecretReference } from "@effect-hcp/sdk/mapi/DesiredState"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { asShown, command } from "../../internal/command.ts"
import { yes } from "../../internal/confirm.ts"
import { inManagement, inTenant, type Management, tenant } from "../../internal/management.ts"
import { passwordFlags, passwordFor, referenceOf, secretOf } from "../../internal/secrets.ts"
import * as Assigned from "./assigned.ts"
import * as Changing from "./changing.ts"
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

const name = Names.argument("user", "Name of the user")

const subject = Effect.fnUntraced(function* (
  management: Management,
  named: Option.Option<string>,
  identity: { readonly username: string; readonly password?: SecretReference | undefined },
  set: ReadonlyArray<string>
) {
  const { sdk } = management
  const { username } = identity
  const owner = yield* Changing.tenantOf(management, named)
  const place: Assigned.Place = {
    path: `tenants.${owner}.users.${username}`,
    document: (resource) => ({ tenants: [{ name: owner, users: [resource] }] })
  }
  const state = yield* Assigned.stateOf(sdk, place, identity, set)
  return { what: `user ${username}`, exists: sdk.Users.exists(username, { tenant: owner }), state }
})

const flags = { name, tenant, set: Assigned.set, dryRun: Changing.dryRun, ...passwordFlags }

// Stands for a password that is asked for at the terminal, or that a dry run does not need.
const asked: SecretReference = { command: "the terminal" }

const create = command(
  "create",
  "Create a user of a tenant",
  [
    ["hcp user create lgreen --set fullName='Lee Green' --set roles=MONITOR", "Asks for the password"],
    ["hcp user create app --set fullName=App --password-env APP_PASSWORD", "Takes it from the environment"]
  ],
  flags,
  ({ dryRun, name, set, tenant, ...password }) =>
    inManagement(
      Effect.fnUntraced(function* (management) {
        const reference = Option.getOrElse(yield* referenceOf(password), () => asked)
        const found = yield* subject(management, tenant, { username: name, password: reference }, set)
        const isAsked = reference === asked && !dryRun
        yield* Changing.change(management, "create", found, {
          isDry: dryRun,
          password: isAsked ? yield* passwordFor(name, password) : undefined
        })
      })
    )
)

const modify = command(
  "modify",
  "Change a user of a tenant, or give a new password",
  [
    ["hcp user modify lgreen --set enabled=false", "May not log in any more"],
    ["hcp user modify app --password-env APP_PASSWORD", "A new password"]
  ],
  flags,
  ({ dryRun, name, set, tenant, ...password }) =>
    inManagement(
      Effect.fnUntraced(function* (management) {
        const { output, sdk } = management
        const found = yield* subject(management, tenant, { username: name }, set)
        const reference = yield* referenceOf(password)
        if (set.length > 0 || Option.isNone(reference)) {
          yield* Changing.change(management, "modify", found, { isDry: dryRun })
        }
        if (Option.isNone(reference)) return
        if (dryRun) return yield* output.note(`would give ${name} a new password`)
        yield* sdk.Users.modify(name, { password: yield* secretOf(reference.value) }, inTenant(tenant))
        yield* output.note(`gave ${name} a new password`)
      })
    )
)

const remove = command(
  "delete",
  "Delete a user of a tenant",
  [["hcp user delete lgreen --yes", "Without asking"]],
  { name, tenant, yes, dryRun: Changing.dryRun },
  ({ dryRun, name, tenant, yes }) =>
    Changing.remove(`user ${name}`, { isAgreed: yes, isDry: dryRun }, ({ sdk: { Users } }) => ({
      exists: Users.exists(name, inTenant(tenant)),
      delete: Users.delete(name, inTenant(tenant))
    }))
)

/** @internal */
export const user = Command.make("user").pipe(
  Command.withDescription("Users: roles and passwords"),
  Command.withExamples(
    asShown([
      ["hcp user list --long --tenant finance", "Who is there, with roles"],
      ["hcp user create app --set fullName=App --password-env APP_PASSWORD", "One more"]
    ])
  ),
  Command.withSubcommands([list, show, create, modify, remove])
)
