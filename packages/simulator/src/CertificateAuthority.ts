/**
 * A certificate authority that is made at start and forgotten at the end, for the TLS listeners of simulated nodes.
 *
 * Keys are ECDSA on P-256. The profile is that of RFC 5280: version 3, subject alternative names, key identifiers.
 *
 * @since 0.1.0
 */

import * as Crypto from "node:crypto"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type * as Certificates from "@peculiar/x509"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { assertOptions } from "./internal/checkOptions.ts"
import * as Choices from "./internal/choices.ts"
import { certificateKindsOf } from "./internal/optionKinds.ts"

/**
 * How good the certificate of a system is.
 *
 * - `complete`: holds for the domain, every tenant, every namespace, and the addresses of the nodes.
 * - `wildcard`: holds for `<domain>` and `*.<domain>` only, as the one a real HCP is delivered with; a wildcard
 *   stands for one label, so it does not cover `<namespace>.<tenant>.<domain>`.
 * - `expired`: as `complete`, but over since yesterday.
 * - `selfSigned`: as `complete`, but signed by itself, so that no authority vouches for it.
 *
 * @category models
 * @since 0.1.0
 */
export type CertificateKind = (typeof certificateKinds)[number]

/**
 * Every {@link CertificateKind}.
 *
 * @category models
 * @since 0.1.0
 */
export const certificateKinds = Choices.certificateKinds

/**
 * A private key and its certificate, both PEM.
 *
 * @category models
 * @since 0.1.0
 */
export interface Identity {
  readonly key: string
  readonly certificate: string
}

/**
 * What a certificate shall say.
 *
 * @category models
 * @since 0.1.0
 */
export interface CertificateRequest {
  /** The common name, and the first of the DNS names. */
  readonly domain: string
  /** Further DNS names; `wildcard` leaves them out. */
  readonly names: ReadonlyArray<string>
  /** IPv4 addresses; `wildcard` leaves them out. */
  readonly addresses: ReadonlyArray<string>
  /** Default `complete`. */
  readonly kind?: CertificateKind | undefined
}

/**
 * A running certificate authority.
 *
 * @category models
 * @since 0.1.0
 */
export interface CertificateAuthority {
  /** The authority's own certificate, PEM: what a client has to trust. */
  readonly pem: string
  readonly issue: (request: CertificateRequest) => Effect.Effect<Identity>
}

const kinds: KindsOf<CertificateRequest> = certificateKindsOf(certificateKinds)

const authorityName = "HCP simulator CA"
const dayMillis = 86_400_000
const yearMillis = 365 * dayMillis
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }

/**
 * Makes an authority. Certificates are valid for ten years from the day before they were made, by the real time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<CertificateAuthority> = Effect.gen(function* () {
  const { X509 } = yield* library
  const now = yield* wallClock
  const authority = yield* generateKeys
  const certificate = yield* Effect.promise(async () =>
    X509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [authorityName] }],
      notBefore: dateOf(now - dayMillis),
      notAfter: dateOf(now + 10 * yearMillis),
      signingAlgorithm: ecdsa,
      keys: authority,
      extensions: [
        new X509.BasicConstraintsExtension(true, undefined, true),
        new X509.KeyUsagesExtension(X509.KeyUsageFlags.keyCertSign | X509.KeyUsageFlags.cRLSign, true),
        await X509.SubjectKeyIdentifierExtension.create(authority.publicKey)
      ]
    })
  )
  const issue = Effect.fnUntraced(function* (request: CertificateRequest): Effect.fn.Return<Identity> {
    assertOptions(request, kinds, { required: ["domain", "names", "addresses"] })
    const kind = request.kind ?? "complete"
    const keys = yield* generateKeys
    const signer = kind === "selfSigned" ? keys : authority
    const signed = yield* Effect.promise(async () =>
      X509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        issuer: [{ CN: [kind === "selfSigned" ? request.domain : authorityName] }],
        subject: [{ CN: [request.domain] }],
        notBefore: dateOf(now - 30 * dayMillis),
        notAfter: dateOf(kind === "expired" ? now - dayMillis : now + 10 * yearMillis),
        signingAlgorithm: ecdsa,
        publicKey: keys.publicKey,
        signingKey: signer.privateKey,
        extensions: [
          new X509.BasicConstraintsExtension(false, undefined, true),
          new X509.KeyUsagesExtension(X509.KeyUsageFlags.digitalSignature, true),
          new X509.ExtendedKeyUsageExtension([X509.ExtendedKeyUsage.serverAuth]),
          new X509.SubjectAlternativeNameExtension(alternativeNames(request, kind)),
          await X509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          await X509.AuthorityKeyIdentifierExtension.create(signer.publicKey)
        ]
      })
    )
    const key = Crypto.KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" })
    return { key: key.toString(), certificate: pemOf(signed) }
  })
  return { pem: pemOf(certificate), issue }
})

// Loaded here: the command and those who only name a kind of certificate would wait for it.
const library = Effect.promise(() => import("./internal/x509.ts"))

/** Certificates are checked by clients with the real time, also where a test has put its own clock in place. */
const wallClock = Effect.provideService(Clock.currentTimeMillis, Clock.Clock, Clock.Clock.defaultValue())

const dateOf = (millis: number): Date => DateTime.toDateUtc(DateTime.makeUnsafe(millis))

const generateKeys = Effect.promise(() => crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]))

/** Positive and of 16 bytes always, as some clients refuse odd ones. */
const serialNumber = (): string => {
  const bytes = Crypto.randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString("hex")
}

const alternativeNames = (request: CertificateRequest, kind: CertificateKind): Certificates.JsonGeneralNames => {
  const own = [request.domain, `*.${request.domain}`]
  if (kind === "wildcard") return own.map((value) => ({ type: "dns", value }))
  const names = new Set([...own, ...request.names])
  return [
    ...Array.from(names, (value) => ({ type: "dns" as const, value })),
    ...request.addresses.map((value) => ({ type: "ip" as const, value }))
  ]
}

const pemOf = (certificate: Certificates.X509Certificate): string => `${certificate.toString("pem")}\n`
