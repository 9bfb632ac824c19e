import * as nodeTls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Logger } from "effect"
import * as CertificateAuthority from "../../../simulator/src/CertificateAuthority.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import { call, fqdn, make, targetOf } from "../utils/FaultNodes.ts"

const ok = FaultNode.reply(200, "ok")

const authorityWith = Effect.fnUntraced(function* (
  kind: CertificateAuthority.CertificateKind = "complete",
  names: ReadonlyArray<string> = [fqdn],
  domain = "hcp.test"
) {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain, names, addresses: [], kind })
  return { authority, identity, tls: { ca: authority.pem } }
})

/** A node that speaks TLS by these options and does one step of its script for each request. */
const tlsNode = (
  script: ReadonlyArray<FaultNode.Step>,
  options: nodeTls.TlsOptions,
  at: { address: string; port?: number }
) =>
  FaultNode.make(script, {
    ...at,
    wrap: (parsing) => nodeTls.createServer(options, (socket) => void parsing.emit("connection", socket))
  })

describe("A certificate that is not accepted", () => {
  it.live(
    "expired, for another host, a wildcard one label short, of an unknown authority: each node is asked once (rows 59, 60, 61)",
    () =>
      Effect.gen(function* () {
        const cases = [
          [yield* authorityWith("expired"), "CERT_HAS_EXPIRED", /it expired on \d{4}/],
          [
            yield* authorityWith("complete", ["other.test"], "other.test"),
            "ERR_TLS_CERT_ALTNAME_INVALID",
            /it is for other\.test/
          ],
          [yield* authorityWith("wildcard"), "ERR_TLS_CERT_ALTNAME_INVALID", /covers one label, not "n1\.t1"/],
          [{ ...(yield* authorityWith()), tls: {} }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", /which is not trusted/],
          [{ ...(yield* authorityWith("selfSigned")), tls: {} }, "DEPTH_ZERO_SELF_SIGNED_CERT", /signed by itself/]
        ] as const
        for (const [{ identity, tls }, code, message] of cases) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const group = yield* make([[], [], [], []], { tls: identity })
              const target = yield* targetOf(group, { tls })
              const error = yield* Effect.flip(call(target))
              assert(error.reason._tag === "CertificateError", error.message)
              assert.strictEqual(error.reason.code, code)
              assert.strictEqual(error.reason.fqdn, fqdn)
              assert.match(error.message, message)
              assert.isFalse(error.isRetryable)
              assert.strictEqual(error.reached, "nothing")
              assert.deepStrictEqual(
                group.nodes.map((node) => node.connections()),
                [1, 1, 1, 1]
              )
              assert.deepStrictEqual(group.unused(), [0, 0, 0, 0])
            })
          )
        }
      })
  )

  it.live("at one node among good ones: calls are served elsewhere, and one warning names it (row 63)", () =>
    Effect.gen(function* () {
      const { authority, identity, tls } = yield* authorityWith()
      const expired = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [], kind: "expired" })
      const good = yield* make(
        [
          [ok, ok, ok, ok],
          [ok, ok, ok, ok]
        ],
        { tls: identity }
      )
      const bad = yield* FaultNode.make([], { address: "127.90.0.9", port: good.port, tls: expired })
      const warnings: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel === "Warn") warnings.push(String(message))
      })
      const target = yield* targetOf({ ...good, addresses: [bad.address, ...good.addresses] }, { tls })
      yield* Effect.gen(function* () {
        for (let i = 0; i < 8; i++) assert.strictEqual((yield* call(target)).status, 200)
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings[0] ?? "", /certificate of 127\.90\.0\.9 .* it expired on/)
      assert.deepStrictEqual(good.unused(), [0, 0])
      assert.strictEqual(bad.connections(), 1)
    })
  )

  it.live("is accepted by the option that says so, with one warning when the target is made (row 69)", () =>
    Effect.gen(function* () {
      const { identity } = yield* authorityWith("selfSigned", ["other.test"], "other.test")
      const group = yield* make([[ok, ok]], { tls: identity })
      const warnings: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel === "Warn") warnings.push(String(message))
      })
      yield* Effect.gen(function* () {
        const target = yield* targetOf(group, { tls: { insecureSkipVerification: true } })
        yield* call(target)
        yield* call(target)
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(warnings.length, 1)
      assert.include(warnings[0] ?? "", `certificates of ${fqdn} are not verified`)
      const strict = yield* targetOf(group, { tls: {} })
      assert.strictEqual((yield* Effect.flip(call(strict))).reason._tag, "CertificateError")
      assert.deepStrictEqual(group.unused(), [0])
    })
  )
})

