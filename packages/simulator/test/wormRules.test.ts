import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Retention from "../src/Retention.ts"
import { makeNamespace, makeSystem, send, status } from "./utils/exchange.ts"

const retentionOf = (hcp: Parameters<typeof send>[0], path: string) =>
  Effect.map(send(hcp, "HEAD", path), ({ headers }) => ({
    value: headers["x-hcp-retention"],
    text: headers["x-hcp-retentionstring"],
    className: headers["x-hcp-retentionclass"]
  }))

describe("deleting", () => {
  it.effect("answers 200, then 404", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a"), 404)
      assert.strictEqual((yield* hcp.state).namespaces[0]?.bytes, 0)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "2" }), 201)
    })
  )

  it.effect("deletes a directory only when it is empty", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/d?type=directory"), 201)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/d?type=directory"), 409)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/d", { body: "1" }), 409)
      yield* send(hcp, "PUT", "/rest/d/e/a", { body: "1" })
      const refused = yield* send(hcp, "DELETE", "/rest/d")
      assert.strictEqual(refused.status, 403)
      assert.strictEqual(refused.message, "the directory is not empty")
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/d/e/a"), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/d/e"), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/d"), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d"), 404)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest"), 403)
    })
  )

  it.effect("keeps an object under retention until its time has come", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a?retention=A%2B1d", { body: "1" })
      assert.deepStrictEqual(yield* retentionOf(hcp, "/rest/a"), {
        value: "86400",
        text: "1970-01-02T00:00:00+0000",
        className: ""
      })
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 403)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 200)
    })
  )

  it.effect("lets the privileged delete despite retention, with a reason, but never despite a hold", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a?retention=-1", { body: "1" })
      yield* send(hcp, "PUT", "/rest/b?hold=true", { body: "1" })
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?privileged=true"), 400)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?reason=x"), 400)
      assert.strictEqual(yield* status(hcp, "DELETE", `/rest/a?privileged=true&reason=${"x".repeat(1025)}`), 400)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/b?privileged=true&reason=x"), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/b"), 403)
      assert.strictEqual(
        yield* status(hcp, "DELETE", "/rest/a", {
          body: "privileged=true&reason=court+order",
          headers: { "content-type": "application/x-www-form-urlencoded" }
        }),
        200
      )
    })
  )

  it.effect("refuses a privileged delete in compliance mode and without the permission", () =>
    Effect.gen(function* () {
      const strict = yield* makeNamespace({ retentionMode: "compliance" })
      yield* send(strict, "PUT", "/rest/a?retention=-1", { body: "1" })
      assert.strictEqual(yield* status(strict, "DELETE", "/rest/a?privileged=true&reason=x"), 403)
      const hcp = yield* makeSystem({
        users: [{ username: "n", password: "n01", permissions: ["read", "write", "delete"] }]
      })
      yield* send(hcp, "PUT", "/rest/a?retention=-1", { body: "1" })
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?privileged=true&reason=x"), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b?hold=true", { body: "1" }), 403)
    })
  )
})

