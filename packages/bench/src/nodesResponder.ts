/**
 * The nodes of a large system: one process that listens on all their addresses and answers as the responder does. It
 * counts what arrives.
 *
 * Arguments: how many nodes, and the identity for TLS as JSON. The first nodes speak TLS as well, at another port: a
 * listener a node is a descriptor each. One node more takes its time. Tells its ports first, and then what it has
 * counted since the last time it was asked, whenever it gets a message. Ends with the parent process.
 */
import * as Net from "node:net"
import * as Tls from "node:tls"
import { nodeAddresses, slowAddress } from "./nodeAddresses.ts"
import { serve } from "./objectService.ts"
import { type Counts, type Ports, slowMillis, tlsNodes } from "./suites/nodesProtocol.ts"

const [, , count = "", identity = "{}"] = process.argv
const addresses = nodeAddresses(Number(count))

let connections = 0
const requests = new Map<string, number>()

const onConnection = (address: string) => (socket: Net.Socket) => {
  serve(socket, (answer) => {
    requests.set(address, (requests.get(address) ?? 0) + 1)
    if (address !== slowAddress) socket.write(answer)
    else setTimeout(() => socket.write(answer), slowMillis)
  })
}

const listen = (server: Net.Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.on("connection", () => {
      connections++
    })
    server.listen({ host, port, backlog: 1024 }, () => {
      const address = server.address()
      if (address !== null && typeof address !== "string") resolve(address.port)
    })
  })

/**
 * Listens on all addresses at one port: a free one of the first address, which is as good as certain to be free on
 * the others.
 */
const listenAll = async (addresses: ReadonlyArray<string>, open: (address: string) => Net.Server): Promise<number> => {
  let port = 0
  for (const address of addresses) port = await listen(open(address), address, port)
  return port
}

const look = (): Counts => {
  const counts = { connections, requests: addresses.map((address) => requests.get(address) ?? 0) }
  connections = 0
  requests.clear()
  return counts
}

const { certificate, key } = JSON.parse(identity)
const plain = await listenAll([...addresses, slowAddress], (address) => Net.createServer(onConnection(address)))
const tls = await listenAll(addresses.slice(0, tlsNodes), (address) =>
  Tls.createServer({ cert: certificate, key }, onConnection(address))
)
process.on("message", () => process.send?.(look()))
process.on("disconnect", () => process.exit())
process.send?.({ plain, tls } satisfies Ports)
