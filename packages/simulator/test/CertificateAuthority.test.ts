import { X509Certificate } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as CertificateAuthority from "../src/CertificateAuthority.ts"

const request = {
  domain: "hcp1.example.com",
  names: ["*.t1.hcp1.example.com", "hcp1.example.com"],
  addresses: ["127.0.11.1", "127.0.11.200"]
}

const issue = Effect.fnUntraced(function* (kind?: CertificateAuthority.CertificateKind) {
  const authority = yield* CertificateAuthority.make
  const { certificate, key } = yield* authority.issue({ ...request, kind })
  return { ca: new X509Certificate(authority.pem), leaf: new X509Certificate(certificate), key }
})

describe("CertificateAuthority", () => {
  it.effect("signs certificates that hold for names and addresses", () =>
    Effect.gen(function* () {
      const { ca, leaf } = yield* issue()
      assert.isTrue(ca.ca)
      assert.isFalse(leaf.ca)
      assert.isTrue(ca.verify(ca.publicKey))
      assert.isTrue(leaf.verify(ca.publicKey))
      assert.isTrue(leaf.checkIssued(ca))
      assert.strictEqual(leaf.checkHost("n1.t1.hcp1.example.com"), "*.t1.hcp1.example.com")
      assert.strictEqual(leaf.checkHost("hcp1.example.com"), "hcp1.example.com")
      assert.strictEqual(leaf.checkIP("127.0.11.200"), "127.0.11.200")
      assert.isUndefined(leaf.checkHost("n1.t2.hcp1.example.com"))
      assert.isTrue(new Date(leaf.validFrom).getTime() < Date.now() && Date.now() < new Date(leaf.validTo).getTime())
      assert.strictEqual(leaf.subjectAltName?.match(/DNS:/g)?.length, 3)
    })
  )

  it.effect("makes a wildcard certificate that does not reach the namespaces", () =>
    Effect.gen(function* () {
      const { leaf } = yield* issue("wildcard")
      assert.strictEqual(leaf.checkHost("t1.hcp1.example.com"), "*.hcp1.example.com")
      assert.isUndefined(leaf.checkHost("n1.t1.hcp1.example.com"))
      assert.isUndefined(leaf.checkIP("127.0.11.1"))
    })
  )

  it.effect("makes expired and self-signed certificates for tests that need them", () =>
    Effect.gen(function* () {
      const expired = yield* issue("expired")
      assert.isBelow(new Date(expired.leaf.validTo).getTime(), Date.now())
      const selfSigned = yield* issue("selfSigned")
      assert.isFalse(selfSigned.leaf.verify(selfSigned.ca.publicKey))
      assert.isTrue(selfSigned.leaf.verify(selfSigned.leaf.publicKey))
      assert.strictEqual(selfSigned.leaf.issuer, selfSigned.leaf.subject)
    })
  )

  it.effect("never gives two certificates the same serial number", () =>
    Effect.gen(function* () {
      const authority = yield* CertificateAuthority.make
      const serials = yield* Effect.replicateEffect(authority.issue(request), 20).pipe(
        Effect.map((identities) => identities.map(({ certificate }) => new X509Certificate(certificate).serialNumber))
      )
      assert.strictEqual(new Set(serials).size, 20)
    })
  )
})
