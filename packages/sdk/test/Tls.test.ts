import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import { classifyTlsError } from "../src/internal/transport/tlsErrors.ts"
import { toConnectionOptions } from "../src/internal/transport/tlsOptions.ts"
import * as Tls from "../src/Tls.ts"

const fqdn = "n1.t1.hcp.test"

const refusal = (tls: Tls.Tls) =>
  Effect.map(Effect.flip(toConnectionOptions(tls, fqdn)), (error) => {
    assert.strictEqual(error.reason._tag, "InvalidInput")
    return error.message
  })

describe("toConnectionOptions", () => {
  it.effect("is strict by default, and names the server", () =>
    Effect.gen(function* () {
      const options = yield* toConnectionOptions(Tls.verify, fqdn)
      assert.strictEqual(options.servername, fqdn)
      assert.strictEqual(options.rejectUnauthorized, true)
      assert.isDefined(options.secureContext)
      assert.strictEqual((yield* toConnectionOptions(Tls.verify, `${fqdn}.`)).servername, fqdn)
      for (const ip of ["10.0.0.1", "::1"]) assert.isFalse("servername" in (yield* toConnectionOptions({}, ip)))
    })
  )

  it.effect("switches off only what it is told to", () =>
    Effect.gen(function* () {
      const chainOnly = yield* toConnectionOptions({ verifyChainOnly: true }, fqdn)
      assert.strictEqual(chainOnly.rejectUnauthorized, true)
      const insecure = yield* toConnectionOptions({ insecureSkipVerification: true }, fqdn)
      assert.strictEqual(insecure.rejectUnauthorized, false)
      const explicit = yield* toConnectionOptions({ insecureSkipVerification: false, verifyChainOnly: false }, fqdn)
      assert.strictEqual(explicit.rejectUnauthorized, true)
    })
  )

  it.effect("takes authorities as PEM, several, and from a file", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-tls-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const { pem } = yield* CertificateAuthority.make
      const caFile = join(folder, "ca.pem")
      writeFileSync(caFile, `# our authority\n${pem}`)
      yield* toConnectionOptions({ ca: pem }, fqdn)
      yield* toConnectionOptions({ ca: [pem, pem], caFile }, fqdn)
      assert.match(yield* refusal({ caFile: join(folder, "none.pem") }), /caFile: cannot read .*none\.pem.*ENOENT/)
      assert.match(yield* refusal({ caFile: folder }), /caFile: cannot read/)
      writeFileSync(caFile, "nothing here")
      assert.match(yield* refusal({ caFile }), /holds no certificate in PEM/)
      writeFileSync(caFile, pem.slice(0, pem.length / 2))
      assert.match(yield* refusal({ caFile }), /cannot be read/)
      assert.match(yield* refusal({ ca: "" }), /^TLS settings: ca: holds no certificate/)
    })
  )

  it.effect("refuses settings that contradict each other or cannot be used", () =>
    Effect.gen(function* () {
      const authority = yield* CertificateAuthority.make
      const issue = authority.issue({ domain: "hcp.test", names: [], addresses: [], kind: "complete" })
      const one = yield* issue
      const other = yield* issue
      yield* toConnectionOptions({ cert: one.certificate, key: Redacted.make(one.key) }, fqdn)
      assert.match(yield* refusal({ cert: one.certificate }), /both cert and key/)
      assert.match(yield* refusal({ key: Redacted.make(one.key) }), /both cert and key/)
      const mixed = yield* refusal({ cert: one.certificate, key: Redacted.make(other.key) })
      assert.match(mixed, /cannot be used with its key/)
      assert.notInclude(mixed, other.key.slice(40, 60))
      assert.match(yield* refusal({ insecureSkipVerification: true, verifyChainOnly: true }), /contradicts/)
      assert.match(yield* refusal({ insecureSkipVerification: true, fingerprint256: "ab".repeat(32) }), /contradicts/)
      for (const fingerprint256 of ["", "abc", "g".repeat(64), []]) {
        assert.match(yield* refusal({ fingerprint256 }), /64 hex digits/)
      }
    })
  )

  it("keeps the key of a client certificate to itself", () => {
    const tls: Tls.Tls = { cert: "x", key: Redacted.make("CANARY") }
    assert.notInclude(`${JSON.stringify(tls)}${inspect(tls, { depth: 9 })}`, "CANARY")
  })
})

describe("classifyTlsError", () => {
  const message = (code: string, cert: object = {}, name = fqdn) =>
    classifyTlsError(Object.assign(new Error("from OpenSSL"), { code, cert }), name, "10.0.0.1")?.message ?? ""

  it("says which names the certificate has, and that a wildcard is one label", () => {
    const wildcard = message("ERR_TLS_CERT_ALTNAME_INVALID", { subjectaltname: "DNS:*.hcp.test, DNS:hcp.test" })
    assert.include(wildcard, 'the certificate of 10.0.0.1 is not accepted for "n1.t1.hcp.test"')
    assert.include(wildcard, 'it is for *.hcp.test, hcp.test; "*.hcp.test" covers one label, not "n1.t1"')
    assert.include(wildcard, "verifyChainOnly")
    assert.include(wildcard, "fingerprint256")
    const other = message("ERR_TLS_CERT_ALTNAME_INVALID", { subjectaltname: "DNS:*.example.org" })
    assert.include(other, "it is for *.example.org (")
    assert.include(message("ERR_TLS_CERT_ALTNAME_INVALID", { subject: { CN: fqdn } }), "it holds no host name")
  })

  it("names the authority that is missing, and the option", () => {
    const unknown = message("UNABLE_TO_VERIFY_LEAF_SIGNATURE", { issuer: { CN: "Company CA" } })
    assert.include(unknown, 'signed by "Company CA"')
    assert.include(unknown, "HCP_CA_FILE")
    assert.include(message("DEPTH_ZERO_SELF_SIGNED_CERT", { issuer: { CN: "me" } }), "signed by itself")
    assert.include(message("SELF_SIGNED_CERT_IN_CHAIN"), "its authority is not trusted")
  })

  it("says when, whichever certificate of the chain it is", () => {
    const root: Record<string, unknown> = { valid_to: "Jan  1 00:00:00 2021 GMT" }
    root.issuerCertificate = root
    const chain = { valid_to: "Mar 31 00:00:00 2040 GMT", issuerCertificate: root }
    assert.include(message("CERT_HAS_EXPIRED", chain), "it expired on 2021-01-01")
    assert.include(message("CERT_HAS_EXPIRED"), "it has expired")
    const early = message("CERT_NOT_YET_VALID", { valid_from: "Feb  3 00:00:00 2040 GMT" })
    assert.include(early, "valid only from 2040-02-03")
    assert.include(early, "clock")
  })

  it("is about nothing else", () => {
    for (const code of ["ECONNRESET", "ERR_SSL_WRONG_VERSION_NUMBER", "UND_ERR_SOCKET"]) {
      assert.strictEqual(message(code), "")
    }
    assert.isUndefined(classifyTlsError(undefined, fqdn, "10.0.0.1"))
    assert.include(message("CERT_REVOKED"), "from OpenSSL")
  })
})
