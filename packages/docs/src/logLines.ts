/**
 * Lines of the log, and messages, that guides explain: as they are when a program in the simulator writes them.
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { HcpClient, type HcpError, Namespace, RetryPolicy } from "../../sdk/src/index.ts"
import { type Faults, Simulation, Simulator } from "../../simulator/src/index.ts"

const fault = (one: Faults.Fault) => Simulation.Simulation.use(({ faults }) => faults.add(one))

const systems = [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] as const

/** The lines that an effect logs, at a level and above. */
const linesOf = <A, E, R>(effect: Effect.Effect<A, E, R>, level: "Debug" | "Warn") =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const collecting = Logger.layer([
      Logger.map(Logger.formatLogFmt, (line) => {
        lines.push(line.replace(/ fiber=\S+/, ""))
      })
    ])
    yield* effect.pipe(Effect.provideService(References.MinimumLogLevel, level), Effect.provide(collecting))
    return lines.join("\n")
  })

const stored = Namespace.Namespace.use((ns) => ns.put("/a.txt", "This is an example"))

/** One call whose first node is down. */
const retriedLog = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  yield* stored
  // A node that takes the request and does not answer costs an attempt, which one that is down does not.
  yield* fault({ fault: "reset", times: 1 })
  return yield* linesOf(client.get("/rest/a.txt"), "Debug")
}).pipe(Effect.provide(Simulator.layerClient()))

/** The error of a call that no attempt helped. */
const retriedError = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  yield* stored
  yield* fault({ fault: "status", status: 500 })
  const error: HcpError.HcpError = yield* Effect.flip(ns.get("/a.txt"))
  return error.message
}).pipe(Effect.provide(Simulator.layerClient({}, { retry: RetryPolicy.make({ attempts: 3 }) })))

/** A read while the primary is down. */
const failoverLog = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  yield* stored
  // The link carries it.
  yield* Effect.sleep("200 millis")
  yield* fault({ fault: "refuse", system: systems[0].domain })
  return yield* linesOf(ns.get("/a.txt"), "Warn")
}).pipe(Effect.provide(Simulator.layerClient({ systems, lag: "1 millis" })))

const lines = { retriedLog, retriedError, failoverLog }

/** All of them as blocks, by their names. */
export const play = (): Promise<Readonly<Record<string, string>>> =>
  Effect.runPromise(
    Effect.map(Effect.all(lines), (all) =>
      Object.fromEntries(Object.entries(all).map(([name, text]) => [name, `\`\`\`text\n${text}\n\`\`\``]))
    )
  )
