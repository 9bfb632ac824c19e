import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Fiber, Layer, Redacted, Schedule, Stream } from "effect"
import * as CheckReport from "../src/CheckReport.ts"
import * as Hcp from "../src/Hcp.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as Target from "../src/Target.ts"

const first = "hcp1.example.com"
const second = "hcp2.example.com"

type Systems = NonNullable<Simulator.SimulatorOptions["systems"]>

const one: Systems = [{ domain: first }]
const linked: Systems = [{ domain: first }, { domain: second }]

const optionsFor = (simulator: Simulator.Simulator["Service"], options: Partial<Hcp.Options>): Hcp.Options => ({
  fqdn: `n1.t1.${first}`,
  port: simulator.systems[0].ports.https,
  tls: { ca: simulator.ca },
  resolver: { nameServers: [simulator.nameServer] },
  credentials: { username: "n", password: Redacted.make("n01") },
  connectTimeout: "2 seconds",
  responseTimeout: "500 millis",
  ...options
})

const clientOf = (simulator: Simulator.Simulator["Service"], options: Partial<Hcp.Options>) =>
  Effect.map(Layer.build(Hcp.layer(optionsFor(simulator, options))), (context) =>
    Context.get(context, HcpClient.HcpClient)
  )

/** A simulator, and a client over HTTPS that knows of it what a user would: name, name server, authority, user. */
const start = Effect.fnUntraced(function* (systems: Systems, options: Partial<Hcp.Options> = {}) {
  const simulator = yield* Simulator.make({ systems, ttl: "1 second" })
  const [{ nodes }] = simulator.systems
  const context = yield* Layer.build(Hcp.layer(optionsFor(simulator, options)))
  return {
    simulator,
    nodes,
    faults: simulator.faults,
    client: Context.get(context, HcpClient.HcpClient),
    strategy: Context.get(context, ReplicaStrategy.ReplicaStrategy),
    target: Context.get(context, Target.Target)
  }
})

type Client = HcpClient.Shape

const stored = (client: Client, name: string, text: string) => client.put(`/rest/${name}`, HcpBody.text(text))
const textOf = (client: Client, name: string) => Effect.map(client.get(`/rest/${name}`), ({ text }) => text)

/** Eight reads at once, two for each node. */
const eight = (client: Client, name: string) =>
  Effect.forEach(Array.from({ length: 8 }), () => client.get(`/rest/${name}`), { concurrency: 8 })

const until = <E>(condition: Effect.Effect<boolean, E>) =>
  condition.pipe(
    Effect.catch(() => Effect.succeed(false)),
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.die(new Error("it did not come to that")) })
  )

