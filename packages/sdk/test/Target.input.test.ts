import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Logger, Redacted, References, Stream } from "effect"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import { times } from "./utils/poolWatch.ts"
import { always, answer, makeClient, makeTarget, type TargetOptions } from "./utils/ScriptedNodes.ts"

const assertOneLine = (error: HcpError) => {
  assert.notMatch(error.message, /[\r\n]/)
  assert.isAbove(error.message.length, 20)
}

describe("a request that cannot be sent", () => {
  const put: HcpRequest = { method: "PUT", path: "/rest/a" }
  const bad: ReadonlyArray<readonly [name: string, request: HcpRequest, message: RegExp]> = [
    ["empty path", { ...put, path: "" }, /path: is empty; it begins with "\/"/],
    ["relative path", { ...put, path: "rest/a" }, /path: is relative/],
    ["..", { ...put, path: "/rest/a/../b" }, /path: has a `\.\.` segment/],
    ["empty segment", { ...put, path: "/rest//b" }, /empty segment/],
    ["NUL in the path", { ...put, path: "/rest/a\0b" }, /NUL/],
    ["half a surrogate pair", { ...put, path: "/rest/\ud800" }, /surrogate/],
    [
      "CR/LF in a header",
      { ...put, headers: { "X-Note": "a\r\nX-Evil: b" } },
      /header "X-Note": the value holds a line break/
    ],
    ["CR/LF in a header's name", { ...put, headers: { "X-A\r\nX-Evil": "b" } }, /is not a header name/],
    ["text outside Latin-1", { ...put, headers: { "X-Note": "\u4e2d" } }, /percent-encode/],
    ["Host", { ...put, headers: { Host: "evil.test" } }, /header "Host": is set by the SDK/],
    ["Authorization", { ...put, headers: { authorization: "HCP x" } }, /provide a Credentials layer/],
    ["Content-Length", { ...put, headers: { "content-length": "3" } }, /is set by the SDK/],
    [
      "missing file",
      { ...put, body: HcpBody.file("/nowhere/there.bin") },
      /\/nowhere\/there\.bin: there is no such file/
    ],
    ["folder", { ...put, body: HcpBody.file("/") }, /it is a directory/],
    ["no count", { ...put, body: HcpBody.stream(() => Stream.empty, { length: -1 }) }, /not a whole number/]
  ]

  for (const [name, request, message] of bad) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const nodes = always(answer(200))
        const target = yield* makeTarget(nodes)
        const error = yield* Effect.flip(Effect.scoped(target.execute(request)))
        assert.match(error.message, message)
        assert.match(error.message, /^PUT n1\.t1\.hcp\.test/)
        assertOneLine(error)
        assert.strictEqual(error.reached, "nothing")
        assert.isFalse(error.isRetryable)
        assert.isFalse(error.systemDown)
        assert.deepStrictEqual([nodes.calls.length, nodes.connects.length], [0, 0])
      })
    )
  }

  it.effect("a path with line breaks can be stored, and cannot forge a line of a log", () =>
    Effect.gen(function* () {
      const nodes = always(answer(404))
      const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes), undefined))
      const error = yield* Effect.flip(client.get("/rest/a\nERROR all is lost"))
      assert.strictEqual(nodes.calls[0]?.request.path, "/rest/a%0AERROR%20all%20is%20lost")
      assertOneLine(error)
    })
  )
})

describe("a target that makes no sense", () => {
  const bad: ReadonlyArray<readonly [name: string, options: TargetOptions, message: RegExp]> = [
    ["empty name", { fqdn: "" }, /fqdn: "" is no host name; give <namespace>\.<tenant>\.<domain>/],
    ["URL for a name", { fqdn: "https://n1.t1.hcp.test/rest" }, /without "https:\/\/" and path/],
    ["name with a port", { fqdn: "n1.t1.hcp.test:443" }, /is no host name/],
    ["name with a line break", { fqdn: "n1.t1\r\nX-Evil: b" }, /is no host name/],
    ["name with an empty label", { fqdn: "n1..hcp.test" }, /is no host name/],
    ["port 0", { port: 0 }, /port: 0 is no port; give a whole number from 1 to 65535/],
    ["port 65536", { port: 65_536 }, /is no port/],
    ["port 80.5", { port: 80.5 }, /is no port/],
    ["no addresses", { addresses: [] }, /addresses: the list is empty/],
    ["address with a port", { addresses: ["192.0.2.1:443"] }, /"192\.0\.2\.1:443" is no IP address/],
    ["missing CA file", { tls: { caFile: "/nowhere/ca.pem" } }, /\/nowhere\/ca\.pem/],
    [
      "readable password without TLS",
      {
        tls: false,
        credentials: Credentials.layerActiveDirectory({ username: "u@ad.test", password: Redacted.make("secret") })
      },
      /tls: the credentials of AD user u@ad\.test are readable on the wire; use TLS/
    ]
  ]
  for (const [name, options, message] of bad) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(makeTarget(always(answer(200)), options))
        assert.match(error.message, message)
        assert.strictEqual(error.reason._tag, "InvalidInput")
        assertOneLine(error)
      })
    )
  }
})

describe("ports and TLS", () => {
  it.effect("443 with TLS, 80 without, and none on 80 and 8080", () =>
    Effect.gen(function* () {
      const seen = (options: TargetOptions) =>
        Effect.map(Effect.exit(makeTarget(always(answer(200)), options)), (exit) =>
          Exit.isSuccess(exit) ? `${exit.value.port} ${exit.value.secure}` : "fails"
        )
      assert.strictEqual(yield* seen({ tls: undefined }), "443 true")
      assert.strictEqual(yield* seen({ tls: false }), "80 false")
      assert.strictEqual(yield* seen({ tls: undefined, port: 8080 }), "8080 false")
      assert.strictEqual(yield* seen({ tls: {}, port: 8080 }), "8080 true")
      assert.strictEqual(yield* seen({ tls: undefined, port: 9090 }), "9090 true")
    })
  )
})

describe("plain HTTP that follows from the port alone", () => {
  it.effect("is a warning, once for each target; nobody is warned of what was asked for", () =>
    Effect.gen(function* () {
      const warnings = Effect.fnUntraced(function* (options: TargetOptions) {
        const said: Array<string> = []
        const logger = Logger.make(({ logLevel, message }) => {
          if (logLevel === "Warn") said.push(String(message))
        })
        const calls = Effect.gen(function* () {
          const client = yield* makeClient(always(answer(200)), options)
          for (const _ of times(3)) yield* Effect.ignore(client.get("/rest/a"))
        })
        yield* Effect.scoped(calls).pipe(
          Effect.provide(Logger.layer([logger])),
          Effect.provideService(References.MinimumLogLevel, "Warn")
        )
        return said
      })
      for (const port of [80, 8080]) {
        const [said, ...others] = yield* warnings({ tls: undefined, port })
        assert.lengthOf(others, 0)
        assert.include(said, "plain HTTP")
        assert.include(said, `port ${port}`)
        assert.include(said, "tls: false (HCP_TLS=false)")
      }
      for (const options of [
        { tls: false as const, port: 80 },
        { tls: false as const },
        { tls: undefined, port: 443 },
        { tls: {}, port: 80 }
      ]) {
        assert.deepStrictEqual(yield* warnings(options), [])
      }
    })
  )
})
