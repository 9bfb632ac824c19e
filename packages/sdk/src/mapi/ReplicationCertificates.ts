/**
 * The certificates systems know each other by when they replicate. For system-level users, HCP 8 or later.
 *
 * Source: "HCP Management API Reference", chapter on replication resources.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import { InvalidInput } from "../WireReason.ts"
import * as call from "./internal/call.ts"
import * as fields from "./internal/fields.ts"
import { readText, refuse } from "./internal/open.ts"
import { dateTime } from "./internal/timestamp.ts"
import type { Mapi } from "./Mapi.ts"

/**
 * A certificate.
 *
 * @category models
 * @since 0.1.0
 */
export const Certificate = fields.struct({
  /** `server` is the system's own. */
  id: fields.text(),
  subjectDN: fields.text(),
  /** Valid from. */
  validOn: dateTime,
  expiresOn: dateTime
})

/**
 * A certificate.
 *
 * @category models
 * @since 0.1.0
 */
export type Certificate = typeof Certificate.Type

const collection = {
  path: "/services/replication/certificates",
  format: "xml",
  read: fields.struct({ certificate: fields.repeated(Certificate) })
} as const
const one = "/services/replication/certificates/{certificate}"

/**
 * All certificates: the system's own, and those of others it trusts. HCP gives them in one answer.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (): Stream.Stream<Certificate, HcpError, Mapi> =>
  Stream.fromIterableEffect(Effect.map(call.read(collection, {}), (found) => found.certificate ?? []))

/**
 * A certificate as PEM; without an id the system's own, to be added to the other system. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const pem = (id = "server"): Effect.Effect<string, HcpError, Mapi> => readText(one, { certificate: id }, "*/*")

/**
 * Makes the system trust another one, by its certificate as PEM. Fails with `InvalidInput` for what is no certificate,
 * or holds a private key.
 *
 * @category combinators
 * @since 0.1.0
 */
export const add = (pem: string): Effect.Effect<void, HcpError, Mapi> => {
  const problem = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)
    ? "holds a private key, which must not leave its system; give the certificate alone"
    : /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(pem)
      ? undefined
      : "is no certificate as PEM; give what ReplicationCertificates.pem() of the other system gives"
  if (problem !== undefined) return refuse("PUT", collection.path, new InvalidInput({ field: "pem", detail: problem }))
  // The manual sends it as XML, and HCP wants a type with every body.
  const body = { raw: HcpBody.text(pem), type: "application/xml" }
  return Effect.asVoid(call.act(collection, {}, { method: "PUT", query: {}, body, idempotent: true }))
}

/**
 * Deletes a certificate: the system does not trust the other one any more.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (id: string): Effect.Effect<void, HcpError, Mapi> => call.remove(one, { certificate: id })

export { delete_ as delete }
