import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { HcpBody, HcpError, Namespace, Retention } from "@effect-hcp/sdk"
import { Effect, ManagedRuntime, Stream } from "effect"
import express, { type ErrorRequestHandler, type Request, type Response } from "express"

// One for the whole program; nothing is opened before the first call.
const hcp = ManagedRuntime.make(Namespace.layerConfig())

/** A signal that aborts when the client goes away. */
const signalOf = (response: Response): AbortSignal => {
  const abort = new AbortController()
  response.once("close", () => {
    if (!response.writableFinished) abort.abort()
  })
  return abort.signal
}

const store = async (request: Request, response: Response) => {
  const bytes = Stream.fromAsyncIterable<Uint8Array, unknown>(request, (error) => error)
  const put = Namespace.Namespace.use((ns) =>
    ns.put(request.path, HcpBody.streamOnce(bytes), { retention: Retention.years(10) })
  )
  const { outcome } = await hcp.runPromise(put, { signal: signalOf(response) })
  response.status(201).send(`${outcome}\n`)
}

const read = async (request: Request, response: Response) => {
  const get = Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const { metadata, stream } = yield* ns.open(request.path)
    response.type(metadata.contentType ?? "application/octet-stream")
    const bytes = yield* Stream.toAsyncIterableEffect(stream)
    yield* Effect.tryPromise(() => pipeline(Readable.from(bytes), response))
  })
  await hcp.runPromise(Effect.scoped(get), { signal: signalOf(response) })
}

const remove = async (request: Request, response: Response) => {
  await hcp.runPromise(Namespace.Namespace.use((ns) => ns.delete(request.path)))
  response.status(204).end()
}

const statusOf = (error: HcpError.HcpError): number => {
  switch (error.reason._tag) {
    case "NotFound":
      return 404
    case "ObjectExists":
    case "UnderRetention":
    case "OnHold":
      return 409
    default:
      return error.isRetryable ? 503 : 502
  }
}

const tell: ErrorRequestHandler = (error, _request, response, next) => {
  // The client has gone away.
  if (response.destroyed) return
  // A part of an object that was sent already is no object.
  if (response.headersSent || !HcpError.isHcpError(error)) next(error)
  else response.status(statusOf(error)).send(`${error.message}\n`)
}

const app = express()
app.route("/invoices/:name").put(store).get(read).delete(remove)
app.use(tell)
const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1")

process.once("SIGTERM", () => {
  server.close(() => void hcp.dispose())
})
