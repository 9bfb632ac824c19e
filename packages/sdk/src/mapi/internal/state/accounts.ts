/**
 * Plans users and groups of a tenant, and what they may do in its namespaces.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type { HcpError } from "../../../HcpError.ts"
import * as Account from "../../Account.ts"
import * as Groups from "../../Groups.ts"
import type { Mapi } from "../../Mapi.ts"
import type { NamespacePermission } from "../../Permission.ts"
import type { OfAccount } from "../../Settings.ts"
import type { GroupState, TenantState, UserState } from "../../StateDocument.ts"
import type { SecretOf } from "../../StatePlan.ts"
import * as Users from "../../Users.ts"
import { differing } from "../ensure.ts"
import {
  checkValue,
  deletion,
  differencesOf,
  fieldOf,
  isSame,
  noSecrets,
  type Planner,
  planEach,
  refuse
} from "./changes.ts"

/** The accounts of a tenant as they are planned. */
export interface Accounts {
  readonly tenant: string
  /** Whether the tenant will only be created. */
  readonly isNew: boolean
  /** The user that the tenant is created with. */
  readonly first: string | undefined
}

const created = ["username", "fullName", "description", "localAuthentication", "enabled", "roles"] as const

/** The fields of a user that are kept as they are wanted. */
const kept = ["fullName", "description", "enabled", "roles", "allowNamespaceManagement"] as const

const checkFlag = (
  path: string,
  { allowNamespaceManagement, roles = [] }: Pick<UserState, "roles" | "allowNamespaceManagement">
) =>
  allowNamespaceManagement === false && roles.includes("ADMINISTRATOR")
    ? refuse(`${fieldOf(path)}.allowNamespaceManagement`, "must be true: the role ADMINISTRATOR brings it")
    : Effect.void

/** The roles and all else are changed by SECURITY, the flag by ADMINISTRATOR. */
const modifyUser = (username: string, tenant: string, changes: ReturnType<typeof differing>) =>
  Effect.gen(function* () {
    const { allowNamespaceManagement, ...rest } = changes
    if (Object.keys(rest).length > 0) yield* Users.modify(username, rest, { tenant })
    if (allowNamespaceManagement !== undefined) yield* Users.modify(username, { allowNamespaceManagement }, { tenant })
  })

/** Changes what differs from what is there when the turn comes. */
const adjustUser = (wanted: UserState, tenant: string) =>
  Effect.flatMap(Users.get(wanted.username, { tenant }), (current) =>
    modifyUser(wanted.username, tenant, differing(Struct.pick(wanted, kept), current))
  )

const createUser = Effect.fnUntraced(function* (
  { changes }: Planner,
  path: string,
  wanted: UserState,
  tenant: string
): Effect.fn.Return<void, HcpError, Mapi> {
  const at = fieldOf(path)
  const { forcePasswordChange, fullName, password } = wanted
  if (fullName === undefined) return yield* refuse(`${at}.fullName`, "is missing; a user is created with one")
  if (password === undefined) {
    return yield* refuse(
      `${at}.password`,
      "is missing; a user is created with one: { env: NAME } says where it is found"
    )
  }
  const input = { ...Struct.pick(wanted, created), fullName, forcePasswordChange }
  const { enabled = true, localAuthentication = true } = wanted
  yield* checkValue(
    Account.NewUser,
    { ...input, enabled, localAuthentication, forcePasswordChange: forcePasswordChange ?? false },
    path
  )
  changes.push({
    action: "create",
    path,
    differences: differencesOf(Struct.omit(wanted, ["password", "dataAccess"]), undefined),
    secrets: [password],
    perform: (secretOf: SecretOf) =>
      Effect.andThen(
        Users.create({ ...input, password: secretOf(password) }, { tenant }),
        wanted.allowNamespaceManagement === undefined ? Effect.void : adjustUser(wanted, tenant)
      )
  })
})

