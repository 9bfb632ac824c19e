import { assert, describe, it } from "@effect/vitest"
import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import {
  Expression,
  HcpBody,
  HcpClient,
  type HcpError,
  MetadataQuery,
  Namespace,
  ReplicaStrategy,
  Retention,
  RetryPolicy,
  Target
} from "@effect-hcp/sdk"
import { Tenants, Users } from "@effect-hcp/sdk/mapi"
import { Effect, Fiber, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Simulation, Simulator } from "../src/index.ts"

const tagOf = <A, R>(effect: Effect.Effect<A, HcpError.HcpError, R>) =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "done" })

const user = { username: "n", password: Redacted.make("n01") }

const twoSystems = { systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] } as const

describe("Simulator.layerClient", () => {
  it.effect("gives a namespace, a metadata query and the management API of one simulation", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const query = yield* MetadataQuery.MetadataQuery
      yield* ns.put("/a.txt", HcpBody.text("hello"))
      assert.strictEqual((yield* ns.get("/a.txt")).text, "hello")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* query.count(Expression.range("size", { from: 1 })), 1)
      assert.deepStrictEqual(yield* Stream.runCollect(Tenants.list()), ["t1"])
      assert.strictEqual(yield* tagOf(Users.get("bob", { tenant: "t1" })), "NotFound")
      assert.strictEqual((yield* Target.Target).fqdn, "n1.t1.hcp1.example.com")
    }).pipe(Effect.provide(Simulator.layerClient()))
  )

  it.effect("takes namespace, user and administrator from the simulated system", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { metadata } = yield* ns.put("/a.txt", HcpBody.text("hello"))
      assert.strictEqual((yield* ns.head("/a.txt")).owner, "ann")
      assert.strictEqual(metadata.servicedBy, "hcp.test")
      assert.deepStrictEqual(yield* Stream.runCollect(Tenants.list()), ["fin"])
    }).pipe(
      Effect.provide(
        Simulator.layerClient({
          systems: [
            { domain: "hcp.test", namespaces: ["invoices.fin"], users: ["ann:start-1"], admins: ["boss:boss-1"] }
          ],
          ports: { https: 8443, mapi: 9999 }
        })
      )
    )
  )

  it.effect("takes options of the client in their place", () =>
    Effect.gen(function* () {
      const { faults, requests } = yield* Simulation.Simulation
      const client = yield* HcpClient.HcpClient
      assert.strictEqual((yield* Target.Target).fqdn, "n2.t1.hcp1.example.com")
      yield* faults.add({ fault: "status", status: 503 })
      const { failedAttempts, reason } = yield* Effect.flip(client.get("/rest/a.txt"))
      assert.deepStrictEqual([reason._tag, failedAttempts], ["Busy", []])
      const counts = Object.values(yield* requests)
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        1
      )
      assert.strictEqual(yield* tagOf(Stream.runDrain(Tenants.list())), "Busy")
      yield* faults.clear
      assert.strictEqual(yield* tagOf(Stream.runDrain(Users.list())), "done")
    }).pipe(
      Effect.provide(
        Simulator.layerClient(
          { systems: [{ domain: "hcp1.example.com", namespaces: ["n1.t1", "n2.t1"] }] },
          { fqdn: "n2.t1.hcp1.example.com", retry: RetryPolicy.never, mapi: { fqdn: "t1.hcp1.example.com" } }
        )
      )
    )
  )

  it.effect("an option that makes no sense fails the layer", () =>
    Effect.gen(function* () {
      const bad = yield* Effect.flip(Effect.scoped(Layer.build(Simulator.layerClient({}, { fqdn: "https://a.b" }))))
      assert.include(bad.message, "fqdn")
      const none = yield* Effect.flip(
        Effect.scoped(Layer.build(Simulator.layerClient({ systems: [{ domain: "hcp1.example.com", namespaces: [] }] })))
      )
      assert.include(none.message, "no namespace for the client")
    })
  )

  it.effect("is the client of the S3 gateway too", () =>
    Effect.gen(function* () {
      yield* S3Object.put("bucket", "q4/report.txt", HcpBody.text("all is well"))
      assert.strictEqual((yield* S3Object.get("bucket", "q4/report.txt")).text, "all is well")
    }).pipe(
      Effect.provide(
        S3.layer().pipe(
          Layer.provideMerge(
            Simulator.layerClient(
              { systems: [{ domain: "hcp1.example.com", namespaces: [{ name: "bucket", tenant: "t1", s3: true }] }] },
              { fqdn: "t1.hcp1.example.com", credentials: S3Credentials.layerV4(user) }
            )
          ),
          Layer.provide(S3Credentials.layerV4(user))
        )
      )
    )
  )
})

describe("time in memory", () => {
  it.effect("a retention that ends tomorrow", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a.txt", HcpBody.text("kept"), { retention: Retention.days(1) })
      yield* TestClock.adjust("23 hours")
      assert.strictEqual(yield* tagOf(ns.delete("/a.txt")), "UnderRetention")
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* tagOf(ns.delete("/a.txt")), "done")
    }).pipe(Effect.provide(Simulator.layerClient()))
  )

  it.effect("a link that lags an hour: what was stored is at the replica after that", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a.txt", HcpBody.text("carried"))
      yield* faults.add({ fault: "refuse", system: "hcp1.example.com" })
      assert.strictEqual(yield* tagOf(ns.get("/a.txt")), "CannotConnect")
      yield* TestClock.adjust("61 minutes")
      const { metadata, text } = yield* ns.get("/a.txt")
      assert.deepStrictEqual([text, metadata.servicedBy], ["carried", "hcp2.example.com"])
    }).pipe(
      Effect.provide(
        Simulator.layerClient(
          { ...twoSystems, lag: "1 hour" },
          { retry: RetryPolicy.never, strategy: ReplicaStrategy.readOnFailover }
        )
      )
    )
  )

  it.effect("a node that is down for ten minutes: the others serve, and it serves again", () =>
    Effect.gen(function* () {
      const { faults, requests, systems } = yield* Simulation.Simulation
      const ns = yield* Namespace.Namespace
      const [node = ""] = systems[0].nodes
      yield* ns.put("/a.txt", HcpBody.text("there"))
      const down = yield* faults
        .during({ fault: "refuse", node })
        .pipe(Effect.andThen(Effect.sleep("10 minutes")), Effect.scoped, Effect.forkChild)
      yield* TestClock.adjust("1 second")
      const before = (yield* requests)[node]
      for (let i = 0; i < 8; i++) assert.strictEqual((yield* ns.get("/a.txt")).text, "there")
      assert.strictEqual((yield* requests)[node], before)
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(down)
      for (let i = 0; i < 8; i++) assert.strictEqual((yield* ns.get("/a.txt")).text, "there")
      assert.isAbove((yield* requests)[node] ?? 0, before ?? 0)
    }).pipe(Effect.provide(Simulator.layerClient()))
  )
})
