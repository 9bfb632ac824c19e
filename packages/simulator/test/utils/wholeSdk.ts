import { Listing, S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import {
  Credentials,
  HcpBody,
  HcpClient,
  type HcpError,
  type HcpHeaders,
  Namespace,
  ReplicaStrategy,
  Resolver,
  Retention,
  Target,
  Transport
} from "@effect-hcp/sdk"
import { Mapi, Tenants, Users } from "@effect-hcp/sdk/mapi"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Simulation, Simulator } from "../../src/index.ts"
import type { Ports } from "../../src/NodeServer.ts"
import type { SimulatorOptions } from "../../src/SimulatorOptions.ts"

export const options: SimulatorOptions = {
  systems: [
    {
      domain: "hcp1.example.com",
      nodes: 3,
      namespaces: [
        { name: "n1", tenant: "t1" },
        { name: "bucket", tenant: "t1", s3: true }
      ]
    }
  ]
}

/** The systems on loopback addresses, and the SDK as it reaches them there. */
export const sockets = (simulated: SimulatorOptions) =>
  Layer.unwrap(
    Effect.map(Simulator.Simulator, ({ nameServer }) =>
      Layer.merge(Transport.layer, Resolver.layer({ nameServers: [nameServer] }))
    )
  ).pipe(Layer.provideMerge(Simulator.layer(simulated)))

const user = { username: "n", password: Redacted.make("n01") }

/** A client of the SDK at a host of the first system, over whatever transport there is. */
export const client = (
  fqdn: string,
  listener: keyof Ports = "https",
  credentials: Layer.Layer<Credentials.Credentials, HcpError.HcpError> = Credentials.layerLocal(user),
  more: Partial<Target.Options> = {}
) =>
  Layer.unwrap(
    Effect.map(Simulation.Simulation, ({ ca, systems }) =>
      HcpClient.layer.pipe(
        Layer.provide(ReplicaStrategy.layerPrimaryOnly),
        Layer.provideMerge(
          Target.layer({
            fqdn,
            port: systems[0].ports[listener],
            tls: listener === "http" ? false : { ca },
            ...more
          })
        ),
        Layer.provide(credentials)
      )
    )
  )

export const namespace = Effect.gen(function* () {
  const built = yield* Layer.build(client("n1.t1.hcp1.example.com"))
  return Namespace.make(Context.get(built, HcpClient.HcpClient))
})

const administrator = Credentials.layerLocal({ username: "service", password: Redacted.make("service01") })

const management = Layer.unwrap(
  Effect.map(Simulation.Simulation, ({ systems }) =>
    Mapi.layer({ port: systems[0].ports.mapi }).pipe(
      Layer.provide(client("admin.hcp1.example.com", "mapi", administrator))
    )
  )
)

const gateway = S3.layer({ domain: "hcp1.example.com" }).pipe(
  Layer.provideMerge(client("t1.hcp1.example.com", "https", S3Credentials.layerV4(user))),
  Layer.provideMerge(S3Credentials.layerV4(user))
)

/** Every header that does not differ from request to request, or belongs to the connection. */
const stableHeaders = (headers: HcpHeaders.ResponseHeaders) =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !["connection", "keep-alive", "x-amz-id-2", "x-amz-request-id", "x-requestid"].includes(name)
    )
  )

