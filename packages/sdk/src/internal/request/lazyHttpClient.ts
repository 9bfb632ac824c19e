/**
 * The client as an `HttpClient` of `effect/http`, which is loaded by the first request that is made with it: together
 * with `effect/Schema`, which it needs, it is more than the rest of the client.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import * as OnDemand from "../config/onDemand.ts"
import type { fromExecute } from "./httpClient.ts"

/**
 * As `fromExecute` of `httpClient.ts`. Combinators of `effect/http` use `preprocess` and `postprocess` of a client, and
 * nothing else.
 */
export const makeLazy = (...args: Parameters<typeof fromExecute>): HttpClient.HttpClient => {
  let loaded: HttpClient.HttpClient | undefined
  const load = Effect.map(OnDemand.httpClient, ({ fromExecute }) => {
    loaded = fromExecute(...args)
    return loaded
  })
  const use = <A, E, R>(f: (client: HttpClient.HttpClient) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => (loaded === undefined ? Effect.flatMap(load, f) : f(loaded)))
  return {
    ...Inspectable.BaseProto,
    "~effect/http/HttpClient": "~effect/http/HttpClient",
    toJSON: () => ({ _id: "effect/HttpClient" }),
    pipe() {
      // biome-ignore lint/complexity/noArguments: the types of `pipe` are overloads, as many as there are numbers of arguments
      return Pipeable.pipeArguments(this, arguments)
    },
    preprocess: (request) => use((client) => client.preprocess(request)),
    postprocess: (request) => use((client) => client.postprocess(request)),
    execute: (request) => use((client) => client.execute(request)),
    get: (url, options) => use((client) => client.get(url, options)),
    query: (url, options) => use((client) => client.query(url, options)),
    head: (url, options) => use((client) => client.head(url, options)),
    post: (url, options) => use((client) => client.post(url, options)),
    patch: (url, options) => use((client) => client.patch(url, options)),
    put: (url, options) => use((client) => client.put(url, options)),
    del: (url, options) => use((client) => client.del(url, options)),
    options: (url, options) => use((client) => client.options(url, options))
  }
}