describe("One system over HTTPS", () => {
  it.live("stores, looks, reads and deletes; every node serves", () =>
    Effect.gen(function* () {
      const { client, nodes, simulator } = yield* start(one)
      yield* stored(client, "a \u00fc#?.txt", "hello")
      const head = yield* client.head("/rest/a \u00fc#?.txt")
      assert.match(head.headers.get("x-hcp-hash") ?? "", /^SHA-256 [0-9A-F]{64}$/)
      assert.include(head.servicedBy ?? "", first)
      assert.strictEqual(yield* textOf(client, "a \u00fc#?.txt"), "hello")
      yield* Effect.forEach(Array.from({ length: 4 }), () => textOf(client, "a \u00fc#?.txt"))
      yield* client.delete("/rest/a \u00fc#?.txt")
      assert.strictEqual((yield* Effect.flip(client.head("/rest/a \u00fc#?.txt"))).reason._tag, "NotFound")
      const requests = yield* simulator.requests
      for (const node of nodes) assert.isAbove(requests[node] ?? 0, 0)
    })
  )

  it.live("a node refuses, and comes back", () =>
    Effect.gen(function* () {
      const { client, faults, nodes, simulator, target } = yield* start(one)
      yield* stored(client, "a", "x")
      const down = { fault: "refuse", node: nodes[1] ?? "" } as const
      yield* faults.add(down)
      const before = (yield* simulator.requests)[down.node]
      for (const reply of yield* eight(client, "a")) assert.notStrictEqual(reply.node, down.node)
      assert.strictEqual((yield* simulator.requests)[down.node], before)
      yield* faults.delete(down)
      yield* until(Effect.map(client.get("/rest/a"), ({ node }) => node === down.node))
      assert.isTrue((yield* target.nodes.health).every(({ status }) => status === "healthy"))
    })
  )

  it.live("a node is mute, resets, is slow, answers 503: reads and writes are served all the same", () =>
    Effect.gen(function* () {
      const faultsOf = (node: string) =>
        [
          { fault: "mute", node },
          { fault: "reset", node },
          { fault: "slow", node, delay: 2_000 },
          { fault: "status", node, status: 503 }
        ] as const
      const { client, faults, nodes } = yield* start(one)
      yield* stored(client, "a", "x")
      for (const [index, fault] of faultsOf(nodes[2] ?? "").entries()) {
        yield* faults.add(fault)
        for (const reply of yield* eight(client, "a")) {
          assert.strictEqual(reply.text, "x")
          assert.notStrictEqual(reply.node, fault.node)
        }
        yield* Effect.forEach(["1", "2", "3", "4"], (n) => stored(client, `${index}-${n}`, n), { concurrency: 4 })
        yield* faults.clear
        for (const n of ["1", "2", "3", "4"]) assert.strictEqual(yield* textOf(client, `${index}-${n}`), n)
      }
    })
  )

  it.live("every node is busy or resets: the error says what was tried", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(one)
      yield* faults.add({ fault: "status", status: 503, times: 3 })
      const busy = yield* Effect.flip(client.get("/rest/a"))
      assert.strictEqual(busy.reason._tag, "Busy")
      assert.strictEqual(busy.failedAttempts.length, 2)
      yield* faults.add({ fault: "reset", times: 1, methods: ["POST"] })
      const unknown = yield* Effect.flip(client.post("/rest/a", HcpBody.text("hold=true")))
      assert.include(unknown.message, "whether it took effect is unknown")
      assert.deepStrictEqual(yield* faults.list, [])
    })
  )

  it.live("a body that breaks off is asked for again; as a stream it fails", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(one)
      yield* stored(client, "a", "0123456789")
      yield* faults.add({ fault: "truncate", bytes: 4, times: 1, methods: ["GET"] })
      assert.strictEqual(yield* textOf(client, "a"), "0123456789")
      yield* faults.add({ fault: "truncate", bytes: 4, times: 1, methods: ["GET"] })
      const error = yield* Effect.flip(Stream.runCollect(client.stream("/rest/a")))
      assert.strictEqual(error.reason._tag, "IncompleteBody")
      assert.deepStrictEqual(yield* faults.list, [])
    })
  )

  it.live("a PUT whose answer does not come in time is stored by another node, once", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(one)
      yield* faults.add({ fault: "slow", delay: 2_000, times: 1, methods: ["PUT"] })
      const reply = yield* stored(client, "slow", "the same bytes")
      assert.deepStrictEqual([reply.status, reply.retriedAfterAmbiguousFailure], [201, true])
      yield* Effect.sleep("1500 millis")
      const { headers, text } = yield* client.get("/rest/slow")
      assert.deepStrictEqual(
        [text, headers.get("x-hcp-versionid")],
        ["the same bytes", reply.headers.get("x-hcp-versionid")]
      )
    })
  )

  it.live("a PUT whose answer is lost is done once, and is a Conflict where somebody else was first", () =>
    Effect.gen(function* () {
      const { client, faults, simulator } = yield* start(one)
      const asked = Effect.map(simulator.requests, (each) => Object.values(each).reduce((sum, count) => sum + count, 0))
      const before = yield* asked
      yield* faults.add({ fault: "loseAnswer", times: 1, methods: ["PUT"] })
      const reply = yield* stored(client, "lost", "the same bytes")
      assert.deepStrictEqual([reply.status, reply.retriedAfterAmbiguousFailure], [201, true])
      // The PUT that was carried out, the one that is refused because of it, and the look that settles it.
      assert.strictEqual((yield* asked) - before, 3)
      const head = yield* client.head("/rest/lost")
      assert.strictEqual(reply.headers.get("x-hcp-hash"), head.headers.get("x-hcp-hash"))
      assert.strictEqual(yield* textOf(client, "lost"), "the same bytes")
      yield* stored(client, "taken", "of somebody else")
      yield* faults.add({ fault: "loseAnswer", times: 1, methods: ["PUT"] })
      const refused = yield* Effect.flip(stored(client, "taken", "other bytes"))
      assert.deepStrictEqual([refused.reason._tag, refused.failedAttempts.length], ["Conflict", 1])
      assert.strictEqual(yield* textOf(client, "taken"), "of somebody else")
      assert.deepStrictEqual(yield* faults.list, [])
    })
  )
})

