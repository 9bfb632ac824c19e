/**
 * TLS settings to what `tls.connect` takes, checked, with everything expensive done once.
 *
 * @internal
 */
import { X509Certificate } from "node:crypto"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { HcpError } from "../../HcpError.ts"
import * as OptionCheck from "../../OptionCheck.ts"
import type { Tls } from "../../Tls.ts"
import { InvalidInput } from "../../WireReason.ts"
import { ipVersion } from "../dns/nameServer.ts"

/** The code of the error for a certificate that is not one of the pinned ones. */
export const fingerprintMismatch = "ERR_TLS_FINGERPRINT_MISMATCH"

/** Connection options whose `checkServerIdentity` is always the rule of the settings. */
export interface StrictOptions extends tls.ConnectionOptions {
  readonly checkServerIdentity: (host: string, certificate: tls.PeerCertificate) => Error | undefined
}

/**
 * The options for all connections to one FQDN; the secure context in them is built here, once.
 *
 * They are strict by themselves. With pins they want a trusted chain as well; only {@link makeDialer} lets a pin alone
 * do. Fails with `InvalidInput` for a CA file that is missing or holds no certificate, for unusable PEM, malformed
 * fingerprints, and settings that contradict each other.
 */
export const toConnectionOptions = Effect.fnUntraced(function* (
  settings: Tls,
  fqdn: string
): Effect.fn.Return<StrictOptions, HcpError> {
  const insecure = settings.insecureSkipVerification === true
  if (insecure && (settings.fingerprint256 !== undefined || settings.verifyChainOnly === true)) {
    return yield* invalid("insecureSkipVerification", "contradicts verifyChainOnly and fingerprint256; leave one out")
  }
  if ((settings.cert === undefined) !== (settings.key === undefined)) {
    return yield* invalid("cert", "a client certificate needs both cert and key")
  }
  const authorities = yield* readAuthorities(settings)
  const identity = yield* identityCheck(settings, fqdn)
  const secureContext = yield* Effect.try({
    try: () =>
      tls.createSecureContext({
        minVersion: settings.minVersion ?? "TLSv1.2",
        ...(authorities.length === 0 ? {} : { ca: authorities }),
        ...(settings.cert === undefined || settings.key === undefined
          ? {}
          : { cert: settings.cert, key: Redacted.value(settings.key) })
      }),
    catch: (error) => invalid("cert", `cannot be used with its key: ${messageOf(error)}`)
  })
  return {
    secureContext,
    ...(ipVersion(fqdn) === 0 ? { servername: fqdn.replace(/\.$/, "") } : {}),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: !insecure,
    checkServerIdentity: identity
  }
})

const readAuthorities = Effect.fnUntraced(function* (settings: Tls): Effect.fn.Return<Array<string>, HcpError> {
  const given = typeof settings.ca === "string" ? [settings.ca] : (settings.ca ?? [])
  const authorities = yield* Effect.forEach(given, (pem) => checkedPem("ca", pem))
  const { caFile } = settings
  if (caFile === undefined) return authorities
  const pem = yield* Effect.tryPromise({
    // Loaded here: hardly any program names a file.
    try: async () => (await import("node:fs/promises")).readFile(caFile, "utf8"),
    catch: (error) => invalid("caFile", `cannot read ${caFile}: ${messageOf(error)}`)
  })
  return [...authorities, yield* checkedPem("caFile", pem, `${caFile} `)]
})

// OpenSSL takes a list without any certificate, and one that is cut off, without a word.
const checkedPem = (field: string, pem: string, place = ""): Effect.Effect<string, HcpError> => {
  const blocks = pem.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*(?:-----END [A-Z0-9 ]+-----)?/g)
  if (blocks === null)
    return Effect.fail(invalid(field, `${place}holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`))
  return Effect.try({
    try: () => {
      for (const block of blocks) new X509Certificate(block)
      return pem
    },
    catch: (error) => invalid(field, `${place}holds a certificate that cannot be read: ${messageOf(error)}`)
  })
}

const identityCheck = (settings: Tls, fqdn: string): Effect.Effect<StrictOptions["checkServerIdentity"], HcpError> => {
  if (settings.fingerprint256 !== undefined) return Effect.map(readFingerprints(settings.fingerprint256), pinCheck)
  if (settings.insecureSkipVerification === true || settings.verifyChainOnly === true) {
    return Effect.succeed(() => undefined)
  }
  // Node would check the dialled address where there is no server name.
  return Effect.succeed((_host: string, certificate: tls.PeerCertificate) => tls.checkServerIdentity(fqdn, certificate))
}

const readFingerprints = (
  fingerprints: string | ReadonlyArray<string>
): Effect.Effect<ReadonlySet<string>, HcpError> => {
  const list = typeof fingerprints === "string" ? [fingerprints] : fingerprints
  if (list.length === 0)
    return Effect.fail(
      invalid("fingerprint256", "the list is empty; give SHA-256 fingerprints of 64 hex digits, or leave it out")
    )
  const pins = new Set<string>()
  for (const fingerprint of list) {
    const hex = fingerprint.replaceAll(/[:\s]/g, "").toUpperCase()
    if (!/^[0-9A-F]{64}$/.test(hex)) {
      const detail = `${OptionCheck.shown(fingerprint)} is not a SHA-256 fingerprint: 64 hex digits, with or without colons`
      return Effect.fail(invalid("fingerprint256", detail))
    }
    pins.add(hex)
  }
  return Effect.succeed(pins)
}

const pinCheck =
  (pins: ReadonlySet<string>): StrictOptions["checkServerIdentity"] =>
  (_host, certificate) => {
    // A peer without a certificate gives an empty object here, whatever the types say.
    const seen: string | undefined = certificate.fingerprint256
    return seen !== undefined && pins.has(seen.replaceAll(":", "").toUpperCase())
      ? undefined
      : Object.assign(new Error("the certificate is not a pinned one"), {
          code: fingerprintMismatch,
          cert: certificate
        })
  }

const invalid = (field: string, detail: string): HcpError =>
  new HcpError({ operation: "TLS settings", reason: new InvalidInput({ field, detail }) })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error")
