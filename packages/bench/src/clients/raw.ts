/**
 * What the SDK is built on, and what else comes with Node: undici's `Pool`, by `request` and by `dispatch`, and
 * `node:http`. All with as many connections as there are workers, kept open, one request at a time on each.
 */
import * as Http from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Dispatcher, Pool } from "undici"
import { ofCallbacks, ofPromises } from "../measure.ts"
import { type Contender, fqdn, object, path, type Verb } from "./verbs.ts"

/** What the SDK sends too. */
export const headers = {
  Host: fqdn,
  "Accept-Encoding": "identity",
  Authorization: "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"
}

/** A pool of one node; with `ca`, the certificate to trust, over TLS. */
export const makePool = (
  port: number,
  connections: number,
  ca: string | undefined
): Effect.Effect<Pool, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      ca === undefined
        ? new Pool(`http://127.0.0.1:${port}`, { connections })
        : new Pool(`https://127.0.0.1:${port}`, { connections, connect: { ca, servername: fqdn } })
    ),
    (pool) => Effect.promise(() => pool.destroy())
  )

// Without `reset: false` undici closes the connection after every HEAD.
const requests: Readonly<Record<Verb, Dispatcher.RequestOptions>> = {
  GET: { path, headers, reset: false, method: "GET" },
  HEAD: { path, headers, reset: false, method: "HEAD" },
  PUT: { path, headers, reset: false, method: "PUT", body: object }
}

const wrongStatus = (status: number) => new Error(`answered with ${status}`)

const request = (pool: Pool, verb: Verb) => async (): Promise<void> => {
  const { body, statusCode } = await pool.request(requests[verb])
  if (statusCode >= 300) throw wrongStatus(statusCode)
  if (verb === "GET") await body.bytes()
  else await body.dump()
}

/** `Pool.request`: the baseline of nearly everything. */
export const undiciRequest: Contender = {
  name: "undici Pool.request",
  open: (port, connections, ca) =>
    Effect.map(makePool(port, connections, ca), (pool) => ({
      GET: ofPromises("undici Pool.request", request(pool, "GET")),
      HEAD: ofPromises("undici Pool.request", request(pool, "HEAD")),
      PUT: ofPromises("undici Pool.request", request(pool, "PUT"))
    }))
}

const dispatch =
  (pool: Pool, verb: Verb) =>
  (done: (error: Error | undefined) => void): void => {
    const parts: Array<Buffer> = []
    let status = 0
    pool.dispatch(requests[verb], {
      onRequestStart: () => {},
      onResponseStart: (_, statusCode) => {
        status = statusCode
      },
      onResponseData: (_, chunk) => {
        parts.push(chunk)
      },
      onResponseEnd: () => {
        if (status >= 300) return done(wrongStatus(status))
        if (verb === "GET") Buffer.concat(parts)
        done(undefined)
      },
      onResponseError: (_, error) => done(error)
    })
  }

/** `Pool.dispatch`: callbacks, no promise and no stream between. */
export const undiciDispatch: Contender = {
  name: "undici Pool.dispatch",
  open: (port, connections, ca) =>
    Effect.map(makePool(port, connections, ca), (pool) => ({
      GET: ofCallbacks("undici Pool.dispatch", dispatch(pool, "GET")),
      HEAD: ofCallbacks("undici Pool.dispatch", dispatch(pool, "HEAD")),
      PUT: ofCallbacks("undici Pool.dispatch", dispatch(pool, "PUT"))
    }))
}

const nodeRequest =
  (port: number, agent: Http.Agent, verb: Verb) =>
  (done: (error: Error | undefined) => void): void => {
    const length = verb === "PUT" ? { "Content-Length": object.length } : {}
    const request = Http.request(
      { host: "127.0.0.1", port, agent, method: verb, path, headers: { ...headers, ...length } },
      (response) => {
        const { statusCode = 0 } = response
        if (statusCode >= 300) return done(wrongStatus(statusCode))
        const parts: Array<Buffer> = []
        response.on("data", (part: Buffer) => parts.push(part))
        response.on("end", () => {
          if (verb === "GET") Buffer.concat(parts)
          done(undefined)
        })
        response.on("error", done)
      }
    )
    request.on("error", done)
    request.end(verb === "PUT" ? object : undefined)
  }

/** `node:http` with an agent that keeps connections. */
export const nodeHttp: Contender = {
  name: "node:http",
  open: (port, connections) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })),
        (agent) => Effect.sync(() => agent.destroy())
      ),
      (agent) => ({
        GET: ofCallbacks("node:http", nodeRequest(port, agent, "GET")),
        HEAD: ofCallbacks("node:http", nodeRequest(port, agent, "HEAD")),
        PUT: ofCallbacks("node:http", nodeRequest(port, agent, "PUT"))
      })
    )
}
