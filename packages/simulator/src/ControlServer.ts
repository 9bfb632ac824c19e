/**
 * Steers a running simulator over HTTP and JSON, for tests that are not written in TypeScript.
 *
 * | Request | Effect |
 * |---|---|
 * | `GET /state` | everything about the simulator |
 * | `GET /requests?after=N` | the latest 1,000 requests that are over, or those of them with a number above N |
 * | `GET /queries` | the latest 1,000 questions to the name server |
 * | `GET /faults` | the faults in force |
 * | `POST /faults` | adds one fault, or an array of them |
 * | `POST /faults/end` | ends a fault, or those of an array |
 * | `DELETE /faults` | ends all faults, or the one in the body |
 * | `POST /failover` | `{"domain": "hcp1.example.com"}`: its names move to the next living system |
 * | `POST /failback` | `{"domain": "hcp1.example.com"}`: its names move back |
 * | `POST /link` | `{"lag": "2 seconds"}`, `{"suspended": true}`: the replication link |
 *
 * Every request carries `Authorization: Bearer <token>`: without it it gets 401. A page in a browser gets 403, by its
 * `Origin`, or by a `Host` that is another name than that of this machine. A request that makes no sense gets 400 (404,
 * 405 for the path and the method, 413 for a body of more than 1 MiB) and `{"error": "..."}`.
 *
 * @since 0.1.0
 */

import * as Crypto from "node:crypto"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { GatewayRequest, GatewayResponse } from "./Gateway.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import { collectBytes } from "./internal/collectBytes.ts"
import { decode, decodeFault } from "./internal/decodeFault.ts"
import { send, toGatewayRequest } from "./internal/exchange.ts"
import * as HttpListener from "./internal/httpListener.ts"
import { controlKinds } from "./internal/optionKinds.ts"
import type { LinkState } from "./Replication.ts"
import type { RequestRecord } from "./RequestLog.ts"
import type { Simulator } from "./Simulator.ts"
import { SimulatorError } from "./SimulatorError.ts"

/**
 * Where a control server listens.
 *
 * @category models
 * @since 0.1.0
 */
export interface ControlServerOptions {
  /** Default `127.0.0.1`. */
  readonly address?: string | undefined
  /** Default 0: a free one. */
  readonly port?: number | undefined
  /** What a client has to know. Default: 256 random bits. */
  readonly token?: Redacted.Redacted | undefined
}

/**
 * A running control server.
 *
 * @category models
 * @since 0.1.0
 */
export interface ControlServer {
  readonly address: string
  readonly port: number
  /** What a client sends as `Authorization: Bearer <token>`. */
  readonly token: Redacted.Redacted
}

const kinds: KindsOf<ControlServerOptions> = controlKinds

/**
 * Starts a control server that lives as long as the scope. Fails with reason `network` when its port cannot be opened.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  simulator: Simulator["Service"],
  options: ControlServerOptions = {}
): Effect.fn.Return<ControlServer, SimulatorError, Scope.Scope> {
  yield* checkOptions(options, kinds)
  const address = options.address ?? "127.0.0.1"
  const token = options.token ?? Redacted.make(Crypto.randomBytes(32).toString("hex"))
  if (!/^[\x21-\x7e]+$/.test(Redacted.value(token))) {
    return yield* new SimulatorError({
      reason: "specification",
      message: "The token of the control port must have at least one character, and no blanks: a header carries it."
    })
  }
  const routes = routesOf(simulator)
  const listener = yield* HttpListener.make({
    keepAliveMillis: 5000,
    handle: (exchange) =>
      Effect.suspend(() => {
        const request = toGatewayRequest(exchange, { node: address, listener: "admin", secure: false })
        return Effect.flatMap(refusalOf(request, address, token) ?? respond(routes, request), (response) =>
          send(exchange, response)
        )
      }).pipe(Effect.ignore)
  })
  return { address, port: yield* listener.open(address, options.port ?? 0), token }
})

const digest = (text: string): Buffer => Crypto.createHash("sha256").update(text).digest()

/**
 * Why a request is not looked at. A script of any page can send requests to this machine, and under a name that its
 * owner lets lead here it could even read the answers.
 */
const refusalOf = (
  { headers, host }: GatewayRequest,
  address: string,
  token: Redacted.Redacted
): Effect.Effect<GatewayResponse> | undefined => {
  if (![address, `[${address}]`, "localhost", "127.0.0.1", "[::1]"].includes(host)) {
    return Effect.succeed(
      json(403, { error: `The control port is not served under the name "${host}"; use ${address}.` })
    )
  }
  if (headers.origin !== undefined) {
    return Effect.succeed(json(403, { error: "The control port is not for pages in a browser (Origin)." }))
  }
  const [scheme = "", given = ""] = (headers.authorization ?? "").trim().split(" ")
  // The digests are of one length, so that the time tells nothing.
  const isRight = Crypto.timingSafeEqual(digest(given), digest(Redacted.value(token)))
  if (scheme.toLowerCase() === "bearer" && isRight) return undefined
  const error = "Send the token that was printed at the start: Authorization: Bearer <token>."
  return Effect.succeed({
    ...json(401, { error }),
    headers: [
      ["Content-Type", "application/json"],
      ["WWW-Authenticate", "Bearer"]
    ]
  })
}

