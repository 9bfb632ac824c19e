/**
 * What opens connections to the nodes of a system: with TLS, or through a proxy.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { ProxyFailed } from "./WireReason.ts"

/**
 * A socket of a dialer, open or still opening. It is a `net.Socket` of Node; whoever wants its bytes narrows it with
 * `instanceof`. The type says no more than what ends it, so that no types of Node are needed beside these.
 *
 * @category models
 * @since 0.1.0
 */
export interface Socket {
  readonly destroyed: boolean
  readonly destroy: () => unknown
  readonly on: (event: "error", listener: (error: Error) => void) => unknown
}

/**
 * How a socket is opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface SocketOptions {
  /** TCP keep-alive: the idle time before the first probe. Defaults to none. */
  readonly keepAlive?: Duration.Duration | undefined
}

/**
 * An address to connect to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Address extends SocketOptions {
  /** An IP address, or a name that this computer knows. */
  readonly host: string
  readonly port: number
}

/**
 * An address to connect to, or a socket that leads to the node already.
 *
 * @category models
 * @since 0.1.0
 */
export type Reach = Address | { readonly socket: Socket }

/**
 * Opens TLS connections to the nodes of one FQDN. Made once per Target: the secure context is expensive.
 *
 * @category models
 * @since 0.1.0
 */
export interface TlsDialer {
  /**
   * Connects to one address, or makes TLS over a socket, which belongs to the returned one then. `done` is called once,
   * after this has returned:
   * without an error when the peer's certificate was accepted, else with one and the socket destroyed. Destroying the
   * returned socket ends the attempt at once, and `done` is then not called. Throws a `TypeError` for a socket that is
   * none of Node.
   */
  readonly connect: (reach: Reach, done: (error: Error | undefined) => void) => Socket
}

/**
 * A tunnel that is being made. Destroying the socket ends the attempt at once, and `done` is then not called.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tunnel {
  readonly socket: Socket
  /** What it means that there is no tunnel yet, after so long. */
  readonly timedOut: (limit: Duration.Duration) => ProxyFailed
}

/**
 * Opens tunnels through one proxy.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxyDialer {
  /** Whether the proxy is told names, which it resolves itself. */
  readonly resolvesNames: boolean
  /**
   * Makes a tunnel to an address. `done` is called once: without an error when the socket leads to the node, of which
   * it has read nothing, else with one and the socket destroyed: a `ProxyFailed`, or the error of this computer.
   */
  readonly connect: (address: Address, done: (error: Error | undefined) => void) => Tunnel
}
