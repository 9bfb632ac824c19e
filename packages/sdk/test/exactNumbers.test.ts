import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import { inexactField, isInexact } from "../src/internal/exactNumber.ts"
import * as Chargeback from "../src/mapi/Chargeback.ts"
import * as Tenants from "../src/mapi/Tenants.ts"
import { head } from "../src/namespace/internal/readObject.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Expression from "../src/query/Expression.ts"
import * as Mapi from "./mapi/script.ts"
import * as Query from "./query/script.ts"
import { inTime } from "./utils/namespaces.ts"
import { answer, makeClient, type Step, script } from "./utils/ScriptedNodes.ts"

const beyond = "9007199254740993"
const exact = "9007199254740991"

const asking = <A>(step: Step, f: (client: HcpClient.HcpClient["Service"]) => Effect.Effect<A, HcpError>) =>
  inTime(Effect.flatMap(makeClient(script(step)), f))

/** As it stands: what writes JSON from values would have to round them. */
const rawJson = (body: string): Step => ({ status: 200, headers: { "Content-Type": "application/json" }, body })

/** Fails unless the answer was refused by the name of the field. */
const refused = <A, R>(effect: Effect.Effect<A, HcpError, R>, field: string) =>
  Effect.map(Effect.flip(effect), ({ reason }) => {
    assert.strictEqual(reason._tag, "UnexpectedAnswer")
    assert.include(reason.message, field)
    assert.notInclude(reason.message, "9007199254740992")
  })

describe("numbers beyond 2^53 in answers are never rounded", () => {
  it("are told by their digits, and in JSON by what is left of them", () => {
    for (const value of [beyond, "1".repeat(30), "+9007199254740993", " 9007199254740993 ", 2 ** 53, 1e30, "1e+30"]) {
      assert.isTrue(isInexact(value) || value === "1e+30", String(value))
    }
    for (const value of [exact, Number(exact), "", "x".repeat(30), 0.1, "0.1234567890123456789", undefined, "12"]) {
      assert.isFalse(isInexact(value), String(value))
    }
    assert.strictEqual(
      inexactField([
        ["a", "1"],
        ["b", beyond],
        ["c", beyond]
      ]),
      "b"
    )
  })

  it.effect("of /rest: sizes in listings and headers", () =>
    Effect.gen(function* () {
      const listing = (size: string) =>
        answer(
          200,
          { "X-HCP-Type": "directory" },
          `<?xml version="1.0"?><directory path="/rest"><entry urlName="a" utf8Name="a" type="object" size="${size}"/></directory>`
        )
      const list = (size: string) =>
        asking(listing(size), (client) => Stream.runCollect(Namespace.make(client).list("/")))
      yield* refused(list(beyond), "size")
      const [entry] = yield* list(exact)
      assert.strictEqual(entry?._tag === "Object" ? entry.size : undefined, Number(exact))
      const sized = (size: string) =>
        asking(answer(200, { "X-HCP-Type": "object", "X-HCP-Size": size }), (client) => head(client, "/a"))
      yield* refused(sized(beyond), "X-HCP-Size")
      assert.strictEqual((yield* sized(exact)).size, Number(exact))
    })
  )

  it.effect("of /proc: statistics", () =>
    refused(
      asking(answer(200, {}, `<statistics namespaceName="n1" usedCapacityBytes="${beyond}"/>`), (client) =>
        Namespace.make(client).info.statistics()
      ),
      "usedCapacityBytes"
    )
  )

  it.effect("of the management API: fields of resources and columns of reports, in XML and JSON", () =>
    Effect.gen(function* () {
      const statistics = (step: Step) => Mapi.over([step], Tenants.statistics())
      for (const step of [
        Mapi.xml(`<statistics><ingestedVolume>${beyond}</ingestedVolume></statistics>`),
        rawJson(`{"ingestedVolume": ${beyond}}`)
      ]) {
        yield* refused(statistics(step), "ingestedVolume")
      }
      const report = (step: Step) => Mapi.over([step], Stream.runDrain(Chargeback.tenant()))
      for (const step of [
        Mapi.xml(
          `<chargebackReport><chargebackData><tenantName>t</tenantName><bytesOut>${beyond}</bytesOut></chargebackData></chargebackReport>`
        ),
        rawJson(`{"chargebackData": [{"tenantName": "t", "bytesOut": ${beyond}}]}`),
        { status: 200, headers: { "Content-Type": "text/csv" }, body: `tenantName,bytesOut\nt,${beyond}\n` }
      ]) {
        yield* refused(report(step), "bytesOut")
      }
    })
  )

  it.effect("of queries: sizes and totals, in XML and JSON", () =>
    Effect.gen(function* () {
      const ask = (step: Step) => Query.over([step], (query) => query.searchPage({ query: Expression.anything }))
      const record = (size: string) =>
        `"urlName":"https://n.t.hcp1.example.com/rest/a","changeTimeMilliseconds":"1.00","version":"1","operation":"CREATED","size":${size}`
      const page = (size: string, total: string) =>
        `{"queryResult":{"query":{},"resultSet":[{${record(size)}}],"status":{"totalResults":${total},"results":1,"message":"","code":"COMPLETE"}}}`
      yield* refused(ask(rawJson(page(beyond, "1"))), "size")
      yield* refused(ask(rawJson(page(`"${beyond}"`, "1"))), "size")
      yield* refused(ask(rawJson(page("1", beyond))), "totalResults")
    })
  )
})