describe("changing metadata", () => {
  it.effect("takes parameters from a form, from the query, with and without a content type", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const index = Effect.map(send(hcp, "HEAD", "/rest/a"), ({ headers }) => headers["x-hcp-index"])
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      const form = { "content-type": "application/x-www-form-urlencoded" }
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a", { body: "index=false", headers: form }), 200)
      assert.strictEqual(yield* index, "false")
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a?index=true"), 200)
      assert.strictEqual(yield* index, "true")
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a", { body: "index=false" }), 200)
      assert.strictEqual(yield* index, "false")
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a"), 400)
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a", { body: "\u0000%zz" }), 400)
      assert.strictEqual(yield* status(hcp, "POST", "/rest/b?index=true"), 404)
    })
  )

  it.effect("moves the change time and leaves the version alone", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* TestClock.setTime(1000)
      const stored = yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      yield* TestClock.setTime(2000)
      yield* send(hcp, "POST", "/rest/a?shred=true")
      const { headers } = yield* send(hcp, "HEAD", "/rest/a")
      assert.strictEqual(headers["x-hcp-versionid"], stored.headers["x-hcp-versionid"])
      assert.strictEqual(headers["x-hcp-changetimemilliseconds"], "2000.00")
      assert.strictEqual(headers["x-hcp-ingesttimemilliseconds"], "1000")
      assert.strictEqual(headers["x-hcp-shred"], "true")
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a?shred=false"), 400)
    })
  )

  it.effect("follows the rules of retention and hold", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({
        retentionClasses: [
          { name: "short", value: "A+1y" },
          { name: "long", value: "A+2y" },
          { name: "never", value: "-1" }
        ]
      })
      const post = (query: string) => status(hcp, "POST", `/rest/a?${query}`)
      yield* send(hcp, "PUT", "/rest/a?retention=1000000", { body: "1" })
      assert.strictEqual(yield* post("retention=999999"), 400)
      assert.strictEqual(yield* post("retention=0"), 400)
      assert.strictEqual(yield* post("retention=R%2B1s"), 200)
      assert.strictEqual((yield* retentionOf(hcp, "/rest/a")).value, "1000001")
      assert.strictEqual(yield* post("hold=true&retention=2000000"), 400)
      assert.strictEqual(yield* post("hold=true"), 200)
      assert.strictEqual(yield* post("retention=2000000"), 400)
      assert.strictEqual(yield* post("hold=false"), 200)
      assert.strictEqual(yield* post("retention=C%2Bother"), 400)
      assert.strictEqual(yield* post("retention=C%2BLONG"), 200)
      assert.deepStrictEqual(yield* retentionOf(hcp, "/rest/a"), {
        value: "63072000",
        text: "1972-01-01T00:00:00+0000",
        className: "long"
      })
      assert.strictEqual(yield* post("retention=C%2Bshort"), 400)
      assert.strictEqual(yield* post("retention=99999999999"), 400)
      assert.strictEqual(yield* post("retention=C%2Bnever"), 200)
      assert.strictEqual((yield* retentionOf(hcp, "/rest/a")).text, "Deletion Prohibited")
    })
  )

  it.effect("follows a class that is changed, and never lets go what was in a class that is gone", () =>
    Effect.gen(function* () {
      const setting = { until: 5, className: "tax" }
      const inForce = (...classes: ReadonlyArray<string>) =>
        Retention.inForce(
          setting,
          0,
          classes.map((value) => ({ name: "TAX", value }))
        )
      assert.deepStrictEqual(inForce("A+1d"), { until: 86_400, className: "tax" })
      assert.deepStrictEqual(inForce("-2"), { until: -2, className: "tax" })
      assert.deepStrictEqual(inForce(), { until: -1, className: "tax" })
      assert.deepStrictEqual(Retention.inForce(Retention.deletionAllowed, 0, []), Retention.deletionAllowed)
    })
  )

  it.effect("changes the owner to a known user or to nobody", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ users: ["n:n01", "m:m01"] })
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a?owner=nobody-knows"), 400)
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a?owner=m"), 200)
      assert.strictEqual((yield* send(hcp, "HEAD", "/rest/a")).headers["x-hcp-owner"], "m")
      assert.strictEqual(yield* status(hcp, "POST", "/rest/a?owner="), 200)
      assert.strictEqual((yield* send(hcp, "HEAD", "/rest/a")).headers["x-hcp-owner"], "")
    })
  )
})