/** The answers to some requests as HCP gives them: status, headers, body. */
const raw = Effect.gen(function* () {
  const data = Context.get(yield* Layer.build(client("n1.t1.hcp1.example.com")), HcpClient.HcpClient)
  const plain = Context.get(yield* Layer.build(client("n1.t1.hcp1.example.com", "http")), HcpClient.HcpClient)
  const tenant = Context.get(yield* Layer.build(client("t1.hcp1.example.com")), HcpClient.HcpClient)
  const admin = Context.get(
    yield* Layer.build(client("admin.hcp1.example.com", "mapi", administrator)),
    HcpClient.HcpClient
  )
  const query = HcpBody.text("<queryRequest><object><query>+(namespace:n1.t1)</query></object></queryRequest>")
  const requests = [
    [data, { method: "GET", path: "/rest/a.txt" }],
    [data, { method: "HEAD", path: "/rest/a.txt" }],
    [data, { method: "GET", path: "/rest/a.txt", headers: { Range: "bytes=1-2" } }],
    [data, { method: "GET", path: "/rest/" }],
    [data, { method: "GET", path: "/rest/none.txt" }],
    [data, { method: "PUT", path: "/rest/a.txt", body: HcpBody.text("again") }],
    [data, { method: "GET", path: "/proc/statistics" }],
    [plain, { method: "GET", path: "/rest/a.txt" }],
    [
      tenant,
      {
        method: "POST",
        path: "/query",
        headers: { "Content-Type": "application/xml", Accept: "application/xml" },
        body: query,
        idempotent: true
      }
    ],
    [tenant, { method: "GET", path: "/hs3/bucket" }],
    [tenant, { method: "GET", path: "/hs3/none" }],
    [admin, { method: "GET", path: "/mapi/tenants/t1", query: { verbose: "true" } }],
    [admin, { method: "GET", path: "/mapi/tenants/none" }]
  ] as const
  return yield* Effect.forEach(requests, ([client, request]) =>
    Effect.map(client.call(request), ({ bytes, headers, status }) => ({
      request: `${request.method} ${request.path}`,
      status,
      headers: stableHeaders(headers),
      body: Buffer.from(bytes)
        .toString()
        .replace(/(?<=<RequestId>)\w+/, "")
    }))
  )
})

const tagOf = <A, R>(effect: Effect.Effect<A, HcpError.HcpError, R>) =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "done" })

/** Before anything is made, so that two simulations are of the same age. */
export const begin = TestClock.setTime(Date.UTC(2026, 10, 20, 14))

/** A day and an hour with an HCP: everything that was seen, in the order of the calls. */
export const story = Effect.gen(function* () {
  const ns = yield* namespace
  const { metadata } = yield* ns.put("/a.txt", HcpBody.text("kept"), { retention: Retention.days(1) })
  const stored = { etag: metadata.etag, hash: metadata.hash?.hex }
  const streamed = Stream.fromIterable([new TextEncoder().encode("str"), new TextEncoder().encode("eamed")])
  yield* ns.put(
    "/folder/b.txt",
    HcpBody.stream(() => streamed)
  )
  const read = (yield* ns.get("/a.txt")).text
  const alsoRead = (yield* ns.get("/folder/b.txt")).text
  const names = yield* Stream.runCollect(Stream.map(ns.list("/"), ({ name }) => name))
  const refused = yield* tagOf(ns.delete("/a.txt"))
  const managed = yield* Effect.gen(function* () {
    yield* Users.create(
      { username: "ann", fullName: "Ann", password: Redacted.make("start-1"), roles: ["MONITOR"] },
      { tenant: "t1" }
    )
    const { name } = yield* Tenants.get({ tenant: "t1" })
    const { fullName } = yield* Users.get("ann", { tenant: "t1" })
    return [name, fullName, yield* tagOf(Users.get("bob", { tenant: "t1" }))]
  }).pipe(Effect.provide(management))
  const inBucket = yield* Effect.gen(function* () {
    const { etag } = yield* S3Object.put("bucket", "q4/report.txt", HcpBody.text("all is well"))
    const { text } = yield* S3Object.get("bucket", "q4/report.txt")
    const keys = yield* Stream.runCollect(Stream.map(Listing.list("bucket"), (entry) => JSON.stringify(entry)))
    return [etag, text, keys, yield* S3Object.exists("bucket", "none")]
  }).pipe(Effect.provide(gateway))
  const answers = yield* raw
  yield* TestClock.adjust("25 hours")
  yield* ns.delete("/a.txt")
  const exists = yield* ns.exists("/a.txt")
  return { stored, read, alsoRead, names, refused, managed, inBucket, answers, exists }
})
