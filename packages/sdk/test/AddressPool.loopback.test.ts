import * as Http from "node:http"
import * as Net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Clock, Context, Deferred, Effect, Fiber, Layer, Stream } from "effect"
import * as AddressPool from "../src/AddressPool.ts"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"

type Pool = AddressPool.AddressPool["Service"]

const fqdn = "n1.t1.hcp1.example.com"

const connect = (address: string, port: number) =>
  Effect.callback<boolean>((resume) => {
    const socket = Net.connect(port, address)
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })

/** One call: node after node until one takes the connection; how many it took. */
const call = Effect.fnUntraced(function* (pool: Pool, port: number) {
  const tried = new Set<AddressPool.NodeAddress>()
  for (;;) {
    const since = yield* Clock.monotonicTimeNanos
    const node = yield* pool.next(tried)
    tried.add(node)
    const isUp = yield* connect(node.address, port)
    yield* pool.report(node, { _tag: isUp ? "Answered" : "ConnectFailed" }, since)
    if (isUp) return tried.size
  }
})

/** A simulated system, and a pool that asks its name server; ejections outlast the test, so each one counts. */
const makeSystem = Effect.fnUntraced(function* () {
  const simulator = yield* Simulator.make({ ttl: "60 seconds" })
  const [system] = simulator.systems
  const pool = yield* AddressPool.make({
    fqdn,
    refreshInterval: "5 millis",
    health: { connectEjection: "30 seconds" }
  }).pipe(Effect.provide(Resolver.layer({ nameServers: [simulator.nameServer] })))
  const ejected: Array<string> = []
  yield* pool.changes.pipe(
    Stream.runForEach((event) => Effect.sync(() => (event._tag === "Ejected" ? ejected.push(event.node.address) : 0))),
    Effect.forkScoped({ startImmediately: true })
  )
  const queries = Effect.map(simulator.queries, (all) => all.length)
  return { simulator, pool, nodes: system.nodes, port: system.ports.http, ejected, queries }
})

/** So many calls at the same time, all of them waiting for the start. */
const together = Effect.fnUntraced(function* (pool: Pool, port: number, count: number) {
  const start = yield* Deferred.make<void>()
  const fibers = yield* Effect.forEach(Array(count), () =>
    Effect.forkScoped(Effect.andThen(Deferred.await(start), call(pool, port)), { startImmediately: true })
  )
  yield* Deferred.succeed(start, undefined)
  return yield* Effect.forEach(fibers, Fiber.join)
})

describe("AddressPool against the simulator's name server", () => {
  it.live("1,000 fibers meet a dead node together: one ejection, one query, no failed call (rows 1, 21, 90)", () =>
    Effect.gen(function* () {
      const { simulator, pool, nodes, port, ejected, queries } = yield* makeSystem()
      const [, dead = ""] = nodes
      yield* simulator.faults.add({ fault: "refuse", system: "hcp1.example.com", node: 2 })
      yield* pool.next(new Set())
      assert.strictEqual(yield* queries, 1, "the first use")
      yield* Effect.sleep("10 millis")
      const attempts = yield* together(pool, port, 1000)
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(ejected, [dead])
      assert.strictEqual(yield* queries, 2, "one more, for all of them")
      assert.deepStrictEqual(new Set(attempts), new Set([1, 2]))
      assert.isAtMost(attempts.filter((count) => count === 2).length, 250)
      assert.deepStrictEqual(yield* together(pool, port, 200), Array(200).fill(1))
      assert.strictEqual(yield* queries, 2)
    })
  )

  it.live("1,000 first calls share one query; all nodes dead and back again: nothing hangs (rows 2, 18, 90)", () =>
    Effect.gen(function* () {
      const { simulator, pool, nodes, port, ejected, queries } = yield* makeSystem()
      assert.deepStrictEqual(yield* together(pool, port, 1000), Array(1000).fill(1))
      assert.strictEqual(yield* queries, 1)
      yield* simulator.faults.add({ fault: "refuse", system: "hcp1.example.com" })
      const during = yield* Effect.forkScoped(together(pool, port, 50), { startImmediately: true })
      while ((yield* pool.health).some((one) => one.status === "healthy")) yield* Effect.sleep("5 millis")
      assert.deepStrictEqual(new Set(ejected), new Set(nodes))
      assert.lengthOf(ejected, nodes.length)
      yield* simulator.faults.clear
      yield* Fiber.join(during)
      assert.isTrue(
        (yield* pool.health).some((one) => one.status === "healthy"),
        "a success brings a node back"
      )
    })
  )
})

/** A tiny object store on `::1`. */
const storeOnIpv6 = Effect.acquireRelease(
  Effect.callback<{ server: Http.Server; port: number; hosts: Set<string | undefined> }>((resume) => {
    const objects = new Map<string, Buffer>()
    const hosts = new Set<string | undefined>()
    const server = Http.createServer((request, response) => {
      hosts.add(request.headers.host)
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const path = request.url ?? ""
        if (request.method === "PUT") objects.set(path, Buffer.concat(chunks))
        const body = objects.get(path)
        response.setHeader("X-RequestId", "1")
        response.statusCode = request.method === "PUT" ? 201 : body === undefined ? 404 : 200
        response.end(request.method === "GET" ? body : undefined)
      })
    })
    server.listen(0, "::1", () => {
      const bound = server.address()
      resume(Effect.succeed({ server, hosts, port: typeof bound === "object" && bound !== null ? bound.port : 0 }))
    })
  }),
  ({ server }) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
)

const clientOf = (options: Target.Options, resolver: Resolver.Resolver["Service"]) =>
  Layer.build(
    HcpClient.layer.pipe(
      Layer.provide(ReplicaStrategy.layerPrimaryOnly),
      Layer.provide(Target.layer(options)),
      Layer.provide([Credentials.layerAnonymous, Transport.layer, Layer.succeed(Resolver.Resolver, resolver)])
    )
  ).pipe(Effect.map((context) => Context.get(context, HcpClient.HcpClient)))

describe("nodes with IPv6 addresses", () => {
  it.live("the whole client talks to [::1] and passes over a dead IPv4 node; the Host stays the name", () =>
    Effect.gen(function* () {
      const store = yield* storeOnIpv6
      const client = yield* clientOf(
        { fqdn, port: store.port, tls: false },
        yield* Resolver.makeStatic({ [fqdn]: ["127.0.0.1", "::1"] })
      )
      for (const index of Array(8).keys()) {
        const put = yield* client.put(`/rest/${index}`, HcpBody.text("sechs"))
        const got = yield* client.get(`/rest/${index}`)
        assert.deepStrictEqual([put.status, got.status, got.text], [201, 200, "sechs"])
        assert.strictEqual(got.node, "::1")
      }
      assert.deepStrictEqual([...store.hosts], [`${fqdn}:${store.port}`])
    })
  )

  it.live("errors name an IPv6 node with its port in the usual form", () =>
    Effect.gen(function* () {
      const { port } = yield* Effect.scoped(storeOnIpv6)
      const client = yield* clientOf(
        { fqdn, port, tls: false, addresses: ["::1"], retry: { ...RetryPolicy.defaults, attempts: 1 } },
        yield* Resolver.makeStatic({})
      )
      const error = yield* Effect.flip(client.get("/rest/0"))
      assert.strictEqual(error.reason._tag, "CannotConnect")
      assert.include(error.message, `[::1]:${port}`)
    })
  )
})
