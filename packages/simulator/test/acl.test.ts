import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { NamespaceSpec, Permission, UserSpec } from "../src/SystemSpec.ts"
import { makeSystem, send, status } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const all = undefined
const json = { "content-type": "application/json" }

/** The user `n` may do everything, `m` (password `m01`) what is given. */
const makeShared = (
  permissions: ReadonlyArray<Permission> | undefined,
  namespace: Partial<NamespaceSpec> = {},
  more: ReadonlyArray<UserSpec> = []
) =>
  Effect.tap(
    makeSystem({
      namespaces: [{ name: "n1", tenant: "t1", aclsUsage: "ENFORCED", ...namespace }],
      users: ["n:n01", { username: "m", password: "m01", permissions }, ...more]
    }),
    (hcp) => send(hcp, "PUT", "/rest/a", { body: "data" })
  )

const asM = { anonymous: true, headers: { authorization: "HCP bQ==:842dd48ac68c2167bc9c2530d1bf7db1" } }
const grant = (type: string, name: string, ...permission: ReadonlyArray<string>) => ({
  grantee: { type, name },
  permissions: { permission }
})
const asJson = (...grants: ReadonlyArray<unknown>) => ({ headers: json, body: JSON.stringify({ grant: grants }) })

const acl = "/rest/a?type=acl"

const example = [
  "<accessControlList>",
  "  <grant><grantee><type>user</type><name>m</name></grantee>",
  "    <permissions><permission>READ</permission><permission>WRITE</permission></permissions></grant>",
  "  <grant><grantee><type>group</type><name>staff</name><domain>ad.example.com</domain></grantee>",
  "    <permissions><permission>READ_ACL</permission></permissions></grant>",
  "</accessControlList>"
].join("\n")

describe("an access control list", () => {
  it.effect("is stored, read in both formats, replaced and deleted, and shows on the object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(all)
      assert.strictEqual(yield* status(hcp, "GET", acl), 204)
      assert.strictEqual(yield* status(hcp, "DELETE", acl), 204)
      yield* TestClock.setTime(5000)
      assert.strictEqual(yield* status(hcp, "PUT", acl, { body: example }), 201)
      const object = yield* send(hcp, "HEAD", "/rest/a")
      assert.strictEqual(object.headers["x-hcp-acl"], "true")
      assert.strictEqual(object.headers["x-hcp-changetimemilliseconds"], "5000.00")
      assert.match((yield* send(hcp, "GET", "/rest")).text, /hasAcl="true"/)
      assert.strictEqual(yield* status(hcp, "HEAD", acl), 200)

      const inJson = yield* send(hcp, "GET", acl, { headers: { accept: "application/json" } })
      assert.strictEqual(inJson.headers["content-type"], "application/json")
      assert.deepStrictEqual(JSON.parse(inJson.text), {
        grant: [
          { grantee: { type: "user", name: "m" }, permissions: { permission: ["READ", "WRITE"] } },
          {
            grantee: { type: "group", name: "staff", domain: "ad.example.com" },
            permissions: { permission: ["READ_ACL"] }
          }
        ]
      })
      const xml = yield* send(hcp, "GET", acl)
      assert.strictEqual(xml.headers["content-type"], "application/xml")
      const root = yield* parseXml(xml.text)
      assert.deepStrictEqual(
        [root.name, root.children.map(({ children }) => children.map(({ name }) => name))],
        [
          "accessControlList",
          [
            ["grantee", "permissions"],
            ["grantee", "permissions"]
          ]
        ]
      )

      assert.strictEqual(yield* status(hcp, "PUT", acl, asJson()), 201)
      assert.strictEqual(
        (yield* send(hcp, "GET", acl, { headers: { accept: "application/json" } })).text,
        `{"grant":[]}`
      )
      assert.strictEqual(yield* status(hcp, "PUT", acl, { body: "<accessControlList/>" }), 201)
      assert.strictEqual(yield* status(hcp, "DELETE", acl), 200)
      assert.strictEqual(yield* status(hcp, "GET", acl), 204)
      assert.strictEqual((yield* send(hcp, "HEAD", "/rest/a")).headers["x-hcp-acl"], "false")
    })
  )

  it.effect("is refused with 415 and 406 in other formats, and with 400 if it is none", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(all)
      const put = (body: string, type?: string) =>
        status(hcp, "PUT", acl, { body, headers: type === undefined ? {} : { "content-type": type } })
      assert.strictEqual(yield* put(example, "text/plain"), 415)
      assert.strictEqual(yield* put(example, "application/xml; charset=utf-8"), 201)
      assert.strictEqual(yield* status(hcp, "GET", acl, { headers: { accept: "text/html" } }), 406)
      assert.strictEqual(yield* status(hcp, "GET", acl, { headers: { accept: "text/html, */*;q=0.1" } }), 200)
      assert.strictEqual(yield* put("<accessControlList>"), 400)
      assert.strictEqual(yield* put("<acl/>"), 400)
      assert.strictEqual(yield* put("{}x", "application/json"), 400)
      assert.strictEqual(yield* put(`{"grant":[{"grantee":{"type":"user","name":"n"}}]}`, "application/json"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", acl, asJson(grant("user", "n", "FLY"))), 400)
      assert.strictEqual(yield* status(hcp, "PUT", acl, asJson(grant("robot", "n", "READ"))), 400)
      assert.strictEqual(yield* status(hcp, "PUT", acl, { body: example, headers: { "if-match": "*" } }), 400)
    })
  )

  it.effect("cannot name unknown users and groups, one grantee twice, or more than 1,000", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(all)
      const put = (...grants: ReadonlyArray<unknown>) => send(hcp, "PUT", acl, asJson(...grants))
      assert.strictEqual((yield* put(grant("user", "x", "READ"))).message, "the user 'x' does not exist")
      assert.strictEqual((yield* put(grant("user", "x@ad.example.com", "READ"))).status, 400)
      assert.strictEqual((yield* put(grant("group", "staff", "READ"))).status, 400)
      assert.strictEqual((yield* put(grant("user", "m", "READ"), grant("user", "m", "WRITE"))).status, 400)
      const inDomain = (name: string) => ({
        grantee: { type: "user", name, domain: "ad.example.com" },
        permissions: { permission: "READ" }
      })
      assert.strictEqual((yield* put(grant("user", "m", "READ"), inDomain("m"))).status, 201)
      assert.strictEqual((yield* put(inDomain("X"), inDomain("x"))).status, 400)
      const many = Array.from({ length: 1001 }, (_, index) => inDomain(`u${index}`))
      assert.strictEqual((yield* put(...many.slice(1))).status, 201)
      assert.strictEqual((yield* put(...many)).status, 400)
    })
  )

  it.effect("cannot give what the giver does not have", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(["read", "browse", "writeAcl"])
      const put = (right: string) => {
        const { body, headers } = asJson(grant("user", "n", right))
        return status(hcp, "PUT", acl, { anonymous: true, headers: { ...asM.headers, ...headers }, body })
      }
      assert.strictEqual(yield* put("READ"), 201)
      assert.strictEqual(yield* put("WRITE_ACL"), 201)
      assert.strictEqual(yield* put("DELETE"), 400)
      assert.strictEqual(yield* status(hcp, "GET", acl, asM), 403)
    })
  )

  it.effect("needs an object, a namespace that knows lists, and the permission", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(["read", "write"])
      yield* send(hcp, "PUT", "/rest/d?type=directory")
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b?type=acl", asJson()), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d?type=acl"), 400)
      for (const method of ["PUT", "GET", "DELETE"]) {
        assert.strictEqual(yield* status(hcp, method, acl, asM), 403, method)
      }
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/c?acl=all_read", asM), 403)
      const off = yield* makeShared(all, { aclsUsage: "NOT_ENABLED" })
      assert.strictEqual(yield* status(off, "GET", acl), 400)
      assert.strictEqual(yield* status(off, "PUT", "/rest/c?acl=all_read"), 400)
    })
  )

  it.effect("may be changed under retention, and goes with the object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(all)
      yield* send(hcp, "PUT", "/rest/r?retention=-1&hold=true", { body: "1" })
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/r?type=acl", asJson(grant("user", "m", "READ"))), 201)
      yield* send(hcp, "PUT", acl, asJson(grant("user", "m", "READ")))
      yield* send(hcp, "DELETE", "/rest/a")
      assert.strictEqual(yield* status(hcp, "GET", acl), 404)
      yield* send(hcp, "PUT", "/rest/a", { body: "again" })
      assert.strictEqual(yield* status(hcp, "GET", acl), 204)
    })
  )
})

