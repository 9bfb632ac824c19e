/**
 * The protocol of the control port as an `HttpApi`: what can be asked, and what comes back. It serves clients, which
 * are generated from it; `ControlServer` answers it.
 *
 * **Example** (break a node of a simulator that runs as a process of its own)
 *
 * ```ts
 * import { ControlApi } from "@effect-hcp/simulator"
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const program = Effect.gen(function* () {
 *   const control = yield* ControlApi.client({ url: "http://127.0.0.1:7070", token: Redacted.make("5a0c...") })
 *   yield* control.addFaults({ payload: [{ fault: "refuse", system: "hcp1.example.com", node: 2 }] })
 *   const { systems } = yield* control.state()
 *   return systems.map(({ nodes }) => nodes.map(({ up }) => up))
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Fault } from "./Faults.ts"

const Ports = Schema.Struct({ http: Schema.Int, https: Schema.Int, admin: Schema.Int, mapi: Schema.Int })

const NodeState = Schema.Struct({
  address: Schema.String,
  up: Schema.Boolean,
  requests: Schema.Int,
  connections: Schema.Int
})

const SystemState = Schema.Struct({
  domain: Schema.String,
  softwareVersion: Schema.String,
  /** False on the passive side of a replication link. */
  writable: Schema.Boolean,
  takenOver: Schema.Array(Schema.String),
  namespaces: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      tenant: Schema.String,
      objects: Schema.Int,
      versions: Schema.Int,
      bytes: Schema.Int
    })
  )
})

/**
 * The replication link as JSON has it: `LinkState` with the lag in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export const LinkDocument = Schema.Struct({
  mode: Schema.Literals(["activeActive", "activePassive"]),
  lagMillis: Schema.Finite,
  suspended: Schema.Boolean,
  pending: Schema.Array(Schema.Struct({ from: Schema.String, to: Schema.String, changes: Schema.Int }))
})

/**
 * Everything about a simulator: `Simulation.State` with its times as numbers.
 *
 * @category models
 * @since 0.1.0
 */
export const StateDocument = Schema.Struct({
  /** Milliseconds since 1970, by the clock of the simulator. */
  at: Schema.Finite,
  nameServer: Schema.Struct({ address: Schema.optionalKey(Schema.String), queries: Schema.Int }),
  systems: Schema.Array(
    Schema.Struct({
      domain: Schema.String,
      servedBy: Schema.String,
      ports: Ports,
      nodes: Schema.Array(NodeState),
      hcp: SystemState
    })
  ),
  /** There is none with a single system. */
  link: Schema.optionalKey(LinkDocument),
  faults: Schema.Array(Fault)
})

/**
 * Everything about a simulator.
 *
 * @category models
 * @since 0.1.0
 */
export type StateDocument = typeof StateDocument.Type

/**
 * A request that is over, as `RequestLog.RequestRecord` has it.
 *
 * @category models
 * @since 0.1.0
 */
export const RequestDocument = Schema.Struct({
  number: Schema.Int,
  at: Schema.Finite,
  node: Schema.String,
  listener: Schema.Literals(["data", "admin", "mapi"]),
  secure: Schema.Boolean,
  host: Schema.String,
  method: Schema.String,
  target: Schema.String,
  status: Schema.optionalKey(Schema.Int),
  bytes: Schema.Int,
  connectMillis: Schema.optionalKey(Schema.Finite),
  waitMillis: Schema.Finite,
  bodyMillis: Schema.Finite
})

/**
 * A request that is over.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestDocument = typeof RequestDocument.Type

/**
 * A question to the name server, as `NameServer.Query` has it.
 *
 * @category models
 * @since 0.1.0
 */
export const QueryDocument = Schema.Struct({
  name: Schema.String,
  type: Schema.String,
  transport: Schema.Literals(["udp", "tcp", "memory"]),
  code: Schema.String,
  addresses: Schema.Array(Schema.String)
})

/**
 * Why a request was refused: what is wrong with it, and what there is instead. `status` is that of the answer.
 *
 * @category errors
 * @since 0.1.0
 */
export const Refusal = Schema.Struct({ error: Schema.String })

const refusals = [400, 401, 403, 413, 500].map((status) => Refusal.pipe(HttpApiSchema.status(status)))

const Done = Schema.Struct({ ok: Schema.Literal(true) })
const OfSystem = Schema.Struct({ domain: Schema.String })
const Faults = Schema.Array(Fault)

const Control = HttpApiGroup.make("control", { topLevel: true }).add(
  HttpApiEndpoint.get("state", "/state", { success: StateDocument, error: refusals }),
  HttpApiEndpoint.get("requests", "/requests", {
    /** Those with a number above it; default all of the latest 1,000. */
    query: { after: Schema.optionalKey(Schema.FiniteFromString) },
    success: Schema.Array(RequestDocument),
    error: refusals
  }),
  HttpApiEndpoint.get("queries", "/queries", { success: Schema.Array(QueryDocument), error: refusals }),
  HttpApiEndpoint.get("faults", "/faults", { success: Faults, error: refusals }),
  HttpApiEndpoint.post("addFaults", "/faults", { payload: Faults, success: Faults, error: refusals }),
  /** Ends the faults that equal one of these. */
  HttpApiEndpoint.post("endFaults", "/faults/end", { payload: Faults, success: Faults, error: refusals }),
  /** Ends all faults. */
  HttpApiEndpoint.delete("clearFaults", "/faults", { success: Faults, error: refusals }),
  HttpApiEndpoint.post("failOver", "/failover", { payload: OfSystem, success: Done, error: refusals }),
  HttpApiEndpoint.post("failBack", "/failback", { payload: OfSystem, success: Done, error: refusals }),
  HttpApiEndpoint.post("modifyLink", "/link", {
    payload: Schema.Struct({
      /** Milliseconds. */
      lag: Schema.optionalKey(Schema.Finite),
      suspended: Schema.optionalKey(Schema.Boolean)
    }),
    success: LinkDocument,
    error: refusals
  })
)

/**
 * The protocol.
 *
 * @category constructors
 * @since 0.1.0
 */
export const api = HttpApi.make("control")
  .add(Control)
  .annotateMerge(OpenApi.annotations({ title: "Control port of hcp-simulator", version: "0.1.0" }))

/**
 * A client of the control port.
 *
 * @category models
 * @since 0.1.0
 */
export type Client = HttpApiClient.ForApi<typeof api>

/**
 * Makes a client of the control port of a simulator. Its calls fail with a `Refusal`, or as those of `HttpClient` do.
 *
 * @category constructors
 * @since 0.1.0
 */
export const client = (options: {
  /** Such as `http://127.0.0.1:7070`. */
  readonly url: string
  /** The one that was printed at the start. */
  readonly token: Redacted.Redacted
}): Effect.Effect<Client, never, HttpClient.HttpClient> =>
  HttpApiClient.make(api, {
    baseUrl: options.url,
    transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(options.token))
  })