/** A handler takes the body, JSON already, and the query, and gives what is sent back as JSON. */
type Handler = (body: unknown, query: URLSearchParams) => Effect.Effect<unknown, SimulatorError>

type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>

const Domain = Schema.Struct({ domain: Schema.String })
const Link = Schema.Struct({
  lag: Schema.optional(Schema.Union([Schema.DurationFromString, Schema.DurationFromMillis])),
  suspended: Schema.optional(Schema.Boolean)
})

/** JSON has no times: they are numbers there. */
const linkDocument = ({ lag, ...others }: LinkState) => ({ ...others, lagMillis: Duration.toMillis(lag) })

const requestDocument = ({ answering, at, connecting, waiting, ...others }: RequestRecord) => ({
  ...others,
  at: DateTime.toEpochMillis(at),
  connectMillis: connecting === undefined ? undefined : Duration.toMillis(connecting),
  waitMillis: Duration.toMillis(waiting),
  bodyMillis: Duration.toMillis(answering)
})

const routesOf = ({
  faults,
  link,
  failOver,
  failBack,
  latestRequests,
  queries,
  state
}: Simulator["Service"]): Routes => ({
  "/state": {
    GET: () =>
      Effect.map(state, (now) => ({
        ...now,
        at: DateTime.toEpochMillis(now.at),
        link: now.link === undefined ? undefined : linkDocument(now.link)
      }))
  },
  "/faults": {
    GET: () => faults.list,
    POST: (body) =>
      Effect.forEach(Array.isArray(body) ? body : [body], decodeFault).pipe(
        Effect.flatMap((added) => faults.add(...added)),
        Effect.andThen(faults.list)
      ),
    DELETE: (body) =>
      Effect.andThen(body === undefined ? faults.clear : Effect.flatMap(decodeFault(body), faults.delete), faults.list)
  },
  "/failover": { POST: (body) => Effect.flatMap(decode(Domain, body), ({ domain }) => failOver(domain)) },
  "/failback": { POST: (body) => Effect.flatMap(decode(Domain, body), ({ domain }) => failBack(domain)) },
  "/link": {
    POST: Effect.fnUntraced(function* (body) {
      if (link === undefined) return yield* refuse("There is no replication link: it takes two systems.")
      const { lag, suspended } = yield* decode(Link, body)
      if (lag !== undefined) yield* link.modify({ lag })
      if (suspended !== undefined) yield* suspended ? link.suspend : link.resume
      return linkDocument(yield* link.state)
    })
  },
  "/faults/end": {
    POST: (body) =>
      Effect.forEach(Array.isArray(body) ? body : [body], decodeFault).pipe(
        Effect.flatMap((ended) => Effect.forEach(ended, faults.delete, { discard: true })),
        Effect.andThen(faults.list)
      )
  },
  "/requests": {
    GET: (_, query) => {
      const after = query.get("after") ?? "0"
      return /^\d{1,15}$/.test(after)
        ? Effect.map(latestRequests(Number(after)), (requests) => requests.map(requestDocument))
        : refuse(`"after" is the number of a request, not "${after}".`)
    }
  },
  "/queries": { GET: () => queries }
})

const respond = (routes: Routes, request: GatewayRequest): Effect.Effect<GatewayResponse> => {
  const [path = "", query] = request.target.split(/\?(.*)/s)
  const route = routes[path]
  if (route === undefined) {
    return Effect.succeed(json(404, { error: `No ${path} here; there is ${Object.keys(routes).join(", ")}.` }))
  }
  const handler = route[request.method]
  if (handler === undefined) {
    return Effect.succeed(json(405, { error: `${path} takes ${Object.keys(route).join(", ")}.` }))
  }
  return readJson(request).pipe(
    Effect.flatMap((body) => handler(body, new URLSearchParams(query))),
    Effect.map((result) => json(200, result ?? { ok: true })),
    Effect.catch((error) => {
      if (error === "tooLong") return Effect.succeed(json(413, { error: `A body may have ${maxBody} bytes.` }))
      return Effect.succeed(json(400, { error: error === "aborted" ? "The request broke off." : error.message }))
    }),
    Effect.catchCause((cause) => Effect.succeed(json(500, { error: String(Cause.squash(cause)) })))
  )
}

const maxBody = 1024 ** 2

const readJson = (request: GatewayRequest): Effect.Effect<unknown, SimulatorError | "aborted" | "tooLong"> =>
  collectBytes(request.body, maxBody, () => "tooLong" as const).pipe(
    Effect.flatMap((bytes) => {
      const text = bytes.toString("utf8")
      return text.trim() === ""
        ? Effect.undefined
        : Effect.try({
            try: (): unknown => JSON.parse(text),
            catch: (cause) =>
              new SimulatorError({ reason: "control", message: "The body of the request is not JSON.", cause })
          })
    })
  )

const refuse = (message: string): Effect.Effect<never, SimulatorError> =>
  Effect.fail(new SimulatorError({ reason: "control", message }))

const json = (status: number, body: unknown): GatewayResponse => ({
  status,
  headers: [["Content-Type", "application/json"]],
  body: { _tag: "Bytes", bytes: new TextEncoder().encode(`${JSON.stringify(body)}\n`) }
})
