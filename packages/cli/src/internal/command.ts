/**
 * Makes a command of `hcp`: its output is there, and whatever it fails with is told and has an exit code.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Terminal from "effect/Terminal"
import { type Failure, fromError } from "../Failure.ts"
import * as GlobalFlags from "./globalFlags.ts"
import * as Output from "./output.ts"

/** Command lines that are shown in the help, each with what it does. */
export type Examples = ReadonlyArray<readonly [command: string, description: string]>

export const command = <const Name extends string, const Config extends Command.Command.Config, E, R>(
  name: Name,
  description: string,
  examples: Examples,
  config: Config,
  handler: (input: Command.Command.Config.Infer<Config>) => Effect.Effect<void, E, R>
) =>
  Command.make(name, config, (input) =>
    Effect.gen(function* () {
      const output = yield* Output.make({ format: yield* GlobalFlags.output, quiet: yield* GlobalFlags.quiet })
      const handled: Effect.Effect<void, Failure, Exclude<R, Output.Output>> = handler(input).pipe(
        Effect.provideService(Output.Output, output),
        // Whoever leaves a question has ended the command.
        Effect.catchIf(Terminal.isQuitError, () => Effect.interrupt),
        Effect.mapError(fromError),
        Effect.tapError(output.failure)
      )
      return yield* endsInTime(handled, output)
    })
  ).pipe(Command.withDescription(description), Command.withExamples(asShown(examples)))

/** Examples as Effect takes them. */
export const asShown = (examples: Examples): ReadonlyArray<Command.Command.Example> =>
  examples.map(([command, description]) => ({ command, description }))

/** For what has to be cleaned up. Whoever presses Ctrl-C waits no longer than a second. */
const grace = Duration.millis(500)

/**
 * An interruption says at once what is left and how to go on, and ends within a second: a node that does not answer is
 * not waited for. What could not be cleaned up until then is told.
 */
const endsInTime = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  output: Output.Output["Service"]
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.forkDetach(effect), (fiber) =>
    Effect.onInterrupt(Fiber.join(fiber), () =>
      Effect.andThen(
        output.interrupted("now"),
        Fiber.interrupt(fiber).pipe(Effect.timeoutOrElse({ duration: grace, orElse: () => output.interrupted("late") }))
      )
    )
  )
