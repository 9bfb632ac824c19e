/**
 * A scanner that goes on while HCP is away: its namespace is that of a spool, which keeps what is stored and brings it
 * to HCP when that is back.
 *
 *     npm run example -- spool
 */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Hcp, Namespace, Retention } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Spool } from "@effect-hcp/spool"
import { Console, Effect, Layer, Redacted, Stream } from "effect"

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "scans-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

/** It knows nothing of a spool. */
const scan = Effect.fnUntraced(function* (page: number) {
  const ns = yield* Namespace.Namespace
  const { outcome } = yield* ns.put(`/scans/${page}.txt`, `page ${page}`, { retention: Retention.days(1) })
  yield* Console.log(`page ${page} is ${outcome}`)
})

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const spool = yield* Spool.Spool
  const { faults, systems } = yield* Simulator.Simulator

  yield* scan(1)

  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* faults.during({ fault: "refuse", system: systems[0].domain })
      yield* Effect.forEach([2, 3, 4], scan)
      const { metadata, text } = yield* ns.get("/scans/3.txt")
      yield* Console.log(`while HCP is away a reader sees "${text}", of ${metadata.size} bytes`)
      // What only HCP can do does not wait without end.
      const { reason } = yield* Effect.flip(ns.copy("/scans/3.txt", "/copy.txt"))
      yield* Console.log(`a copy fails with ${reason._tag}`)
    })
  )

  yield* spool.drain
  const { entries, parked } = yield* spool.stats
  yield* Console.log(`HCP is back: ${entries} are left in the spool, ${parked} of them refused`)
  const listed = yield* Stream.runCollect(ns.list("/scans"))
  yield* Console.log(
    `HCP has ${listed
      .map(({ name }) => name)
      .sort()
      .join(", ")}`
  )
  const refused = yield* Effect.flip(ns.delete("/scans/2.txt", { purge: true }))
  yield* Console.log(`and protects them: ${refused.reason._tag}`)
})

const layer = Layer.unwrap(
  Effect.gen(function* () {
    const directory = yield* temporary
    const { ca, nameServer, systems } = yield* Simulator.Simulator
    const client = Hcp.layer({
      fqdn: `n1.t1.${systems[0].domain}`,
      port: systems[0].ports.https,
      tls: { ca },
      resolver: { nameServers: [nameServer] },
      credentials: { username: "n", password: Redacted.make("n01") }
    })
    return Spool.layerNamespace.pipe(
      // To HCP where it is there, and to the spool where it is not.
      Layer.provideMerge(Spool.layer({ directory: path.join(directory, "spool"), mode: "whenAway" })),
      Layer.provide(Namespace.layer),
      Layer.provide(client)
    )
  })
).pipe(
  Layer.provideMerge(
    Simulator.layer({
      systems: [{ domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1" }], users: ["n:n01"] }]
    })
  )
)

program.pipe(Effect.provide(layer), NodeRuntime.runMain)