describe("labeled holds", () => {
  const labels = (...list: ReadonlyArray<readonly [id: string, hold: boolean]>) =>
    `label_hold=${encodeURIComponent(JSON.stringify(list.map(([id, hold]) => ({ id, hold }))))}`
  const on = (hcp: Parameters<typeof send>[0]) =>
    Effect.map(send(hcp, "HEAD", "/rest/a"), ({ headers }) => [
      headers["x-hcp-labelretentionhold"],
      headers["x-hcp-labelretentionhold-labels"],
      headers["x-hcp-retentionhold"]
    ])

  it.effect("are set by PUT and POST one by one, beside the plain hold, and hold until the last is off", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const post = (query: string) => status(hcp, "POST", `/rest/a?${query}`)
      yield* send(hcp, "PUT", `/rest/a?${labels(["case-1", true], ["f\u00fcnf", true])}`, { body: "1" })
      assert.deepStrictEqual(yield* on(hcp), [
        "true",
        String.raw`[{"id":"case-1","hold":true},{"id":"f\u00fcnf","hold":true}]`,
        "false"
      ])
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?privileged=true&reason=x"), 403)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?purge=true"), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "2" }), 403)
      assert.strictEqual(yield* post("retention=-1"), 400)
      assert.strictEqual(yield* post(`retention=-1&${labels(["case-2", true])}`), 400)
      assert.strictEqual(yield* post(labels(["case-1", false], ["unknown", false])), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 403)
      assert.strictEqual(yield* post(`${labels(["f\u00fcnf", false])}&hold=true`), 200)
      assert.deepStrictEqual(yield* on(hcp), ["false", undefined, "true"])
      assert.strictEqual(yield* post("hold=false"), 200)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 200)
    })
  )

  it.effect("have labels of 1 to 64 characters, at most 100 for an object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a", { body: "1" })
      const post = (query: string) => status(hcp, "POST", "/rest/a", { body: query })
      const many = (count: number) =>
        labels(...Array.from({ length: count }, (_, index) => [`${index}`, true] as const))
      assert.strictEqual(yield* post("label_hold=case-1"), 400)
      assert.strictEqual(yield* post("label_hold=[]"), 400)
      assert.strictEqual(yield* post(`label_hold=${encodeURIComponent('[{"id":"a"}]')}`), 400)
      assert.strictEqual(yield* post(labels(["", true])), 400)
      assert.strictEqual(yield* post(labels(["x".repeat(65), true])), 400)
      assert.strictEqual(yield* post(labels(["a", true], ["a", false])), 400)
      assert.strictEqual(yield* post(many(101)), 400)
      assert.strictEqual(yield* post(labels(["x".repeat(64), true])), 200)
      assert.strictEqual(yield* post(many(99)), 200)
      assert.strictEqual(yield* post(labels(["one more", true])), 400)
      assert.strictEqual(yield* post(labels(["one more", true], ["0", false])), 200)
    })
  )

  it.effect("are set, and their labels seen, only by the privileged", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        users: ["n:n01", { username: "foo", password: "bar", permissions: ["read", "write"] }]
      })
      const foo = { anonymous: true, headers: { authorization: "HCP Zm9v:37b51d194a7513e45b56f6524f2d51f2" } }
      assert.strictEqual(yield* status(hcp, "PUT", `/rest/a?${labels(["c", true])}`, foo), 403)
      yield* send(hcp, "PUT", `/rest/a?${labels(["c", true])}`, { body: "1" })
      assert.strictEqual(yield* status(hcp, "POST", `/rest/a?${labels(["c", false])}`, foo), 403)
      const { headers } = yield* send(hcp, "HEAD", "/rest/a", foo)
      assert.strictEqual(headers["x-hcp-labelretentionhold"], "true")
      assert.isUndefined(headers["x-hcp-labelretentionhold-labels"])
    })
  )
})

describe("versions", () => {
  const idOf = (answer: { readonly headers: Readonly<Record<string, string>> }) =>
    answer.headers["x-hcp-versionid"] ?? ""

  it.effect("keeps every version, and a delete is one more", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const first = idOf(yield* send(hcp, "PUT", "/rest/d/a?index=false", { body: "one" }))
      const second = yield* send(hcp, "PUT", "/rest/d/a", { body: "two" })
      assert.strictEqual(second.status, 201)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/d/a")).text, "two")
      assert.strictEqual((yield* send(hcp, "HEAD", "/rest/d/a")).headers["x-hcp-index"], "false")
      assert.strictEqual((yield* send(hcp, "GET", `/rest/d/a?version=${first}`)).text, "one")
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/d/a"), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d/a"), 404)
      assert.strictEqual((yield* send(hcp, "GET", `/rest/d/a?version=${first}`)).text, "one")

      const list = yield* send(hcp, "GET", "/rest/d/a?version=list&deleted=true")
      assert.deepStrictEqual(
        [...list.text.matchAll(/state="(\w+)"/g)].map((match) => match[1]),
        ["deleted", "created", "created"]
      )
      const marker = /version="(\d+)"/.exec(list.text)?.[1]
      assert.strictEqual(yield* status(hcp, "GET", `/rest/d/a?version=${marker}`), 204)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d/a?version=list"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d/a?version=7"), 404)

      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/d"), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d"), 404)
      assert.match((yield* send(hcp, "GET", "/rest?deleted=true")).text, /utf8Name="d" .*state="deleted"/)
    })
  )

  it.effect("deletes one version, or purges all of them", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const first = idOf(yield* send(hcp, "PUT", "/rest/a", { body: "one" }))
      yield* send(hcp, "PUT", "/rest/a", { body: "two" })
      assert.strictEqual(yield* status(hcp, "DELETE", `/rest/a?version=${first}`), 200)
      assert.strictEqual(yield* status(hcp, "GET", `/rest/a?version=${first}`), 404)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, "two")
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a?purge=true"), 200)
      assert.strictEqual((yield* hcp.state).namespaces[0]?.versions, 0)
    })
  )

  it.effect("adds none to an object on hold or under retention, and lists none without versioning", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      yield* send(hcp, "PUT", "/rest/a?hold=true", { body: "one" })
      yield* send(hcp, "PUT", "/rest/b?retention=-2", { body: "one" })
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "two" }), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: "two" }), 403)
      const plain = yield* makeSystem()
      yield* send(plain, "PUT", "/rest/a", { body: "one" })
      assert.strictEqual(yield* status(plain, "GET", "/rest/a?version=list"), 400)
    })
  )
})
