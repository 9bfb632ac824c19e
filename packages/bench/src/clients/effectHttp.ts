/**
 * Effect's own `HttpClient` over undici, without spans, with an agent of as many connections as there are workers, and
 * told as well not to close the connection after a HEAD.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import { BenchError } from "../benchError.ts"
import { ofEffects } from "../measure.ts"
import { headers } from "./raw.ts"
import { type Contender, object, path, type Verb } from "./verbs.ts"

const name = "Effect HttpClient"

const requestOf = (port: number, verb: Verb): HttpClientRequest.HttpClientRequest => {
  const request = HttpClientRequest.make(verb)(`http://127.0.0.1:${port}${path}`, { headers })
  return verb === "PUT" ? HttpClientRequest.bodyUint8Array(request, object) : request
}

/** What the whole program has. */
const settings = <E>(work: Effect.Effect<void, E>): Effect.Effect<void, E> =>
  Effect.withTracerEnabled(Effect.provideService(work, NodeHttpClient.UndiciOptions, { reset: false }), false)

/** Effect's `HttpClient` with undici behind it. */
export const effectHttp: Contender = {
  name,
  open: (port, connections) =>
    Effect.map(Layer.build(NodeHttpClient.layerUndiciOptions({ connections, pipelining: 1 })), (context) => {
      const client = Context.get(context, HttpClient.HttpClient)
      const call = (verb: Verb) => {
        const request = requestOf(port, verb)
        return client
          .execute(request)
          .pipe(
            Effect.flatMap(
              (response): Effect.Effect<ArrayBuffer, BenchError | HttpClientError> =>
                response.status < 300
                  ? response.arrayBuffer
                  : Effect.fail(new BenchError({ what: `answered with ${response.status}` }))
            )
          )
      }
      return {
        GET: ofEffects(name, call("GET"), settings),
        HEAD: ofEffects(name, call("HEAD"), settings),
        PUT: ofEffects(name, call("PUT"), settings)
      }
    })
}
