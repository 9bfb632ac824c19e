/**
 * `completions`: the script for a shell, and the sub-command that it asks.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { command } from "../../internal/command.ts"
import { complete, withGlobalFlags } from "../../internal/completing.ts"
import { script } from "../../internal/completionScripts.ts"
import { Output } from "../../internal/output.ts"

/** The commands for completions of a command. */
export const completions = (root: Command.Command.Any) => {
  const descriptor = () => withGlobalFlags(Completions.fromCommand(root))
  return {
    completions: command(
      "completions",
      "Print what completes command lines in a shell, with profiles and places on an HCP",
      [
        ["hcp completions bash >> ~/.bashrc", "For bash"],
        ["hcp completions zsh > ~/.zfunc/_hcp", "For zsh, in a folder of its fpath"],
        ["hcp completions fish > ~/.config/fish/completions/hcp.fish", "For fish"]
      ],
      {
        shell: Argument.Literals("shell", ["bash", "zsh", "fish", "powershell"]).pipe(
          Argument.withDescription("bash, zsh, fish or powershell, which completes no places")
        )
      },
      ({ shell }) =>
        Effect.gen(function* () {
          const output = yield* Output
          yield* output.raw(Stream.succeed(`${script(shell, descriptor())}\n`))
        })
    ),
    completeWord: Command.make(
      "complete-word",
      { index: Argument.Int("index"), words: Argument.String("word").pipe(Argument.variadic()) },
      ({ index, words }) => complete(descriptor(), words, index)
    ).pipe(
      Command.withDescription("What a word of a command line can be, one on each line; asked by the scripts of shells"),
      Command.unlisted
    )
  }
}
