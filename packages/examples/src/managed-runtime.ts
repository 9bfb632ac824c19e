/**
 * HCP in a program without Effect: a plain `node:http` server with async functions. The layers are acquired once, used
 * by all requests, and disposed of at the end.
 *
 *     npm run example -- managed-runtime
 */
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { HcpBody, HcpError, Namespace, type ObjectMetadata } from "@effect-hcp/sdk"
import { Console, Effect, Layer, ManagedRuntime, Stream } from "effect"
import { simulated } from "./simulated.ts"

const Shown = Layer.effectDiscard(Effect.acquireRelease(Console.log("acquired"), () => Console.log("released")))

// Nothing is acquired before the first call. In a program of your own: `ManagedRuntime.make(Namespace.layerConfig())`.
const hcp = ManagedRuntime.make(Layer.merge(simulated(), Shown))

/** What the rest of the program sees: promises that reject with an `HcpError`. A signal that aborts ends the call. */
const archive = {
  store: (path: string, content: Readable, signal: AbortSignal) => {
    const bytes = Stream.fromAsyncIterable<Uint8Array, unknown>(content, (error) => error)
    return hcp.runPromise(
      Namespace.Namespace.use((ns) => ns.put(path, HcpBody.streamOnce(bytes))),
      { signal }
    )
  },
  /** Opens an object, and keeps its connection for as long as `use` runs. Rejects without `use` if there is none. */
  read: (
    path: string,
    signal: AbortSignal,
    use: (bytes: Readable, metadata: ObjectMetadata.ObjectMetadata) => Promise<void>
  ) =>
    hcp.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const ns = yield* Namespace.Namespace
          const { metadata, stream } = yield* ns.open(path)
          const bytes = yield* Stream.toAsyncIterableEffect(stream)
          yield* Effect.tryPromise({ try: () => use(Readable.from(bytes), metadata), catch: (error) => error })
        })
      ),
      { signal }
    ),
  exists: (path: string) => hcp.runPromise(Namespace.Namespace.use((ns) => ns.exists(path)))
}

const statusOf = (error: unknown): number => {
  if (!HcpError.isHcpError(error)) return 500
  switch (error.reason._tag) {
    case "NotFound":
      return 404
    case "ObjectExists":
      return 409
    default:
      return error.isRetryable ? 503 : 502
  }
}

const server = http.createServer(async (request, response) => {
  const abort = new AbortController()
  response.once("close", () => abort.abort())
  const path = `/notes${decodeURIComponent(request.url ?? "/")}`
  try {
    if (request.method === "PUT") {
      await archive.store(path, request, abort.signal)
      response.writeHead(201).end()
    } else {
      await archive.read(path, abort.signal, async (bytes, { contentType, size }) => {
        response.setHeader("Content-Type", contentType ?? "application/octet-stream")
        if (size !== undefined) response.setHeader("Content-Length", size)
        await pipeline(bytes, response)
      })
    }
  } catch (error) {
    // A part of the object that was sent already is no object.
    if (response.headersSent) response.destroy()
    else response.writeHead(statusOf(error)).end(error instanceof Error ? error.message : "")
  }
})

const main = async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const say = (line: string) => process.stdout.write(`${line}\n`)

  say("listening")
  const stored = await fetch(`${url}/50%25.txt`, { method: "PUT", body: "This is an example" })
  say(`store: ${stored.status}`)
  const again = await fetch(`${url}/50%25.txt`, { method: "PUT", body: "Another one" })
  say(`store again: ${again.status}`)
  const reads = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/50%25.txt`).then((r) => r.text())))
  say(`read 20 times: ${[...new Set(reads)].join()}`)
  const missing = await fetch(`${url}/none.txt`)
  say(`read: ${missing.status} ${await missing.text()}`)
  say(`exists: ${await archive.exists("/notes/50%.txt")}`)
}

// A server of your own does this when it is told to stop: `process.once("SIGTERM", stop)`.
const stop = async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await hcp.dispose()
}

try {
  await main()
} finally {
  await stop()
}