const planUser = Effect.fnUntraced(function* (
  planner: Planner,
  { first, tenant }: Accounts,
  wanted: UserState,
  isThere: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  const { username } = wanted
  const path = `${tenant}/users/${username}`
  yield* checkFlag(path, wanted)
  if (first !== undefined && isSame(first, username)) {
    // It is made with the tenant, with a name and roles of HCP's choice.
    const made = { fullName: username, roles: ["SECURITY"], enabled: true, allowNamespaceManagement: false }
    const differences = differencesOf(differing(Struct.pick(wanted, kept), made), made)
    if (differences.length === 0) return
    planner.changes.push({
      action: "modify",
      path,
      differences,
      secrets: [],
      perform: noSecrets(adjustUser(wanted, tenant))
    })
    return
  }
  if (!isThere) return yield* createUser(planner, path, wanted, tenant)
  const current = yield* Users.get(username, { tenant })
  const { localAuthentication } = wanted
  if (
    localAuthentication !== undefined &&
    current.localAuthentication !== undefined &&
    localAuthentication !== current.localAuthentication
  ) {
    return yield* refuse(
      `${fieldOf(path)}.localAuthentication`,
      "is set for ever when the user is created; delete the user to make it anew"
    )
  }
  const differs = differing(Struct.pick(wanted, kept), current)
  if (Object.keys(differs).length === 0) return
  planner.changes.push({
    action: "modify",
    path,
    differences: differencesOf(differs, current),
    secrets: [],
    perform: noSecrets(modifyUser(username, tenant, differs))
  })
})

const planGroup = Effect.fnUntraced(function* (
  { changes }: Planner,
  { tenant }: Accounts,
  wanted: GroupState,
  isThere: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  const { allowNamespaceManagement, externalGroupID, groupname, roles } = wanted
  const path = `${tenant}/groups/${groupname}`
  yield* checkFlag(path, wanted)
  const adjusted = { roles, allowNamespaceManagement }
  if (!isThere) {
    const input = { groupname, externalGroupID, roles }
    yield* checkValue(Account.NewGroup, input, path)
    const adjust = Effect.flatMap(Groups.get(groupname, { tenant }), (current) => {
      const differs = differing({ allowNamespaceManagement }, current)
      return Object.keys(differs).length === 0 ? Effect.void : Groups.modify(groupname, differs, { tenant })
    })
    changes.push({
      action: "create",
      path,
      differences: differencesOf(Struct.omit(wanted, ["dataAccess"]), undefined),
      secrets: [],
      perform: noSecrets(
        Effect.andThen(Groups.create(input, { tenant }), allowNamespaceManagement === undefined ? Effect.void : adjust)
      )
    })
    return
  }
  const current = yield* Groups.get(groupname, { tenant })
  if (
    externalGroupID !== undefined &&
    current.externalGroupID !== undefined &&
    !isSame(externalGroupID, current.externalGroupID)
  ) {
    return yield* refuse(
      `${fieldOf(path)}.externalGroupID`,
      "is that of another group; delete the group to make it anew"
    )
  }
  const differs = differing(adjusted, current)
  if (Object.keys(differs).length === 0) return
  changes.push({
    action: "modify",
    path,
    differences: differencesOf(differs, current),
    secrets: [],
    perform: noSecrets(Groups.modify(groupname, differs, { tenant }))
  })
})

type Access = ReadonlyArray<NamespacePermission>

