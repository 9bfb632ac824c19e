/**
 * A web console for the HCP simulator and for a Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as Console from "./Console.ts"
export * as ConsoleError from "./ConsoleError.ts"
export * as ConsoleFacts from "./ConsoleFacts.ts"
export * as ConsoleOptions from "./ConsoleOptions.ts"
export * as ConsoleProgram from "./ConsoleProgram.ts"
