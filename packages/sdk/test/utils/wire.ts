import { assert } from "@effect/vitest"
import { Effect, Pull } from "effect"
import * as CertificateAuthority from "../../../simulator/src/CertificateAuthority.ts"
import type { Reason } from "../../src/HcpError.ts"
import { makeDialer, type TlsDialer } from "../../src/internal/transport/tlsDialer.ts"
import * as Transport from "../../src/Transport.ts"
import * as FaultNode from "./FaultNode.ts"

export const fqdn = "n1.t1.hcp.test"

export const endpointOf = (node: FaultNode.FaultNode, tls?: TlsDialer): Transport.Endpoint => ({
  address: node.address,
  port: node.port,
  fqdn,
  tls,
  connectTimeoutMillis: 5_000,
  tcpKeepAliveMillis: undefined
})

export const connectTo = (node: FaultNode.FaultNode, options?: Partial<Transport.Endpoint>) =>
  Effect.acquireRelease(
    Transport.Transport.use((transport) => transport.connect({ ...endpointOf(node), ...options })),
    (connection) => Effect.sync(() => connection.destroy())
  ).pipe(Effect.provide(Transport.layer))

export const get: Transport.WireRequest = {
  method: "GET",
  path: "/rest/a",
  headers: ["Host", fqdn],
  body: undefined,
  length: undefined,
  responseTimeoutMillis: 5_000,
  bodyTimeoutMillis: 5_000
}

export const put = (body: Transport.WireRequest["body"], length?: number): Transport.WireRequest => ({
  ...get,
  method: "PUT",
  headers: length === undefined ? get.headers : [...get.headers, "Content-Length", String(length)],
  body,
  length
})

export const readText = (answer: Transport.WireAnswer): Effect.Effect<string, Transport.ExchangeFailure> => {
  let text = ""
  const next: Effect.Effect<string, Transport.ExchangeFailure> = Pull.matchEffect(answer.pull, {
    onSuccess: (chunks) => {
      for (const chunk of chunks) text += Buffer.from(chunk).toString("latin1")
      return next
    },
    onFailure: Effect.failCause,
    onDone: () => Effect.sync(() => text)
  })
  return next
}

/** The status and the body of one exchange. */
export const ask = (connection: Transport.Connection, request: Transport.WireRequest = get) =>
  Effect.flatMap(connection.exchange(request), (answer) =>
    Effect.map(readText(answer), (text) => [answer.status, text] as const)
  )

/** What one request to a node with this one step ends with. */
export const failureOf = (step: FaultNode.Step, request: Transport.WireRequest = get) =>
  Effect.scoped(
    Effect.gen(function* () {
      const node = yield* FaultNode.make([step])
      const connection = yield* connectTo(node)
      const failure = yield* Effect.flip(ask(connection, request))
      yield* node.until(() => node.open() === 0)
      assert.isFalse(connection.isReady())
      assert.strictEqual(node.unused(), 0)
      return failure
    })
  )

export const describeReason = (reason: Reason): string => `${reason._tag}: ${reason.message}`

export const secure = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [] })
  return { identity, dialer: yield* makeDialer({ ca: authority.pem }, fqdn) }
})
