/**
 * Makes a command of `hcp`: its output is there, and whatever it fails with is told and has an exit code.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
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
      return yield* handled
    })
  ).pipe(
    Command.withDescription(description),
    Command.withExamples(examples.map(([command, description]) => ({ command, description })))
  )