describe("grants", () => {
  it.effect("let somebody in who may do nothing else in the namespace", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared([], { versioning: true })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", asM), 403)
      yield* send(hcp, "PUT", acl, asJson(grant("user", "m", "READ")))
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a", asM)).text, "data")
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a?version=list", asM), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a?type=custom-metadata", asM), 204)
      assert.strictEqual(yield* status(hcp, "GET", acl, asM), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", asM), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a", asM), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest", asM), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/b", asM), 403)

      yield* send(hcp, "PUT", acl, asJson(grant("user", "m", "WRITE", "DELETE", "READ_ACL")))
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", asM), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", asM), 201)
      assert.strictEqual(yield* status(hcp, "GET", acl, asM), 200)
      assert.strictEqual(yield* status(hcp, "PUT", acl, asM), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a", asM), 200)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", asM), 403)
    })
  )

  it.effect("to all_users need no credentials, to authenticated any", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared([])
      yield* send(hcp, "PUT", "/rest/open?acl=all_read", { body: "open" })
      yield* send(hcp, "PUT", "/rest/half?acl=auth_read", { body: "half" })
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/c?acl=public"), 400)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/open", { anonymous: true })).text, "open")
      assert.strictEqual(yield* status(hcp, "GET", "/rest/half", { anonymous: true }), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/open", asM), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/half", asM), 200)
      assert.strictEqual(
        yield* status(hcp, "GET", "/rest/open", { anonymous: true, headers: { authorization: "HCP wrong" } }),
        403
      )
    })
  )

  it.effect("to a name of a domain hold for who signs in with it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared(all, {}, [{ username: "x@ad.example.com", password: "x01", permissions: [] }])
      const asX = { anonymous: true, headers: { authorization: "AD X@AD.example.com:x01" } }
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", asX), 403)
      yield* send(
        hcp,
        "PUT",
        acl,
        asJson({
          grantee: { type: "user", name: "x", domain: "ad.EXAMPLE.com" },
          permissions: { permission: ["READ"] }
        })
      )
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", asX), 200)
    })
  )

  it.effect("are kept but not obeyed where the namespace says so", () =>
    Effect.gen(function* () {
      const hcp = yield* makeShared([], { aclsUsage: "NOT_ENFORCED" })
      assert.strictEqual(yield* status(hcp, "PUT", acl, asJson(grant("user", "m", "READ"))), 201)
      assert.strictEqual(yield* status(hcp, "GET", acl), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", asM), 403)
    })
  )
})