describe("The handshake", () => {
  it.live("names the FQDN, though an address is dialled (row 62)", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authorityWith()
      const asked: Array<string> = []
      const context = nodeTls.createSecureContext({ key: identity.key, cert: identity.certificate })
      const node = yield* tlsNode(
        [ok],
        {
          SNICallback: (name, callback) => {
            asked.push(name)
            callback(null, context)
          }
        },
        { address: "127.90.0.1" }
      )
      const target = yield* targetOf({ addresses: [node.address], port: node.port }, { tls })
      yield* call(target)
      assert.deepStrictEqual(asked, [fqdn])
      assert.strictEqual(node.arrivals[0]?.headers.host, `${fqdn}:${node.port}`)
      assert.strictEqual(node.unused(), 0)
    })
  )

  it.live("that is never answered ends with the connect timeout, and the next node serves (row 64)", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authorityWith()
      const group = yield* make([[FaultNode.muteAtAccept], [ok]], { tls: identity })
      const target = yield* targetOf(group, { tls, connectTimeout: "300 millis" })
      const [duration, answer] = yield* Effect.timed(call(target))
      assert.strictEqual(answer.node, "127.90.0.2")
      assert.isBelow(Duration.toMillis(duration), 2_000)
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )

  it.live("with a server of TLS 1.1 is refused, and says what to check (row 67)", () =>
    Effect.gen(function* () {
      const { identity, tls } = yield* authorityWith()
      const old = yield* tlsNode(
        [],
        {
          key: identity.key,
          cert: identity.certificate,
          minVersion: "TLSv1",
          maxVersion: "TLSv1.1",
          ciphers: "DEFAULT@SECLEVEL=0"
        },
        { address: "127.90.0.1" }
      )
      const target = yield* targetOf({ addresses: [old.address], port: old.port }, { tls })
      const error = yield* Effect.flip(call(target))
      assert.strictEqual(error.reason._tag, "ProtocolError")
      assert.include(error.message, "no TLS version or cipher in common")
      assert.strictEqual(old.unused(), 0)
    })
  )

  it.live("is made once for each of two names on one node, not for each call (row 68)", () =>
    Effect.gen(function* () {
      const names = ["n1.t1.hcp.test", "n2.t1.hcp.test"]
      const { identity, tls } = yield* authorityWith("complete", names)
      const handshakes: Array<string | false | null> = []
      const node = yield* FaultNode.make(
        Array.from({ length: 8 }, () => ok),
        {
          address: "127.90.0.1",
          wrap: (parsing) =>
            nodeTls.createServer({ key: identity.key, cert: identity.certificate }, (socket) => {
              handshakes.push(socket.servername)
              parsing.emit("connection", socket)
            })
        }
      )
      const at = { addresses: [node.address], port: node.port }
      const first = yield* targetOf(at, { tls, fqdn: names[0] ?? "" })
      const second = yield* targetOf(at, { tls, fqdn: names[1] ?? "" })
      for (let i = 0; i < 4; i++) {
        yield* call(first)
        yield* call(second)
      }
      assert.deepStrictEqual(handshakes, names)
      assert.deepStrictEqual(
        node.arrivals.map(({ headers }) => headers.host),
        [0, 1, 2, 3].flatMap(() => names.map((name) => `${name}:${node.port}`))
      )
      assert.strictEqual(node.unused(), 0)
    })
  )
})

describe("TLS on one side only (row 66)", () => {
  it.live("plain HTTP on the port: the message says which ports speak TLS", () =>
    Effect.gen(function* () {
      const group = yield* make([
        Array.from({ length: 3 }, () => ({
          accept: (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
        }))
      ])
      const target = yield* targetOf(group, { tls: {} })
      const error = yield* Effect.flip(call(target))
      assert.include(error.message, `port ${group.port} does not speak TLS`)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("TLS on the port, closed without a byte or with an alert: the message says to switch TLS on", () =>
    Effect.gen(function* () {
      const { identity } = yield* authorityWith()
      const alert = yield* FaultNode.make([FaultNode.raw(Buffer.from([21, 3, 3, 0, 2, 2, 40]))])
      for (const node of [yield* FaultNode.make([], { tls: identity }), alert]) {
        const target = yield* targetOf({ addresses: [node.address], port: node.port }, { retry: RetryPolicy.never })
        const error = yield* Effect.flip(call(target))
        assert.match(error.message, /speaks TLS[;,] switch TLS on/)
        assert.strictEqual(node.unused(), 0)
      }
    })
  )

  it.live("a connection that served before, or began an answer, is not taken for it", () =>
    Effect.gen(function* () {
      const group = yield* make([[ok, FaultNode.fin(), FaultNode.fin("HTTP/1.1 2"), FaultNode.fin()]])
      const target = yield* targetOf(group, { retry: RetryPolicy.never })
      yield* call(target)
      const error = yield* Effect.flip(call(target))
      assert.notInclude(error.message, "switch TLS on")
      const fresh = yield* Effect.flip(call(target))
      assert.include(fresh.message, "if this port speaks TLS, switch TLS on (tls, HCP_TLS=true)")
      assert.deepStrictEqual(group.unused(), [0])
    })
  )
})
