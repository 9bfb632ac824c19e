import * as Http from "node:http"
import * as Net from "node:net"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect } from "effect"

/** Headers as they came: name, value, name, value. */
type RawHeaders = ReadonlyArray<string>

/** What proxies do to a request. */
interface Meddling {
  /** Whether it says by itself which encodings it takes, as that of minio-java issue 1067 did. Defaults to `false`. */
  readonly replacesAcceptEncoding?: boolean
}

/** The headers of a request in another order, and some more. */
const meddled = (headers: RawHeaders, { replacesAcceptEncoding = false }: Meddling): Array<string> => {
  const pairs: Array<readonly [string, string]> = []
  for (let at = 0; at < headers.length; at += 2) pairs.push([headers[at] ?? "", headers[at + 1] ?? ""])
  return [
    ...pairs
      .reverse()
      .filter(([name]) => !/^(?:proxy-.*|connection)$/i.test(name))
      .filter(([name]) => !replacesAcceptEncoding || name.toLowerCase() !== "accept-encoding"),
    ...(replacesAcceptEncoding ? [["Accept-Encoding", "identity, deflate;q=0"] as const] : []),
    ["Via", "1.1 proxy.example.com"] as const,
    ["X-Forwarded-For", "192.0.2.7"] as const,
    ["X-Forwarded-Proto", "http"] as const,
    ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] as const
  ].flat()
}

/**
 * A proxy on a port of 127.0.0.1 that leads any host to the nodes of the first system, each connection to the next of
 * them: for clients that cannot be told which name server to ask. TLS goes through as it is (`CONNECT`); requests
 * without it come out with other headers, as those of a proxy do.
 */
export const wayIn = Effect.fnUntraced(function* (meddling: Meddling = {}) {
  const { systems } = yield* Simulator.Simulator
  const [{ nodes, ports }] = systems
  let turn = 0
  const next = () => nodes[turn++ % nodes.length] ?? nodes[0]
  const agent = new Http.Agent()
  const sockets = new Set<Net.Socket>()
  const server = Http.createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`)
    const onward = Http.request(
      {
        host: next(),
        port: ports.http,
        method: request.method,
        path: (request.url ?? "/").replace(/^http:\/\/[^/]+/, "") || url.pathname,
        headers: meddled(request.rawHeaders, meddling),
        agent
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      }
    )
    onward.on("error", () => response.destroy())
    response.on("close", () => onward.destroy())
    request.pipe(onward)
  })
  server.on("connect", (_request, client: Net.Socket, head) => {
    const node = Net.connect(ports.https, next(), () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      if (head.length > 0) node.write(head)
      node.pipe(client)
      client.pipe(node)
    })
    const end = () => {
      node.destroy()
      client.destroy()
    }
    for (const socket of [node, client]) socket.on("error", end).on("close", end)
  })
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        agent.destroy()
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}` } as const
})
