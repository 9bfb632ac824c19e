import { X509Certificate } from "node:crypto"
import * as net from "node:net"
import * as nodeTls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import { classify } from "../src/internal/transport/nodeErrors.ts"
import { makeDialer } from "../src/internal/transport/tlsDialer.ts"
import type { Tls } from "../src/Tls.ts"

const fqdn = "n1.t1.hcp.test"

const listening = (server: net.Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(address === null || typeof address === "string" ? 0 : address.port))
      })
    }),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )

const tlsServer = (identity: CertificateAuthority.Identity) =>
  listening(
    nodeTls
      .createServer({ key: identity.key, cert: identity.certificate }, (socket) => socket.on("error", () => {}))
      .on("tlsClientError", () => {})
  )

/** "accepted", or the message of the reason. */
const dial = (settings: Tls, port: number) =>
  Effect.flatMap(makeDialer(settings, fqdn), (dialer) =>
    Effect.callback<string>((resume) => {
      const socket = dialer.connect({ host: "127.0.0.1", port }, (error) => {
        assert.strictEqual(socket.destroyed, error !== undefined)
        socket.destroy()
        const reason =
          error === undefined
            ? undefined
            : classify(error, {
                phase: "connect",
                fqdn,
                address: "127.0.0.1",
                port,
                tls: true,
                connectTimeout: Duration.zero
              })
        resume(Effect.succeed(reason?.message ?? "accepted"))
      })
    })
  )

const issue = Effect.fnUntraced(function* (kind: CertificateAuthority.CertificateKind) {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [], kind })
  const fingerprint = new X509Certificate(identity.certificate).fingerprint256
  return { ca: authority.pem, port: yield* tlsServer(identity), fingerprint }
})

describe("makeDialer", () => {
  it.live("accepts a certificate for the name though an address is dialled", () =>
    Effect.gen(function* () {
      const { ca, port } = yield* issue("complete")
      assert.strictEqual(yield* dial({ ca }, port), "accepted")
      const unknown = yield* dial({}, port)
      assert.include(unknown, "which is not trusted")
      assert.include(unknown, "HCP_CA_FILE")
    })
  )

  it.live("a wildcard for one label only: says so, and verifyChainOnly helps", () =>
    Effect.gen(function* () {
      const { ca, port } = yield* issue("wildcard")
      const refused = yield* dial({ ca }, port)
      assert.include(refused, 'covers one label, not "n1.t1"')
      assert.include(refused, "verifyChainOnly")
      assert.strictEqual(yield* dial({ ca, verifyChainOnly: true }, port), "accepted")
      assert.include(yield* dial({ verifyChainOnly: true }, port), "not trusted")
    })
  )

  it.live("an expired one: says when", () =>
    Effect.gen(function* () {
      const { ca, port } = yield* issue("expired")
      assert.match(yield* dial({ ca }, port), /it expired on \d{4}-\d\d-\d\d/)
      assert.match(yield* dial({ ca, verifyChainOnly: true }, port), /it expired on/)
    })
  )

  it.live("a self-signed one is accepted by its fingerprint alone, and only by that", () =>
    Effect.gen(function* () {
      const { fingerprint, port } = yield* issue("selfSigned")
      assert.include(yield* dial({}, port), "signed by itself")
      assert.strictEqual(yield* dial({ fingerprint256: fingerprint }, port), "accepted")
      const plain = fingerprint.replaceAll(":", "").toLowerCase()
      assert.strictEqual(yield* dial({ fingerprint256: ["00".repeat(32), plain] }, port), "accepted")
      const other = yield* dial({ fingerprint256: "00".repeat(32) }, port)
      assert.include(other, `its SHA-256 fingerprint is ${fingerprint}`)
      assert.strictEqual(yield* dial({ insecureSkipVerification: true }, port), "accepted")
    })
  )

  it.live("a pin does not accept another certificate of a trusted authority", () =>
    Effect.gen(function* () {
      const { ca, port } = yield* issue("complete")
      assert.include(yield* dial({ ca, fingerprint256: "00".repeat(32) }, port), "not in fingerprint256")
    })
  )

  it.live("a port without TLS, a server that hangs up, nobody there", () =>
    Effect.gen(function* () {
      const http = yield* listening(
        net.createServer((socket) => {
          socket.on("error", () => {})
          socket.resume()
          socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")
        })
      )
      assert.include(yield* dial({}, http), "does not speak TLS")
      const mute = yield* listening(net.createServer((socket) => void socket.destroy()))
      assert.include(yield* dial({}, mute), "cannot connect")
      assert.include(yield* dial({}, 1), "ECONNREFUSED")
    })
  )

  it.live("calls nobody back when its socket is destroyed first", () =>
    Effect.gen(function* () {
      const { ca, port } = yield* issue("complete")
      const dialer = yield* makeDialer({ ca }, fqdn)
      let called = false
      yield* Effect.callback<void>((resume) => {
        const socket = dialer.connect({ host: "127.0.0.1", port }, () => {
          called = true
        })
        assert.instanceOf(socket, net.Socket)
        socket.once("close", () => resume(Effect.void))
        socket.destroy()
      })
      assert.isFalse(called)
    })
  )
})
