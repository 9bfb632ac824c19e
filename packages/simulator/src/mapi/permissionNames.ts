/**
 * Permissions as the management API names them, and as the data side does.
 *
 * @internal
 */
import type { Permission } from "../SystemSpec.ts"
import { choice } from "./shape.ts"

/** What an account can be granted in a namespace, each with what else it brings. */
const accountNames = {
  BROWSE: ["browse"],
  CHOWN: ["changeOwner"],
  DELETE: ["delete"],
  PRIVILEGED: ["privileged"],
  PURGE: ["purge", "delete"],
  READ: ["read", "browse"],
  READ_ACL: ["readAcl"],
  SEARCH: ["search", "browse", "read"],
  WRITE: ["write"],
  WRITE_ACL: ["writeAcl"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Permission>>>

/** What the masks of tenants and namespaces consist of; the rest goes with READ and WRITE. */
const maskNames = {
  DELETE: ["delete"],
  PRIVILEGED: ["privileged"],
  PURGE: ["purge", "delete"],
  READ: ["browse", "read", "readAcl"],
  SEARCH: ["search", "browse", "read", "readAcl"],
  WRITE: ["write", "writeAcl", "changeOwner"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Permission>>>

type Name<Table> = keyof Table & string

const namesOf = <Table extends Readonly<Record<string, ReadonlyArray<Permission>>>>(table: Table) => {
  const names: ReadonlyArray<Name<Table>> = Object.keys(table)
  return names
}

const accountWords: ReadonlyArray<keyof typeof accountNames> = namesOf(accountNames)
const maskWords: ReadonlyArray<keyof typeof maskNames> = namesOf(maskNames)
const minimumWords = ["BROWSE", "DELETE", "PURGE", "READ", "READ_ACL", "WRITE", "WRITE_ACL"] as const

/** A permission of an account; letter case does not matter. */
export const accountPermission = choice(accountWords)

/** A permission that everybody has at least. */
export const minimumPermission = choice(minimumWords)

/** A permission of a mask; letter case matters. */
export const maskPermission = choice(maskWords, { caseSensitive: true })

const unique = (permissions: ReadonlyArray<Permission>): ReadonlyArray<Permission> => [...new Set(permissions)]

/** @internal */
export const fromAccountNames = (names: ReadonlyArray<keyof typeof accountNames>): ReadonlyArray<Permission> =>
  unique(names.flatMap((name) => [...accountNames[name]]))

/** @internal */
export const fromMaskNames = (names: ReadonlyArray<keyof typeof maskNames>): ReadonlyArray<Permission> =>
  unique(names.flatMap((name) => [...maskNames[name]]))

/** @internal */
export const toAccountNames = (granted: ReadonlyArray<Permission>): ReadonlyArray<keyof typeof accountNames> =>
  accountWords.filter((name) => granted.includes(accountNames[name][0]))

/** @internal */
export const toMinimumNames = (granted: ReadonlyArray<Permission>): ReadonlyArray<(typeof minimumWords)[number]> =>
  minimumWords.filter((name) => granted.includes(accountNames[name][0]))

/** @internal */
export const toMaskNames = (mask: ReadonlyArray<Permission>): ReadonlyArray<keyof typeof maskNames> =>
  maskWords.filter((name) => maskNames[name].every((permission) => mask.includes(permission)))
