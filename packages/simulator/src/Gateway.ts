/**
 * The seam between the network side of a node and the HCP behind it: one HTTP exchange as data.
 *
 * The network side ({@link NodeServer}) knows sockets, TLS and faults but nothing of HCP; a gateway knows HCP but no
 * socket.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/**
 * Which of a node's listeners an exchange came in on: object data, the system console, or the management API.
 *
 * @category models
 * @since 0.1.0
 */
export type Listener = "data" | "admin" | "mapi"

/**
 * A request as it came off the wire.
 *
 * @category models
 * @since 0.1.0
 */
export interface GatewayRequest {
  readonly method: string
  /** The request target exactly as sent, still percent-encoded, query included: `/rest/a%20b?version=list`. */
  readonly target: string
  /** The `Host` header without its port, lower case; empty when there was none. */
  readonly host: string
  /** Header names lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values in turn, exactly as sent; undefined where nobody has kept them. */
  readonly rawHeaders?: ReadonlyArray<string> | undefined
  /**
   * The body as it arrives; ends with `"aborted"` when the client went away before its announced end. Reading is
   * optional.
   */
  readonly body: Stream.Stream<Uint8Array, "aborted">
  /** The IP address of the node that was asked. */
  readonly node: string
  /** The IP address of the client, where there is a network between. */
  readonly client?: string | undefined
  readonly listener: Listener
  readonly secure: boolean
}

/**
 * A body to send: nothing, bytes, or a stream. A stream of a known number of bytes is sent with `Content-Length`, any
 * other one in chunks (to a client of HTTP/1.0 until the connection closes). A stream that fails breaks the connection.
 *
 * @category models
 * @since 0.1.0
 */
export type GatewayBody =
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array }
  | {
      readonly _tag: "Stream"
      readonly length?: number | undefined
      readonly stream: Stream.Stream<Uint8Array, unknown>
    }

/**
 * How many bytes a body has; undefined for a stream that does not know it yet.
 *
 * @category combinators
 * @since 0.1.0
 */
export const bodyLength = (body: GatewayBody): number | undefined => {
  switch (body._tag) {
    case "Empty":
      return 0
    case "Bytes":
      return body.bytes.length
    case "Stream":
      return body.length
  }
}

/**
 * An answer to be sent. The network side adds only what belongs to the connection (`Connection`, `Keep-Alive`,
 * `Content-Length` from the body unless it is given here, as for HEAD, or `Transfer-Encoding`).
 *
 * @category models
 * @since 0.1.0
 */
export interface GatewayResponse {
  readonly status: number
  /** In the order they are sent, names in HCP's spelling. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: GatewayBody
}

/**
 * Answers requests; never fails, a refusal is a response.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gateway {
  readonly handle: (request: GatewayRequest) => Effect.Effect<GatewayResponse>
}
