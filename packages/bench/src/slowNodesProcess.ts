/**
 * A simulated system of which each node sends the body of an answer slowly, in a process of its own.
 *
 * Arguments: how many nodes, and how many bytes a second. Tells its name, ports and certificate to the parent process,
 * and ends when that is gone.
 */
import { Simulator } from "@effect-hcp/simulator"
import * as Effect from "effect/Effect"
import type { SlowSystem } from "./suites/ranges.ts"

const [, , nodes = "", bytesPerSecond = ""] = process.argv

const program = Effect.gen(function* () {
  const simulator = yield* Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: Number(nodes) }] })
  yield* simulator.faults.add({ fault: "slow", bytesPerSecond: Number(bytesPerSecond) })
  const [system] = simulator.systems
  process.send?.({
    addresses: system.nodes,
    port: system.ports.http,
    fqdn: `n1.t1.${system.domain}`
  } satisfies SlowSystem)
  return yield* Effect.never
}).pipe(Effect.scoped)

process.on("disconnect", () => process.exit())
Effect.runPromise(program).catch((error) => {
  process.stderr.write(`${error}\n`)
  process.exit(1)
})
