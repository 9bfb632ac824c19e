import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type * as HcpSystem from "../src/HcpSystem.ts"
import { send } from "./utils/exchange.ts"
import { mapi, must } from "./utils/mapi.ts"
import { contentMd5, makeS3, s3 } from "./utils/s3.ts"

const rules = `<CORSConfiguration>
  <CORSRule>
    <AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>
    <AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>Content-Type</AllowedHeader>
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds>
  </CORSRule>
  <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>
</CORSConfiguration>`

const made = Effect.gen(function* () {
  const hcp = yield* makeS3()
  yield* s3(hcp, "PUT", "/made")
  yield* s3(hcp, "PUT", "/made/a", { body: "1", headers: { "x-amz-acl": "public-read" } })
  yield* s3(hcp, "PUT", "/made?cors", { body: rules, headers: { "content-md5": contentMd5(rules) } })
  return hcp
})

/** Asks as a browser does, which has no credentials. */
const ask = (
  hcp: HcpSystem.HcpSystem,
  headers: Readonly<Record<string, string>>,
  target = "/made/a",
  host = `t1.${hcp.domain}`
) => send(hcp, "OPTIONS", target, { host, anonymous: true, headers })

const put = { origin: "https://www.example.com", "access-control-request-method": "PUT" }

describe("a script of another origin", () => {
  it.effect("may do what the first rule for it says", () =>
    Effect.gen(function* () {
      const hcp = yield* made
      const wanted = { ...put, "access-control-request-headers": "X-Amz-Date, content-type" }
      for (const [target, host] of [
        ["/made/a", `t1.${hcp.domain}`],
        ["/a?uploads", `made.t1.${hcp.domain}`]
      ] as const) {
        const { headers, status } = yield* ask(hcp, wanted, target, host)
        assert.strictEqual(status, 200)
        assert.strictEqual(headers["access-control-allow-origin"], "https://www.example.com")
        assert.strictEqual(headers["access-control-allow-methods"], "PUT, GET")
        assert.strictEqual(headers["access-control-allow-headers"], "x-amz-date, content-type")
        assert.strictEqual(headers["access-control-expose-headers"], "ETag")
        assert.strictEqual(headers["access-control-max-age"], "600")
        assert.strictEqual(headers["access-control-allow-credentials"], "true")
      }
      const anybody = yield* ask(hcp, { origin: "https://else.org", "access-control-request-method": "GET" })
      assert.strictEqual(anybody.headers["access-control-allow-origin"], "*")
      assert.isUndefined(anybody.headers["access-control-allow-credentials"])
    })
  )

  it.effect("is refused where no rule is for it, and where it does not say what it wants", () =>
    Effect.gen(function* () {
      const hcp = yield* made
      const outcome = (...asked: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never) =>
        Effect.map(ask(hcp, ...asked), ({ status, text }) => `${status} ${/<Code>(\w+)</.exec(text)?.[1]}`)
      assert.strictEqual(yield* outcome({ ...put, origin: "https://example.com" }), "403 AccessForbidden")
      assert.strictEqual(
        yield* outcome({ ...put, "access-control-request-headers": "authorization" }),
        "403 AccessForbidden"
      )
      assert.strictEqual(yield* outcome({ ...put, "access-control-request-method": "DELETE" }), "403 AccessForbidden")
      assert.strictEqual(yield* outcome(put, "/plain/a"), "403 AccessForbidden")
      assert.strictEqual(yield* outcome({ ...put, "access-control-request-method": "put" }), "400 BadRequest")
      assert.strictEqual(yield* outcome({ "access-control-request-method": "PUT" }), "400 BadRequest")
      assert.strictEqual(yield* outcome(put, "/absent/a"), "404 NoSuchBucket")
      // HCP answers no such question where the URL has the name of another gateway in it.
      assert.strictEqual(yield* outcome(put, "/hs3/made/a"), "405 MethodNotAllowed")
    })
  )

  it.effect("is told with every answer that it may see it", () =>
    Effect.gen(function* () {
      const hcp = yield* made
      const get = (origin: string, target = "/made/a") =>
        send(hcp, "GET", target, { host: `t1.${hcp.domain}`, anonymous: true, headers: { origin } })
      const seen = yield* get("https://www.example.com")
      assert.strictEqual(seen.text, "1")
      assert.strictEqual(seen.headers["access-control-allow-origin"], "https://www.example.com")
      const absent = yield* get("https://else.org", "/made/none")
      assert.strictEqual(absent.headers["access-control-allow-origin"], "*")
      const unruled = yield* get("https://else.org", "/plain/none")
      assert.isUndefined(unruled.headers["access-control-allow-origin"])
    })
  )

  it.effect("is judged by the rules of the tenant where the bucket has none", () =>
    Effect.gen(function* () {
      const hcp = yield* made
      assert.strictEqual((yield* ask(hcp, put, "/plain/a")).status, 403)
      yield* must(hcp, "PUT", "/tenants/t1/cors", { json: { cors: rules } })
      assert.strictEqual((yield* ask(hcp, put, "/plain/a")).status, 200)
      const report = yield* mapi(hcp, "GET", "/tenants/t1/namespaces/plain/chargebackReport?granularity=total")
      assert.strictEqual(report.json.chargebackData[0].writes, 0)
    })
  )
})
