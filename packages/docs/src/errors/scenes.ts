/**
 * What HCP said: for each reason that an answer of HCP stands behind, a call that meets it in the simulator. The answer
 * and the error that the pages show are those of that call.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as S3 from "../../../s3/src/S3.ts"
import * as S3Credentials from "../../../s3/src/S3Credentials.ts"
import * as S3Object from "../../../s3/src/S3Object.ts"
import { HcpBody, HcpClient, type HcpError, type HcpRequest, Namespace, Retention } from "../../../sdk/src/index.ts"
import { type Mapi, Tenants } from "../../../sdk/src/mapi/index.ts"
import { type ClientOptions, type Faults, Simulation, type SystemSpec } from "../../../simulator/src/index.ts"

type Services = Namespace.Namespace | HcpClient.HcpClient | Mapi.Mapi | Simulation.Simulation

/** A call that fails, and how things have to stand for that. */
export interface Scene {
  readonly namespace?: Partial<SystemSpec.NamespaceSpec>
  /** What of the client is otherwise. */
  readonly client?: ClientOptions.ClientOptions
  readonly before?: Effect.Effect<unknown, unknown, Services>
  /** The same call as it goes over the wire, where it is one of objects. */
  readonly wire?: HcpRequest.HcpRequest
  readonly call: Effect.Effect<unknown, HcpError.HcpError, Services>
}

const withNamespace = <A>(use: (ns: Namespace.Shape) => Effect.Effect<A, HcpError.HcpError>) =>
  Namespace.Namespace.use(use)

const withClient = <A>(use: (client: HcpClient.Shape) => Effect.Effect<A, HcpError.HcpError>) =>
  HcpClient.HcpClient.use(use)

const stored = (path: string, options?: Parameters<Namespace.Shape["put"]>[2]) =>
  withNamespace((ns) => ns.put(path, HcpBody.text("This is an example"), options))

const fault = (one: Faults.Fault) => Simulation.Simulation.use(({ faults }) => faults.add(one))

const get = (path: string, headers: Readonly<Record<string, string>> = {}): HcpRequest.HcpRequest => ({
  method: "GET",
  path: `/rest${path}`,
  headers
})

const remove = (path: string): HcpRequest.HcpRequest => ({ method: "DELETE", path: `/rest${path}` })

const put = (path: string, query: Readonly<Record<string, string>> = {}): HcpRequest.HcpRequest => ({
  method: "PUT",
  path: `/rest${path}`,
  query,
  body: HcpBody.text("This is an example")
})

/** A read that is answered with a status, as the simulator is told to. */
const answered = (status: number): Scene => ({
  before: Effect.andThen(stored("/a.txt"), fault({ fault: "status", status })),
  wire: get("/a.txt"),
  call: withClient((client) => client.get("/rest/a.txt"))
})

const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })

/** By the reason that each ends with. */
export const scenes = {
  BadRequest: {
    wire: put("/a.txt", { retention: "tomorrow" }),
    call: withClient((client) => client.put("/rest/a.txt", "This is an example", { query: { retention: "tomorrow" } }))
  },
  Forbidden: {
    client: { credentials: { username: "n", password: Redacted.make("wrong") } },
    wire: get("/a.txt"),
    call: withNamespace((ns) => ns.get("/a.txt"))
  },
  NotFound: { wire: get("/none.txt"), call: withNamespace((ns) => ns.get("/none.txt")) },
  Conflict: {
    before: stored("/a.txt"),
    wire: put("/a.txt"),
    call: withClient((client) => client.put("/rest/a.txt", "Another one"))
  },
  Gone: answered(410),
  PreconditionFailed: {
    before: stored("/a.txt"),
    wire: get("/a.txt", { "If-Match": '"0"' }),
    call: withClient((client) => client.get("/rest/a.txt", { headers: { "If-Match": '"0"' } }))
  },
  NotModified: {
    before: stored("/a.txt"),
    wire: get("/a.txt", { "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" }),
    call: withClient((client) =>
      client.get("/rest/a.txt", { headers: { "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" } })
    )
  },
  TooLarge: answered(413),
  RangeNotSatisfiable: {
    before: stored("/a.txt"),
    wire: get("/a.txt", { Range: "bytes=100-" }),
    call: withClient((client) => client.get("/rest/a.txt", { headers: { Range: "bytes=100-" } }))
  },
  Busy: answered(503),
  ServerError: answered(500),
  Redirected: answered(302),
  UnexpectedStatus: answered(451),
  ObjectExists: {
    before: stored("/a.txt"),
    wire: put("/a.txt"),
    call: stored("/a.txt")
  },
  UnderRetention: {
    before: stored("/kept.txt", { retention: Retention.years(10) }),
    wire: remove("/kept.txt"),
    call: withNamespace((ns) => ns.delete("/kept.txt"))
  },
  OnHold: {
    before: stored("/held.txt", { hold: true }),
    wire: remove("/held.txt"),
    call: withNamespace((ns) => ns.delete("/held.txt"))
  },
  DirectoryNotEmpty: {
    before: stored("/folder/a.txt"),
    wire: remove("/folder"),
    call: withNamespace((ns) => ns.delete("/folder"))
  },
  NotADirectory: {
    before: stored("/a.txt"),
    call: withNamespace((ns) => Stream.runDrain(ns.list("/a.txt")))
  },
  IsADirectory: {
    before: stored("/folder/a.txt"),
    wire: get("/folder"),
    call: withNamespace((ns) => ns.get("/folder"))
  },
  AlreadyExists: {
    call: Tenants.create({ name: "t1" }, { username: "lgreen", password: Redacted.make("Start-12345") })
  },
  S3Refused: {
    namespace: { s3: true },
    client: { fqdn: "t1.hcp1.example.com", credentials },
    call: S3Object.get("n1", "none.txt").pipe(Effect.provide(S3.layer().pipe(Layer.provide(credentials))))
  }
} satisfies Partial<Record<HcpError.Reason["_tag"], Scene>>
