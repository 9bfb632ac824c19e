/**
 * Runs a command with the words of a command line, and says what is wrong with one.
 *
 * @internal
 */
import { type Kinds, nearest } from "@effect-hcp/sdk/OptionCheck"
import * as Console from "effect/Console"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { codes } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { version } from "./version.ts"

/** The flags of every command. Effect looks for what was meant among those of the command alone. */
const everywhere: Kinds = {
  profile: "text",
  output: "text",
  quiet: "flag",
  help: "flag",
  version: "flag",
  "log-level": "text"
}

const suggested = (error: CliError.CliError): CliError.CliError => {
  if (error._tag !== "UnrecognizedOption" || error.suggestions.length > 0 || !error.option.startsWith("--"))
    return error
  const near = nearest(error.option.slice(2), everywhere)
  if (near === undefined) return error
  const { command, option } = error
  return new CliError.UnrecognizedOption({ option, command, suggestions: [`--${near}`] })
}

/** Whether errors are to be JSON, of a command line that may be wrong in any way. */
const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const at = args.map((word) => /^(?:-o|--output)(?:=|$)/.test(word)).lastIndexOf(true)
  const [, value = args[at + 1]] = args[at]?.split("=", 2) ?? []
  return at >= 0 && (value === "json" || value === "ndjson")
}

/** Says what is wrong with a command line, and where its help is. */
const reportMisuse = Effect.fnUntraced(function* (
  isJson: boolean,
  commandPath: ReadonlyArray<string>,
  errors: ReadonlyArray<CliError.CliError>
) {
  const hint = `\`${commandPath.join(" ")} --help\` shows how it is used`
  if (isJson) {
    const message = errors.map((error) => error.message).join("; ")
    return yield* Console.error(JSON.stringify({ error: "Usage", message, hint }))
  }
  const formatter = yield* CliOutput.Formatter
  yield* Console.error(formatter.formatErrors(errors).trim())
  yield* Console.error(`${hint}.`)
})

/**
 * Data goes to standard output, and what is wrong with a command line to standard error: also the help of whoever has
 * not said which command.
 */
const presenterOf = (isJson: boolean): CliOutput.Presenter => ({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? reportMisuse(isJson, event.commandPath, event.errors.map(suggested))
      : event._tag === "Help" && event.reason === "Implicit"
        ? Effect.flatMap(CliOutput.Formatter, (formatter) => Console.error(formatter.formatHelpDoc(event.helpDoc)))
        : CliOutput.defaultPresenter.present(event)
})

/** Begins as a negative number does, and is none. */
const isAlmostNumber = (word: string): boolean => /^-\d/.test(word) && Number.isNaN(Number(word))

/**
 * The command line with `--expires=-1h` in place of `--expires -1h`: the second word would be taken for the short flags
 * `-1` and `-h`, and the help be printed. No flag here is a digit.
 */
const withValues = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const words: Array<string> = []
  for (const word of args) {
    const flag = words.at(-1) ?? ""
    if (isAlmostNumber(word) && /^--?[a-z][^=]*$/i.test(flag)) words[words.length - 1] = `${flag}=${word}`
    else words.push(word)
  }
  return words
}

/** Prints what went wrong, then fails. */
export const runWords = <Name extends string, Input, ContextInput, E, R>(
  command: Command.Command<Name, Input, ContextInput, E, R>,
  args: ReadonlyArray<string>
) =>
  Effect.suspend(() => {
    const end = args.includes("--") ? args.indexOf("--") : args.length
    const words = withValues(args.slice(0, end))
    const isJson = wantsJson(words)
    const stray = words.find(isAlmostNumber)
    if (stray !== undefined) {
      const error = new CliError.UnrecognizedOption({ option: stray, suggestions: [] })
      return Effect.andThen(reportMisuse(isJson, ["hcp"], [error]), Effect.fail(error))
    }
    return Effect.provideService(
      Command.runWith(command, { version })([...words, ...args.slice(end)]),
      CliOutput.Presenter,
      presenterOf(isJson)
    )
  }).pipe(
    Effect.mapError((error) =>
      error instanceof Failure
        ? error
        : new Failure({
            error: "Usage",
            message: Predicate.hasProperty(error, "message") ? String(error.message) : "the command line is wrong",
            code: codes.usage
          })
    )
  )
