/**
 * A certificate authority that is made at start and forgotten at the end, for the TLS listeners of simulated nodes.
 *
 * Keys are ECDSA on P-256. The profile is that of RFC 5280: version 3, subject alternative names, key identifiers.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Der from "./internal/der.ts"

/**
 * How good the certificate of a system is.
 *
 * - `complete`: holds for the domain, every tenant, every namespace, and the addresses of the nodes.
 * - `wildcard`: holds for `<domain>` and `*.<domain>` only, as the one a real HCP is delivered with; a wildcard stands for one label, so it does
 *   not cover `<namespace>.<tenant>.<domain>`.
 * - `expired`: as `complete`, but over since yesterday.
 * - `selfSigned`: as `complete`, but signed by itself, so that no authority vouches for it.
 *
 * @category models
 * @since 0.1.0
 */
export type CertificateKind = "complete" | "wildcard" | "expired" | "selfSigned"

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

const authorityName = "HCP simulator CA"
const dayMillis = 86_400_000
const yearMillis = 365 * dayMillis

/**
 * Makes an authority. Certificates are valid for ten years from the day before they were made, by the real time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<CertificateAuthority> = Effect.gen(function* () {
  const now = yield* wallClock
  const authority = yield* generateKey
  const pem = toPem(
    certificate({
      issuer: authorityName,
      subject: authorityName,
      publicKey: authority.publicKey,
      signer: authority,
      from: now - dayMillis,
      to: now + 10 * yearMillis,
      extensions: [
        extension("2.5.29.19", true, Der.sequence(Der.boolean(true))),
        extension("2.5.29.15", true, Der.bitString(Buffer.from([0b0000_0110]), 1)),
        subjectKeyId(authority.publicKey)
      ]
    })
  )
  const issue = Effect.fnUntraced(function* (request: CertificateRequest): Effect.fn.Return<Identity> {
    const kind = request.kind ?? "complete"
    const keys = yield* generateKey
    const selfSigned = kind === "selfSigned"
    const signer = selfSigned ? keys : authority
    const names = [request.domain, `*.${request.domain}`, ...(kind === "wildcard" ? [] : request.names)]
    const signed = certificate({
      issuer: selfSigned ? request.domain : authorityName,
      subject: request.domain,
      publicKey: keys.publicKey,
      signer,
      from: now - 30 * dayMillis,
      to: kind === "expired" ? now - dayMillis : now + 10 * yearMillis,
      extensions: [
        extension("2.5.29.19", true, Der.sequence()),
        extension("2.5.29.15", true, Der.bitString(Buffer.from([0b1000_0000]), 7)),
        extension("2.5.29.37", false, Der.sequence(Der.oid("1.3.6.1.5.5.7.3.1"))),
        extension("2.5.29.17", false, alternativeNames(names, kind === "wildcard" ? [] : request.addresses)),
        subjectKeyId(keys.publicKey),
        extension("2.5.29.35", false, Der.sequence(Der.tagged(0x80, keyId(signer.publicKey))))
      ]
    })
    return { key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), certificate: toPem(signed) }
  })
  return { pem, issue }
})

/** Certificates are checked by clients with the real time, also where a test has put its own clock in place. */
const wallClock = Effect.provideService(Clock.currentTimeMillis, Clock.Clock, Clock.Clock.defaultValue())

interface KeyPair {
  readonly publicKey: Crypto.KeyObject
  readonly privateKey: Crypto.KeyObject
}

const generateKey: Effect.Effect<KeyPair> = Effect.sync(() =>
  Crypto.generateKeyPairSync("ec", { namedCurve: "prime256v1" })
)

interface Content {
  readonly issuer: string
  readonly subject: string
  readonly publicKey: Crypto.KeyObject
  readonly signer: KeyPair
  readonly from: number
  readonly to: number
  readonly extensions: ReadonlyArray<Buffer>
}

const certificate = (content: Content): Buffer => {
  const algorithm = Der.sequence(Der.oid("1.2.840.10045.4.3.2"))
  const body = Der.sequence(
    Der.tagged(0xa0, Der.unsigned(Buffer.from([2]))),
    Der.unsigned(serialNumber()),
    algorithm,
    commonName(content.issuer),
    Der.sequence(moment(content.from), moment(content.to)),
    commonName(content.subject),
    content.publicKey.export({ type: "spki", format: "der" }),
    Der.tagged(0xa3, Der.sequence(...content.extensions))
  )
  const signature = Crypto.sign("sha256", body, content.signer.privateKey)
  return Der.sequence(body, algorithm, Der.bitString(signature))
}

/** Positive and of 16 bytes always, as some clients refuse odd ones. */
const serialNumber = (): Buffer => {
  const bytes = Crypto.randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

const commonName = (name: string): Buffer =>
  Der.sequence(Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.utf8String(name.slice(0, 64)))))

const moment = (millis: number): Buffer => Der.time(DateTime.formatIso(DateTime.makeUnsafe(millis)))

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  Der.sequence(Der.oid(id), ...(critical ? [Der.boolean(true)] : []), Der.octetString(value))

const keyId = (key: Crypto.KeyObject): Buffer =>
  Crypto.createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest()

const subjectKeyId = (key: Crypto.KeyObject): Buffer => extension("2.5.29.14", false, Der.octetString(keyId(key)))

const alternativeNames = (names: ReadonlyArray<string>, addresses: ReadonlyArray<string>): Buffer =>
  Der.sequence(
    ...Array.from(new Set(names), (name) => Der.tagged(0x82, Buffer.from(name, "latin1"))),
    ...addresses.map((address) => Der.tagged(0x87, Buffer.from(address.split(".").map(Number))))
  )

const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`
