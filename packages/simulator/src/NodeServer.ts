/**
 * One node of a simulated system: its listeners on an address of its own, and what a fault does to them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Identity } from "./CertificateAuthority.ts"
import type { RequestFault } from "./Faults.ts"
import type { Gateway, GatewayResponse, Listener } from "./Gateway.ts"
import { send, toGatewayRequest } from "./internal/exchange.ts"
import * as HttpListener from "./internal/httpListener.ts"
import type { SimulatorError } from "./SimulatorError.ts"

/**
 * The ports of a node: object data without and with TLS, the system console (TLS), and the management API (TLS).
 *
 * @category models
 * @since 0.1.0
 */
export interface Ports {
  readonly http: number
  readonly https: number
  readonly admin: number
  readonly mapi: number
}

/**
 * Where a node listens, and what answers there.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeServerOptions {
  /** The IP address of the node. */
  readonly address: string
  /** 0 stands for a free port. */
  readonly ports: Ports
  readonly gateway: Gateway
  readonly identity: Identity
  /** The identity to show under a name that a client asks for, if it is another one. Default always the same. */
  readonly identityFor?: ((name: string) => Effect.Effect<Identity | undefined>) | undefined
  /** What hits a request with this method; nothing by default. */
  readonly faults?: ((method: string) => Effect.Effect<ReadonlyArray<RequestFault>>) | undefined
  /** How long an idle connection stays open. Default 60 seconds, as HCP's. */
  readonly keepAlive?: Duration.Input | undefined
}

/**
 * A running node.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeServer {
  readonly address: string
  /** The ports that were opened. */
  readonly ports: Ports
  /** How many requests came since the start, those hit by a fault included. */
  readonly requests: Effect.Effect<number>
  /** How many connections are open. */
  readonly connections: Effect.Effect<number>
  /** Closes the ports and resets the connections (`false`), or opens the same ports again (`true`). */
  readonly setUp: (up: boolean) => Effect.Effect<void, SimulatorError>
}

/**
 * Starts a node that lives as long as the scope. With the scope its ports close and its connections are reset.
 *
 * Fails with reason `network` when a port cannot be opened.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: NodeServerOptions
): Effect.fn.Return<NodeServer, SimulatorError, Scope.Scope> {
  const { address, gateway } = options
  const keepAliveMillis = Duration.toMillis(options.keepAlive ?? "60 seconds")
  const faultsOf = options.faults ?? (() => Effect.succeed([]))
  let requests = 0

  const listener = (kind: Listener, secure: boolean) =>
    HttpListener.make({
      tls: secure ? options.identity : undefined,
      identityFor: options.identityFor,
      keepAliveMillis,
      handle: (exchange) =>
        Effect.suspend(() => {
          requests++
          return Effect.flatMap(faultsOf(exchange.request.method ?? "GET"), (faults) =>
            answer(exchange, gateway, { node: address, listener: kind, secure }, faults)
          )
        })
    })
  const http = yield* listener("data", false)
  const https = yield* listener("data", true)
  const admin = yield* listener("admin", true)
  const mapi = yield* listener("mapi", true)
  const listeners = [http, https, admin, mapi]

  const open = (ports: Ports): Effect.Effect<Ports, SimulatorError> =>
    Effect.all({
      http: http.open(address, ports.http),
      https: https.open(address, ports.https),
      admin: admin.open(address, ports.admin),
      mapi: mapi.open(address, ports.mapi)
    })
  const ports = yield* open(options.ports)

  return {
    address,
    ports,
    requests: Effect.sync(() => requests),
    connections: Effect.sync(() => listeners.reduce((sum, { connections }) => sum + connections(), 0)),
    setUp: (up) =>
      up
        ? Effect.asVoid(open(ports))
        : Effect.forEach(listeners, ({ close }) => close, { concurrency: "unbounded", discard: true })
  }
})

const answer = Effect.fnUntraced(
  function* (
    exchange: HttpListener.Exchange,
    gateway: Gateway,
    at: { readonly node: string; readonly listener: Listener; readonly secure: boolean },
    faults: ReadonlyArray<RequestFault>
  ): Effect.fn.Return<void, unknown> {
    const find = <K extends RequestFault["fault"]>(kind: K) =>
      faults.find((fault): fault is Extract<RequestFault, { readonly fault: K }> => fault.fault === kind)

    if (find("reset") !== undefined) return exchange.reset()
    if (find("mute") !== undefined) {
      exchange.request.resume()
      return yield* Effect.never
    }
    const slow = find("slow")
    if (slow?.delay !== undefined) yield* Effect.sleep(slow.delay)
    const status = find("status")
    const truncate = find("truncate")
    const response =
      status === undefined
        ? yield* gateway.handle(toGatewayRequest(exchange, at))
        : refusal(status.status ?? 503, status.retryAfter)
    yield* send(exchange, response, {
      truncateAfter: truncate === undefined ? undefined : (truncate.bytes ?? 0),
      bytesPerSecond: slow?.bytesPerSecond
    })
  },
  // A body that fails half-way cannot be repaired: the client learns it from the broken connection.
  (effect, exchange) =>
    Effect.onError(effect, () => Effect.sync(() => void exchange.response.destroy())).pipe(
      Effect.ignore,
      Effect.catchDefect((defect) => Effect.logError("A gateway failed where it must not", defect))
    )
)

const refusal = (status: number, retryAfter: number | undefined): GatewayResponse => ({
  status,
  headers: retryAfter === undefined ? [] : [["Retry-After", String(retryAfter)]],
  body: { _tag: "Empty" }
})
