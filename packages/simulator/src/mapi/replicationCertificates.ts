/**
 * `/services/replication/certificates`: the certificate that this system shows to others, and those of others that it
 * trusts.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Document } from "../internal/document.ts"
import { toText } from "../internal/time.ts"
import { systemReaders, systemWriters } from "./access.ts"
import { answer, type Call, done, type Resource } from "./router.ts"

const path = "/services/replication/certificates"

/** The id of the system's own certificate. */
const serverId = "server"

const certificatesOf = ({ core }: Call): ReadonlyMap<string, string> => {
  const { certificate } = core.management.place()
  return new Map([
    ...(certificate === "" ? [] : [[serverId, certificate] as const]),
    ...core.management.replication.trusted
  ])
}

const parse = (pem: string): Effect.Effect<Crypto.X509Certificate, Refusal> =>
  Effect.try({
    try: () => new Crypto.X509Certificate(pem),
    catch: () => refusal(400, "the body is not a certificate in PEM form")
  })

const describe = (id: string, pem: string): Effect.Effect<Document, Refusal> =>
  Effect.map(parse(pem), (certificate) => ({
    id,
    subjectDN: certificate.subject.split("\n").join(", "),
    validOn: toText(Date.parse(certificate.validFrom)),
    expiresOn: toText(Date.parse(certificate.validTo))
  }))

const find = (call: Call): Effect.Effect<string, Refusal> => {
  const pem = certificatesOf(call).get(call.segment("certificate"))
  return pem === undefined
    ? Effect.fail(refusal(404, `there is no certificate ${call.segment("certificate")}`))
    : Effect.succeed(pem)
}

/** @internal */
export const replicationCertificates: ReadonlyArray<Resource> = [
  {
    path,
    get: {
      access: systemReaders,
      run: (call) =>
        Effect.map(
          Effect.forEach(certificatesOf(call), ([id, pem]) => describe(id, pem)),
          (certificate) => answer("certificates", { certificate })
        )
    },
    put: {
      access: systemWriters,
      run: Effect.fnUntraced(function* (call) {
        const certificate = yield* parse(yield* call.text)
        const id = certificate.fingerprint.replaceAll(":", "").toLowerCase()
        const { trusted } = call.core.management.replication
        if (trusted.has(id)) return yield* refusal(409, "the certificate is there already")
        trusted.set(id, certificate.toString())
        return done
      })
    }
  },
  {
    path: `${path}/{certificate}`,
    get: {
      access: systemReaders,
      run: (call) => Effect.map(find(call), (text) => ({ _tag: "Text", contentType: "text/plain", text }))
    },
    delete: {
      access: systemWriters,
      run: Effect.fnUntraced(function* (call) {
        yield* find(call)
        const id = call.segment("certificate")
        if (id === serverId) return yield* refusal(403, "the certificate of the system itself cannot be deleted")
        call.core.management.replication.trusted.delete(id)
        return done
      })
    }
  }
]
