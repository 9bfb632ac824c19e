import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SystemSpec from "../src/SystemSpec.ts"
import { makeNamespace, makeSystem, send, status, token } from "./utils/exchange.ts"

const as = (headers: Readonly<Record<string, string>>) => ({ anonymous: true, headers })

describe("credentials", () => {
  it.effect("are taken from the header, or from the cookie, the header first", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ users: ["n:n01", "foo:bar"] })
      const get = (headers: Readonly<Record<string, string>>) => status(hcp, "GET", "/rest", as(headers))
      const foo = "Zm9v:37b51d194a7513e45b56f6524f2d51f2"
      assert.strictEqual(yield* get({ authorization: `HCP ${token}` }), 200)
      assert.strictEqual(yield* get({ authorization: `HCP ${foo}` }), 200)
      assert.strictEqual(yield* get({ authorization: `HCP Zm9v:${foo.slice(5).toUpperCase()}` }), 200)
      assert.strictEqual(yield* get({ cookie: `a=b; hcp-ns-auth=${token}` }), 200)
      assert.strictEqual(yield* get({ authorization: `HCP ${token}`, cookie: "hcp-ns-auth=wrong" }), 200)
      assert.strictEqual(yield* get({ authorization: "HCP wrong", cookie: `hcp-ns-auth=${token}` }), 403)
      assert.strictEqual(yield* get({ authorization: `Basic ${token}` }), 403)
      assert.strictEqual(yield* get({ cookie: "hcp-ns-auth=bg==:00" }), 403)
      assert.strictEqual(yield* get({}), 403)
    })
  )

  it.effect("of Active Directory come in clear", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ users: ["n@ad.example.com:se:cret"] })
      const get = (authorization: string) => status(hcp, "GET", "/rest", as({ authorization }))
      assert.strictEqual(yield* get("AD n@ad.example.com:se:cret"), 200)
      assert.strictEqual(yield* get("AD n@ad.example.com:other"), 403)
    })
  )

  it.effect("may be left out where anonymous access is allowed, but must not be wrong", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ anonymous: true })
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { anonymous: true }), 200)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { anonymous: true }), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", as({ authorization: "HCP wrong" })), 403)
    })
  )

  it.effect("give the permissions of the user in that namespace", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        namespaces: ["n1.t1", "n2.t1"],
        users: [{ username: "n", password: "n01", permissions: { "n1.t1": ["write"] } }]
      })
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1" }), 201)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a"), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest"), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { host: "n2.t1.hcp1.example.com" }), 403)
    })
  )
})

describe("virtual hosts", () => {
  it.effect("separate namespaces, and unknown ones are 403", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ namespaces: ["n1.t1", "n2.t1"] })
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { host: "N1.T1.HCP1.example.com" }), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { host: "n2.t1.hcp1.example.com" }), 404)
      for (const host of ["n3.t1.hcp1.example.com", "n1.t2.hcp1.example.com", "hcp1.example.com", "127.0.11.1", ""]) {
        assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { host }), 403, host)
      }
    })
  )

  it.effect("of another system are served while it is taken over, for objects only", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ domain: "hcp2.example.com" })
      const host = "n1.t1.hcp1.example.com"
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { host }), 403)
      yield* hcp.takeOver("hcp1.example.com")
      const answer = yield* send(hcp, "PUT", "/rest/a", { host })
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.headers["x-hcp-servicedbysystem"], "hcp2.example.com")
      assert.strictEqual(yield* status(hcp, "GET", "/proc", { host }), 401)
      assert.strictEqual(
        yield* status(hcp, "GET", "/mapi/tenants", { host: "admin.hcp1.example.com", listener: "mapi" }),
        403
      )
      assert.include(yield* hcp.hostNames, host)
      yield* hcp.giveBack("hcp1.example.com")
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { host }), 403)
      assert.notInclude(yield* hcp.hostNames, host)
    })
  )

  it.effect("refuse a protocol that is switched off", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ http: false })
      assert.strictEqual(yield* status(hcp, "GET", "/rest", { secure: false }), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/rest", { secure: true }), 200)
    })
  )
})

describe("the other listeners", () => {
  it.effect("show a console page, and know the administrators", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const page = yield* send(hcp, "GET", "/", { listener: "admin", host: "admin.hcp1.example.com", anonymous: true })
      assert.strictEqual(page.status, 200)
      assert.include(page.text, "hcp1.example.com")
      const ask = (headers: Readonly<Record<string, string>>) =>
        send(hcp, "GET", "/mapi/tenants", { listener: "mapi", host: "admin.hcp1.example.com", ...as(headers) })
      const known = yield* ask({ cookie: `hcp-api-auth=c2VydmljZQ==:e4e5ace7271dde224933ffa1fb38f280` })
      assert.strictEqual(known.status, 200)
      assert.include(known.text, "<tenants><name>t1</name></tenants>")
      assert.strictEqual((yield* ask({ authorization: `HCP ${token}` })).status, 403)
      assert.strictEqual((yield* ask({})).status, 403)
    })
  )
})

describe("specifications", () => {
  const failure = (spec: Partial<SystemSpec.SystemSpec>) =>
    Effect.map(Effect.flip(SystemSpec.resolve({ domain: "hcp1.example.com", ...spec })), ({ message }) => message)

  it.effect("name what is wrong in one line, and never a password", () =>
    Effect.gen(function* () {
      assert.include(yield* failure({ domain: "nodots" }), '"nodots"')
      assert.include(yield* failure({ namespaces: ["n1"] }), "name.tenant")
      assert.include(yield* failure({ namespaces: ["n1.t1.x"] }), '"n1.t1.x"')
      assert.include(yield* failure({ namespaces: ["n1.t1", "N1.t1"] }), "twice")
      assert.include(yield* failure({ namespaces: ["n1.admin"] }), '"admin"')
      assert.include(yield* failure({ users: ["n"] }), "name:password")
      assert.notInclude(yield* failure({ users: [":secret"] }), "secret")
      assert.include(
        (yield* Effect.flip(makeNamespace({ defaultRetention: "soon" }))).message,
        `namespace "n1.t1": 'soon' is not a retention setting`
      )
    })
  )
})
