/**
 * Opens TLS connections and judges the peer's certificate.
 *
 * Node's own refusal says neither which names a certificate has nor when it expired, and knows no pins for certificates
 * of unknown authorities. So the handshake is let through and judged here, before the connection is handed to anybody.
 *
 * @internal
 */
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import type { Reach, TlsDialer } from "../../Dialer.ts"
import type { HcpError } from "../../HcpError.ts"
import type { Tls } from "../../Tls.ts"
import { isNodeSocket, nodeAddress } from "./nodeSocket.ts"
import { type StrictOptions, toConnectionOptions } from "./tlsOptions.ts"

/** Makes the dialer of one FQDN. Fails with `InvalidInput` as {@link toConnectionOptions} does. */
export const makeDialer = (settings: Tls, fqdn: string): Effect.Effect<TlsDialer, HcpError> =>
  toConnectionOptions(settings, fqdn).pipe(
    Effect.map(
      (options): TlsDialer => ({
        connect: (reach, done) => dial(options, judgeOf(settings, options), reach, done)
      })
    ),
    Effect.tap(() =>
      settings.insecureSkipVerification === true
        ? Effect.logWarning(
            `certificates of ${fqdn} are not verified: anybody on the way can read and change everything`
          )
        : Effect.void
    )
  )

type Judge = (socket: tls.TLSSocket) => Error | undefined

const dial = (
  options: StrictOptions,
  judge: Judge,
  reach: Reach,
  done: (error: Error | undefined) => void
): tls.TLSSocket => {
  const socket = tls.connect({ ...options, ...nodeReach(reach), rejectUnauthorized: false })
  let pending = true
  const settle = (error: Error | undefined) => {
    if (!pending) return
    pending = false
    if (error !== undefined) socket.destroy()
    done(error)
  }
  // Stays for the life of the socket: an error before its next owner listens must not end the process.
  socket.on("error", settle)
  socket.once("secureConnect", () => settle(judge(socket)))
  return socket
}

const nodeReach = (reach: Reach): tls.ConnectionOptions => {
  if (!("socket" in reach)) return nodeAddress(reach)
  if (isNodeSocket(reach.socket)) return { socket: reach.socket }
  throw new TypeError("TlsDialer.connect: the socket must be a net.Socket of Node")
}

const judgeOf = (settings: Tls, options: StrictOptions): Judge => {
  if (settings.insecureSkipVerification === true) return () => undefined
  if (settings.fingerprint256 !== undefined) {
    return (socket) => options.checkServerIdentity("", socket.getPeerCertificate())
  }
  return (socket) =>
    socket.authorized
      ? undefined
      : Object.assign(new Error("the certificate is not accepted"), {
          // A string in truth, where the types say Error.
          code: String(socket.authorizationError),
          cert: socket.getPeerCertificate(true)
        })
}
