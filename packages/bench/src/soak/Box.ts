/**
 * Starts, steers and ends the process of the simulator.
 */
import { type ChildProcess, fork } from "node:child_process"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Changes from "./Changes.ts"
import type { Plan } from "./Plan.ts"
import { type Command, type Done, Message, type Sight } from "./protocol.ts"

const program = new URL("./boxProcess.ts", import.meta.url)

/** The simulator could not be started, or did not carry a command out. */
export class BoxError extends Data.TaggedError("BoxError")<{ readonly message: string }> {}

/** The two systems, seen from here. */
export interface Box {
  /** `address:port`. */
  readonly nameServer: string
  /** The port of all nodes, without TLS. */
  readonly port: number
  /** Carries out a command; what the simulator looks like afterwards. */
  readonly tell: (command: Command) => Effect.Effect<Sight, BoxError>
  /** What was done to the objects at these paths, at the systems themselves. */
  readonly trace: (paths: Iterable<string>) => Effect.Effect<ReadonlyMap<string, ReadonlyArray<Changes.Made>>, BoxError>
}

type Ready = Extract<Message, { readonly _tag: "Ready" }>

/** Starts two linked systems that end with the scope. */
export const make = Effect.fnUntraced(function* (plan: Plan): Effect.fn.Return<Box, BoxError, Scope.Scope> {
  const ready = yield* Deferred.make<Ready, BoxError>()
  const asked = new Map<number, Deferred.Deferred<Done, BoxError>>()
  let lastId = 0

  const receive = (message: Message): void => {
    if (message._tag === "Ready") {
      Deferred.doneUnsafe(ready, Effect.succeed(message))
      return
    }
    const answer = asked.get(message.id)
    asked.delete(message.id)
    if (answer === undefined) return
    Deferred.doneUnsafe(
      answer,
      message._tag === "Done" ? Effect.succeed(message) : Effect.fail(new BoxError({ message: message.message }))
    )
  }
  const fail = (message: string): void => {
    const error = Effect.fail(new BoxError({ message }))
    Deferred.doneUnsafe(ready, error)
    for (const answer of asked.values()) Deferred.doneUnsafe(answer, error)
    asked.clear()
  }

  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = fork(program, [String(plan.lagMillis), String(plan.hidesDownNodes)])
      child.on("message", (message) => {
        Option.map(Schema.decodeUnknownOption(Message)(message), receive)
      })
      child.once("error", (error) => fail(`the simulator cannot be started: ${error.message}`))
      child.once("exit", (code) => fail(`the simulator ended with exit code ${code}`))
      return child
    }),
    end
  )
  const { nameServer, port } = yield* Deferred.await(ready)
  const ask = Effect.fnUntraced(function* (command: Command): Effect.fn.Return<Done, BoxError> {
    const id = ++lastId
    const answer = yield* Deferred.make<Done, BoxError>()
    asked.set(id, answer)
    if (child.connected) child.send({ id, command })
    else fail("the simulator is gone")
    return yield* Deferred.await(answer)
  })
  return {
    nameServer,
    port,
    tell: (command) => Effect.map(ask(command), ({ sight }) => sight),
    trace: (paths) =>
      Effect.map(ask({ _tag: "Trace", paths: [...new Set(paths)] }), ({ changes }) => Changes.byPath(changes))
  }
})

const end = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.disconnect()
  }).pipe(Effect.timeoutOrElse({ duration: "3 seconds", orElse: () => Effect.sync(() => void child.kill("SIGKILL")) }))
