/**
 * The access control list of a bucket. What it grants becomes data access permissions, which count for the other
 * protocols too.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Grant, permissionsOf } from "../Acl.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { grantedIn } from "../internal/accounts.ts"
import { type Namespace, own, type Tenant, without } from "../internal/registry.ts"
import type { Permission } from "../SystemSpec.ts"
import * as Acl from "./acl.ts"
import { bare, nobody } from "./answer.ts"
import { readDocument } from "./body.ts"
import { type BucketCall, type Failure, need, needWritable, personOf, settingsOf } from "./call.ts"
import { change } from "./permissions.ts"

/** The name by which the list is kept with a bucket. */
const settingsName = "s3/acl"

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(Grant)))

const grantsOf = (record: Namespace): ReadonlyArray<Grant> => {
  const { grants } = settingsOf(record, settingsName)
  return Result.getOrElse(decode(grants), () => [])
}

const permitted = (grants: ReadonlyArray<Grant>, type: Grant["type"], name: string): ReadonlyArray<Permission> => [
  ...new Set(
    grants
      .filter((grant) => grant.type === type && grant.name === name)
      .flatMap(({ rights }) => rights.flatMap(permissionsOf))
  )
]

const usersIn = (grants: ReadonlyArray<Grant>): ReadonlyArray<string> => [
  ...new Set(grants.flatMap(({ name, type }) => (type === "user" ? [name] : [])))
]

/** What the users of a tenant may do in a bucket when one list gives way to another. */
const withUsers = (
  tenant: Tenant,
  bucket: string,
  former: ReadonlyArray<Grant>,
  next: ReadonlyArray<Grant>
): Tenant => {
  const accounts = { ...tenant.accounts }
  for (const username of new Set([...usersIn(former), ...usersIn(next)])) {
    const account = own(accounts, username)
    if (account === undefined) continue
    const named = without(account.access.named, bucket)
    const granted = permitted(next, "user", username)
    const access =
      granted.length === 0
        ? { ...account.access, named }
        : {
            ...account.access,
            named: {
              ...named,
              [bucket]: [...new Set([...grantedIn({ ...account.access, named }, bucket), ...granted])]
            }
          }
    accounts[username.toLowerCase()] = { ...account, access }
  }
  return { ...tenant, accounts }
}

/**
 * A bucket and its tenant with another list.
 *
 * @internal
 */
export const withBucketAcl = (
  record: Namespace,
  tenant: Tenant,
  grants: ReadonlyArray<Grant>
): readonly [Namespace, Tenant] => [
  {
    ...record,
    spec: {
      ...record.spec,
      anonymous: permitted(grants, "group", "all_users"),
      authenticated: permitted(grants, "group", "authenticated")
    },
    settings: { ...record.settings, [settingsName]: { grants: JSON.stringify(grants) } }
  },
  withUsers(tenant, record.spec.name, grantsOf(record), grants)
]

/** @internal */
export const readBucketAcl = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "readAcl")
  const { owner } = call.record
  return Acl.toDocument(call, owner === undefined ? nobody : personOf(call, owner), grantsOf(call.record))
})

/**
 * `PUT ?acl`: by headers or by a document, which may also give the bucket to somebody else.
 *
 * @internal
 */
export const storeBucketAcl = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  yield* need(call, "writeAcl")
  const byHeaders = yield* Acl.fromHeaders(call, call.record.owner ?? "")
  const { grants, owner }: Acl.Policy =
    byHeaders === undefined
      ? yield* Acl.fromDocument(call, yield* readDocument(call, "AccessControlPolicy"))
      : { owner: undefined, grants: byHeaders }
  yield* change(call, (record, tenant) =>
    Result.succeed(withBucketAcl(owner === undefined ? record : { ...record, owner }, tenant, grants))
  )
  return bare(call, 200)
})
