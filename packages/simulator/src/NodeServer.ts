/**
 * One node of a simulated system on the network: its listeners on an address of its own.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Identity } from "./CertificateAuthority.ts"
import type { GatewayRequest, Listener } from "./Gateway.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import { send, toGatewayRequest } from "./internal/exchange.ts"
import * as HttpListener from "./internal/httpListener.ts"
import { nodeServerKinds } from "./internal/optionKinds.ts"
import { recorded } from "./internal/recordedExchange.ts"
import type { RequestLog } from "./RequestLog.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"
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
  /** What answers. */
  readonly node: SimulatedNode
  /** 0 stands for a free port. */
  readonly ports: Ports
  readonly identity: Identity
  /** The identity to show under a name that a client asks for, if it is another one. Default always the same. */
  readonly identityFor?: ((name: string) => Effect.Effect<Identity | undefined>) | undefined
  /** How long an idle connection stays open. Default 60 seconds, as HCP's. */
  readonly keepAlive?: Duration.Input | undefined
  /** Gets every request when it is over. Default: nothing does. */
  readonly log?: RequestLog | undefined
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
  /** How many connections are open. */
  readonly connections: Effect.Effect<number>
  /** Closes the ports and resets the connections (`false`), or opens the same ports again (`true`). */
  readonly setUp: (up: boolean) => Effect.Effect<void, SimulatorError>
}

const kinds: KindsOf<NodeServerOptions> = nodeServerKinds

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
  yield* checkOptions(options, kinds, { required: ["node", "ports", "identity"] })
  const { node } = options
  const { address } = node
  const keepAliveMillis = Duration.toMillis(options.keepAlive ?? "60 seconds")

  const listener = (kind: Listener, secure: boolean) =>
    HttpListener.make({
      tls: secure ? options.identity : undefined,
      identityFor: options.identityFor,
      keepAliveMillis,
      handle: (exchange) => answer(exchange, node, { node: address, listener: kind, secure }, options.log)
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
    connections: Effect.sync(() => listeners.reduce((sum, { connections }) => sum + connections(), 0)),
    setUp: (up) =>
      up
        ? Effect.asVoid(open(ports))
        : Effect.forEach(listeners, ({ close }) => close, { concurrency: "unbounded", discard: true })
  }
})

const answer = (
  exchange: HttpListener.Exchange,
  node: SimulatedNode,
  at: { readonly node: string; readonly listener: Listener; readonly secure: boolean },
  log: RequestLog | undefined
): Effect.Effect<void> => {
  const request = toGatewayRequest(exchange, at)
  return log === undefined
    ? carryOut(exchange, node, request, Effect.void)
    : recorded(log, exchange, request, (answerBegins) => carryOut(exchange, node, request, answerBegins))
}

const carryOut = (
  exchange: HttpListener.Exchange,
  node: SimulatedNode,
  request: GatewayRequest,
  answerBegins: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const answer = yield* node.handle(request)
    switch (answer._tag) {
      case "Reset":
        return exchange.reset()
      case "Close":
        return void exchange.response.destroy()
      case "Mute":
        exchange.request.resume()
        return yield* Effect.never
      case "Response":
        yield* answerBegins
        return yield* send(exchange, answer.response)
    }
  }).pipe(
    Effect.onInterrupt(() => Effect.sync(() => void exchange.response.destroy())),
    Effect.ignore,
    Effect.catchDefect((defect) =>
      Effect.andThen(
        Effect.sync(() => void exchange.response.destroy()),
        Effect.logError("A gateway failed where it must not", defect)
      )
    )
  )
