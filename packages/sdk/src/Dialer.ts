/**
 * What opens connections to the nodes of a system: with TLS, or through a proxy.
 *
 * @since 0.1.0
 */
import type * as net from "node:net"
import type * as tls from "node:tls"
import type { ProxyFailed } from "./WireReason.ts"

/**
 * An address to connect to, or a socket that leads to the node already.
 *
 * @category models
 * @since 0.1.0
 */
export type Reach = net.TcpNetConnectOpts | { readonly socket: net.Socket }

/**
 * Opens TLS connections to the nodes of one FQDN. Made once per Target: the secure context is expensive.
 *
 * @category models
 * @since 0.1.0
 */
export interface TlsDialer {
  /**
   * Connects to one address, or makes TLS over a socket, which belongs to the returned one then. `done` is called once:
   * without an error when the peer's certificate was accepted, else with one and the socket destroyed. Destroying the
   * returned socket ends the attempt at once, and `done` is then not called.
   */
  readonly connect: (address: Reach, done: (error: Error | undefined) => void) => tls.TLSSocket
}

/**
 * A tunnel that is being made. Destroying the socket ends the attempt at once, and `done` is then not called.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tunnel {
  readonly socket: net.Socket
  /** What it means that there is no tunnel yet, after so many milliseconds. */
  readonly timedOut: (millis: number) => ProxyFailed
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
   * Makes a tunnel to a host and port. `done` is called once: without an error when the socket leads to the node, of
   * which it has read nothing, else with one and the socket destroyed: a `ProxyFailed`, or the error of this computer.
   */
  readonly connect: (
    host: string,
    port: number,
    options: Pick<net.TcpNetConnectOpts, "keepAlive" | "keepAliveInitialDelay">,
    done: (error: Error | undefined) => void
  ) => Tunnel
}
