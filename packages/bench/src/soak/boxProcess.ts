/**
 * The other side of a soak: two linked systems and their name server, in a process of their own, so that every
 * socket, timer and fiber of the soak's process is the SDK's. Ends with the parent process.
 */
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Changes from "./Changes.ts"
import { domains, nodesPerSystem } from "./Plan.ts"
import { type Command, type Message, Request, type Sight } from "./protocol.ts"

const tell = (message: Message): Effect.Effect<void> => Effect.sync(() => void process.send?.(message))

const look = (simulator: Simulator.Simulator["Service"], tracker: Changes.Tracker): Effect.Effect<Sight> =>
  Effect.map(simulator.state, ({ nameServer, systems }) => {
    const nodes = systems.flatMap((system) => system.nodes)
    return {
      queries: nameServer.queries,
      requests: nodes.reduce((sum, node) => sum + node.requests, 0),
      connections: nodes.reduce((sum, node) => sum + node.connections, 0),
      lag: tracker.lag()
    }
  })

/** Waits for nothing but what the link has to do. */
const awaitLink = ({ link }: Simulator.Simulator["Service"]): Effect.Effect<void, SimulatorError.SimulatorError> =>
  link === undefined ? Effect.void : Effect.andThen(link.modify({ lag: 0 }), link.settled)

const carryOut = (simulator: Simulator.Simulator["Service"], command: Command) => {
  switch (command._tag) {
    case "Add":
      return simulator.faults.add(command.fault)
    case "Remove":
      return simulator.faults.delete(command.fault)
    case "SetLag":
      return simulator.link?.modify({ lag: command.millis }) ?? Effect.void
    case "Recover":
      return Effect.andThen(simulator.faults.clear, awaitLink(simulator))
    case "Look":
    case "Trace":
      return Effect.void
  }
}

const program = Effect.gen(function* () {
  const simulator = yield* Simulator.make({
    systems: domains.map((domain) => ({ domain, nodes: nodesPerSystem })),
    ttl: "2 seconds",
    lag: Number(process.argv[2] ?? 0),
    hideDownNodes: process.argv[3] === "true"
  })
  const [primary, replica] = simulator.systems
  if (replica === undefined) return yield* Effect.die("the second system is missing")
  const tracker = yield* Changes.track([primary.hcp, replica.hcp])
  const gone = yield* Deferred.make<void>()
  const context = yield* Effect.context<never>()
  const run = Effect.runForkWith(context)
  yield* Effect.sync(() => {
    process.on("disconnect", () => Deferred.doneUnsafe(gone, Effect.void))
    process.on("message", (message) => {
      run(
        Effect.gen(function* () {
          const { command, id } = yield* Schema.decodeUnknownEffect(Request)(message)
          yield* carryOut(simulator, command).pipe(
            Effect.andThen(look(simulator, tracker)),
            Effect.flatMap((sight) =>
              tell({ _tag: "Done", id, sight, changes: command._tag === "Trace" ? tracker.of(command.paths) : [] })
            ),
            Effect.catch(({ message }) => tell({ _tag: "Failed", id, message }))
          )
        })
      )
    })
  })
  yield* tell({ _tag: "Ready", nameServer: simulator.nameServer, port: simulator.systems[0].ports.http })
  yield* Deferred.await(gone)
}).pipe(Effect.scoped)

Effect.runPromise(program).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
