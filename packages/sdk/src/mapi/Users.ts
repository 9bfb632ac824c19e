/**
 * Users: of a tenant, or at `admin.<domain>` without `{ tenant }` those of the system, which can only be read and given
 * a new password.
 *
 * Passwords travel as HCP wants it, some in the query of the URL; they are never part of a log, a span or an error.
 *
 * **Example** (a user who may read and write one namespace)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Users } from "@effect-hcp/sdk/mapi"
 *
 * const program = Effect.gen(function* () {
 *   yield* Users.ensure({ username: "app", fullName: "Invoicing", password: Redacted.make("Start-12345") })
 *   yield* Users.dataAccess.modify("app", [{ namespaceName: "invoices", permissions: ["READ", "WRITE"] }])
 * })
 * ```
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import { type Kinds, problemOfValue } from "../OptionCheck.ts"
import * as Account from "./Account.ts"
import type { Ensured, InTenant, ListOptions, Verbose } from "./CallOptions.ts"
import * as call from "./internal/call.ts"
import { dataAccessOf } from "./internal/dataAccess.ts"
import * as ensuring from "./internal/ensure.ts"
import * as fields from "./internal/fields.ts"
import { creating, refuse } from "./internal/open.ts"
import { asked, inTenant, listInTenantKinds, object, verboseInTenantKinds } from "./internal/optionKinds.ts"
import { checkPassword } from "./internal/password.ts"
import { names, nothing } from "./internal/resource.ts"
import type { Mapi } from "./Mapi.ts"
import type { NamespacePermission } from "./Permission.ts"
import type { OfAccount } from "./Settings.ts"

const all = "/tenants/{tenant}/userAccounts" as const
const one = `${all}/{user}` as const
const paged = { element: "username", sortBy: "username" } as const
const resource = {
  path: one,
  root: "userAccount",
  format: "json",
  read: Account.User,
  write: Account.UserChanges
} as const
const newUser = { root: "userAccount", format: "json", write: Account.NewUser } as const

// Users of the system itself.
const system = { ...resource, path: "/userAccounts/{user}" } as const

const at = (user: string, options: InTenant | undefined, kinds?: Kinds) => ({ ...inTenant(options, kinds), user })

/**
 * The names of all users.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (listed?: InTenant & ListOptions<"username", "username">): Stream.Stream<string, HcpError, Mapi> =>
  Stream.unwrap(
    Effect.map(call.isOfSystem(listed), (isSystem) =>
      isSystem
        ? call.list(names("/userAccounts", { element: "username" }), asked(listed, listInTenantKinds), listed)
        : call.list(names(all, paged), inTenant(listed, listInTenantKinds), listed)
    )
  )

/**
 * What there is to know about a user. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (user: string, options?: InTenant & Verbose): Effect.Effect<Account.User, HcpError, Mapi> =>
  Effect.flatMap(call.isOfSystem(options), (isSystem) =>
    isSystem
      ? call.read(system, { ...asked(options, verboseInTenantKinds), user }, call.verbosely(options))
      : call.read(resource, at(user, options, verboseInTenantKinds), call.verbosely(options))
  )

/**
 * Whether there is such a user.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (user: string, options?: InTenant): Effect.Effect<boolean, HcpError, Mapi> =>
  Effect.flatMap(call.isOfSystem(options), (isSystem) =>
    isSystem ? call.exists(system.path, { ...inTenant(options), user }) : call.exists(one, at(user, options))
  )

/**
 * Creates a user of a tenant. Fails with `AlreadyExists`; where its answer was lost on the way and the call was
 * repeated, that error says so, as nobody can look whether the password is this one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (input: Account.NewUser, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  creating(all, input, () => {
    const { password: secret, ...user } = input
    return Effect.flatMap(checkPassword(secret), (password) =>
      call.create(all, inTenant(options), newUser, {
        input: {
          ...user,
          localAuthentication: user.localAuthentication ?? true,
          enabled: user.enabled ?? true,
          forcePasswordChange: user.forcePasswordChange ?? false
        },
        what: `user "${input.username}"`,
        query: { password }
      })
    )
  })

/**
 * Changes what is given, the password included. Users with the security role change all but `allowNamespaceManagement`,
 * administrators only that. Only the password of a user of the system can be changed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = Effect.fnUntraced(function* (
  user: string,
  changes: Account.UserChanges,
  options?: InTenant
): Effect.fn.Return<void, HcpError, Mapi> {
  const misuse = problemOfValue(changes, object, "changes")
  if (misuse !== undefined) return yield* refuse("POST", one, misuse)
  const { password, ...rest } = changes
  const isOfSystem = yield* call.isOfSystem(options)
  if (password === undefined) {
    return isOfSystem
      ? yield* call.modify({ ...system, write: nothing }, { ...inTenant(options), user }, rest)
      : yield* call.modify(resource, at(user, options), rest)
  }
  const secret = { username: user, password, query: { password: yield* checkPassword(password) } }
  return isOfSystem
    ? yield* call.modifyWithPassword({ ...system, write: nothing }, { ...inTenant(options), user }, rest, {
        account: system.path,
        ...secret
      })
    : yield* call.modifyWithPassword(resource, at(user, options), rest, { account: one, ...secret })
})

/**
 * Deletes a user of a tenant. Fails with `Forbidden` for the last one with the security role.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (user: string, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(one, at(user, options))

export { delete_ as delete }

/**
 * Makes a user of a tenant as it should be: creates it, or changes what differs. The password, and whether it must be
 * changed at the first login, only matter where the user is created.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (input: Account.NewUser, options?: InTenant): Effect.Effect<Ensured, HcpError, Mapi> =>
  creating(all, input, () => {
    const { forcePasswordChange: _, localAuthentication: __, password: ___, username, ...wanted } = input
    return ensuring.ensure({
      look: call.readIfThere(resource, at(username, options), { verbose: "true" }),
      create: create(input, options),
      change: ensuring.changing(wanted, (changes) => modify(username, changes, options))
    })
  })

const NewPassword = fields.struct({ newPassword: fields.secret() }, { required: ["newPassword"] })

/**
 * Gives a user a new password, in the body of the call: from HCP 9.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modifyPassword = Effect.fnUntraced(function* (
  user: string,
  newPassword: Redacted.Redacted<string>,
  options?: InTenant
): Effect.fn.Return<void, HcpError, Mapi> {
  yield* checkPassword(newPassword)
  const change = { root: "updatePasswordRequest", format: "json", write: NewPassword } as const
  const secret = { username: user, password: newPassword }
  return (yield* call.isOfSystem(options))
    ? yield* call.modifyWithPassword(
        { ...change, path: "/userAccounts/{user}/changePassword" },
        { ...inTenant(options), user },
        { newPassword },
        { account: system.path, ...secret }
      )
    : yield* call.modifyWithPassword(
        { ...change, path: `${one}/changePassword` },
        at(user, options),
        { newPassword },
        { account: one, ...secret }
      )
})

/**
 * Gives all local users of a tenant with the security role this password, for a tenant nobody can administer any more.
 * At system level.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resetPasswords = (
  password: Redacted.Redacted<string>,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> =>
  Effect.flatMap(checkPassword(password), (resetPasswords) =>
    Effect.asVoid(
      call.act({ path: all, format: "json" }, inTenant(options), {
        query: { resetPasswords },
        body: { root: "userAccount" },
        idempotent: true
      })
    )
  )

/**
 * What a user of a tenant may do, namespace by namespace. `modify` replaces that in the given namespaces, and leaves
 * the others; an empty list of permissions takes everything away there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const dataAccess: OfAccount<ReadonlyArray<NamespacePermission>> = dataAccessOf("userAccounts")
