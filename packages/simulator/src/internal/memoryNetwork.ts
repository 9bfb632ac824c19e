/**
 * The nodes of a simulation as a network that has no sockets: what is asked at an address and a port is handed to the
 * node there.
 *
 * @internal
 */
import { CannotConnect, ConnectionLost, IncompleteBody, ProtocolError } from "@effect-hcp/sdk/HcpError"
import { type Endpoint, ExchangeFailure, type HandlerAnswer, type WireRequest } from "@effect-hcp/sdk/Transport"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { bodyLength, type GatewayRequest, type GatewayResponse, type Listener } from "../Gateway.ts"
import type { Ports } from "../NodeServer.ts"
import type { SimulatedNode } from "../SimulatedNode.ts"
import { headersOf } from "./exchange.ts"
import type { FaultBoard } from "./faultBoard.ts"
import { toGatewayRequest } from "./wireRequest.ts"

/** The network, in the form that `Transport.layerHandler` takes. */
export interface MemoryNetwork {
  readonly connect: (endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure>
  readonly handle: (request: WireRequest, endpoint: Endpoint) => Effect.Effect<HandlerAnswer, ExchangeFailure>
}

/** A node that can be taken down. */
interface Place {
  readonly node: SimulatedNode
  isUp: boolean
  /** Fails when the node goes down; another one once it is up again. */
  broken: Deferred.Deferred<never, ExchangeFailure>
}

interface Socket {
  readonly listener: Listener
  readonly secure: boolean
}

const failure = (reason: ExchangeFailure["reason"], reached: ExchangeFailure["reached"]) =>
  new ExchangeFailure({ reason, reached })

const refused = ({ address, port }: Endpoint) =>
  failure(new CannotConnect({ address, port, code: "ECONNREFUSED" }), "nothing")

const reset = (address: string) => failure(new ConnectionLost({ address, code: "ECONNRESET" }), "request")

const closed = (address: string) => failure(new ConnectionLost({ address, code: "UND_ERR_SOCKET" }), "request")

/** The network of these nodes, which all listen on the same ports. */
export const make = Effect.fnUntraced(function* (
  nodes: ReadonlyArray<SimulatedNode>,
  ports: Ports,
  board: FaultBoard
): Effect.fn.Return<MemoryNetwork> {
  const sockets = new Map<number, Socket>([
    [ports.http, { listener: "data", secure: false }],
    [ports.https, { listener: "data", secure: true }],
    [ports.admin, { listener: "admin", secure: true }],
    [ports.mapi, { listener: "mapi", secure: true }]
  ])
  const places = new Map(
    nodes.map((node): [string, Place] => [node.address, { node, isUp: true, broken: Deferred.makeUnsafe() }])
  )
  for (const place of places.values()) {
    const { address } = place.node
    yield* board.attach(address, (up) =>
      Effect.suspend(() => {
        place.isUp = up
        if (!up) return Effect.asVoid(Deferred.fail(place.broken, reset(address)))
        place.broken = Deferred.makeUnsafe()
        return Effect.void
      })
    )
  }

  const find = (endpoint: Endpoint): Effect.Effect<{ place: Place; socket: Socket }, ExchangeFailure> => {
    const place = places.get(endpoint.address)
    const socket = sockets.get(endpoint.port)
    return place === undefined || socket === undefined || !place.isUp
      ? Effect.fail(refused(endpoint))
      : Effect.succeed({ place, socket })
  }

  return {
    connect: (endpoint) =>
      Effect.flatMap(find(endpoint), ({ socket }) =>
        socket.secure === (endpoint.tls !== undefined) ? Effect.void : Effect.fail(wrongProtocol(endpoint, socket))
      ),
    handle: Effect.fnUntraced(function* (request, endpoint) {
      const { place, socket } = yield* find(endpoint)
      const { address } = endpoint
      const sourceFailed = Deferred.makeUnsafe<never, ExchangeFailure>()
      const answered = Effect.gen(function* () {
        const answer = yield* place.node.handle(
          toGatewayRequest({
            method: request.method,
            target: request.path,
            rawHeaders: [...request.headers, ...framingOf(request)],
            body: bodyOf(request, sourceFailed),
            node: address,
            ...socket
          })
        )
        // Whatever the node made of the broken upload: the client has left.
        if (Deferred.isDoneUnsafe(sourceFailed)) return yield* Deferred.await(sourceFailed)
        switch (answer._tag) {
          case "Reset":
            return yield* reset(address)
          case "Close":
            return yield* closed(address)
          case "Mute":
            return yield* Effect.never
          case "Response":
            return yield* collect(answer.response, request.method, address)
        }
      })
      return yield* Effect.raceFirst(answered, Deferred.await(place.broken))
    })
  }
})

const wrongProtocol = ({ address, port }: Endpoint, { secure }: Socket): ExchangeFailure => {
  const [speaks, asked] = secure ? ["TLS", "plain HTTP"] : ["plain HTTP", "TLS"]
  const detail = `port ${port} speaks ${speaks}, and ${asked} was tried; check port and tls`
  return failure(new ProtocolError({ address, detail, isLasting: true }), "nothing")
}

const hasBody: ReadonlySet<string> = new Set(["PUT", "POST", "PATCH"])

/** What an HTTP client says of the length of a body, where the request does not say it. */
const framingOf = ({ body, headers, length, method }: WireRequest): ReadonlyArray<string> => {
  if (headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === "content-length")) return []
  if (body === undefined) return hasBody.has(method) ? ["Content-Length", "0"] : []
  if (body instanceof Uint8Array) return ["Content-Length", String(body.length)]
  return length === undefined ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(length)]
}

/** The body as it arrives. Chunks are copied, because their sender may overwrite them and the simulator keeps them. */
const bodyOf = (
  { body }: WireRequest,
  sourceFailed: Deferred.Deferred<never, ExchangeFailure>
): GatewayRequest["body"] => {
  if (body === undefined) return Stream.empty
  if (body instanceof Uint8Array) return Stream.suspend(() => Stream.succeed(body.slice()))
  return body.pipe(
    Stream.map((chunk) => chunk.slice()),
    Stream.tapError(({ reason }) => Deferred.fail(sourceFailed, failure(reason, "request"))),
    Stream.mapError(() => "aborted")
  )
}

/** The answer as a whole. One whose body breaks off is no answer. */
const collect = Effect.fnUntraced(function* (
  response: GatewayResponse,
  method: string,
  address: string
): Effect.fn.Return<HandlerAnswer, ExchangeFailure> {
  const { body, status } = response
  const headers: Record<string, string> = {}
  const flat = headersOf(response, method)
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = (flat[index] ?? "").toLowerCase()
    const value = flat[index + 1] ?? ""
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const expected = bodyLength(body)
  if (expected === undefined) headers["transfer-encoding"] = "chunked"
  if (body._tag === "Empty" || method === "HEAD") return { status, headers }
  if (body._tag === "Bytes") return { status, headers, body: body.bytes }
  const chunks: Array<Uint8Array> = []
  let received = 0
  yield* Effect.mapError(
    Stream.runForEach(body.stream, (chunk) =>
      Effect.sync(() => {
        chunks.push(chunk)
        received += chunk.length
      })
    ),
    () => failure(new IncompleteBody({ address, expected, received }), "answer")
  )
  return { status, headers, body: Buffer.concat(chunks) }
})
