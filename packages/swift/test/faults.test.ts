import { assert, describe, it } from "@effect/vitest"
import * as ReplicaStrategy from "@effect-hcp/sdk/ReplicaStrategy"
import * as RetryPolicy from "@effect-hcp/sdk/RetryPolicy"
import * as Simulation from "@effect-hcp/simulator/Simulation"
import { Effect, Layer, Schedule, Stream } from "effect"
import { Container, SwiftCredentials, SwiftObject } from "../src/index.ts"
import { gateway, gatewayWith, simulated } from "./utils/memory.ts"

const primary = "hcp1.example.com"
const replica = "hcp2.example.com"
const retry = RetryPolicy.make({ attempts: 4, delay: Schedule.spaced("1 millis") })

const one = simulated(primary)
const alone = gateway({ retry }).pipe(Layer.provideMerge(one))

const withReplica = (strategy: ReplicaStrategy.Strategy) =>
  gateway({ retry, strategy, replica: { fqdn: `api.${replica}` } }).pipe(
    Layer.provideMerge(simulated(primary, replica))
  )

/** How many requests the nodes of a system have taken. */
const taken = (system: number) =>
  Effect.gen(function* () {
    const { requests, systems } = yield* Simulation.Simulation
    const all = yield* requests
    return (systems[system]?.nodes ?? []).reduce((sum, node) => sum + (all[node] ?? 0), 0)
  })

/** The primary goes down when the replica has what is there. */
const refuse = Effect.gen(function* () {
  const { faults, link } = yield* Simulation.Simulation
  yield* link?.settled ?? Effect.void
  yield* faults.add({ fault: "refuse", system: primary })
})

describe("nodes", () => {
  it.live("share the requests, and one that is down is left out", () =>
    Effect.gen(function* () {
      const { faults, requests, systems } = yield* Simulation.Simulation
      const { nodes } = systems[0]
      for (let number = 0; number < 20; number++) yield* SwiftObject.put("plain", `o${number}`, "x")
      const shared = yield* requests
      for (const node of nodes) assert.isAtLeast(shared[node] ?? 0, 1)
      yield* faults.add({ fault: "refuse", node: nodes[0] })
      for (let number = 0; number < 8; number++) yield* SwiftObject.get("plain", `o${number}`)
      assert.strictEqual((yield* requests)[nodes[0]], shared[nodes[0]])
    }).pipe(Effect.provide(alone))
  )

  const transient = {
    "503": { fault: "status", times: 1 },
    "a connection that breaks": { fault: "reset", times: 1 },
    "a body that ends early": { fault: "truncate", times: 1 }
  } as const
  for (const [name, fault] of Object.entries(transient)) {
    it.live(`are asked again after ${name}`, () =>
      Effect.gen(function* () {
        const { faults } = yield* Simulation.Simulation
        yield* SwiftObject.put("plain", "a", "hello")
        yield* faults.add(fault)
        assert.strictEqual((yield* SwiftObject.get("plain", "a", { resume: true })).text, "hello")
        yield* faults.add(fault)
        assert.lengthOf(yield* Stream.runCollect(Container.list("plain")), 1)
      }).pipe(Effect.provide(alone))
    )
  }

  it.live("whose answer to a PUT is lost have stored it once, and the hash says so", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      yield* faults.add({ fault: "loseAnswer", times: 1 })
      yield* SwiftObject.put("plain", "a", "hello")
      assert.strictEqual((yield* SwiftObject.get("plain", "a")).text, "hello")
      // What somebody else has stored there is not taken for one's own.
      yield* faults.add({ fault: "loseAnswer", times: 1 })
      assert.strictEqual((yield* Effect.flip(SwiftObject.put("plain", "a", "other"))).reason._tag, "Conflict")
      assert.strictEqual((yield* SwiftObject.get("plain", "a")).text, "hello")
    }).pipe(Effect.provide(alone))
  )

  it.live("that give the token are asked again too", () =>
    Effect.gen(function* () {
      const { faults } = yield* Simulation.Simulation
      yield* faults.add({ fault: "status", times: 1 })
      yield* SwiftObject.put("plain", "a", "hello")
    }).pipe(Effect.provide(gatewayWith(SwiftCredentials.layerV1).pipe(Layer.provideMerge(one))))
  )
})

describe("a replica", () => {
  it.live("is read while the primary is down, and takes no writes", () =>
    Effect.gen(function* () {
      yield* SwiftObject.put("plain", "a", "hello")
      assert.strictEqual(yield* taken(1), 0)
      yield* refuse
      assert.strictEqual((yield* SwiftObject.get("plain", "a")).text, "hello")
      assert.lengthOf(yield* Stream.runCollect(Container.list("plain")), 1)
      // 204 is how Swift says that a container is there.
      assert.isTrue(yield* Container.exists("plain"))
      const before = yield* taken(1)
      assert.isAbove(before, 0)
      assert.isTrue((yield* Effect.flip(SwiftObject.put("plain", "b", "x"))).systemDown)
      const copy = SwiftObject.copy({ container: "plain", object: "a" }, "plain", "c")
      assert.isTrue((yield* Effect.flip(copy)).systemDown)
      assert.isTrue((yield* Effect.flip(SwiftObject.delete("plain", "a"))).systemDown)
      assert.strictEqual(yield* taken(1), before)
    }).pipe(Effect.provide(withReplica(ReplicaStrategy.readOnFailover)))
  )

  it.live("takes writes where it is told to", () =>
    Effect.gen(function* () {
      yield* SwiftObject.put("plain", "a", "hello")
      yield* refuse
      yield* SwiftObject.put("plain", "b", "x")
      assert.strictEqual((yield* SwiftObject.get("plain", "b")).text, "x")
      assert.isAbove(yield* taken(1), 0)
    }).pipe(Effect.provide(withReplica(ReplicaStrategy.readWriteOnFailover)))
  )
})
