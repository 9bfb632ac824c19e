import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Permission, permissions } from "../src/SystemSpec.ts"
import { makeSystem, type Sent, send, status } from "./utils/exchange.ts"

const foo = "HCP Zm9v:37b51d194a7513e45b56f6524f2d51f2"

/**
 * What the user `foo` with these permissions is answered. There is an object a with an annotation and an empty
 * directory d.
 */
const statusOf = (given: ReadonlyArray<Permission>, method: string, target: string, sent: Sent) =>
  Effect.gen(function* () {
    const hcp = yield* makeSystem({
      namespaces: [{ name: "n1", tenant: "t1", versioning: true, aclsUsage: "ENFORCED" }],
      users: ["n:n01", { username: "foo", password: "bar", permissions: given }]
    })
    yield* send(hcp, "PUT", "/rest/a", { body: "1" })
    yield* send(hcp, "PUT", "/rest/a?type=custom-metadata", { body: "x" })
    yield* send(hcp, "PUT", "/rest/a?type=acl", { body: "<accessControlList/>" })
    yield* send(hcp, "PUT", "/rest/d?type=directory")
    return yield* status(hcp, method, target, {
      ...sent,
      anonymous: true,
      headers: { authorization: foo, ...sent.headers }
    })
  })

const hold = encodeURIComponent('[{"id":"c","hold":true}]')
const whole: Sent = { body: "1x", headers: { "x-hcp-size": "1" } }

describe("permissions", () => {
  for (const [method, target, expected, needed, sent] of [
    ["GET", "/rest/a", 200, ["read"]],
    ["HEAD", "/rest/a", 200, ["read"]],
    ["GET", "/rest/a?type=whole-object", 200, ["read"]],
    ["GET", "/rest/d", 200, ["browse"]],
    ["HEAD", "/rest/d", 200, ["browse"]],
    ["GET", "/rest/a?version=list", 200, ["browse"]],
    ["PUT", "/rest/a", 201, ["write"]],
    ["PUT", "/rest/b?retention=N%2B1d&index=false&shred=true", 201, ["write"]],
    ["PUT", "/rest/b?hold=true", 201, ["write", "privileged"]],
    ["PUT", `/rest/b?label_hold=${hold}`, 201, ["write", "privileged"]],
    ["PUT", "/rest/b?acl=all_read", 201, ["write", "writeAcl"]],
    ["PUT", "/rest/b?type=whole-object", 201, ["write"], whole],
    ["PUT", "/rest/e?type=directory", 201, ["write"]],
    ["POST", "/rest/a?index=false", 200, ["write"]],
    ["POST", "/rest/a?hold=true", 200, ["write", "privileged"]],
    ["POST", `/rest/a?label_hold=${hold}`, 200, ["write", "privileged"]],
    ["POST", "/rest/a?owner=foo", 200, ["write", "changeOwner"]],
    ["DELETE", "/rest/a", 200, ["delete"]],
    ["DELETE", "/rest/d", 200, ["delete"]],
    ["DELETE", "/rest/a?purge=true", 200, ["delete", "purge"]],
    ["DELETE", "/rest/a?privileged=true&reason=x", 200, ["delete", "privileged"]],
    ["GET", "/rest/a?type=custom-metadata", 200, ["read"]],
    ["GET", "/rest/a?type=custom-metadata-info", 200, ["read"]],
    ["PUT", "/rest/a?type=custom-metadata", 201, ["write"]],
    ["DELETE", "/rest/a?type=custom-metadata", 200, ["delete"]],
    ["GET", "/rest/a?type=acl", 200, ["readAcl"]],
    ["PUT", "/rest/a?type=acl", 201, ["writeAcl"], { body: "<accessControlList/>" }],
    ["DELETE", "/rest/a?type=acl", 200, ["writeAcl"]]
  ] satisfies ReadonlyArray<
    readonly [method: string, target: string, expected: number, needed: ReadonlyArray<Permission>, sent?: Sent]
  >) {
    it.effect(`${method} ${target} needs ${needed.join(" and ")}, and nothing else`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* statusOf(needed, method, target, sent ?? {}), expected)
        for (const missing of needed) {
          const others = permissions.filter((permission) => permission !== missing)
          assert.strictEqual(yield* statusOf(others, method, target, sent ?? {}), 403, `without ${missing}`)
        }
      })
    )
  }
})
