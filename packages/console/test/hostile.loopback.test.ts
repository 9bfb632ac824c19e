/**
 * What a page of somebody else, or whoever shares the machine, may try with a console.
 */
import * as Net from "node:net"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { serve } from "../src/internal/server.ts"
import { plainFiles, signedIn, start } from "./consoles.ts"

const begin = Effect.gen(function* () {
  const files = yield* plainFiles
  const console = yield* start(files)
  const other = yield* serve({ systems: console.facts.systems }, files)
  return { ...console, client: yield* signedIn(console.url), other: yield* signedIn(other.url) }
})

class Running extends Context.Service<Running, Effect.Success<typeof begin>>()("Running") {}

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends bytes as they are: a client of HTTP would mend what is odd about them. */
const raw = (port: number, text: string) =>
  Effect.callback<Answer>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => socket.end(text))
    let answer = ""
    socket.setEncoding("latin1")
    socket.on("data", (part) => {
      answer += part
    })
    // Whoever is cut off in the middle has what came before.
    socket.on("error", () => {})
    socket.on("close", () => {
      const [head = "", body = ""] = answer.split(/\r\n\r\n(.*)/s)
      resume(Effect.succeed({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head: head.toLowerCase(), body }))
    })
  })

const requestOf = (method: string, target: string, headers: Readonly<Record<string, string>>, body = "") =>
  [
    `${method} ${target} HTTP/1.1`,
    ...Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}`),
    "",
    body
  ].join("\r\n")

const place = (path: string) => new URLSearchParams({ system: "hcp1.example.com", namespace: "n1.t1", path })

layer(Layer.effect(Running, begin), { excludeTestServices: true })("a console that is attacked", (it) => {
  it.effect("opens under no name that leads here, whatever is known", () =>
    Effect.gen(function* () {
      const { client, port, url } = yield* Running
      const { search } = new URL(Redacted.value(url))
      const hosts = ["evil.example.com", `evil.example.com:${port}`, `127.0.0.1.example.com:${port}`, "127.0.0.1"]
      for (const host of [...hosts, `localhost:${port + 1}`, `127.0.0.1:${port}@evil.example.com`, ""]) {
        for (const target of [`/${search}`, "/api/session", "/api/events"]) {
          const { head, status } = yield* raw(port, requestOf("GET", target, { host, cookie: client.cookie }))
          assert.strictEqual(status, 403, `${host} ${target}`)
          assert.notInclude(head, "set-cookie")
        }
      }
      const good = requestOf("GET", "/api/session", { host: `localhost:${port}`, cookie: client.cookie })
      assert.strictEqual((yield* raw(port, good)).status, 200)
    })
  )

  it.effect("takes each secret for what it is for alone, and none of another console", () =>
    Effect.gen(function* () {
      const { client, other, port, url } = yield* Running
      const token = new URL(Redacted.value(url)).searchParams.get("token") ?? ""
      const name = `hcp_console_${port}`
      const session = client.cookie.slice(name.length + 1)
      const csrf = String(client.session.csrf)
      assert.strictEqual(new Set([token, session, csrf]).size, 3)
      const statusOf = (method: string, path: string, headers: Record<string, string> = {}) =>
        Effect.map(client.bare({ method, path, headers }), ({ headers, status }) => [status, headers.has("set-cookie")])
      const closed = [401, false]
      for (const cookie of [
        `${name}=${token}`,
        `${name}=${csrf}`,
        `${name}=`,
        other.cookie,
        `${name}=${other.cookie.replace(/^.*?=/, "")}`
      ]) {
        assert.deepStrictEqual(yield* statusOf("GET", "/api/session", { cookie }), closed, cookie)
        assert.deepStrictEqual(yield* statusOf("GET", "/api/events", { cookie }), closed, cookie)
      }
      for (const path of [`/?token=${session}`, `/?token=${csrf}`, `/?token=wrong&token=${token}`, "/?token="]) {
        assert.deepStrictEqual(yield* statusOf("GET", path), closed, path)
      }
      for (const path of ["/api/session", "/api/events", "/app.js", "/api/openapi.json"]) {
        assert.deepStrictEqual(yield* statusOf("GET", `${path}?token=${token}`), closed, path)
      }
      for (const method of ["HEAD", "POST", "PUT"]) {
        assert.deepStrictEqual(yield* statusOf(method, `/?token=${token}`), closed, method)
      }
      const change = (header: string) =>
        Effect.map(
          client.bare({
            method: "POST",
            path: "/api/objects/delete",
            headers: { cookie: client.cookie, "x-hcp-console": header, "content-type": "application/json" },
            body: JSON.stringify({ system: "hcp1.example.com", namespace: "n1.t1", path: "/nothing" })
          }),
          ({ status }) => status
        )
      for (const header of [token, session, String(other.session.csrf), ""]) {
        assert.strictEqual(yield* change(header), 403)
      }
      assert.strictEqual(yield* change(csrf), 422)
    })
  )

  it.effect("has no method that a page of another origin could use", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const { cookie } = client
      const path = "/api/objects/delete"
      const asked = { origin: client.origin, "access-control-request-method": "POST" }
      for (const method of ["OPTIONS", "PROPFIND", "DELETE", "PATCH", "PUT", "POST"]) {
        assert.strictEqual((yield* client.bare({ method, path })).status, 401, method)
        assert.strictEqual((yield* client.bare({ method, path, headers: { cookie, ...asked } })).status, 403, method)
      }
      const told = yield* client.ask({ method: "OPTIONS", path, headers: asked })
      assert.strictEqual(told.status, 404)
      const names = Array.from(told.headers.keys()).filter((name) => name.startsWith("access-control-"))
      assert.deepStrictEqual(names, [])
      const head = yield* client.ask({ method: "HEAD", path: "/api/session" })
      assert.strictEqual(yield* Effect.promise(() => head.text()), "")
      // What a form can send has none of our headers, and a page of the same machine another port.
      const form = { cookie, origin: "http://127.0.0.1:1", "content-type": "text/plain" }
      assert.strictEqual((yield* client.bare({ method: "POST", path, headers: form, body: "{}" })).status, 403)
    })
  )

  it.effect("has the files of its pages and no other, however they are asked for", () =>
    Effect.gen(function* () {
      const { client, port } = yield* Running
      const headers = { host: `127.0.0.1:${port}`, cookie: client.cookie }
      for (const target of [
        "/../package.json",
        "/%2e%2e/package.json",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/app.js/../../package.json",
        "/app.js%00.html",
        "/.git/config",
        "//[",
        "/%",
        "/%ff",
        "/api/%2e%2e/app.js",
        "\\..\\package.json"
      ]) {
        const { body, head, status } = yield* raw(port, requestOf("GET", target, headers))
        assert.oneOf(status, [400, 404], target)
        if (head.includes("content-security-policy")) assert.include(head, "x-content-type-options: nosniff", target)
        assert.notInclude(body, "root:", target)
        assert.notInclude(body, "@effect-hcp", target)
      }
    })
  )

  it.effect("reads no body that is too large, and no upload without a length", () =>
    Effect.gen(function* () {
      const { client, port } = yield* Running
      const large = JSON.stringify({ fault: "slow", delay: 1, node: "x".repeat(2_000_000) })
      const json = { "content-type": "application/json" }
      const refused = yield* client.ask({ method: "POST", path: "/api/simulator/faults", headers: json, body: large })
      assert.strictEqual(refused.status, 413)
      const { cookie, session } = client
      const own = { host: `127.0.0.1:${port}`, cookie, "x-hcp-console": String(session.csrf) }
      const target = `/api/content?${place("/endless")}`
      const chunked = { ...own, "transfer-encoding": "chunked" }
      const endless = yield* raw(port, requestOf("PUT", target, chunked, "5\r\nhello\r\n0\r\n\r\n"))
      assert.strictEqual(endless.status, 422)
      assert.include(endless.body, "An upload says its length.")
      const wide = yield* raw(port, requestOf("GET", `/?${"a".repeat(100_000)}`, own))
      assert.strictEqual(wide.status, 431)
      // What is cut off in the middle is not stored.
      yield* raw(port, requestOf("PUT", target, { ...own, "content-length": "100" }, "hello"))
      const head = yield* client.json({ path: `/api/objects/head?${place("/endless")}` })
      assert.strictEqual(head.body.reason, "NotFound")
      assert.strictEqual((yield* client.ask({ path: "/api/session" })).status, 200)
    })
  )

  it.effect("lets nothing that is stored be a page", () =>
    Effect.gen(function* () {
      const { client } = yield* Running
      const html = "<!doctype html><script>fetch('/api/session')</script>"
      const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
      for (const [path, body, asPicture] of [
        ["/evil.html", html, "application/octet-stream"],
        ["/evil.xhtml", html, "application/octet-stream"],
        ["/evil.svg", svg, "application/octet-stream"],
        ["/evil.xml", svg, "application/octet-stream"],
        ["/evil.pdf", html, "application/octet-stream"],
        ["/evil.js", "alert(1)", "application/octet-stream"],
        ["/evil.css", "a { color: red }", "application/octet-stream"],
        ["/evil.png", html, "image/png"],
        ['/evil\r\nset-cookie: a=b; "x".png', html, "image/png"]
      ] as const) {
        yield* client.ask({ method: "PUT", path: `/api/content?${place(path)}`, body })
        for (const [asked, type] of [
          [`/api/content?${place(path)}`, "application/octet-stream"],
          [`/api/content?${place(path)}&picture`, asPicture],
          [`/api/preview?${place(path)}`, "text/plain; charset=utf-8"]
        ] as const) {
          const { headers, status } = yield* client.ask({ path: asked })
          assert.strictEqual(status, 200, asked)
          assert.strictEqual(headers.get("content-type"), type, asked)
          assert.strictEqual(headers.get("x-content-type-options"), "nosniff", asked)
          assert.strictEqual(headers.get("content-security-policy"), "sandbox; default-src 'none'", asked)
          assert.isNull(headers.get("set-cookie"))
          if (asked.includes("content"))
            assert.match(headers.get("content-disposition") ?? "", /^attachment; filename\*=UTF-8''[!-~]+$/)
        }
      }
    })
  )
})
