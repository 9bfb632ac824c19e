import { assert, describe, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type * as HcpError from "@effect-hcp/sdk/HcpError"
import * as ReplicaStrategy from "@effect-hcp/sdk/ReplicaStrategy"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as RetryPolicy from "@effect-hcp/sdk/RetryPolicy"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { DateTime, Effect, Layer, Redacted, Stream } from "effect"
import * as Listing from "../src/Listing.ts"
import * as Multipart from "../src/Multipart.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"
import { wayIn } from "./utils/wayIn.ts"

const user = { username: "n", password: Redacted.make("n01") }

const system = (domain: string) => ({
  domain,
  nodes: 3,
  namespaces: [{ name: "b", tenant: "t1", s3: true }],
  users: ["n:n01"]
})

const one = Simulator.layer({ systems: [system("hcp1.example.com")] })
const two = Simulator.layer({ systems: [system("hcp1.example.com"), system("hcp2.example.com")] })

/** The gateway of the first system; with a strategy the second one is its replica. */
const gateway = (strategy?: ReplicaStrategy.Strategy) =>
  Layer.unwrap(
    Effect.map(Simulator.Simulator, ({ ca, nameServer, systems: [first, second] }) =>
      S3.layerHcp({
        fqdn: `t1.${first.domain}`,
        port: first.ports.https,
        replica: strategy === undefined ? undefined : { fqdn: `t1.${second?.domain}` },
        strategy,
        tls: { ca },
        retry: RetryPolicy.make({ attempts: 4 }),
        resolver: { nameServers: [nameServer] },
        credentials: S3Credentials.layerV4(user)
      })
    )
  )

const key = (number: number) => `k${number}`

const mebi = 1024 ** 2

/** These nodes are down. */
const refuse = (nodes: ReadonlyArray<string>) =>
  Effect.flatMap(Simulator.Simulator, ({ faults }) =>
    Effect.forEach(nodes, (node) => faults.add({ fault: "refuse", node }), { discard: true })
  )

/** How many requests every node of these has taken. */
const taken = (nodes: ReadonlyArray<string>) =>
  Effect.flatMap(Simulator.Simulator, ({ requests }) =>
    Effect.map(requests, (all) => nodes.map((node) => all[node] ?? 0))
  )

describe("a proxy that reorders headers, adds its own and replaces Accept-Encoding", () => {
  const through = {
    "version 4": S3Credentials.layerV4(user),
    "version 4 with signed payload": S3Credentials.layerV4({ ...user, payload: "signed" }),
    "version 2": S3Credentials.layerV2(user)
  }
  for (const [name, credentials] of Object.entries(through)) {
    it.live(`breaks no signature of ${name}`, () =>
      Effect.gen(function* () {
        const { port } = yield* wayIn({ replacesAcceptEncoding: true })
        const live = S3.layerHcp({
          fqdn: "t1.hcp1.example.com",
          port,
          tls: false,
          addresses: ["127.0.0.1"],
          credentials
        })
        yield* Effect.gen(function* () {
          const headers = {
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "X-Request-Id": "7"
          }
          yield* S3Object.put("b", "d/a b+c", HcpBody.text("x"), {
            headers,
            contentType: "text/plain",
            metadata: { color: "blue" },
            retention: Retention.until(DateTime.makeUnsafe("2099-01-01T00:00:00Z"))
          })
          const found = yield* S3Object.get("b", "d/a b+c", { headers })
          assert.strictEqual(found.text, "x")
          assert.deepStrictEqual(found.metadata.metadata, { color: "blue" })
          const keys = yield* Stream.runCollect(
            Stream.map(Listing.list("b", { headers }), (each) => (each._tag === "Prefix" ? each.prefix : each.key))
          )
          assert.deepStrictEqual(keys, ["d/", "d/a b+c"])
        }).pipe(Effect.provide(live))
      }).pipe(Effect.scoped, Effect.provide(one))
    )
  }
})

describe("nodes", () => {
  it.live("share the requests, and one that is down is left out", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulator.Simulator
      const { nodes } = systems[0]
      const each = (use: (number: number) => Effect.Effect<unknown, HcpError.HcpError, S3.S3>) =>
        Effect.forEach(Array(60).keys(), use, { concurrency: 6, discard: true })
      yield* each((number) => S3Object.put("b", key(number), HcpBody.text("x")))
      for (const count of yield* taken(nodes)) assert.isAtLeast(count, 60 / 3 - 60 * 0.2)

      yield* refuse(nodes.slice(0, 1))
      const before = yield* taken(nodes)
      yield* each((number) => S3Object.get("b", key(number)))
      const after = yield* taken(nodes)
      assert.strictEqual(after[0], before[0])
      yield* Multipart.upload("b", "large", HcpBody.bytes(new Uint8Array(3 * mebi)), { partSize: mebi })
      assert.strictEqual((yield* S3Object.head("b", "large")).size, 3 * mebi)
    }).pipe(Effect.provide(gateway()), Effect.provide(one))
  )
})

