/**
 * One connection to one address, one exchange at a time: the lowest seam of the SDK that still speaks HTTP.
 *
 * A `Transport` knows no names, no retries and no credentials. {@link layer} speaks HTTP/1.1 over TCP and TLS with
 * undici; {@link layerHandler} answers from a function, for tests without sockets.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Connection, type Endpoint, ExchangeFailure, type WireRequest } from "./Connection.ts"
import * as OnDemand from "./internal/config/onDemand.ts"
import { handlerConnection } from "./internal/transport/handlerConnection.ts"
import { effectProblem } from "./OptionCheck.ts"

export * from "./Connection.ts"

/**
 * Opens connections.
 *
 * @category services
 * @since 0.1.0
 */
export class Transport extends Context.Service<
  Transport,
  {
    /**
     * Opens one connection to one address. Whoever asks for it must `destroy` it. Interruption while connecting
     * destroys the socket at once. Fails with `CannotConnect`, `CannotOpenSocket`, `ProxyFailed`, `Timeout`
     * (`connect`), `CertificateError` or `ProtocolError` and `reached: "nothing"`.
     */
    readonly connect: (endpoint: Endpoint) => Effect.Effect<Connection, ExchangeFailure>
  }
>()("@effect-hcp/sdk/Transport") {}

/**
 * HTTP/1.1 over TCP and TLS.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Transport> = Layer.succeed(Transport, {
  connect: (endpoint) => Effect.flatMap(OnDemand.connections, ({ connect }) => connect(endpoint))
})

/**
 * What a handler of {@link layerHandler} answers.
 *
 * @category models
 * @since 0.1.0
 */
export interface HandlerAnswer {
  /** Defaults to `200`. */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
  /**
   * Whether what HCP says besides is added: a header by which clients know an answer of HCP, and, unless the headers or
   * `breaksWith` say something of the bytes themselves, the evidence for objects: `X-HCP-Hash` and `ETag` of what was
   * sent with a PUT, these with the size of `body` for a GET or HEAD. Defaults to that of the layer.
   */
  readonly marks?: boolean | undefined
  /** The body breaks off after these bytes, in place of ending. Defaults to a body that ends. */
  readonly breaksWith?: ExchangeFailure | undefined
}

/**
 * A transport without sockets: every exchange is answered by a function, every connection succeeds unless it fails.
 *
 * Requests come to the handler in the same way as they go to sockets. What it leaves of a streamed request body is read
 * before a success is answered. Answers get the marks and the evidence of HCP's own, see {@link HandlerAnswer.marks}:
 * `{ status: 404 }` is HCP's word, and `{ status: 201 }` to a PUT says that exactly the bytes that were sent are
 * stored.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHandler = (
  handler: (request: WireRequest, endpoint: Endpoint) => Effect.Effect<HandlerAnswer, ExchangeFailure>,
  options?: {
    /** Runs before each connection; a failure is the failure of the connection. */
    readonly connect?: ((endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure>) | undefined
    /**
     * What `marks` is for answers that do not say it. With `false` nothing that is sent is hashed, so no answer gets
     * evidence of it. Defaults to `true`.
     */
    readonly marks?: boolean | undefined
  }
): Layer.Layer<Transport> =>
  Layer.succeed(Transport, {
    connect: (endpoint) =>
      Effect.flatMap(connected(options?.connect, endpoint), () =>
        Effect.contextWith((context) =>
          Effect.succeed(handlerConnection(handler, endpoint, Effect.runForkWith(context), options?.marks ?? true))
        )
      )
  })

const connected = (
  connect: ((endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure>) | undefined,
  endpoint: Endpoint
): Effect.Effect<void, ExchangeFailure> => {
  if (connect === undefined) return Effect.void
  const given = connect(endpoint)
  const reason = effectProblem("connect", given)
  return reason === undefined ? given : Effect.fail(new ExchangeFailure({ reason, reached: "nothing" }))
}
