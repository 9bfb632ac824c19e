/**
 * What the pages of a console ask its server, as an `HttpApi`. Bytes of objects and the stream of events are beside it.
 *
 * @internal
 */
import * as ControlApi from "@effect-hcp/simulator/ControlApi"
import { Fault } from "@effect-hcp/simulator/Faults"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as Documents from "./documents.ts"

/** What went wrong, in words for people, and the reason of the error of the SDK. */
const Failure = Schema.Struct({ error: Schema.String, reason: Schema.String })
export type Failure = typeof Failure.Type

/** What the console may not do has a status of its own; it comes first, as all that it says fits the other one, too. */
const ReadOnly = Schema.Struct({ error: Schema.String, reason: Schema.Literal("ReadOnly") })

/** The status of an answer that says what went wrong. */
export const statusOf = ({ reason }: Failure): 403 | 422 => (reason === "ReadOnly" ? 403 : 422)

const error = [ReadOnly.pipe(HttpApiSchema.status(403)), Failure.pipe(HttpApiSchema.status(422))]

const inNamespace = { system: Schema.String, namespace: Schema.String }
const at = { ...inNamespace, path: Schema.String }
const At = Schema.Struct(at)

const Session = HttpApiGroup.make("session", { topLevel: true }).add(
  HttpApiEndpoint.get("session", "/api/session", { success: Documents.Session })
)

const Objects = HttpApiGroup.make("objects").add(
  HttpApiEndpoint.get("list", "/api/objects/list", {
    /** `listing` goes on in a listing that was begun; without it a new one is begun. */
    query: {
      ...at,
      listing: Schema.optionalKey(Schema.String),
      offset: Schema.FiniteFromString,
      count: Schema.FiniteFromString
    },
    success: Documents.Page,
    error
  }),
  HttpApiEndpoint.get("head", "/api/objects/head", { query: at, success: Documents.ObjectDocument, error }),
  HttpApiEndpoint.get("versions", "/api/objects/versions", {
    query: at,
    success: Schema.Array(Documents.Version),
    error
  }),
  HttpApiEndpoint.get("annotation", "/api/objects/annotation", {
    query: { ...at, name: Schema.String },
    success: Schema.Struct({ text: Schema.String }),
    error
  }),
  HttpApiEndpoint.get("acl", "/api/objects/acl", { query: at, success: Documents.Acl, error }),
  HttpApiEndpoint.post("putAnnotation", "/api/objects/annotation", {
    payload: Schema.Struct({ ...at, name: Schema.String, xml: Schema.String }),
    error
  }),
  HttpApiEndpoint.post("modify", "/api/objects/modify", {
    payload: Schema.Struct({
      ...at,
      /** As HCP writes it: `A+1y`, a date, `-1`. */
      retention: Schema.optionalKey(Schema.String),
      hold: Schema.optionalKey(Schema.Boolean)
    }),
    error
  }),
  HttpApiEndpoint.post("makeDirectory", "/api/objects/directory", { payload: At, error }),
  HttpApiEndpoint.post("restore", "/api/objects/restore", {
    payload: Schema.Struct({ ...at, versionId: Schema.String }),
    error
  }),
  HttpApiEndpoint.post("remove", "/api/objects/delete", { payload: At, error }),
  HttpApiEndpoint.post("share", "/api/objects/share", {
    payload: Schema.Struct({ ...at, seconds: Schema.Int }),
    success: Documents.Link,
    error
  })
)

const Management = HttpApiGroup.make("management").add(
  HttpApiEndpoint.get("tenants", "/api/tenants", {
    query: { system: Schema.String },
    success: Schema.Array(Documents.TenantDocument),
    error
  }),
  HttpApiEndpoint.get("namespaces", "/api/namespaces", {
    query: { system: Schema.String, tenant: Schema.String },
    success: Schema.Array(Documents.NamespaceDocument),
    error
  }),
  HttpApiEndpoint.get("chargeback", "/api/chargeback", {
    query: { system: Schema.String, tenant: Schema.String },
    success: Schema.Array(Documents.UsageDocument),
    error
  })
)

const Queries = HttpApiGroup.make("queries", { topLevel: true }).add(
  HttpApiEndpoint.post("search", "/api/query", {
    payload: Schema.Struct({
      ...inNamespace,
      conditions: Schema.Array(Documents.Condition),
      offset: Schema.Int
    }),
    success: Documents.Hits,
    error
  })
)

const domain = Schema.Struct({ domain: Schema.String })

const Simulator = HttpApiGroup.make("simulator").add(
  HttpApiEndpoint.get("state", "/api/simulator/state", { success: ControlApi.StateDocument, error }),
  HttpApiEndpoint.get("names", "/api/simulator/names", { success: Schema.Array(ControlApi.QueryDocument), error }),
  HttpApiEndpoint.post("addFault", "/api/simulator/faults", { payload: Fault, error }),
  HttpApiEndpoint.post("endFaults", "/api/simulator/faults/end", { payload: Schema.Array(Fault), error }),
  HttpApiEndpoint.post("failOver", "/api/simulator/failover", { payload: domain, error }),
  HttpApiEndpoint.post("failBack", "/api/simulator/failback", { payload: domain, error }),
  HttpApiEndpoint.post("modifyLink", "/api/simulator/link", {
    payload: Schema.Struct({
      lag: Schema.optionalKey(Schema.Finite),
      suspended: Schema.optionalKey(Schema.Boolean)
    }),
    error
  })
)

/** The API of a console. */
export const api = HttpApi.make("console")
  .add(Session, Objects, Management, Queries, Simulator)
  .annotateMerge(OpenApi.annotations({ title: "HCP console", version: "0.1.0" }))
