/**
 * An HTTP server in front of a namespace: uploads and downloads of any size as streams, parts of objects, conditions,
 * and statuses that say what happened. `gateway/Gateway.ts` has the routes.
 *
 *     npm run example -- gateway                      in front of a simulated system, with a few requests to it
 *     HCP_FQDN=... npm run example -- gateway 8080    in front of a real one, at port 8080 of this computer, until it
 *                                                     is stopped
 */
import { createServer } from "node:http"
import { NodeHttpServer } from "@effect/platform-node"
import { Namespace } from "@effect-hcp/sdk"
import { Config, Console, Effect, Layer, Option } from "effect"
import { FetchHttpClient, HttpBody, HttpClient, type HttpClientResponse, HttpServer } from "effect/http"
import * as Gateway from "./gateway/Gateway.ts"
import { main } from "./program/main.ts"
import { simulated } from "./simulated.ts"

const listening = (port: number) => NodeHttpServer.layerServer(createServer, { port, host: "127.0.0.1" })

/** What a client of the gateway sees. */
const requests = Effect.gen(function* () {
  const { address } = yield* HttpServer.HttpServer
  const http = yield* HttpClient.HttpClient
  const url = `${HttpServer.formatAddress(address)}/objects/scans/50%25%20done.txt`
  const show = (what: string, { headers, status }: HttpClientResponse.HttpClientResponse, text = "") =>
    Console.log([what, status, headers["content-range"], text].filter(Boolean).join(" "))

  const stored = yield* http.put(url, { body: HttpBody.text("This is an example") })
  yield* show("store:", stored)
  yield* show("store again:", yield* http.put(url, { body: HttpBody.text("Another one") }))
  const part = yield* http.get(url, { headers: { range: "bytes=-7" } })
  yield* show("read a part:", part, yield* part.text)
  yield* show("read too far:", yield* http.get(url, { headers: { range: "bytes=99-" } }))
  yield* show("is it new?", yield* http.get(url, { headers: { "if-none-match": stored.headers.etag } }))
  yield* show("too large:", yield* http.put(`${url}.big`, { body: HttpBody.uint8Array(new Uint8Array(2_000_000)) }))
  yield* show("delete:", yield* http.del(url))
  yield* show("read:", yield* http.get(url))
})

const demonstration = requests.pipe(
  Effect.provide(Gateway.serve({ maxBytes: 1_000_000 })),
  Effect.provide([listening(0), simulated(), FetchHttpClient.layer])
)

const gateway = (port: number) =>
  Layer.launch(Gateway.serve({ maxBytes: 1024 ** 4 })).pipe(
    Effect.provide([listening(port), Namespace.layerConfig()]),
    Effect.asVoid
  )

const program = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
  yield* Option.isNone(fqdn) ? demonstration : gateway(Number(process.argv[2] ?? 8080))
})

main("gateway", program)
