import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as HttpProxy from "../src/HttpProxy.ts"
import { always, answer, makeTarget, type TargetOptions } from "./utils/ScriptedNodes.ts"

describe("the URL of a proxy", () => {
  const good: ReadonlyArray<readonly [url: string, host: string, port: number, user?: string, password?: string]> = [
    ["http://proxy.example.com:3128", "proxy.example.com", 3128],
    ["HTTP://proxy.example.com:3128/", "proxy.example.com", 3128],
    ["proxy.example.com:80", "proxy.example.com", 80],
    ["http://192.0.2.1:8080", "192.0.2.1", 8080],
    ["http://[2001:db8::1]:8080", "2001:db8::1", 8080],
    ["http://u:p@proxy.example.com:3128", "proxy.example.com", 3128, "u", "p"],
    ["http://u:a:b@c@proxy.example.com:3128", "proxy.example.com", 3128, "u", "a:b@c"],
    ["http://AD%5Cu%40x:p%20%C3%BC%25@proxy.example.com:3128", "proxy.example.com", 3128, "AD\\u@x", "p ü%"],
    ["http://u@proxy.example.com:3128", "proxy.example.com", 3128, "u", ""]
  ]
  it.effect("gives host, port, user and password", () =>
    Effect.gen(function* () {
      for (const [url, host, port, username, password] of good) {
        const proxy = yield* HttpProxy.fromUrl(Redacted.make(url), { resolve: "proxy" })
        assert.deepStrictEqual([proxy.host, proxy.port, proxy.resolve], [host, port, "proxy"], url)
        assert.strictEqual(proxy.credentials?.username, username, url)
        assert.strictEqual(proxy.credentials && Redacted.value(proxy.credentials.password), password, url)
      }
    })
  )

  it.effect("that makes no sense is InvalidInput, and is not shown", () =>
    Effect.gen(function* () {
      for (const [url, message] of [
        ["https://u:geheim@proxy.example.com:3128", /only HTTP proxies/],
        ["socks5://u:geheim@proxy.example.com:1080", /only HTTP proxies/],
        ["http://u:geheim@proxy.example.com", /no host with a port/],
        ["http://u:geheim@proxy.example.com:3128/path", /no host with a port/],
        ["http://u:geheim%zz@proxy.example.com:3128", /percent-encoded/],
        ["geheim", /no host with a port/],
        ["", /no host with a port/]
      ] as const) {
        const error = yield* Effect.flip(HttpProxy.fromUrl(url))
        assert.strictEqual(error.reason._tag, "InvalidInput", url)
        assert.match(error.message, message, url)
        assert.notInclude(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack, "geheim")
      }
    })
  )
})

describe("a proxy that makes no sense", () => {
  const credentials = (username: string, password: string) => ({ username, password: Redacted.make(password) })
  const bad: ReadonlyArray<readonly [name: string, options: TargetOptions, message: RegExp]> = [
    ["URL for a host", { proxy: { host: "http://proxy.test", port: 1 } }, /proxy\.host: .*without http:\/\/ and port/],
    ["line break in the host", { proxy: { host: "a\r\nX: y", port: 1 } }, /proxy\.host/],
    ["unspecified host", { proxy: { host: "0.0.0.0", port: 1 } }, /0\.0\.0\.0 is unspecified, which no proxy can be/],
    ["port 0", { proxy: { host: "proxy.test", port: 0 } }, /proxy\.port: 0 is no port/],
    ["port 65536", { proxy: { host: "proxy.test", port: 65_536 } }, /proxy\.port/],
    [
      "user with a colon",
      { proxy: { host: "proxy.test", port: 1, credentials: credentials("a:b", "geheim") } },
      /proxy\.credentials: the name of the user holds a colon/
    ],
    [
      "password with a line break",
      { proxy: { host: "proxy.test", port: 1, credentials: credentials("a", "geheim\r\nX: y") } },
      /proxy\.credentials: the password holds a control character/
    ],
    [
      "addresses that the proxy is to find",
      { addresses: ["192.0.2.1"], proxy: { host: "proxy.test", port: 1, resolve: "proxy" } },
      /addresses: .*proxy\.resolve/
    ]
  ]
  for (const [name, options, message] of bad) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeTarget(always(answer(200)), { addresses: undefined, ...options }))
        assert.strictEqual(error.reason._tag, "InvalidInput")
        assert.match(error.message, message)
        assert.notMatch(error.message, /[\r\n]|geheim/)
      })
    )
  }
})
