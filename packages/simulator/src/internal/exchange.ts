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
import { toGatewayRequest as fromWire } from "./wireRequest.ts"

/** The request as a gateway sees it. Reading its body answers `Expect: 100-continue`. */
export const toGatewayRequest = (
  { request, response, expectsContinue }: Exchange,
  at: { readonly node: string; readonly listener: Listener; readonly secure: boolean }
): GatewayRequest =>
  fromWire({
    ...at,
    client: request.socket.remoteAddress,
    method: request.method ?? "GET",
    target: request.url ?? "/",
    rawHeaders: request.rawHeaders,
    body: bodyOf(request, () => {
      if (expectsContinue && !response.headersSent) response.writeContinue()
    })
  })

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
  answer: GatewayResponse
): Effect.fn.Return<void, unknown> {
  const { request, response, expectsContinue } = exchange
  // The client that was never told to go on may send the body or not: the next request could not be told apart from it.
  if (expectsContinue && !request.readableDidRead) response.shouldKeepAlive = false
  response.writeHead(answer.status, headersOf(answer, request.method))
  if (request.method !== "HEAD") yield* sendBody(exchange, answer)
  if (!response.destroyed && !request.socket.writableEnded) response.end()
  // What was not read of the body is thrown away, so that the connection can be used again. The listeners of a reader
  // that stopped half-way would hold the rest back.
  if (!request.readableEnded) request.removeAllListeners("readable").resume()
})

/** The headers of an answer, names and values in turn, with `Content-Length` where it is known. */
export const headersOf = ({ status, headers, body }: GatewayResponse, method: string | undefined): Array<string> => {
  const flat = headers.flat()
  const hasLength = headers.some(([name]) => name.toLowerCase() === "content-length")
  if (hasLength || status === 204 || status === 304 || (method === "HEAD" && body._tag === "Empty")) return flat
  const length = bodyLength(body)
  // Without a length node:http chooses the framing: chunks, or the end of the connection for a client of HTTP/1.0.
  return length === undefined ? flat : [...flat, "Content-Length", String(length)]
}

const sendBody = ({ request, response }: Exchange, { body }: GatewayResponse): Effect.Effect<void, unknown> => {
  switch (body._tag) {
    case "Empty":
      return Effect.void
    case "Bytes":
      return Effect.sync(() => void response.write(body.bytes))
    case "Stream":
      return Effect.onError(
        Stream.runForEach(body.stream, (chunk) => writeChunk(response, chunk)),
        // A body that fails half-way cannot be repaired: the client gets what there was, and learns it from the broken
        // connection.
        (cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.andThen(
                nextTick,
                Effect.sync(() => {
                  response.flushHeaders()
                  request.socket.destroySoon()
                })
              )
      )
  }
}

/** By then node:http has handed to the socket what was written, which it may put together to one chunk before. */
const nextTick = Effect.callback<void>((resume) => process.nextTick(() => resume(Effect.void)))

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
