/**
 * The other side of the wire: a raw `node:net` server that answers with bytes made beforehand. Run as a process of
 * its own, so that its CPU time is not the client's. It tells its port to the parent process, and ends when that is
 * gone.
 */
import * as Net from "node:net"
import { serve } from "./objectService.ts"

const server = Net.createServer((socket) => serve(socket))
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  const address = server.address()
  if (address !== null && typeof address !== "string") process.send?.(address.port)
})
process.on("disconnect", () => process.exit())
