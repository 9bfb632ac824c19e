import * as Net from "node:net"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Context, Effect, FileSystem, Layer } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { resolve } from "./utils/dns.ts"
import { type Ask, ask } from "./utils/wire.ts"

const host = "n1.t1.hcp1.example.com"
const token = "HCP bg==:1dc7fed37e11b35093d311ef66928ad9"
const two = { systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] }

const rest = (
  { ports }: Simulator.RunningSystem,
  address: string,
  method: string,
  path: string,
  more: Partial<Ask> = {}
) =>
  ask({
    address,
    port: ports.http,
    method,
    path: `/rest${path}`,
    ...more,
    headers: { Host: host, Authorization: token, ...more.headers }
  })

describe("Simulator", () => {
  it.live("is an HCP of four nodes that a resolver finds and that share their objects", () =>
    Effect.gen(function* () {
      const { systems, nameServer } = yield* Simulator.Simulator
      const [system] = systems
      assert.strictEqual(system.nodes.length, 4)
      for (const name of [host, "t1.hcp1.example.com", "admin.hcp1.example.com", "hcp1.example.com"]) {
        assert.sameMembers([...(yield* resolve(nameServer, name))], [...system.nodes])
      }
      assert.strictEqual(yield* Effect.flip(resolve(nameServer, "n2.t1.hcp1.example.com")), "ENOTFOUND")
      const [one, , , four] = yield* resolve(nameServer, host)
      assert.strictEqual(
        (yield* rest(system, one ?? "", "PUT", "/a b", { path: "/rest/a%20b", body: "x" })).status,
        201
      )
      const found = yield* rest(system, four ?? "", "GET", "", { path: "/rest/a%20b" })
      assert.strictEqual(found.body, "x")
      assert.strictEqual(found.headers["x-hcp-servicedbysystem"], "hcp1.example.com")
    }).pipe(Effect.provide(Simulator.layer()))
  )

  it.live("has certificates that hold for names and for addresses", () =>
    Effect.gen(function* () {
      const { systems, ca } = yield* Simulator.Simulator
      const [{ nodes, ports }] = systems
      const get = (tls: NonNullable<Ask["tls"]>) =>
        ask({
          address: nodes[0],
          port: ports.https,
          path: "/rest/",
          headers: { Host: host, Authorization: token },
          tls
        })
      assert.strictEqual((yield* get({ ca, name: host })).status, 200)
      // A client that dials an address without a server name checks the address.
      assert.strictEqual((yield* get({ ca })).status, 200)
    }).pipe(Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })))
  )

  it.live("can have the wildcard certificate of a new HCP, which does not hold for a namespace", () =>
    Effect.gen(function* () {
      const { systems, ca } = yield* Simulator.Simulator
      const [{ nodes, ports }] = systems
      const code = yield* Effect.flip(ask({ address: nodes[0], port: ports.https, tls: { ca, name: host } }))
      assert.strictEqual(code, "ERR_TLS_CERT_ALTNAME_INVALID")
    }).pipe(
      Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 1, certificate: "wildcard" }] }))
    )
  )

  it.live("runs side by side with others and leaves nothing open", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.gen(function* () {
        const all = yield* Effect.replicateEffect(Simulator.make(two), 3, { concurrency: "unbounded" })
        const nodes = all.flatMap(({ systems }) =>
          systems.flatMap(({ nodes, ports }) => nodes.map((address) => ({ address, port: ports.http })))
        )
        const statuses = yield* Effect.forEach(nodes, (node) => ask({ ...node, headers: { Host: host } }))
        assert.isTrue(statuses.every(({ status }) => status >= 200))
        assert.strictEqual(new Set(nodes.map(({ address, port }) => `${address}:${port}`)).size, 24)
        // Equal ports on all nodes of a simulator: a name that moves keeps its port.
        assert.strictEqual(new Set(nodes.map(({ port }) => port)).size, 3)
        return nodes
      }).pipe(Effect.scoped)
      for (const node of gone) assert.strictEqual(yield* Effect.flip(ask(node)), "ECONNREFUSED")
    })
  )

  it.live("takes nodes down and up again on the same ports, and may hide them from the name server", () =>
    Effect.gen(function* () {
      const { systems, faults, nameServer } = yield* Simulator.Simulator
      const [system] = systems
      const [first, second = ""] = system.nodes
      const idle = yield* Effect.acquireRelease(
        Effect.callback<Net.Socket>((resume) => {
          const socket = Net.connect(system.ports.http, first, () => resume(Effect.succeed(socket)))
          socket.on("error", () => {})
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const closed = Effect.callback<void>((resume) => {
        if (idle.closed) resume(Effect.void)
        else idle.once("close", () => resume(Effect.void))
      })
      yield* faults.add({ fault: "refuse", node: first })
      yield* closed
      assert.strictEqual(yield* Effect.flip(rest(system, first, "GET", "/")), "ECONNREFUSED")
      assert.strictEqual((yield* rest(system, second, "GET", "/")).status, 200)
      assert.deepStrictEqual(yield* resolve(nameServer, host), [second])
      yield* faults.clear
      assert.strictEqual((yield* rest(system, first, "GET", "/")).status, 200)
      assert.strictEqual((yield* resolve(nameServer, host)).length, 2)
    }).pipe(
      Effect.scoped,
      Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2 }], hideDownNodes: true }))
    )
  )

  it.live("replicates, fails over by name, and back", () =>
    Effect.gen(function* () {
      const { systems, link, failOver, failBack, nameServer, faults, ca } = yield* Simulator.Simulator
      const [first, second] = systems
      if (second === undefined || link === undefined) return assert.fail("two systems are linked")
      yield* rest(first, first.nodes[0], "PUT", "/a", { body: "copied" })
      yield* link.settled
      yield* failOver("hcp1.example.com")
      const nodes = yield* resolve(nameServer, host)
      assert.sameMembers([...nodes], [...second.nodes])
      const copy = yield* rest(second, nodes[0] ?? "", "GET", "/a")
      assert.strictEqual(copy.body, "copied")
      assert.strictEqual(copy.headers["x-hcp-servicedbysystem"], "hcp2.example.com")
      const tls = { ca, name: host }
      assert.isNumber((yield* ask({ address: nodes[0] ?? "", port: second.ports.https, tls })).status)
      const again = yield* Effect.flip(
        Effect.andThen(faults.add({ fault: "refuse", system: first.domain }), failOver(first.domain))
      )
      assert.strictEqual(again.message, "No other system is up that could take over the names of hcp1.example.com.")
      yield* failBack("hcp1.example.com")
      assert.sameMembers([...(yield* resolve(nameServer, host))], [...first.nodes])
      const unknown = yield* Effect.flip(failOver("hcp3.example.com"))
      assert.strictEqual(unknown.message, "No system hcp3.example.com; there is hcp1.example.com, hcp2.example.com.")
    }).pipe(Effect.provide(Simulator.layer(two)))
  )

  it.live("keeps its objects in a folder over a restart", () =>
    Effect.gen(function* () {
      const data = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
      const write = Effect.gen(function* () {
        const { systems, link } = yield* Simulator.make({ ...two, data })
        yield* rest(systems[0], systems[0].nodes[0], "PUT", "/kept", { body: "kept" })
        if (link !== undefined) yield* link.settled
      })
      const read = Effect.gen(function* () {
        const { systems } = yield* Simulator.make({ ...two, data })
        return yield* Effect.forEach(systems, (system) =>
          rest(system, system.nodes[0], "GET", "/kept", { headers: { Host: `n1.t1.${system.domain}` } })
        )
      })
      yield* Effect.scoped(write)
      assert.deepStrictEqual(
        (yield* Effect.scoped(read)).map(({ body }) => body),
        ["kept", "kept"]
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("counts requests and tells its state as JSON", () =>
    Effect.gen(function* () {
      const { systems, requests, state, queries, nameServer } = yield* Simulator.Simulator
      const [system] = systems
      yield* rest(system, system.nodes[0], "GET", "/")
      yield* rest(system, system.nodes[0], "GET", "/")
      yield* resolve(nameServer, host)
      assert.deepStrictEqual(Object.values(yield* requests), [2, 0])
      const told = JSON.parse(JSON.stringify(yield* state))
      assert.strictEqual(told.systems[0].nodes[0].requests, 2)
      assert.strictEqual(told.systems[0].servedBy, "hcp1.example.com")
      assert.isUndefined(told.link)
      assert.deepStrictEqual(yield* queries, [
        { name: host, type: "A", transport: "udp", code: "noError", addresses: [...system.nodes] }
      ])
    }).pipe(Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 2 }] })))
  )

  it.live("starts from the configuration, by the names of a site too", () =>
    Effect.gen(function* () {
      const started = (layer: ReturnType<typeof Simulator.layerConfig>, env: Record<string, string>) =>
        Effect.scoped(
          Effect.map(Layer.build(layer), (context) => {
            const [{ domain, nodes }] = Context.get(context, Simulator.Simulator).systems
            return [domain, nodes.length]
          })
        ).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
      const variables = { HCP_SIMULATOR_DOMAINS: "box.example.com", HCP_SIMULATOR_NODES: "1", SITE_LAG: "1 second" }
      assert.deepStrictEqual(yield* started(Simulator.layerConfig(), variables), ["box.example.com", 1])
      const site = Simulator.layerConfig({ lag: Config.Duration("SITE_LAG"), ports: { http: Config.succeed(0) } })
      assert.deepStrictEqual(yield* started(site, variables), ["hcp1.example.com", 4])
    })
  )

  it.live("says in one line what cannot be", () =>
    Effect.gen(function* () {
      const failure = (options: Simulator.SimulatorOptions) =>
        Effect.map(
          Effect.flip(Effect.scoped(Simulator.make(options))),
          ({ reason, message }) => `${reason}: ${message}`
        )
      const taken = yield* Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] })
      const [{ nodes, ports }] = taken.systems
      assert.match(
        yield* failure({
          systems: [{ domain: "hcp1.example.com", firstAddress: nodes[0] }],
          ports: { https: ports.https }
        }),
        new RegExp(`^network: Cannot listen on ${nodes[0]}:${ports.https}: the port is taken`)
      )
      assert.strictEqual(
        yield* failure({ ports: { http: 18_443, https: 18_443, mapi: 18_443 } }),
        "specification: Port 18443 is given for http and https and mapi; give each listener a port of its own."
      )
      assert.match(yield* failure({ systems: [] }), /^specification: A simulator needs at least one system/)
      const at = (firstAddress: string, nodes = 4) =>
        failure({ systems: [{ domain: "hcp1.example.com", firstAddress, nodes }] })
      assert.match(yield* at("localhost"), /^specification: .*"localhost" is not an IPv4 address/)
      assert.match(yield* at("127.0.11.252"), /^specification: .*do not fit/)
      assert.match(yield* at("127.0.11.1", 0), /^specification: .*1 to 254 nodes, not 0/)
      assert.match(yield* at("203.0.113.1"), /^network: Cannot listen on 203\.0\.113\.1:0: this machine does not have/)
      assert.match(
        yield* failure({
          systems: [
            { domain: "hcp1.example.com", firstAddress: "127.0.11.1" },
            { domain: "hcp2.example.com", firstAddress: "127.0.11.4" }
          ]
        }),
        /^specification: hcp2.*127\.0\.11\.4 already belongs to hcp1/
      )
    }).pipe(Effect.scoped)
  )
})
