/**
 * A raw server in a process of its own, so that its CPU time is not the client's. It tells its port to the parent
 * process, and ends when that is gone.
 *
 * Argument of the process: the identity for TLS as JSON, or none for plain connections.
 */
import * as Net from "node:net"
import * as Tls from "node:tls"

type Serve = (socket: Net.Socket) => void

const overTls = (identity: string, serve: Serve): Net.Server => {
  const { certificate, key } = JSON.parse(identity)
  return Tls.createServer({ cert: certificate, key }, serve)
}

/** Serves every connection to a free port of 127.0.0.1. */
export const servedAlone = (serve: Serve): void => {
  const [, , identity] = process.argv
  const server = identity === undefined ? Net.createServer(serve) : overTls(identity, serve)
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
    const address = server.address()
    if (address !== null && typeof address !== "string") process.send?.(address.port)
  })
  process.on("disconnect", () => process.exit())
}
