import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Clock, Context, DateTime, Effect, Layer, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Expression from "../../src/query/Expression.ts"
import * as MetadataQuery from "../../src/query/MetadataQuery.ts"
import type { QueryRecord } from "../../src/query/QueryResult.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"

const systems = Simulator.layer({
  systems: ["hcp1.example.com", "hcp2.example.com"].map((domain) => ({
    domain,
    nodes: 2,
    namespaces: ["n1.t1"],
    users: ["n:n01"]
  }))
})

const at = (host: string, strategy: ReplicaStrategy.Strategy) =>
  Effect.map(Simulator.Simulator, ({ ca, nameServer, systems: [first, second] }) =>
    Hcp.layer({
      fqdn: `${host}.${first.domain}`,
      replica: { fqdn: `${host}.${second?.domain}` },
      strategy,
      port: first.ports.https,
      tls: { ca },
      resolver: { nameServers: [nameServer] },
      credentials: { username: "n", password: Redacted.make("n01") }
    })
  )

type Query = MetadataQuery.Shape

/** Asks for three objects that are on both systems, once the first one is down. Nothing was asked before that. */
const whileDown = Effect.fnUntraced(function* <A>(
  strategy: ReplicaStrategy.Strategy,
  ask: (query: Query) => Effect.Effect<A, HcpError>
) {
  const client = Context.get(yield* Layer.build(yield* at("n1.t1", strategy)), HcpClient.HcpClient)
  const ns = Namespace.make(client)
  for (const name of names) yield* ns.put(name, HcpBody.text(name))
  const { faults, systems: running } = yield* Simulator.Simulator
  const live = MetadataQuery.layer().pipe(Layer.provide(yield* at("t1", strategy)))
  const query = Context.get(yield* Layer.build(live), MetadataQuery.MetadataQuery)
  for (const node of running[0].nodes) yield* faults.add({ fault: "refuse", node })
  return yield* ask(query)
})

const names = ["/a", "/b", "/c"]

const pathsOf = (records: ReadonlyArray<QueryRecord>) => records.map(({ path }) => path).sort()

const soon = Effect.map(Clock.currentTimeMillis, (now) => DateTime.makeUnsafe(now + 60_000))

const kinds: Readonly<Record<string, (query: Query) => Effect.Effect<unknown, HcpError>>> = {
  "a search": (query) => Effect.map(Stream.runCollect(query.search(Expression.anything, { pageSize: 2 })), pathsOf),
  "a page of a search": (query) =>
    Effect.map(query.searchPage({ query: Expression.anything }), ({ records }) => pathsOf(records)),
  operations: (query) =>
    Effect.flatMap(soon, (end) => Effect.map(Stream.runCollect(query.operations({ end, pageSize: 2 })), pathsOf)),
  "a page of operations": (query) =>
    Effect.flatMap(soon, (end) => Effect.map(query.operationPage({ end }), ({ records }) => pathsOf(records)))
}

describe("while the primary is down the replica answers", () => {
  for (const [name, ask] of Object.entries(kinds)) {
    it.live(name, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* whileDown(ReplicaStrategy.readOnFailover, ask), names)
      }).pipe(Effect.scoped, Effect.provide(systems))
    )
  }
})

it.live("a replica that is not to be read is not asked", () =>
  Effect.gen(function* () {
    const count = (query: Query) => query.count(Expression.anything)
    const error = yield* Effect.flip(whileDown(ReplicaStrategy.primaryOnly, count))
    assert.isTrue(error._tag === "HcpError" && error.systemDown, String(error))
  }).pipe(Effect.scoped, Effect.provide(systems))
)
