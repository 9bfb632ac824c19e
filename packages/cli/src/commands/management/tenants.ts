/**
 * `tenant`: the tenants of a system.
 *
 * @internal
 */

import type { SecretReference } from "@effect-hcp/sdk/mapi/DesiredState"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { asShown, command } from "../../internal/command.ts"
import { yes } from "../../internal/confirm.ts"
import { inManagement, inTenant } from "../../internal/management.ts"
import { passwordFlags, passwordFor, referenceOf } from "../../internal/secrets.ts"
import * as Assigned from "./assigned.ts"
import * as Changing from "./changing.ts"
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
  [["hcp tenant show finance", "All that HCP shows this user"]],
  {
    tenant: Argument.String("tenant").pipe(
      Argument.withDescription("Name of the tenant (default: the tenant of the host)"),
      Argument.optional
    )
  },
  ({ tenant }) => inManagement((management) => Names.show(management, management.sdk.Tenants.get(inTenant(tenant))))
)

const name = Names.argument("tenant", "Name of the tenant")

const placeOf = (name: string): Assigned.Place => ({
  path: `tenants.${name}`,
  document: (resource) => ({ tenants: [resource] })
})

// Stands for a password that is asked for at the terminal, or that a dry run does not need.
const asked: SecretReference = { command: "the terminal" }

const create = command(
  "create",
  "Create a tenant, with its first administrator",
  [["hcp tenant create finance --set hardQuota='1 TB' --admin lgreen", "Asks for the password of lgreen"]],
  {
    name,
    set: Assigned.set,
    admin: Flag.String("admin").pipe(
      Flag.withDescription("The user it is created with, who has the role SECURITY"),
      Flag.withMetavar("user")
    ),
    dryRun: Changing.dryRun,
    ...passwordFlags
  },
  ({ admin, dryRun, name, set, ...password }) =>
    inManagement(
      Effect.fnUntraced(function* (management) {
        const { sdk } = management
        const reference = Option.getOrElse(yield* referenceOf(password), () => asked)
        const users = [{ username: admin, fullName: admin, roles: ["SECURITY"], password: reference }]
        const state = yield* Assigned.stateOf(sdk, placeOf(name), { name, users }, set)
        const isAsked = reference === asked && !dryRun
        yield* Changing.change(
          management,
          "create",
          { what: `tenant ${name}`, exists: sdk.Tenants.exists(name), state },
          { isDry: dryRun, password: isAsked ? yield* passwordFor(admin, password) : undefined }
        )
      })
    )
)

const modify = command(
  "modify",
  "Change settings of a tenant",
  [["hcp tenant modify finance --set softQuota=90 --dry-run", "Shows what would be changed"]],
  { name, set: Assigned.set, dryRun: Changing.dryRun },
  ({ dryRun, name, set }) =>
    inManagement((management) => {
      const { sdk } = management
      return Effect.flatMap(Assigned.stateOf(sdk, placeOf(name), { name }, set), (state) =>
        Changing.change(
          management,
          "modify",
          { what: `tenant ${name}`, exists: sdk.Tenants.exists(name), state },
          { isDry: dryRun }
        )
      )
    })
)

const remove = command(
  "delete",
  "Delete a tenant, which must own no namespaces",
  [["hcp tenant delete finance --yes", "Without asking"]],
  { name, yes, dryRun: Changing.dryRun },
  ({ dryRun, name, yes }) =>
    Changing.remove(`tenant ${name}`, { isAgreed: yes, isDry: dryRun }, ({ sdk: { Tenants } }) => ({
      exists: Tenants.exists(name),
      delete: Tenants.delete(name)
    }))
)

/** @internal */
export const tenant = Command.make("tenant").pipe(
  Command.withDescription("Tenants: quotas, features and settings"),
  Command.withExamples(
    asShown([
      ["hcp tenant list --long", "With quotas"],
      ["hcp tenant show finance", "All that HCP shows this user"]
    ])
  ),
  Command.withSubcommands([list, show, create, modify, remove])
)
