/**
 * One connection to one address, one exchange at a time: the lowest seam of the SDK that still speaks HTTP.
 *
 * A `Transport` knows no names, no retries and no credentials. {@link layer} speaks HTTP/1.1 over TCP and TLS with undici;
 * {@link layerHandler} answers from a function, for tests without sockets.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Connection, Endpoint, ExchangeFailure, WireRequest } from "./Connection.ts"
import * as HcpHeaders from "./HcpHeaders.ts"
import * as undici from "./internal/transport/undici.ts"

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
     * Opens one connection to one address. Whoever asks for it must `destroy` it. Interruption while connecting destroys the
     * socket at once. Fails with `CannotConnect`, `Timeout` (`connect`), `CertificateError` or `ProtocolError` and
     * `reached: "nothing"`.
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
export const layer: Layer.Layer<Transport> = Layer.succeed(Transport, { connect: undici.connect })

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
}

/**
 * A transport without sockets: every exchange is answered by a function, every connection succeeds unless it fails.
 *
 * A streamed request body is not read; read it in the handler if the test is about it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHandler = (
  handler: (request: WireRequest, endpoint: Endpoint) => Effect.Effect<HandlerAnswer, ExchangeFailure>,
  options?: {
    /** Runs before each connection; a failure is the failure of the connection. */
    readonly connect?: ((endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure>) | undefined
  }
): Layer.Layer<Transport> =>
  Layer.succeed(Transport, {
    connect: Effect.fnUntraced(function* (endpoint) {
      yield* options?.connect?.(endpoint) ?? Effect.void
      let state: "ready" | "busy" | "destroyed" = "ready"
      const isOver = () => {
        if (state === "busy") state = "ready"
      }
      return {
        connectMillis: 0,
        isReady: () => state === "ready",
        destroy: () => {
          state = "destroyed"
        },
        exchange: Effect.fnUntraced(function* (request: WireRequest) {
          // As on a wire: what is not answered to its end leaves the connection of no more use.
          state = "busy"
          const answer = yield* handler(request, endpoint)
          let bytes = typeof answer.body === "string" ? new TextEncoder().encode(answer.body) : answer.body
          if (request.method === "HEAD" || bytes?.length === 0) bytes = undefined
          if (bytes === undefined) isOver()
          return {
            status: answer.status ?? 200,
            headers: HcpHeaders.make(answer.headers),
            pull: Effect.suspend(() => {
              if (bytes === undefined) {
                isOver()
                return Cause.done()
              }
              const chunk: Arr.NonEmptyReadonlyArray<Uint8Array> = [bytes]
              bytes = undefined
              return Effect.succeed(chunk)
            })
          }
        })
      }
    })
  })
