/**
 * What user and group accounts have in common: roles, the flag for namespaces, and who may see and set them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Account, Group } from "../internal/accounts.ts"
import type { Role } from "../SystemSpec.ts"
import type { Call } from "./router.ts"
import { choice, list } from "./shape.ts"

/** The roles there are in a tenant. */
export const roles = list("role", choice(["ADMINISTRATOR", "COMPLIANCE", "MONITOR", "SECURITY"]))

/** Whether the caller has a role. */
export const has = ({ caller }: Call, role: Role): boolean => caller.account.roles.includes(role)

/** The flag as it is after a change: an administrator always has it. */
export const withNamespaceManagement = (
  given: boolean | undefined,
  former: boolean,
  next: ReadonlyArray<Role>
): boolean => next.includes("ADMINISTRATOR") || (given ?? former)

/** What only some may set, or nobody, and what a body may have all the same as long as it says what is so already. */
interface Guarded {
  readonly allowNamespaceManagement?: boolean | undefined
  readonly localAuthentication?: boolean | undefined
}

/** A body without what it leaves as it is of {@link Guarded}: a client may send back what it was shown. */
export const withoutUnchanged = <Given extends Guarded>(given: Given, present: Guarded): Given => ({
  ...given,
  ...(given.allowNamespaceManagement === present.allowNamespaceManagement
    ? { allowNamespaceManagement: undefined }
    : {}),
  ...(given.localAuthentication === present.localAuthentication ? { localAuthentication: undefined } : {})
})

/**
 * Fails with 403 for what the caller's role does not cover: the flag for namespaces is for ADMINISTRATOR, all else for
 * SECURITY.
 *
 * @internal
 */
export const checkFields = (call: Call, given: object): Effect.Effect<void, Refusal> => {
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  const denied = names.find((name) => !has(call, name === "allowNamespaceManagement" ? "ADMINISTRATOR" : "SECURITY"))
  return denied === undefined
    ? Effect.void
    : Effect.fail(refusal(403, `your roles do not allow to set the property ${denied}`))
}

/**
 * What is shown to whom: roles only to SECURITY.
 *
 * @internal
 */
export const shownRoles = (call: Call, { allowNamespaceManagement, roles: held }: Account | Group) => ({
  allowNamespaceManagement,
  ...(has(call, "SECURITY") ? { roles: { role: [...held] } } : {})
})

/**
 * Fails with 403 if nobody would be left who can sign in locally and has the SECURITY role.
 *
 * @internal
 */
export const keepsSecurity = (
  accounts: Readonly<Record<string, Account>>,
  groups: Readonly<Record<string, Group>>
): boolean =>
  Object.values(accounts).some(({ enabled, roles: held }) => enabled && held.includes("SECURITY")) ||
  Object.values(groups).some(({ roles: held }) => held.includes("SECURITY"))
