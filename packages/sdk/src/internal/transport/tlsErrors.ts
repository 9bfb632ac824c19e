/**
 * What a failed TLS handshake means, and which option helps.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { CertificateError } from "../../WireReason.ts"
import { fingerprintMismatch } from "./tlsOptions.ts"

/** The certificate error that an error of node:tls stands for; `undefined` when it is about something else. */
export const classifyTlsError = (error: unknown, fqdn: string, address: string): CertificateError | undefined => {
  const code = stringAt(error, "code")
  if (code === undefined) return undefined
  const certificate = Predicate.hasProperty(error, "cert") ? error.cert : undefined
  const verdict = verdictOf(code, certificate, fqdn, stringAt(error, "message") ?? code)
  return verdict === undefined ? undefined : new CertificateError({ fqdn, address, code, ...verdict })
}

/** What a TLS error that is not about the server's certificate says of the peer; `undefined` when it is not one. */
export const tlsProtocolDetail = (error: unknown, port: number): string | undefined => {
  const code = stringAt(error, "code")
  const text = `${code ?? ""} ${stringAt(error, "message") ?? ""}`
  if (code === undefined || !/^(?:ERR_SSL_|EPROTO$)/.test(code)) return undefined
  if (/WRONG.VERSION.NUMBER|PACKET.LENGTH.TOO.LONG|RECORD.LAYER|HTTP.REQUEST/i.test(text)) {
    return (
      `port ${port} does not speak TLS; HCP speaks TLS at 443 (objects, S3, queries) and 9090 (the management API): ` +
      "give one of these, or switch TLS off (tls: false, HCP_TLS=false)"
    )
  }
  if (
    /ALERT.(?:CERTIFICATE|BAD.CERTIFICATE|UNKNOWN.CA|UNSUPPORTED.CERTIFICATE|ACCESS.DENIED)|CERTIFICATE.REQUIRED/i.test(
      text
    )
  ) {
    return `it refuses the client certificate or misses one (${code}); set cert and key of Tls`
  }
  if (/PROTOCOL.VERSION|UNSUPPORTED.PROTOCOL|HANDSHAKE.FAILURE|NO.SHARED|INSUFFICIENT.SECURITY/i.test(text)) {
    return (
      `no TLS version or cipher in common (${code}); ` +
      "check minVersion of Tls, and which versions this HCP has switched on"
    )
  }
  return `the TLS handshake failed (${code})`
}

interface Verdict {
  readonly detail: string
  readonly hint: string
}

const untrusted: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_UNTRUSTED"
])

// The other codes of OpenSSL's X509_V_ERR family that Node hands on.
const unusable: ReadonlySet<string> = new Set([
  "CA_MD_TOO_WEAK",
  "CERT_CHAIN_TOO_LONG",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "UNABLE_TO_DECRYPT_CERT_SIGNATURE"
])

const verdictOf = (code: string, certificate: unknown, fqdn: string, message: string): Verdict | undefined => {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return nameVerdict(certificate, fqdn)
  if (untrusted.has(code)) {
    const issuer = Predicate.hasProperty(certificate, "issuer") ? stringAt(certificate.issuer, "CN") : undefined
    const signer = code === "DEPTH_ZERO_SELF_SIGNED_CERT" ? "itself" : issuer === undefined ? undefined : `"${issuer}"`
    return {
      detail: signer === undefined ? "its authority is not trusted" : `it is signed by ${signer}, which is not trusted`,
      hint: "name the authority with ca or caFile of Tls (HCP_CA_FILE), or this certificate with fingerprint256"
    }
  }
  if (code === "CERT_HAS_EXPIRED") {
    const end = earliestEnd(certificate)
    return {
      detail: end === undefined ? "it has expired" : `it expired on ${end}`,
      hint: "install a new certificate on HCP; until then fingerprint256 of Tls accepts exactly this one"
    }
  }
  if (code === "CERT_NOT_YET_VALID") {
    const start = isoDate(stringAt(certificate, "valid_from"))
    return {
      detail: start === undefined ? "it is not valid yet" : `it is valid only from ${start}`,
      hint: "check the clock of this computer"
    }
  }
  if (code === fingerprintMismatch) {
    const seen = stringAt(certificate, "fingerprint256")
    return {
      detail: seen === undefined ? "the node sent none" : `its SHA-256 fingerprint is ${seen}`,
      hint: "it is not in fingerprint256 of Tls; add it if this certificate is known to be right"
    }
  }
  return unusable.has(code)
    ? { detail: message, hint: "give HCP another certificate, or accept exactly this one with fingerprint256 of Tls" }
    : undefined
}

const nameVerdict = (certificate: unknown, fqdn: string): Verdict => {
  const names = (stringAt(certificate, "subjectaltname") ?? "")
    .split(",")
    .map((name) => name.trim().replace(/^DNS:/, ""))
    .filter((name) => name !== "")
  const hint =
    "to check only who signed it set verifyChainOnly of Tls (HCP_TLS_VERIFY_CHAIN_ONLY=true), " +
    "to accept exactly this one fingerprint256"
  if (names.length === 0) return { detail: "it holds no host name (a common name does not count)", hint }
  const covering = names.find(
    (name) => name.startsWith("*.") && fqdn.toLowerCase().endsWith(name.slice(1).toLowerCase())
  )
  const before = covering === undefined ? "" : fqdn.slice(0, fqdn.length - covering.length + 1)
  const wildcard = before.includes(".") ? `; "${covering}" covers one label, not "${before}"` : ""
  return { detail: `it is for ${names.join(", ")}${wildcard}`, hint }
}

// Whichever certificate of the chain ends first is the one that has expired.
const earliestEnd = (certificate: unknown): string | undefined => {
  const seen = new Set<unknown>()
  let earliest: string | undefined
  for (let at = certificate; Predicate.isObject(at) && !seen.has(at); ) {
    seen.add(at)
    const end = isoDate(stringAt(at, "valid_to"))
    if (end !== undefined && (earliest === undefined || end < earliest)) earliest = end
    at = Predicate.hasProperty(at, "issuerCertificate") ? at.issuerCertificate : undefined
  }
  return earliest
}

const isoDate = (openssl: string | undefined): string | undefined => {
  const millis = Date.parse(openssl ?? "")
  return Number.isNaN(millis) ? undefined : new Date(millis).toISOString().slice(0, 10)
}

/** A text property of something unknown; `undefined` where it is missing, empty or no text. */
export const stringAt = (value: unknown, key: string): string | undefined => {
  if (!Predicate.hasProperty(value, key)) return undefined
  const found = value[key]
  return Predicate.isString(found) && found !== "" ? found : undefined
}
