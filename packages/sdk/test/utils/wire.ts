import { assert } from "@effect/vitest"
import { Duration, Effect, Layer, type Scope } from "effect"
import * as CertificateAuthority from "../../../simulator/src/CertificateAuthority.ts"
import * as Credentials from "../../src/Credentials.ts"
import type { TlsDialer } from "../../src/Dialer.ts"
import type * as HcpBody from "../../src/HcpBody.ts"
import type { HcpError, Reason } from "../../src/HcpError.ts"
import type { HcpRequest } from "../../src/HcpRequest.ts"
import type { HcpResponse } from "../../src/HcpResponse.ts"
import { makeDialer } from "../../src/internal/transport/tlsDialer.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import * as Transport from "../../src/Transport.ts"
import * as FaultNode from "./FaultNode.ts"

export const fqdn = "n1.t1.hcp.test"

export const endpointOf = (node: FaultNode.FaultNode, tls?: TlsDialer): Transport.Endpoint => ({
  address: node.address,
  port: node.port,
  fqdn,
  tls,
  connectTimeout: Duration.millis(5_000),
  tcpKeepAlive: undefined
})

export const connectTo = (node: FaultNode.FaultNode, options?: Partial<Transport.Endpoint>) =>
  Effect.acquireRelease(
    Transport.Transport.use((transport) => transport.connect({ ...endpointOf(node), ...options })),
    (connection) => Effect.sync(() => connection.destroy())
  ).pipe(Effect.provide(Transport.layer))

export const get: HcpRequest = { method: "GET", path: "/rest/a", responseTimeout: 5_000, bodyTimeout: 5_000 }

export const put = (body: HcpBody.HcpBody): HcpRequest => ({ ...get, method: "PUT", body })

/** A system of one node and this connection alone, without retries; a connection that is of use outlives it. */
const systemOver = (connection: Transport.Connection) =>
  Target.make({ fqdn, tls: false, addresses: ["192.0.2.1"], retry: RetryPolicy.never }).pipe(
    Effect.provide([
      Layer.succeed(Transport.Transport, {
        connect: () =>
          Effect.succeed({
            connectTime: connection.connectTime,
            isReady: () => connection.isReady(),
            isFlushed: () => connection.isFlushed(),
            exchange: (request, handler) => connection.exchange(request, handler),
            destroy: () => {
              if (!connection.isReady()) connection.destroy()
            }
          })
      }),
      Credentials.layerAnonymous,
      Resolver.layerStatic({})
    ])
  )

/** The answer to one request on a connection. */
export const open = (
  connection: Transport.Connection,
  request: HcpRequest = get
): Effect.Effect<HcpResponse, HcpError, Scope.Scope> =>
  Effect.flatMap(systemOver(connection), (system) => system.execute(request))

export const readText = (response: HcpResponse): Effect.Effect<string, HcpError> =>
  Effect.map(response.bytes(1e9), (bytes) => Buffer.from(bytes).toString("latin1"))

/** The status and the body of one exchange. */
export const ask = (connection: Transport.Connection, request: HcpRequest = get) =>
  Effect.scoped(
    Effect.flatMap(open(connection, request), (response) =>
      Effect.map(readText(response), (text) => [response.status, text] as const)
    )
  )

/** What one request to a node with this one step ends with. */
export const failureOf = (step: FaultNode.Step, request: HcpRequest = get) =>
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
