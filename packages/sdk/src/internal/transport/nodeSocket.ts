/**
 * The sockets of Node behind the types of a dialer.
 *
 * @internal
 */
import * as net from "node:net"
import * as Duration from "effect/Duration"
import type { Address, Socket, SocketOptions } from "../../Dialer.ts"

/** The options of Node that open a socket in our way. */
export const nodeOptions = ({
  keepAlive
}: SocketOptions): Pick<net.TcpNetConnectOpts, "noDelay" | "keepAlive" | "keepAliveInitialDelay"> => ({
  noDelay: true,
  keepAlive: keepAlive !== undefined,
  keepAliveInitialDelay: keepAlive === undefined ? 0 : Duration.toMillis(keepAlive)
})

export const nodeAddress = (address: Address): net.TcpNetConnectOpts => ({
  host: address.host,
  port: address.port,
  ...nodeOptions(address)
})

export const isNodeSocket = (socket: Socket): socket is net.Socket => socket instanceof net.Socket
