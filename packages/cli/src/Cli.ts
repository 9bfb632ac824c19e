/**
 * The command `hcp`, as a value: other programs can take it in, and tests run it without a process.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import { management } from "./commands/management.ts"
import { objects } from "./commands/objects.ts"
import { completions } from "./commands/tools/completions.ts"
import { tools } from "./commands/tools.ts"
import { runWords } from "./internal/commandLine.ts"
import * as GlobalFlags from "./internal/globalFlags.ts"
import { root } from "./internal/root.ts"
import { version as packageVersion } from "./internal/version.ts"

/**
 * The version that `--version` prints.
 *
 * @category constants
 * @since 0.1.0
 */
export const version: string = packageVersion

const groups = [objects, management, tools] as const

/** Of what command lines can be completed to. */
const shell = completions(Command.make("hcp").pipe(Command.withSubcommands(groups)))

/**
 * The command with all that is below it.
 *
 * @category commands
 * @since 0.1.0
 */
export const hcp = root.pipe(
  Command.withSubcommands([...groups, { group: "Shell", commands: [shell.completions, shell.completeWord] }]),
  Command.withGlobalFlags(GlobalFlags.all)
)

/**
 * Runs the command with these arguments. It prints what went wrong, then fails with a `Failure` that has the exit code.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (args: ReadonlyArray<string>) => runWords(hcp, args)
