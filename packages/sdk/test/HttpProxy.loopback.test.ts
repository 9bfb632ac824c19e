import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Fiber, Layer, Redacted } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import * as Hcp from "../src/Hcp.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as FaultNode from "./utils/FaultNode.ts"
import { call, fqdn, make, targetOf } from "./utils/FaultNodes.ts"
import * as ScriptedProxy from "./utils/scriptedProxy.ts"

const { established, hangsUp, resets, says, silent, tunnels } = ScriptedProxy
const ok = FaultNode.reply(200, "ok")

const user = { username: "clerk", password: Redacted.make("geheim ü") }
const proof = `Basic ${Buffer.from("clerk:geheim ü").toString("base64")}`

const authority = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [], kind: "complete" })
  return { identity, tls: { ca: authority.pem } }
})

const statusOf = (target: Target.Shape) => Effect.map(target.nodes.health, (nodes) => nodes.map((node) => node.status))

describe("A target behind a proxy", () => {
  it.live("HTTPS: a tunnel to the node's address, TLS verified for the name, and one tunnel for many calls", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authority
      const group = yield* make([Array(5).fill(ok)], { tls: identity })
      const proxy = yield* ScriptedProxy.make([tunnels()])
      const target = yield* targetOf(group, { tls, proxy: { ...proxy.at, credentials: user } })
      for (const _ of Array(5)) assert.strictEqual((yield* call(target)).text, "ok")
      const [arrival] = proxy.arrivals
      assert.strictEqual(
        arrival?.head,
        `CONNECT 127.90.0.1:${group.port} HTTP/1.1\r\nHost: 127.90.0.1:${group.port}\r\nProxy-Authorization: ${proof}\r\n\r\n`
      )
      const [seen] = group.nodes[0]?.arrivals ?? []
      assert.strictEqual(seen?.headers.host, `${fqdn}:${group.port}`)
      assert.isUndefined(seen?.headers["proxy-authorization"], "the node does not see it")
      assert.strictEqual(proxy.unused(), 0)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("HTTPS: a certificate for another name is refused through a tunnel as without", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authority
      const group = yield* make([[]], { tls: identity })
      const proxy = yield* ScriptedProxy.make([tunnels()])
      const target = yield* targetOf(group, { fqdn: "n2.t1.other.test", tls, proxy: proxy.at })
      assert.strictEqual((yield* Effect.flip(call(target))).reason._tag, "CertificateError")
      yield* proxy.until(() => proxy.open() === 0)
    })
  )

  it.live("a node that stands still behind the tunnel is the node's time-out, and the tunnel is closed", () =>
    Effect.gen(function* () {
      const { tls } = yield* authority
      const group = yield* make([[FaultNode.muteAtAccept]])
      const proxy = yield* ScriptedProxy.make([tunnels()])
      const target = yield* targetOf(group, {
        tls,
        connectTimeout: "2 seconds",
        proxy: proxy.at,
        retry: RetryPolicy.never
      })
      const { reason } = yield* Effect.flip(call(target))
      assert(reason._tag === "Timeout", reason.message)
      assert.deepStrictEqual([reason.phase, reason.address], ["connect", "127.90.0.1"])
      yield* proxy.until(() => proxy.open() === 0)
    })
  )

  it.live("plain HTTP: a tunnel too; without credentials none are sent", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok, ok]])
      const proxy = yield* ScriptedProxy.make([tunnels()])
      const target = yield* targetOf(group, { proxy: proxy.at })
      for (const _ of Array(2)) assert.strictEqual((yield* call(target)).text, "ok")
      assert.notInclude(proxy.arrivals[0]?.head, "Authorization")
      assert.strictEqual(proxy.unused(), 0)
    })
  )

  it.live("names that the proxy resolves: it is told the name, nobody else is asked, and all nodes are one", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authority
      const group = yield* make([[ok, ok, ok]], { tls: identity })
      const proxy = yield* ScriptedProxy.make([tunnels({ [fqdn]: "127.90.0.1" })])
      const target = yield* targetOf(group, { tls, addresses: undefined, proxy: { ...proxy.at, resolve: "proxy" } })
      assert.strictEqual((yield* call(target)).node, fqdn)
      const pinned = yield* target.pinned
      assert.strictEqual((yield* call(pinned)).text, "ok")
      yield* target.refresh
      assert.strictEqual((yield* call(target)).text, "ok")
      assert.deepStrictEqual(yield* target.addresses, [fqdn])
      assert.deepStrictEqual(
        proxy.arrivals.map((arrival) => arrival.authority),
        [`${fqdn}:${group.port}`]
      )
      assert.strictEqual(proxy.unused(), 0)
    })
  )

  it.live("an answer in single bytes, after informational ones, is understood", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok]])
      const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.0 200 OK\r\nVia: p\r\n\r\n`
      const proxy = yield* ScriptedProxy.make([tunnels({}, ...answer)])
      assert.strictEqual((yield* call(yield* targetOf(group, { proxy: proxy.at }))).text, "ok")
    })
  )

  it.live("a node that the proxy cannot reach is left out, and another one serves", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok, ok], "down"])
      const proxy = yield* ScriptedProxy.make(Array(3).fill(tunnels()))
      const target = yield* targetOf(
        { addresses: [...group.addresses].reverse(), port: group.port },
        { proxy: proxy.at }
      )
      for (const _ of Array(2)) assert.strictEqual((yield* call(target)).text, "ok")
      assert.deepStrictEqual(yield* statusOf(target), ["ejected", "healthy"])
    })
  )
})

describe("A proxy in trouble", () => {
  const status = (line: string) => says(`HTTP/1.1 ${line}\r\nContent-Length: 5\r\n\r\nno no`)
  const cases: ReadonlyArray<
    readonly [
      name: string,
      step: ScriptedProxy.Step,
      kind: string,
      message: RegExp,
      /** How often it is asked; 2 nodes, 3 attempts. */
      asked: number,
      isRetryable: boolean,
      blamesNodes: boolean
    ]
  > = [
    [
      "wants credentials",
      status("407 Proxy Authentication Required"),
      "credentials",
      /wants credentials \(407\)/,
      1,
      false,
      false
    ],
    ["refuses", status("403 Forbidden"), "refused", /refuses CONNECT 127\.90\.0\.\d:\d+ \(403\)/, 1, false, false],
    [
      "cannot reach the node: 502",
      status("502 Bad Gateway"),
      "gateway",
      /cannot reach 127\.90\.0\.\d:\d+ \(502\)/,
      4,
      true,
      true
    ],
    ["cannot reach the node: 504", status("504 Gateway Timeout"), "gateway", /cannot reach .* \(504\)/, 4, true, true],
    ["answers junk", says("SSH-2.0-OpenSSH_9.2\r\n"), "protocol", /what it sent is not HTTP/, 1, false, false],
    ["answers junk that begins well", says("HTTP/1.1 yes\r\n\r\n"), "protocol", /not HTTP/, 1, false, false],
    [
      "answers without end",
      says(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}`),
      "protocol",
      /has no end/,
      1,
      false,
      false
    ],
    [
      "is informational without end",
      says("HTTP/1.1 100 Go on\r\n\r\n".repeat(1_000)),
      "protocol",
      /has no end/,
      1,
      false,
      false
    ],
    ["speaks TLS", says(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x46)), "protocol", /its port speaks TLS/, 1, false, false],
    [
      "sends more than its answer",
      says(`${established}HTTP/1.1 200 OK\r\n`),
      "protocol",
      /more than the head/,
      1,
      false,
      false
    ],
    ["hangs up", hangsUp, "lost", /gave no answer to CONNECT/, 3, true, false],
    ["resets", resets, "lost", /ECONNRESET/, 3, true, false],
    ["says nothing", silent, "silent", /no answer to CONNECT .* within 750 ms/, 4, true, true]
  ]
  for (const [name, step, kind, message, asked, isRetryable, blamesNodes] of cases) {
    const who = blamesNodes ? "the node" : "no node"
    it.live(`that ${name}: typed, named, and ${who} is blamed`, () =>
      Effect.gen(function* () {
        const group = yield* make([[], []])
        const proxy = yield* ScriptedProxy.make(Array(asked).fill(step))
        const target = yield* targetOf(group, {
          connectTimeout: kind === "silent" ? "750 millis" : "20 seconds",
          proxy: proxy.at
        })
        const error = yield* Effect.flip(call(target))
        assert(error.reason._tag === "ProxyFailed", error.message)
        assert.strictEqual(error.reason.kind, kind)
        assert.strictEqual(error.reason.proxy, proxy.label)
        assert.match(error.message, message)
        assert.include(error.message, proxy.label)
        assert.strictEqual(error.reached, "nothing")
        assert.strictEqual(error.isRetryable, isRetryable)
        assert.strictEqual(proxy.unused(), 0, "how often it was asked")
        assert.deepStrictEqual(yield* statusOf(target), Array(2).fill(blamesNodes ? "ejected" : "healthy"))
        assert.deepStrictEqual(group.requests(), [0, 0])
        yield* proxy.until(() => proxy.open() === 0)
      })
    )
  }

  it.live("that cannot be reached: as many attempts as the policy says, not one a node, and no node is blamed", () =>
    Effect.gen(function* () {
      const group = yield* make([[], [], [], [], [], [], [], []])
      const closed = yield* Effect.scoped(ScriptedProxy.make([]))
      const target = yield* targetOf(group, { proxy: closed.at })
      const error = yield* Effect.flip(call(target))
      assert(error.reason._tag === "ProxyFailed", error.message)
      assert.strictEqual(error.reason.kind, "unreachable")
      assert.include(error.message, `the proxy ${closed.label} cannot be reached (ECONNREFUSED)`)
      assert.lengthOf(error.failedAttempts, 2)
      assert.isTrue(error.systemDown, "the way to this system is gone: a replica may be asked")
      assert.deepStrictEqual(yield* statusOf(target), Array(8).fill("healthy"))
    })
  )

  it.live("whose name has no address of a machine is not looked for on this one", () =>
    Effect.gen(function* () {
      const group = yield* make([[]])
      const proxy = yield* ScriptedProxy.make([])
      // To the operating system this is 0.0.0.0, and with it a program on this machine.
      const target = yield* targetOf(group, { proxy: { host: "0", port: proxy.at.port, credentials: user } })
      const { reason } = yield* Effect.flip(call(target))
      assert(reason._tag === "ProxyFailed", reason.message)
      assert.deepStrictEqual([reason.kind, reason.detail], ["unreachable", "ENOTFOUND"])
      assert.lengthOf(proxy.arrivals, 0)
    })
  )

  it.live("that does not accept the credentials says so; they show nowhere", () =>
    Effect.gen(function* () {
      const group = yield* make([[]])
      const echo: ScriptedProxy.Step = (arrival) =>
        says(`HTTP/1.1 407 ${proof}\r\nX-Echo: ${proof} geheim\r\nContent-Length: 0\r\n\r\n`)(arrival)
      const proxy = yield* ScriptedProxy.make([echo])
      const target = yield* targetOf(group, { proxy: { ...proxy.at, credentials: user } })
      const error = yield* Effect.flip(call(target))
      assert.include(error.message, "does not accept its credentials (407)")
      const shown = [
        inspect(error, { depth: 9 }),
        JSON.stringify(error),
        String(error.stack),
        inspect(target, { depth: 9 })
      ]
      for (const text of shown) {
        assert.notInclude(text, "geheim")
        assert.notInclude(text, proof)
      }
    })
  )

  it.live("that keeps silent holds no interrupted call, and is let go of after the connect timeout", () =>
    Effect.gen(function* () {
      const group = yield* make([[]])
      const proxy = yield* ScriptedProxy.make([silent])
      const target = yield* targetOf(group, { connectTimeout: "300 millis", proxy: proxy.at })
      const fiber = yield* Effect.forkScoped(call(target))
      yield* proxy.until(() => proxy.arrivals.length === 1)
      yield* Fiber.interrupt(fiber)
      // What is being opened belongs to the pool: it may serve another call.
      assert.strictEqual(proxy.open(), 1)
      yield* proxy.until(() => proxy.open() === 0)
    })
  )
})

