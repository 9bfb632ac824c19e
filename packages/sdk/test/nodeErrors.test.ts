import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { classify, type NetworkContext } from "../src/internal/transport/nodeErrors.ts"

const context: NetworkContext = {
  phase: "exchange",
  fqdn: "n1.t1.hcp.test",
  address: "10.0.0.1",
  port: 443,
  tls: true,
  connectTimeout: Duration.seconds(3)
}

const error = (code: string | undefined, message = "x", rest: object = {}) =>
  Object.assign(new Error(message), code === undefined ? {} : { code }, rest)

const inPhase = (phase: NetworkContext["phase"]) => ({ ...context, phase })

describe("classify", () => {
  it("knows a connection that could not be made", () => {
    for (const code of ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ECONNRESET"]) {
      const reason = classify(error(code), inPhase("connect"))
      assert.strictEqual(reason._tag, "CannotConnect")
      assert.include(reason.message, `10.0.0.1:443 (${code})`)
      assert.isTrue(reason.isRetryable)
    }
  })

  it("knows that this computer can open no socket", () => {
    for (const code of ["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM", "EACCES", "EPERM"]) {
      const reason = classify(error(code), inPhase("connect"))
      assert.strictEqual(reason._tag, "CannotOpenSocket")
      assert.include(reason.message, `10.0.0.1:443 (${code}); `)
      assert.isTrue(reason.isRetryable)
      assert.strictEqual(classify(error(code), context)._tag, "ConnectionLost")
    }
    const withoutIPv6 = classify(error("EADDRNOTAVAIL"), { ...inPhase("connect"), address: "2001:db8::1" })
    assert.strictEqual(withoutIPv6._tag, "CannotConnect")
  })

  it("knows a connection that was lost", () => {
    for (const code of ["ECONNRESET", "EPIPE", "ETIMEDOUT", "UND_ERR_SOCKET", "UND_ERR_DESTROYED", "ENOSUCHCODE"]) {
      const reason = classify(error(code, "other side closed"), context)
      assert.strictEqual(reason._tag, "ConnectionLost")
      assert.include(reason.message, code)
    }
  })

  it("knows an answer that broke off", () => {
    const body = { ...inPhase("body"), received: 5, expected: 9 }
    for (const code of ["ECONNRESET", "UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"]) {
      assert.strictEqual(classify(error(code), body).message, "the answer from 10.0.0.1 broke off after 5 of 9 bytes")
    }
    assert.strictEqual(classify(error("ECONNRESET"), inPhase("body"))._tag, "ConnectionLost")
  })

  it("knows the timeouts, with their limits", () => {
    assert.include(classify(error("UND_ERR_CONNECT_TIMEOUT"), inPhase("connect")).message, "3000 ms (connectTimeout)")
  })

  it("knows broken HTTP", () => {
    const parser = error(undefined, "Invalid header token", { name: "HTTPParserError" })
    for (const each of [
      parser,
      error("HPE_INVALID_CONSTANT", "Expected HTTP/", { name: "HTTPParserError" }),
      error("UND_ERR_HEADERS_OVERFLOW"),
      error("UND_ERR_RES_CONTENT_LENGTH_MISMATCH"),
      error("UND_ERR_SOCKET", "bad response"),
      error("UND_ERR_SOCKET", "bad upgrade")
    ]) {
      assert.strictEqual(classify(each, context)._tag, "ProtocolError")
    }
    assert.include(classify(parser, context).message, "Invalid header token")
  })

  it("says so when one side speaks TLS and the other does not", () => {
    const plain = classify(error("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number"), {
      ...inPhase("connect"),
      port: 80
    })
    assert.strictEqual(plain._tag, "ProtocolError")
    assert.match(plain.message, /port 80 does not speak TLS.*HCP_TLS=false/)
    const older = classify(
      error("EPROTO", "write EPROTO 00:SSL routines:ssl3_get_record:wrong version number"),
      context
    )
    assert.match(older.message, /does not speak TLS/)
    const alert = error(undefined, "Parse Error", { name: "HTTPParserError", data: "\x15\x03\x01\x00\x02\x02\x46" })
    assert.match(classify(alert, { ...context, tls: false }).message, /port 443 speaks TLS.*HCP_TLS=true/)
    assert.notMatch(classify(alert, context).message, /speaks TLS/)
  })

  it("knows other failures of the handshake", () => {
    const message = (code: string) => {
      const reason = classify(error(code), inPhase("connect"))
      assert.strictEqual(reason._tag, "ProtocolError")
      return reason.message
    }
    assert.match(message("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), /minVersion/)
    assert.match(message("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"), /cipher/)
    assert.match(message("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), /cert and key/)
    assert.match(message("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), /handshake failed/)
  })

  it("finds the error in causes and aggregates, and survives circles", () => {
    const wrapped = new TypeError("fetch failed", {
      cause: new AggregateError([new Error("?"), error("ECONNREFUSED")])
    })
    assert.include(classify(wrapped, inPhase("connect")).message, "ECONNREFUSED")
    const certificate = new Error("outer", { cause: error("DEPTH_ZERO_SELF_SIGNED_CERT") })
    assert.strictEqual(classify(certificate, inPhase("connect"))._tag, "CertificateError")
    const circle = new Error("circle")
    circle.cause = circle
    assert.strictEqual(classify(circle, context)._tag, "ConnectionLost")
    for (const odd of [undefined, null, "text", 5, {}]) {
      assert.strictEqual(classify(odd, inPhase("connect"))._tag, "CannotConnect")
    }
  })

  it("does not blame the network for a bad request", () => {
    const mismatch = classify(error("UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"), { ...context, declared: 5, sent: 3 })
    assert.strictEqual(mismatch.message, "the body has 3 bytes where 5 were declared")
    assert.strictEqual(classify(error("UND_ERR_INVALID_ARG", "invalid path"), context)._tag, "InvalidInput")
  })
})