describe("a replica", () => {
  it.live("is read while the primary is down, and says who it is", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulator.Simulator
      const stored = yield* S3Object.put("b", "k", HcpBody.text("x"))
      assert.strictEqual(stored.servicedBy, "hcp1.example.com")
      yield* refuse(systems[0].nodes)
      const found = yield* S3Object.get("b", "k")
      assert.strictEqual(found.text, "x")
      assert.strictEqual(found.metadata.servicedBy, "hcp2.example.com")
      const keys = yield* Stream.runCollect(
        Stream.map(Listing.list("b"), (each) => (each._tag === "Prefix" ? each.prefix : each.key))
      )
      assert.deepStrictEqual(keys, ["k"])
    }).pipe(Effect.provide(gateway(ReplicaStrategy.readOnFailover)), Effect.provide(two))
  )

  for (const strategy of [ReplicaStrategy.readOnFailover, ReplicaStrategy.readWriteOnFailover]) {
    it.live(`takes no part of an upload that was begun at the primary (write: ${strategy.write})`, () =>
      Effect.gen(function* () {
        const context = yield* Effect.context<Simulator.Simulator>()
        const { systems } = yield* Simulator.Simulator
        const replica = systems[1]?.nodes ?? []
        const before = yield* taken(replica)
        const error = yield* Multipart.upload("b", "large", HcpBody.bytes(new Uint8Array(3 * mebi)), {
          partSize: mebi,
          onBegun: () => Effect.orDie(Effect.provide(refuse(systems[0].nodes), context))
        }).pipe(Effect.provide(gateway(strategy)), Effect.flip)
        assert.strictEqual(error._tag, "UploadKept")
        assert.deepStrictEqual(yield* taken(replica), before)
      }).pipe(Effect.provide(two))
    )
  }

  it.live("takes no upload where it takes no other writes, though it is what is read from", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulator.Simulator
      yield* S3Object.put("b", "k", HcpBody.text("x"))
      yield* refuse(systems[0].nodes)
      assert.strictEqual((yield* S3Object.get("b", "k")).metadata.servicedBy, "hcp2.example.com")
      const replica = systems[1]?.nodes ?? []
      const before = yield* taken(replica)
      const error = yield* Effect.flip(
        Multipart.upload("b", "large", HcpBody.bytes(new Uint8Array(2 * mebi)), { partSize: mebi })
      )
      assert.strictEqual(error._tag, "HcpError")
      assert.isTrue(error._tag === "HcpError" && error.systemDown)
      assert.deepStrictEqual(yield* taken(replica), before)
    }).pipe(Effect.provide(gateway(ReplicaStrategy.readOnFailover)), Effect.provide(two))
  )

  it.live("is not taken for the one that has an upload, which goes on where it was begun", () =>
    Effect.gen(function* () {
      const { faults, systems } = yield* Simulator.Simulator
      const context = yield* Effect.context<Simulator.Simulator>()
      const body = HcpBody.bytes(new Uint8Array(3 * mebi))
      const options = { partSize: mebi, keepOnFailure: true }
      const onBegun = () => Effect.orDie(Effect.provide(refuse(systems[0].nodes), context))
      const kept = yield* Effect.flip(Multipart.upload("b", "large", body, { ...options, onBegun }))
      if (kept._tag !== "UploadKept") return assert.fail(String(kept))
      const resumed = Multipart.resume("b", "large", kept.uploadId, body, options)
      // The other system knows nothing of the upload, so its answer would be that there is none.
      const error = yield* Effect.flip(resumed)
      assert.isTrue(error._tag === "HcpError" && error.systemDown, String(error))
      yield* faults.clear
      assert.strictEqual((yield* resumed).servicedBy, "hcp1.example.com")
    }).pipe(Effect.provide(gateway(ReplicaStrategy.readOnFailover)), Effect.provide(two))
  )

  it.live("takes whole uploads while the primary is down, where it takes other writes", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulator.Simulator
      yield* refuse(systems[0].nodes)
      const stored = yield* Multipart.upload("b", "large", HcpBody.bytes(new Uint8Array(2 * mebi)), { partSize: mebi })
      assert.strictEqual(stored.servicedBy, "hcp2.example.com")
    }).pipe(Effect.provide(gateway(ReplicaStrategy.readWriteOnFailover)), Effect.provide(two))
  )
})