describe("HCP_PROXY", () => {
  const layerOf = (group: { readonly port: number }, env: Record<string, string>) =>
    Hcp.layerConfig().pipe(
      Layer.provide(
        ConfigProvider.layer(
          ConfigProvider.fromEnv({
            env: { HCP_FQDN: fqdn, HCP_AUTH: "anonymous", HCP_TLS: "false", HCP_PORT: String(group.port), ...env }
          })
        )
      )
    )

  it.live("leads all calls through the proxy, with its credentials, which resolves the name if told to", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok]])
      const proxy = yield* ScriptedProxy.make([tunnels({ [fqdn]: "127.90.0.1" })])
      const layer = layerOf(group, {
        HCP_PROXY: `http://clerk:${encodeURIComponent("geheim ü")}@${proxy.label}`,
        HCP_PROXY_RESOLVE: "proxy"
      })
      const context = yield* Layer.build(layer)
      const target = Context.get(context, Target.Target)
      assert.strictEqual((yield* call(target)).text, "ok")
      assert.include(proxy.arrivals[0]?.head, `Proxy-Authorization: ${proof}\r\n`)
      assert.notInclude(inspect(context, { depth: 12 }), "geheim")
    })
  )

  it.effect("that makes no sense is an error that names it and does not show it", () =>
    Effect.gen(function* () {
      const group = { port: 80 }
      for (const env of [
        { HCP_PROXY: "https://clerk:geheim@proxy.test:3128" },
        { HCP_PROXY: "http://clerk:geheim@proxy.test:3128", HCP_PROXY_RESOLVE: "both" }
      ]) {
        const error = yield* Effect.flip(Layer.build(layerOf(group, env)))
        assert.match(String(error.message), /HCP_PROXY/)
        assert.notInclude(inspect(error, { depth: 9 }) + String(error.message), "geheim")
      }
    })
  )
})