describe("The name server", () => {
  it.live("is down, denies the name, or fails at the start: each is an error of its own", () =>
    Effect.gen(function* () {
      for (const [mode, reason] of [
        ["nxdomain", "NameNotFound"],
        ["servfail", "NameServerFailed"],
        ["down", "NameServerFailed"]
      ] as const) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const simulator = yield* Simulator.make({ systems: one })
            const { faults, nameServer } = simulator
            const resolver = Resolver.layer({ nameServers: [nameServer], timeout: "200 millis" })
            const client = yield* clientOf(simulator, { resolver })
            yield* faults.add({ fault: "nameServer", mode })
            const error = yield* Effect.flip(client.get("/rest/a", { deadline: "20 seconds" }))
            assert.strictEqual(error.reason._tag, reason, mode)
            assert.include(error.message, nameServer)
            yield* faults.clear
            yield* until(Effect.map(Effect.flip(client.get("/rest/a")), (later) => later.reason._tag === "NotFound"))
          })
        )
      }
    })
  )

  it.live("fails later: the known addresses stay in use", () =>
    Effect.gen(function* () {
      const { client, faults, simulator } = yield* start(one)
      yield* stored(client, "a", "x")
      for (const mode of ["down", "nxdomain", "servfail"] as const) {
        yield* faults.add({ fault: "nameServer", mode })
        yield* Effect.sleep("1100 millis")
        const queries = (yield* simulator.state).nameServer.queries
        yield* eight(client, "a")
        yield* until(Effect.map(simulator.state, ({ nameServer }) => nameServer.queries > queries))
        yield* eight(client, "a")
        yield* faults.clear
      }
    })
  )

  it.live("truncates its answers, or answers under a wrong id: TCP, and the wait for the right one", () =>
    Effect.gen(function* () {
      for (const mode of ["truncate", "wrongId"] as const) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { client, faults } = yield* start(one)
            yield* faults.add({ fault: "nameServer", mode, times: 1 })
            yield* stored(client, "a", "x")
            assert.strictEqual(yield* textOf(client, "a"), "x")
          })
        )
      }
    })
  )
})

describe("The certificate", () => {
  it.live("is the wildcard a new HCP has: the message says why, and which option helps", () =>
    Effect.gen(function* () {
      const systems: Systems = [{ domain: first, certificate: "wildcard" }]
      const { client, simulator } = yield* start(systems)
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.strictEqual(error.reason._tag, "CertificateError")
      assert.include(error.message, `"*.${first}" covers one label, not "n1.t1"`)
      assert.include(error.message, "verifyChainOnly")
      assert.include(error.message, "HCP_TLS_VERIFY_CHAIN_ONLY=true")
      assert.strictEqual(
        Object.values(yield* simulator.requests).reduce((sum, count) => sum + count, 0),
        0
      )
    })
  )

  it.live("is accepted with that option, but not of another authority", () =>
    Effect.gen(function* () {
      const systems: Systems = [{ domain: first, certificate: "wildcard" }]
      const simulator = yield* Simulator.make({ systems })
      const client = (tls: Hcp.Options["tls"]) => clientOf(simulator, { tls })
      yield* stored(yield* client({ ca: simulator.ca, verifyChainOnly: true }), "a", "x")
      const error = yield* Effect.flip(Effect.flatMap(client({ verifyChainOnly: true }), (it) => textOf(it, "a")))
      assert.strictEqual(error.reason._tag, "CertificateError")
    })
  )
})

