/**
 * Turns an HTTP exchange of node:http into the data a gateway understands, and a gateway's answer into bytes.
 *
 * @internal
 */
import type * as Http from "node:http"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { bodyLength, type GatewayRequest, type GatewayResponse, type Listener } from "../Gateway.ts"
import type { Exchange } from "./httpListener.ts"

/** What of a response is held back or slowed down. */
export interface SendFaults {
  /** The connection is closed after this many bytes of the body. */
  readonly truncateAfter?: number | undefined
  readonly bytesPerSecond?: number | undefined
}

/** The request as a gateway sees it. Reading its body answers `Expect: 100-continue`. */
export const toGatewayRequest = (
  { request, response, expectsContinue }: Exchange,
  at: { readonly node: string; readonly listener: Listener; readonly secure: boolean }
): GatewayRequest => {
  const headers = joinHeaders(request.rawHeaders)
  const target = splitTarget(request.url ?? "/")
  return {
    ...at,
    client: request.socket.remoteAddress,
    method: request.method ?? "GET",
    target: target.path,
    host: (target.authority ?? headers.host ?? "").replace(/:\d*$/, "").toLowerCase(),
    headers,
    rawHeaders: request.rawHeaders,
    body: bodyOf(request, () => {
      if (expectsContinue && !response.headersSent) response.writeContinue()
    })
  }
}

const joinHeaders = (raw: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = Object.create(null)
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase()
    const value = raw[index + 1] ?? ""
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/** A request target may be a whole URL, as proxies send it (RFC 9112 section 3.2.2); its authority then replaces `Host`. */
const splitTarget = (target: string): { readonly path: string; readonly authority?: string } => {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
  if (absolute === null) return { path: target }
  const [, authority = "", rest = ""] = absolute
  return { path: rest.startsWith("/") ? rest : `/${rest}`, authority }
}

const bodyOf = (request: Http.IncomingMessage, onRead: () => void): Stream.Stream<Uint8Array, "aborted"> =>
  Stream.fromPull(
    Effect.sync(() => {
      onRead()
      let wake: () => void = () => {}
      for (const event of ["readable", "end", "close"]) request.on(event, () => wake())
      return Effect.callback<Arr.NonEmptyReadonlyArray<Uint8Array>, "aborted" | Cause.Done<void>>((resume) => {
        const step = () => {
          const chunk: Buffer | null = request.read()
          const next =
            chunk !== null
              ? Effect.succeed<Arr.NonEmptyReadonlyArray<Uint8Array>>([chunk])
              : request.readableEnded
                ? Cause.done()
                : request.destroyed
                  ? Effect.fail("aborted" as const)
                  : undefined
          if (next === undefined) return
          wake = () => {}
          resume(next)
        }
        wake = step
        step()
      })
    })
  )

/** Sends a response and leaves the connection ready for the next request, or closes it where that is not possible. */
export const send = Effect.fnUntraced(function* (
  exchange: Exchange,
  answer: GatewayResponse,
  faults: SendFaults = {}
): Effect.fn.Return<void, unknown> {
  const { request, response, expectsContinue } = exchange
  // The client that was never told to go on may send the body or not: the next request could not be told apart from it.
  if (expectsContinue && !request.readableDidRead) response.shouldKeepAlive = false
  response.writeHead(answer.status, headersOf(answer, request.method))
  if (request.method !== "HEAD") yield* sendBody(exchange, answer, faults)
  if (!response.destroyed && !request.socket.writableEnded) response.end()
  // What was not read of the body is thrown away, so that the connection can be used again. The listeners of a reader that stopped
  // half-way would hold the rest back.
  if (!request.readableEnded) request.removeAllListeners("readable").resume()
})

const headersOf = ({ status, headers, body }: GatewayResponse, method: string | undefined): Array<string> => {
  const flat = headers.flat()
  const hasLength = headers.some(([name]) => name.toLowerCase() === "content-length")
  if (hasLength || status === 204 || status === 304 || (method === "HEAD" && body._tag === "Empty")) return flat
  const length = bodyLength(body)
  // Without a length node:http chooses the framing: chunks, or the end of the connection for a client of HTTP/1.0.
  return length === undefined ? flat : [...flat, "Content-Length", String(length)]
}

const sendBody = (exchange: Exchange, { body }: GatewayResponse, faults: SendFaults): Effect.Effect<void, unknown> => {
  const limit = faults.truncateAfter
  if (body._tag === "Empty") return Effect.void
  if (body._tag === "Bytes" && limit === undefined && faults.bytesPerSecond === undefined) {
    return Effect.sync(() => void exchange.response.write(body.bytes))
  }
  const whole: Stream.Stream<Uint8Array, unknown> = body._tag === "Bytes" ? Stream.make(body.bytes) : body.stream
  const paced = faults.bytesPerSecond === undefined ? whole : pace(whole, faults.bytesPerSecond)
  return limit === undefined
    ? Stream.runForEach(paced, (chunk) => writeChunk(exchange.response, chunk))
    : sendCut(exchange, paced, limit)
}

/** Sends a body that has no more than `limit` bytes; a longer one ends there, and the connection with it. */
const sendCut = (
  { request, response }: Exchange,
  body: Stream.Stream<Uint8Array, unknown>,
  limit: number
): Effect.Effect<void, unknown> =>
  Effect.suspend(() => {
    let left = limit
    const write = (chunk: Uint8Array) => {
      const part = chunk.subarray(0, left)
      left -= chunk.length
      return Effect.as(writeChunk(response, part), left >= 0)
    }
    const cut = Effect.sync(() => {
      if (left >= 0) return
      response.flushHeaders()
      request.socket.destroySoon()
    })
    return Effect.andThen(Stream.runForEachWhile(body, write), cut)
  })

const writeChunk = (response: Http.ServerResponse, chunk: Uint8Array): Effect.Effect<void> =>
  Effect.suspend(() =>
    response.write(chunk)
      ? Effect.void
      : Effect.callback<void>((resume) => {
          const onDrain = () => resume(Effect.void)
          response.once("drain", onDrain)
          return Effect.sync(() => response.off("drain", onDrain))
        })
  )

const stepsPerSecond = 10

const pace = <E>(bytes: Stream.Stream<Uint8Array, E>, bytesPerSecond: number): Stream.Stream<Uint8Array, E> => {
  const step = Math.max(1, Math.ceil(bytesPerSecond / stepsPerSecond))
  return bytes.pipe(
    Stream.flatMap((chunk) => Stream.fromIterable(pieces(chunk, step))),
    Stream.mapEffect((piece) => Effect.as(Effect.sleep((1000 * piece.length) / bytesPerSecond), piece))
  )
}

const pieces = (chunk: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(chunk.length / size) }, (_, index) => chunk.subarray(index * size, (index + 1) * size))
