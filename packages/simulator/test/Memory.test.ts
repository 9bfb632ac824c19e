import { assert, describe, it } from "@effect/vitest"
import { HcpBody, HcpClient, type HcpError, Namespace, RetryPolicy } from "@effect-hcp/sdk"
import { Context, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Simulation, Simulator } from "../src/index.ts"
import { client, namespace, options, story } from "./utils/wholeSdk.ts"

const reasonOf = <A, R>(effect: Effect.Effect<A, HcpError.HcpError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

describe("the whole SDK in memory", () => {
  it.effect("stores, reads, lists, manages, speaks S3, and sees retention end when the clock says so", () =>
    Effect.gen(function* () {
      const { alsoRead, exists, inBucket, managed, names, read, refused, stored } = yield* story
      assert.strictEqual(stored.etag?.length, 34)
      assert.deepStrictEqual([read, alsoRead], ["kept", "streamed"])
      assert.deepStrictEqual(names, ["a.txt", "folder"])
      assert.strictEqual(refused, "UnderRetention")
      assert.deepStrictEqual(managed, ["t1", "Ann", "NotFound"])
      assert.deepStrictEqual([inBucket[1], inBucket[3]], ["all is well", false])
      assert.isFalse(exists)
      const { queries, requests, systems } = yield* Simulation.Simulation
      const counts = Object.entries(yield* requests)
      assert.sameMembers(
        counts.map(([address]) => address),
        [...systems[0].nodes]
      )
      assert.isTrue(counts.every(([, count]) => count > 0))
      assert.isTrue((yield* queries).some(({ name }) => name === "n1.t1.hcp1.example.com"))
    }).pipe(Effect.scoped, Effect.provide(Simulator.layerMemory(options)))
  )
})

describe("faults in memory", () => {
  const start = Effect.gen(function* () {
    const simulation = yield* Simulation.Simulation
    const ns = yield* namespace
    yield* ns.put("/a.txt", HcpBody.text("0123456789"))
    return { ns, simulation, system: simulation.systems[0] }
  })
  const provided = <A, E>(effect: Effect.Effect<A, E, Layer.Success<ReturnType<typeof Simulator.layerMemory>>>) =>
    Effect.provide(effect, Simulator.layerMemory(options))

  it.effect("a node that is down refuses, and breaks what it was about; the others serve", () =>
    Effect.gen(function* () {
      const { ns, simulation, system } = yield* start
      const [first] = system.nodes
      const upload = Stream.concat(Stream.succeed(new Uint8Array(10)), Stream.never)
      const built = yield* Layer.build(
        client("n1.t1.hcp1.example.com", "https", undefined, { addresses: [first], retry: RetryPolicy.never })
      )
      const pinned = Namespace.make(Context.get(built, HcpClient.HcpClient))
      const broken = yield* Effect.forkChild(
        reasonOf(
          pinned.put(
            "/b.bin",
            HcpBody.stream(() => upload)
          )
        )
      )
      yield* TestClock.adjust("1 second")
      yield* simulation.faults.add({ fault: "refuse", node: first })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(broken))._tag, "ConnectionLost")
      for (let call = 0; call < 6; call++) assert.strictEqual((yield* ns.get("/a.txt")).text, "0123456789")
      const { systems } = yield* simulation.state
      assert.deepStrictEqual(
        systems[0]?.nodes.map(({ up }) => up),
        [false, true, true]
      )
      yield* simulation.faults.clear
    }).pipe(Effect.scoped, provided)
  )

  it.effect("a reset is repeated, an answer that breaks off is no answer, a name server that is down is told", () =>
    Effect.gen(function* () {
      const { ns, simulation } = yield* start
      yield* simulation.faults.add({ fault: "reset", times: 1 }, { fault: "truncate", bytes: 3, times: 1 })
      const read = yield* Effect.forkChild(ns.get("/a.txt"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(read)).text, "0123456789")
      yield* simulation.faults.add({ fault: "nameServer", mode: "nxdomain" })
      const other = yield* Layer.build(client("n2.t1.hcp1.example.com"))
      const { get } = Context.get(other, HcpClient.HcpClient)
      assert.strictEqual((yield* reasonOf(get("/rest/")))._tag, "NameNotFound")
    }).pipe(Effect.scoped, provided)
  )

  it.effect(
    "an answer that is lost leaves what was done: a second PUT finds its own bytes, a second DELETE nothing",
    () =>
      Effect.gen(function* () {
        const { ns, simulation } = yield* start
        yield* simulation.faults.add(
          { fault: "loseAnswer", times: 1, methods: ["PUT"] },
          { fault: "loseAnswer", times: 1, methods: ["DELETE"] }
        )
        const writes = yield* Effect.forkChild(
          Effect.andThen(ns.put("/b.txt", HcpBody.text("once")), ns.delete("/a.txt"))
        )
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(writes)
        assert.strictEqual((yield* ns.get("/b.txt")).text, "once")
        assert.isFalse(yield* ns.exists("/a.txt"))
        assert.deepStrictEqual(yield* simulation.faults.list, [])
      }).pipe(Effect.scoped, provided)
  )

  it.effect(
    "a slow answer takes the time it takes on Effect's clock, and an interrupted call leaves nothing behind",
    () =>
      Effect.gen(function* () {
        const { ns, simulation } = yield* start
        yield* simulation.faults.add({ fault: "slow", delay: 5000, bytesPerSecond: 2, times: 1 })
        const read = yield* Effect.forkChild(ns.get("/a.txt"))
        yield* TestClock.adjust("9 seconds")
        assert.isUndefined(read.pollUnsafe())
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Fiber.join(read)).text, "0123456789")
        yield* simulation.faults.add({ fault: "mute", times: 1 })
        const silent = yield* Effect.forkChild(ns.get("/a.txt"))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(silent)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(silent)))
        assert.strictEqual((yield* ns.get("/a.txt")).text, "0123456789")
      }).pipe(Effect.scoped, provided)
  )

  it.effect("a source that fails is the error, and nothing is stored", () =>
    Effect.gen(function* () {
      const { ns } = yield* start
      const source = Stream.concat(Stream.succeed(new Uint8Array(10)), Stream.fail("the disk is gone"))
      const reason = yield* reasonOf(ns.put("/b.bin", HcpBody.streamOnce(source)))
      assert.strictEqual(reason._tag, "BodySourceFailed")
      assert.isFalse(yield* ns.exists("/b.bin"))
    }).pipe(Effect.scoped, provided)
  )
})

describe("two systems in memory", () => {
  it.effect("what is stored arrives after the lag, and names move as they do in DNS", () =>
    Effect.gen(function* () {
      const { failOver, systems } = yield* Simulation.Simulation
      const at = (host: string) =>
        Effect.map(Layer.build(client(host)), (built) => Context.get(built, HcpClient.HcpClient))
      const [primary, replica] = [yield* at("n1.t1.hcp1.example.com"), yield* at("n1.t1.hcp2.example.com")]
      yield* primary.put("/rest/a.txt", HcpBody.text("carried"))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* reasonOf(replica.get("/rest/a.txt")))._tag, "NotFound")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* replica.get("/rest/a.txt")).text, "carried")
      yield* failOver("hcp1.example.com")
      const moved = yield* at("n1.t1.hcp1.example.com")
      const { node, servicedBy } = yield* moved.get("/rest/a.txt")
      assert.strictEqual(servicedBy, "hcp2.example.com")
      assert.isTrue(systems[1]?.nodes.includes(node))
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Simulator.layerMemory({
          systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }],
          lag: "4 seconds"
        })
      )
    )
  )
})