describe("Two systems", () => {
  const replica = { fqdn: `n1.t1.${second}` }
  const quickly: ReplicaStrategy.Strategy = {
    ...ReplicaStrategy.readWriteOnFailover,
    probeInterval: "100 millis",
    maxProbeInterval: "200 millis",
    readYourWrites: "100 millis"
  }

  it.live("the primary goes down and comes back: reads and writes move, and return; nothing is lost", () =>
    Effect.gen(function* () {
      const { client, faults, strategy } = yield* start(linked, { replica, strategy: quickly })
      const changes: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(strategy.changes, ({ _tag }) => Effect.sync(() => changes.push(_tag))),
        { startImmediately: true }
      )
      yield* stored(client, "before", "1")
      yield* until(Effect.map(strategy.replica?.probe ?? Effect.void, () => true))
      yield* Effect.sleep("100 millis")
      yield* faults.add({ fault: "refuse", system: first })
      const read = yield* client.get("/rest/before")
      assert.deepStrictEqual([read.text, read.role], ["1", "replica"])
      assert.include(read.servicedBy ?? "", second)
      assert.strictEqual((yield* stored(client, "during", "2")).role, "replica")
      assert.strictEqual(yield* textOf(client, "during"), "2")
      yield* faults.clear
      yield* until(Effect.map(client.get("/rest/before"), ({ role }) => role === "primary"))
      yield* until(Effect.map(textOf(client, "during"), (text) => text === "2"))
      assert.strictEqual((yield* stored(client, "after", "3")).role, "primary")
      assert.deepStrictEqual(
        changes.filter((change) => change === "FailedOver" || change === "FailedBack"),
        ["FailedOver", "FailedBack"]
      )
    })
  )

  it.live("without leave to write there, a PUT fails while the primary is down, and the replica sees none", () =>
    Effect.gen(function* () {
      const { client, faults, simulator } = yield* start(linked, { replica })
      yield* stored(client, "a", "1")
      yield* faults.add({ fault: "refuse", system: first })
      const error = yield* Effect.flip(stored(client, "b", "2"))
      assert.strictEqual(error.reason._tag, "CannotConnect")
      const [, other] = simulator.systems
      const requests = yield* simulator.requests
      assert.isTrue(other?.nodes.every((node) => requests[node] === 0))
    })
  )

  it.live("the primary is mute everywhere: it costs timeouts, then reads come from the replica", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(linked, { replica, strategy: quickly })
      yield* stored(client, "a", "1")
      yield* Effect.sleep("100 millis")
      yield* faults.add({ fault: "mute", system: first })
      assert.strictEqual((yield* client.get("/rest/a")).role, "replica")
    })
  )

  it.live("both are down: one error tells of both", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(linked, { replica, strategy: quickly })
      yield* stored(client, "a", "1")
      yield* faults.add({ fault: "refuse", system: first }, { fault: "refuse", system: second })
      const error = yield* Effect.flip(client.get("/rest/a", { deadline: "20 seconds" }))
      assert.strictEqual(error.reason._tag, "SystemsUnavailable")
      assert.include(error.message, "primary:")
      assert.include(error.message, "replica:")
    })
  )

  it.live("the name moves to the other system (DNS fail-over): calls follow it", () =>
    Effect.gen(function* () {
      const { client, faults, simulator } = yield* start(linked)
      yield* stored(client, "a", "1")
      yield* Effect.sleep("100 millis")
      yield* simulator.failOver(first)
      yield* faults.add({ fault: "refuse", system: first })
      yield* until(Effect.map(client.get("/rest/a"), ({ servicedBy }) => servicedBy?.includes(second) === true))
    })
  )
})

