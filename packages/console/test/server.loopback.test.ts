import * as Crypto from "node:crypto"
import * as Http from "node:http"
import * as Https from "node:https"
import { assert, layer } from "@effect/vitest"
import { Acl, Namespace } from "@effect-hcp/sdk"
import { Context, Effect, Layer, Redacted } from "effect"
import { plainFiles, signedIn, start } from "./consoles.ts"

const begin = Effect.gen(function* () {
  const console = yield* start(yield* plainFiles)
  return { ...console, client: yield* signedIn(console.url) }
})

class Running extends Context.Service<Running, Effect.Success<typeof begin>>()("Running") {}

const hello = Crypto.createHash("sha256").update("hello").digest("hex")

const at = (namespace: string, path: string) => ({ system: "hcp1.example.com", namespace, path })
const query = (place: object) =>
  new URLSearchParams(Object.entries(place).map(([name, value]) => [name, String(value)]))

layer(Layer.effect(Running, begin), { excludeTestServices: true })("the server of a console", (it) => {
  it.effect("lets in whoever has the token of its address, and nobody else", () =>
    Effect.gen(function* () {
      const { client, url } = yield* Running
      const { bare, cookie, entered } = client
      assert.match(
        entered.headers.get("set-cookie") ?? "",
        /^hcp_console_\d+=.{43}; HttpOnly; SameSite=Strict; Path=\/$/
      )
      assert.notInclude(cookie, new URL(Redacted.value(url)).searchParams.get("token") ?? "?")
      const statusOf = (headers: Record<string, string>, path = "/") =>
        Effect.map(bare({ path, headers }), ({ status }) => status)
      assert.strictEqual(yield* statusOf({ cookie }), 200)
      assert.strictEqual(yield* statusOf({}), 401)
      assert.strictEqual(yield* statusOf({}, "/?token=wrong"), 401)
      assert.strictEqual(yield* statusOf({ cookie: cookie.replace(/.$/, "") }), 401)
      assert.strictEqual(yield* statusOf({}, "/api/session"), 401)
      assert.strictEqual(yield* statusOf({}, "/app.js"), 401)
    })
  )

  it.effect("refuses other origins, other names, and changes without the header", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const { ask, bare, cookie, origin } = client
      const statusOf = (headers: Record<string, string>) =>
        Effect.map(ask({ path: "/api/session", headers }), ({ status }) => status)
      for (const other of [
        "http://evil.example.com",
        "null",
        origin.replace("http:", "https:"),
        "http://localhost:1"
      ]) {
        assert.strictEqual(yield* statusOf({ origin: other }), 403, other)
      }
      assert.strictEqual(yield* statusOf({ origin }), 200)
      assert.strictEqual(yield* statusOf({ "sec-fetch-site": "cross-site" }), 403)
      assert.strictEqual(yield* statusOf({ "sec-fetch-site": "same-site" }), 403)
      const { hostname, port } = new URL(origin)
      const rebound = yield* Effect.callback<number | undefined>((resume) => {
        const request = Http.request(
          { host: hostname, port, path: "/api/session", headers: { cookie, host: "evil.example.com" } },
          ({ statusCode }) => resume(Effect.succeed(statusCode))
        )
        request.end()
      })
      assert.strictEqual(rebound, 403)
      const path = "/api/objects/delete"
      const changed = yield* bare({ method: "POST", path, headers: { cookie }, body: "{}" })
      assert.strictEqual(changed.status, 403)
      const forged = yield* ask({ method: "POST", path, headers: { "x-hcp-console": "1" }, body: "{}" })
      assert.strictEqual(forged.status, 403)
    })
  )

  it.effect("says with every answer what a page may do", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      for (const path of ["/", "/api/session", "/nothing"]) {
        const { headers } = yield* client.ask({ path })
        assert.match(headers.get("content-security-policy") ?? "", /^default-src 'self';/, path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
        assert.strictEqual(headers.get("cache-control"), "no-store", path)
        assert.isNull(headers.get("access-control-allow-origin"), path)
      }
    })
  )

  it.effect("keeps secrets to itself", () =>
    Effect.gen(function* () {
      const { client, facts } = yield* Running
      const openapi = yield* client.json({ path: "/api/openapi.json" })
      assert.include(Object.keys(openapi.body.paths), "/api/objects/list")
      const answers = JSON.stringify([
        client.session,
        openapi.body,
        (yield* client.json({ path: "/api/simulator/state" })).body
      ])
      const token = facts.control === undefined ? "?" : Redacted.value(facts.control.token)
      for (const secret of ["n01", "service01", token]) assert.notInclude(answers, secret)
    })
  )

  it.effect("stores, lists, shows and deletes objects, whatever they are called", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      for (const name of ["<img src=x onerror=alert(1)>", "مرحبا", "a b%2F?#&", "日本.txt"]) {
        const place = at("n1.t1", `/names/${name}`)
        const stored = yield* client.json({ method: "PUT", path: `/api/content?${query(place)}`, body: "hello" })
        assert.strictEqual(stored.body.hash?.hex?.toLowerCase(), hello, name)
        const again = yield* client.json({ method: "PUT", path: `/api/content?${query(place)}`, body: "hello" })
        assert.deepInclude(again, { status: 422 })
        assert.strictEqual(again.body.reason, "ObjectExists")
        const shown = yield* client.json({ path: `/api/objects/head?${query(place)}` })
        assert.deepInclude(shown.body, {
          path: place.path,
          size: 5,
          retention: { kind: "allowed", text: "Deletion Allowed" }
        })
        const bytes = yield* client.ask({ path: `/api/content?${query(place)}` })
        assert.strictEqual(yield* Effect.promise(() => bytes.text()), "hello")
        assert.strictEqual(bytes.headers.get("content-security-policy"), "sandbox; default-src 'none'")
        assert.match(bytes.headers.get("content-disposition") ?? "", /^attachment; filename\*=UTF-8''[!-~]+$/)
        assert.strictEqual(
          (yield* client.ask({ path: `/api/preview?${query(place)}` })).headers.get("content-type"),
          "text/plain; charset=utf-8"
        )
      }
      const listed = yield* client.json({
        path: `/api/objects/list?${query({ ...at("n1.t1", "/names"), offset: 0, count: 2 })}`
      })
      assert.strictEqual(listed.body.entries.length, 2)
      const rest = yield* client.json({
        path: `/api/objects/list?${query({ ...at("n1.t1", "/names"), listing: listed.body.listing, offset: 2, count: 9 })}`
      })
      assert.deepInclude(rest.body, { total: 4, complete: true, offset: 2 })
      assert.strictEqual(rest.body.entries.length, 2)
      assert.strictEqual((yield* client.post("/api/objects/delete", at("n1.t1", "/names/مرحبا"))).status, 204)
      const gone = yield* client.json({ path: `/api/objects/head?${query(at("n1.t1", "/names/مرحبا"))}` })
      assert.strictEqual(gone.body.reason, "NotFound")
    })
  )

  it.effect("sends a small upload again where a node fails, and says in words why there is no download", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const place = at("n1.t1", "/again.txt")
      const path = `/api/content?${query(place)}`
      const add = (fault: object) => client.post("/api/simulator/faults", fault)
      yield* add({ fault: "status", status: 503, retryAfter: 0, times: 1, methods: ["PUT"] })
      assert.strictEqual((yield* client.json({ method: "PUT", path, body: "hello" })).status, 200)
      const refusing = { fault: "status", status: 403, methods: ["GET"], path: "/rest/again.txt" }
      yield* add(refusing)
      const refused = yield* client.json({ path })
      yield* client.post("/api/simulator/faults/end", [refusing])
      assert.deepInclude(refused, { status: 422 })
      assert.strictEqual(refused.body.reason, "Forbidden")
      const whole = yield* client.ask({ path })
      assert.strictEqual(whole.headers.get("content-length"), "5")
    })
  )

  it.effect("says why a delete is refused, before and after it is tried", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const place = at("n1.t1", "/kept.txt")
      yield* client.json({ method: "PUT", path: `/api/content?${query(place)}`, body: "kept" })
      assert.strictEqual((yield* client.post("/api/objects/modify", { ...place, retention: "A+1y" })).status, 204)
      const shown = yield* client.json({ path: `/api/objects/head?${query(place)}` })
      assert.match(shown.body.protection, /^It is under retention until \d{4}-/)
      // The clock of HCP, to the second, and not one of the browser.
      assert.closeTo(Date.parse(shown.body.now), Date.now(), 60_000)
      assert.match(shown.body.now, /:\d\d\.000Z$/)
      const refused = yield* client.post("/api/objects/delete", place)
      assert.strictEqual(refused.body.reason, "UnderRetention")
      const odd = yield* client.post("/api/objects/modify", { ...place, retention: "soon" })
      assert.deepInclude(odd, { status: 422 })
    })
  )

  it.effect("restores a version", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const place = at("n2.t1", "/v.txt")
      const put = (body: string) =>
        client.json({ method: "PUT", path: `/api/content?${query({ ...place, ifExists: "newVersion" })}`, body })
      yield* put("one")
      yield* put("two")
      const versions = yield* client.json({ path: `/api/objects/versions?${query(place)}` })
      assert.strictEqual(versions.body.length, 2)
      const oldest = versions.body.at(-1)
      assert.strictEqual(
        (yield* client.post("/api/objects/restore", { ...place, versionId: oldest.versionId })).status,
        204
      )
      const now = yield* client.ask({ path: `/api/content?${query(place)}` })
      assert.strictEqual(yield* Effect.promise(() => now.text()), "one")
    })
  )

  it.effect("makes a link that opens one object for a while, to whoever has it", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* Running
      const place = at("n2.t1", "/shared file.txt")
      yield* client.json({ method: "PUT", path: `/api/content?${query(place)}`, body: "shared" })
      const asked = Date.now()
      const { body, status } = yield* client.post("/api/objects/share", { ...place, seconds: 3600 })
      assert.strictEqual(status, 200)
      assert.closeTo(Date.parse(body.expiresAt), asked + 3_600_000, 60_000)
      const link = new URL(body.url)
      assert.notInclude(body.url, "n01")
      const [{ nodes, ports }] = simulator.systems
      const opened = (path: string) =>
        Effect.callback<readonly [number | undefined, string]>((resume) => {
          const options = { host: nodes[0], port: ports.https, servername: link.hostname, ca: simulator.ca, path }
          Https.get({ ...options, headers: { host: link.host } }, (answer) => {
            let text = ""
            answer.on("data", (part) => {
              text += part
            })
            answer.on("end", () => resume(Effect.succeed([answer.statusCode, text])))
          })
        })
      assert.deepStrictEqual(yield* opened(`${link.pathname}${link.search}`), [200, "shared"])
      const [other] = yield* opened(`${link.pathname.replace("shared", "other")}${link.search}`)
      assert.strictEqual(other, 403)
      const never = yield* client.post("/api/objects/share", { ...place, seconds: -1 })
      assert.deepInclude(never, { status: 422 })
    })
  )

  it.effect("tells who may do what with an object", () =>
    Effect.gen(function* () {
      const { client, facts } = yield* Running
      const place = at("n2.t1", "/listed.txt")
      yield* client.json({ method: "PUT", path: `/api/content?${query(place)}`, body: "listed" })
      const acl = () => client.json({ path: `/api/objects/acl?${query(place)}` })
      assert.deepStrictEqual((yield* acl()).body, { grants: [] })
      const objects = facts.systems[0]?.namespaces[1]?.objects
      if (objects === undefined) return assert.fail("there is no such namespace")
      yield* Effect.provide(
        Effect.flatMap(Namespace.Namespace, (namespace) =>
          namespace.acl.put(place.path, Acl.grant(Acl.empty, Acl.allUsers, ["READ"]))
        ),
        objects
      )
      assert.deepStrictEqual((yield* acl()).body, {
        grants: [{ grantee: "group all_users", permissions: ["READ"] }]
      })
      assert.isTrue((yield* client.json({ path: `/api/objects/head?${query(place)}` })).body.hasAcl)
    })
  )

  it.effect("shows tenants, namespaces, what they use, and finds objects", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const system = "hcp1.example.com"
      const tenants = yield* client.json({ path: `/api/tenants?${query({ system })}` })
      assert.deepStrictEqual(
        tenants.body.map(({ name }: { name: string }) => name),
        ["t1"]
      )
      const namespaces = yield* client.json({ path: `/api/namespaces?${query({ system, tenant: "t1" })}` })
      assert.deepInclude(namespaces.body[1], { name: "n2", versioning: true, acls: "ENFORCED" })
      assert.include(namespaces.body[1].protocols, "REST")
      const usage = yield* client.json({ path: `/api/chargeback?${query({ system, tenant: "t1" })}` })
      assert.strictEqual(usage.status, 200)
      const found = yield* client.post("/api/query", {
        ...at("n2.t1", ""),
        conditions: [{ property: "objectPath", test: "like", value: "/v*" }],
        offset: 0
      })
      assert.strictEqual(found.body.hits[0]?.path, "/v.txt")
    })
  )

  it.effect("sends what changes at the simulator, and breaks a node of it", () =>
    Effect.gen(function* () {
      const { client, simulator } = yield* Running
      const stream = yield* client.ask({ path: "/api/events" })
      assert.strictEqual(stream.headers.get("content-type"), "text/event-stream; charset=utf-8")
      const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
      let text = ""
      const until = (wanted: RegExp) =>
        Effect.promise(async () => {
          while (!wanted.test(text)) text += (await reader?.read())?.value ?? ""
        })
      yield* until(/event: state\n/)
      const node = simulator.systems[0].nodes[2]
      assert.strictEqual((yield* client.post("/api/simulator/faults", { fault: "refuse", node })).status, 204)
      yield* until(new RegExp(`"address":"${node}","up":false`))
      yield* until(/event: requests\n/)
      assert.strictEqual((yield* client.post("/api/simulator/faults/end", [{ fault: "refuse", node }])).status, 204)
      text = ""
      yield* until(new RegExp(`"address":"${node}","up":true`))
      yield* Effect.promise(async () => reader?.cancel())
      const refused = yield* client.post("/api/simulator/faults", { fault: "refuse", node: "127.0.0.1" })
      assert.match(refused.body.error, /^No node 127\.0\.0\.1/)
    })
  )
})
