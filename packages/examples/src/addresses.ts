/**
 * HCP at a site whose DNS does not know it: the addresses of the nodes are given. The name is still that of the
 * certificate and of the namespace, requests are spread over all addresses, and one that is down is left out.
 *
 *     npm run example -- addresses
 *     HCP_FQDN=... HCP_ADDRESSES=10.1.2.1,10.1.2.2 HCP_USERNAME=... HCP_PASSWORD=... npm run example -- addresses
 *
 * The second line uses a real system; the objects are stored below /effect-hcp/addresses, where they stay.
 */
import { NodeServices } from "@effect/platform-node"
import { HcpBody, Namespace, Target } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Config, ConfigProvider, Console, Effect, FileSystem, Layer, Option } from "effect"
import { main } from "./program/main.ts"

const count = 40

/** It says nothing of addresses: the variables do. In a program, they are the option `addresses` of `Hcp.layer`. */
const Hcp = Namespace.layerConfig()

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const target = yield* Target.Target
  const addresses = yield* target.addresses
  yield* Console.log(`${target.fqdn} is at ${addresses.length} addresses`)
  const stored = yield* Effect.forEach(
    Array.from({ length: count }, (_, index) => `/effect-hcp/addresses/${index}.txt`),
    (path) => ns.put(path, HcpBody.text(path), { ifExists: "skip" }),
    { concurrency: 8 }
  )
  yield* Console.log(`stored ${stored.length} objects`)
})

/** Four nodes in a box that no name server knows, and the variables that lead there. */
const simulated = Effect.gen(function* () {
  const { ca, faults, queries, requests, systems } = yield* Simulator.Simulator
  const [{ domain, nodes, ports }] = systems
  const fs = yield* FileSystem.FileSystem
  const caFile = yield* fs.makeTempFileScoped({ suffix: ".pem" })
  yield* fs.writeFileString(caFile, ca)
  const env = {
    HCP_FQDN: `n1.t1.${domain}`,
    HCP_ADDRESSES: nodes.join(","),
    HCP_PORT: String(ports.https),
    HCP_CA_FILE: caFile,
    HCP_USERNAME: "n",
    HCP_PASSWORD: "n01"
  }
  yield* faults.add({ fault: "refuse", node: nodes[0] })
  yield* Console.log(`${nodes[0]} is down`)
  yield* program.pipe(Effect.provide(Hcp), Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

  const counts = yield* requests
  for (const node of nodes) yield* Console.log(`  ${node}: ${counts[node]} requests`)
  yield* Console.log(`the name server was asked ${(yield* queries).length} times`)
}).pipe(
  Effect.scoped,
  Effect.provide(Layer.merge(Simulator.layer({ systems: [{ domain: "hcp1.example.com" }] }), NodeServices.layer))
)

main(
  "addresses",
  Effect.gen(function* () {
    const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
    yield* Option.isSome(fqdn) ? Effect.provide(program, Hcp) : simulated
  })
)
