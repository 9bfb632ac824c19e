import { assert, describe, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { type HcpError, isHcpError } from "@effect-hcp/sdk/HcpError"
import * as ReplicaStrategy from "@effect-hcp/sdk/ReplicaStrategy"
import { Resolver } from "@effect-hcp/sdk/Resolver"
import * as Transport from "@effect-hcp/sdk/Transport"
import * as Simulation from "@effect-hcp/simulator/Simulation"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Listing from "../src/Listing.ts"
import * as Multipart from "../src/Multipart.ts"
import type { UploadKept } from "../src/MultipartError.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"

const domain = "hcp1.example.com"

const namespaces = ["n1", "n2"].map((name) => ({ name, tenant: "t1", s3: true }))

const simulated = Simulator.layerMemory({ systems: [{ domain, namespaces }] })

/** The gateway of the simulation at this host. */
const at = (fqdn: string, more?: Partial<S3.Options>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      return S3.layerHcp({
        fqdn,
        transport: Layer.succeed(Transport.Transport, yield* Transport.Transport),
        resolver: Layer.succeed(Resolver, yield* Resolver),
        credentials: S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") }),
        ...more
      })
    })
  )

/** What a call fails with, of whatever kind it is. */
const failed = (call: Effect.Effect<unknown, HcpError | UploadKept, S3.S3>) =>
  Effect.flatMap(Effect.flip(call), (error) => (isHcpError(error) ? Effect.succeed(error) : Effect.die(error)))

const requests = Effect.flatMap(Simulation.Simulation, (simulation) =>
  Effect.map(simulation.requests, (all) => Object.values(all).reduce((sum, count) => sum + count, 0))
)

describe("an endpoint that is the host of a bucket, with buckets in the path", () => {
  const calls = {
    put: S3Object.put("n2", "a", HcpBody.text("x")),
    delete: S3Object.delete("n2", "a"),
    "put of a stream": S3Object.put(
      "n1",
      "a",
      HcpBody.stream(() => Stream.make(new Uint8Array(3)), { length: 3 })
    ),
    "parts of an upload": Multipart.upload("n1", "a", HcpBody.text("x".repeat(100)))
  }
  for (const [name, call] of Object.entries(calls)) {
    it.effect(`is found by the first answer: ${name}`, () =>
      Effect.gen(function* () {
        yield* Effect.gen(function* () {
          const error = yield* failed(call)
          assert.strictEqual(error.reason._tag, "UnexpectedAnswer", error.message)
          assert.strictEqual(error.reached, "answer")
          assert.match(error.message, /the host of the bucket n1, where "n[12]\/a" is a key/)
          assert.include(error.message, `give the tenant's host, t1.${domain}`)
        }).pipe(Effect.provide(at(`n1.t1.${domain}`)))
      }).pipe(Effect.provide(simulated))
    )
  }

  it.effect("is found by a read too, and nothing is sent there from then on", () =>
    Effect.gen(function* () {
      // A key that is there, as a former version of a program may have stored it.
      yield* S3Object.put("n1", "n2/a", HcpBody.text("x")).pipe(Effect.provide(at(`t1.${domain}`)))
      yield* Effect.gen(function* () {
        const error = yield* failed(S3Object.get("n2", "a"))
        assert.match(error.message, /the host of the bucket n1, where "n2\/a" is a key/)
        const before = yield* requests
        const later = yield* Effect.forEach(
          [
            failed(S3Object.put("n2", "b", HcpBody.text("x"))),
            failed(Stream.runDrain(Listing.list("n2"))),
            failed(Multipart.upload("n2", "b", HcpBody.text("x".repeat(100))))
          ],
          (each) => each
        )
        for (const { message, reached, reason } of later) {
          assert.deepStrictEqual([reason._tag, reached], ["InvalidInput", "nothing"])
          assert.include(message, `fqdn: n1.t1.${domain} is the host of a bucket; give the tenant's, t1.${domain}`)
        }
        assert.strictEqual(yield* requests, before)
      }).pipe(Effect.provide(at(`n1.t1.${domain}`)))
    }).pipe(Effect.provide(simulated))
  )

  it.effect("is found before anything is sent where the domain is given", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(at(`n1.t1.${domain}`, { domain }))))
      assert.include(error.message, `give the tenant's, t1.${domain}`)
      assert.strictEqual(yield* requests, 0)
    }).pipe(Effect.provide(simulated))
  )

  it.effect("is none where the tenant has the name of the bucket, or another system answers for the host", () =>
    Effect.gen(function* () {
      const twice = Simulator.layerMemory({
        systems: [
          { domain, namespaces: [{ name: "n1", tenant: "n1", s3: true }] },
          { domain: "other.example.com", namespaces: [{ name: "n1", tenant: "n1", s3: true }] }
        ]
      })
      yield* Effect.gen(function* () {
        yield* S3Object.put("n1", "a", HcpBody.text("x"))
        const simulation = yield* Simulation.Simulation
        const { link } = simulation
        if (link !== undefined) yield* link.settled
        yield* simulation.failOver(domain)
        assert.strictEqual((yield* S3Object.get("n1", "a")).text, "x")
      }).pipe(Effect.provide(at(`n1.${domain}`, { strategy: ReplicaStrategy.readOnFailover })), Effect.provide(twice))
    })
  )
})
