/**
 * How the certificate of a node is judged: by name and authority (the default), by fingerprint, or not at all.
 *
 * Connections are dialled by IP address, certificates are checked against the FQDN: an HCP certificate needs no IP
 * addresses.
 *
 * **Example** (an HCP whose certificate comes from the company's own authority and does not name the tenant)
 *
 * ```ts
 * import { Tls } from "@effect-hcp/sdk"
 *
 * const tls: Tls.Tls = { caFile: "/etc/ssl/company-ca.pem", verifyChainOnly: true }
 * ```
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * How the certificate of a node is judged. All options left out mean {@link verify}.
 *
 * Contradictory or unreadable settings fail with `InvalidInput` when the target is made, a certificate that is not
 * accepted fails the call with `CertificateError`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  /** Authorities to trust, as PEM, in place of Node's own list. A self-signed certificate is its own authority. */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /** A PEM file of authorities, read once when the target is made; adds to `ca`. */
  readonly caFile?: string | undefined
  /**
   * Checks who signed the certificate, but not for which name. An HCP wildcard certificate (`*.hcp1.example.com`)
   * covers one label only, not `namespace.tenant.hcp1.example.com`. Defaults to `false`.
   */
  readonly verifyChainOnly?: boolean | undefined
  /**
   * SHA-256 fingerprints of the accepted certificates, in hex with or without colons. The certificate must be one of
   * these; who signed it, for which name and until when then does not count. One node may have a certificate of its
   * own: list all.
   */
  readonly fingerprint256?: string | ReadonlyArray<string> | undefined
  /** Accepts any certificate, so that anybody on the way can read and change everything. Defaults to `false`. */
  readonly insecureSkipVerification?: boolean | undefined
  /** The oldest version to speak. Defaults to `TLSv1.2`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  /** A client certificate with its chain, as PEM; needs `key`. */
  readonly cert?: string | undefined
  /** The private key of the client certificate, as PEM; needs `cert`. */
  readonly key?: Redacted.Redacted<string> | undefined
}

/**
 * Verifies name, authority and dates against the authorities Node trusts: its built-in list, `NODE_EXTRA_CA_CERTS`, and
 * the operating system's store where Node runs with `NODE_USE_SYSTEM_CA=1`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const verify: Tls = {}
