/**
 * The command `hcp` for programs: the command itself, and how it fails.
 *
 * @since 0.1.0
 */
export * as Cli from "./Cli.ts"
export * as ExitCode from "./ExitCode.ts"
export * as Failure from "./Failure.ts"