const planAccess = Effect.fnUntraced(function* (
  { grants, revocations }: Planner,
  account: {
    readonly path: string
    readonly name: string
    readonly access: OfAccount<Access>
    readonly tenant: string
    readonly isNew: boolean
  },
  wanted: Access | undefined
): Effect.fn.Return<void, HcpError, Mapi> {
  if (wanted === undefined) return
  const { access, isNew, name, tenant } = account
  const path = `${account.path}/dataAccess`
  const current = isNew ? [] : yield* access.get(name, { tenant })
  const permissionsIn = (all: Access, namespace: string) =>
    all.find(({ namespaceName = "" }) => isSame(namespaceName, namespace))?.permissions ?? []
  const given = wanted.filter(({ namespaceName = "", permissions = [] }) => {
    const differs = differing({ permissions }, { permissions: permissionsIn(current, namespaceName) })
    return Object.keys(differs).length > 0
  })
  if (given.length > 0) {
    grants.push({
      action: "modify",
      path,
      differences: given.map(({ namespaceName = "", permissions = [] }) => {
        const from = permissionsIn(current, namespaceName)
        return {
          field: namespaceName,
          from: from.length === 0 ? undefined : from.join(", "),
          to: permissions.join(", ")
        }
      }),
      secrets: [],
      perform: noSecrets(access.modify(name, given, { tenant }))
    })
  }
  const revoked = current.filter(
    ({ namespaceName = "", permissions = [] }) =>
      permissions.length > 0 && !wanted.some((other) => isSame(other.namespaceName ?? "", namespaceName))
  )
  if (revoked.length > 0) {
    const none = revoked.map(({ namespaceName }) => ({ namespaceName, permissions: [] }))
    revocations.push({
      ...deletion(path, access.modify(name, none, { tenant })),
      differences: revoked.map(({ namespaceName = "", permissions = [] }) => ({
        field: namespaceName,
        from: permissions.join(", "),
        to: undefined
      }))
    })
  }
})

const namesOf = (isNew: boolean, names: Stream.Stream<string, HcpError, Mapi>) =>
  isNew ? Effect.succeed<ReadonlyArray<string>>([]) : Stream.runCollect(names)

const holds = (names: ReadonlyArray<string>, name: string): boolean => names.some((other) => isSame(other, name))

/** Plans all accounts that a tenant's part of the document names. */
export const planAccounts = Effect.fnUntraced(function* (
  planner: Planner,
  accounts: Accounts,
  { groups, users }: TenantState
): Effect.fn.Return<void, HcpError, Mapi> {
  const { first, isNew, tenant } = accounts
  const { deletions } = planner
  if (users !== undefined) {
    const names = yield* namesOf(isNew, Users.list({ tenant }))
    yield* planEach(planner, users, (own, { username = "", ...rest }) => {
      const isThere = holds(names, username)
      const path = `${tenant}/users/${username}`
      const place = { path, name: username, access: Users.dataAccess, tenant, isNew: !isThere }
      return Effect.andThen(
        planUser(own, accounts, { username, ...rest }, isThere),
        planAccess(own, place, rest.dataAccess)
      )
    })
    for (const name of names) {
      if (users.some(({ username = "" }) => isSame(username, name))) continue
      deletions.push(deletion(`${tenant}/users/${name}`, Users.delete(name, { tenant })))
    }
  }
  if (groups === undefined) return
  const names = yield* namesOf(isNew, Groups.list({ tenant }))
  yield* planEach(planner, groups, (own, { groupname = "", ...rest }) => {
    // The first group is made with the tenant.
    const isThere = holds(names, groupname)
    const isMade = isNew && first === undefined && isFirstGroup(groups, groupname)
    const path = `${tenant}/groups/${groupname}`
    const place = { path, name: groupname, access: Groups.dataAccess, tenant, isNew: !isThere }
    return Effect.andThen(
      isMade ? Effect.void : planGroup(own, accounts, { groupname, ...rest }, isThere),
      planAccess(own, place, rest.dataAccess)
    )
  })
  for (const name of names) {
    if (groups.some(({ groupname = "" }) => isSame(groupname, name))) continue
    deletions.push(deletion(`${tenant}/groups/${name}`, Groups.delete(name, { tenant })))
  }
})

type StatesOf<Name extends "users" | "groups"> = NonNullable<TenantState[Name]>

/** The local user that a tenant is created with: the first one with the role SECURITY. */
export const firstUser = (users: StatesOf<"users">) =>
  users.find(
    ({ enabled, localAuthentication, roles = [] }) =>
      enabled !== false && localAuthentication !== false && roles.includes("SECURITY")
  )

/** The group that a tenant is created with, where no user is. */
export const firstGroup = (groups: StatesOf<"groups">) => groups.find(({ roles = [] }) => roles.includes("SECURITY"))

const isFirstGroup = (groups: StatesOf<"groups">, name: string): boolean =>
  isSame(firstGroup(groups)?.groupname ?? "", name)
