/**
 * A simulated system for whose lists clients ask, in a process of its own. Tells its addresses, ports and certificate
 * to the parent process, and ends when that is gone.
 */
import { Simulator } from "@effect-hcp/simulator"
import * as Effect from "effect/Effect"
import type { ListedSystem } from "./suites/gateways.ts"

const program = Effect.gen(function* () {
  const { ca, systems } = yield* Simulator.make({
    systems: [
      {
        domain: "hcp1.example.com",
        namespaces: [{ name: "n1", tenant: "t1", s3: true, swift: true }],
        users: ["n:n01"]
      }
    ]
  })
  const [{ domain, nodes, ports }] = systems
  process.send?.({ domain, addresses: nodes, ports, ca } satisfies ListedSystem)
  return yield* Effect.never
}).pipe(Effect.scoped)

process.on("disconnect", () => process.exit())
Effect.runPromise(program).catch((error) => {
  process.stderr.write(`${error}\n`)
  process.exit(1)
})