describe("A pinned client", () => {
  it.live("stays on its node, and says so when that is gone", () =>
    Effect.gen(function* () {
      const { client, faults } = yield* start(one)
      yield* stored(client, "a", "x")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const pinned = yield* client.pinned
          const { node } = yield* pinned.get("/rest/a")
          for (const reply of yield* eight(pinned, "a")) assert.strictEqual(reply.node, node)
          yield* faults.add({ fault: "refuse", node })
          const error = yield* Effect.flip(pinned.get("/rest/a"))
          assert.include(error.message, node)
          assert.notStrictEqual((yield* client.get("/rest/a")).node, node)
        })
      )
    })
  )
})

describe("The end", () => {
  it.live("closing the layer with calls running ends them, and leaves no connection", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ systems: one })
      yield* simulator.faults.add({ fault: "mute" })
      const calls = yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* clientOf(simulator, { connectTimeout: "10 seconds", responseTimeout: "30 seconds" })
          const running = yield* Effect.forEach(Array.from({ length: 100 }), () =>
            Effect.forkDetach(Effect.exit(client.get("/rest/a")), { startImmediately: true })
          )
          yield* until(
            Effect.map(simulator.requests, (requests) => Object.values(requests).reduce((a, b) => a + b, 0) >= 80)
          )
          return running
        })
      )
      for (const exit of yield* Effect.forEach(calls, (fiber) => Fiber.join(fiber))) {
        assert.strictEqual(exit._tag, "Failure")
      }
      yield* until(
        Effect.map(simulator.state, ({ systems }) =>
          systems.every(({ nodes }) => nodes.every(({ connections }) => connections === 0))
        )
      )
    })
  )
})

describe("check", () => {
  const two: Systems = [{ domain: first, nodes: 2 }]

  it.live("looks at name, nodes, certificates and all the rest over the network", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ systems: two })
      const options = optionsFor(simulator, {})
      const report = yield* Hcp.check({
        ...options,
        permissions: ["read"],
        managementPort: simulator.systems[0].ports.mapi
      })
      assert.isTrue(report.passed, report.points.map(CheckReport.print).join("\n"))
      assert.strictEqual(report.points.filter(({ status, topic }) => topic === "tls" && status === "ok").length, 2)
      // Nobody trusts the authority of the simulator.
      const untrusted = yield* Hcp.check({ ...options, tls: {} })
      const certificates = untrusted.points.filter(({ topic }) => topic === "tls")
      assert.deepStrictEqual(
        certificates.map(({ status }) => status),
        ["failed", "failed"]
      )
      assert.match(certificates.map(CheckReport.print).join("\n"), /authority|signed/)
      assert.isFalse(untrusted.passed)
    }).pipe(Effect.scoped)
  )

  it.live("lets a program begin that will work, and no other one", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ systems: two })
      const client = yield* clientOf(simulator, { check: { permissions: ["read", "write"] } })
      yield* stored(client, "a.txt", "checked")
      for (const [options, topics] of [
        [{ check: true, credentials: { username: "n", password: "wrong" } }, ["credentials"]],
        [{ check: true, tls: {} }, ["tls", "tls"]],
        [{ check: { gateways: ["s3"] } }, ["gateways"]],
        [{ check: true, replica: { fqdn: `none.t1.${first}` } }, ["name"]]
      ] as const) {
        const error = yield* Effect.flip(clientOf(simulator, options))
        assert.strictEqual(error.operation, "check")
        assert.deepStrictEqual(
          error.reason._tag === "CheckFailed" ? error.reason.failures.map(({ topic }) => topic) : error.reason._tag,
          [...topics]
        )
        assert.notInclude(error.message, "wrong")
      }
      yield* clientOf(simulator, { check: false, tls: {} })
    }).pipe(Effect.scoped)
  )
})
