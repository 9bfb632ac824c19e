/**
 * The command `hcp`, as a value: other programs can take it in, and tests run it without a process.
 *
 * @since 0.1.0
 */

import { type Kinds, nearest } from "@effect-hcp/sdk/OptionCheck"
import * as Console from "effect/Console"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { chargeback } from "./commands/management/chargeback.ts"
import { apply, exporting, plan } from "./commands/management/desired.ts"
import { group } from "./commands/management/groups.ts"
import { link } from "./commands/management/links.ts"
import { namespace } from "./commands/management/namespaces.ts"
import { health, logs } from "./commands/management/packages.ts"
import { permission } from "./commands/management/permissions.ts"
import { mapi } from "./commands/management/raw.ts"
import { retentionClass } from "./commands/management/retentionClasses.ts"
import { license, stats } from "./commands/management/system.ts"
import { tenant } from "./commands/management/tenants.ts"
import { user } from "./commands/management/users.ts"
import { acl } from "./commands/objects/acl.ts"
import { annotation } from "./commands/objects/annotations.ts"
import { cp } from "./commands/objects/copying.ts"
import { rm } from "./commands/objects/deleting.ts"
import { find } from "./commands/objects/finding.ts"
import { du, ls, tree } from "./commands/objects/listing.ts"
import { mv } from "./commands/objects/moving.ts"
import { presign } from "./commands/objects/presigning.ts"
import { hold, retention } from "./commands/objects/protecting.ts"
import { cat, stat, versions } from "./commands/objects/reading.ts"
import { restore } from "./commands/objects/restoring.ts"
import { mkdir, put } from "./commands/objects/storing.ts"
import { sync } from "./commands/objects/syncing.ts"
import { verify } from "./commands/objects/verifying.ts"
import { bench } from "./commands/tools/bench.ts"
import { completions } from "./commands/tools/completions.ts"
import { webConsole } from "./commands/tools/console.ts"
import { credentials } from "./commands/tools/credentials.ts"
import { doctor } from "./commands/tools/doctor.ts"
import { job, worker } from "./commands/tools/job.ts"
import { mcp } from "./commands/tools/mcp.ts"
import { profile } from "./commands/tools/profiles.ts"
import { simulator } from "./commands/tools/simulator.ts"
import { spool } from "./commands/tools/spool.ts"
import { codes } from "./ExitCode.ts"
import { Failure } from "./Failure.ts"
import { asShown } from "./internal/command.ts"
import * as GlobalFlags from "./internal/globalFlags.ts"
import { version as packageVersion } from "./internal/version.ts"

/**
 * The version that `--version` prints.
 *
 * @category constants
 * @since 0.1.0
 */
export const version: string = packageVersion

const groups = [
  {
    group: "Objects",
    commands: [
      ls,
      tree,
      du,
      find,
      stat,
      cat,
      put,
      cp,
      mv,
      sync,
      verify,
      rm,
      mkdir,
      versions,
      restore,
      retention,
      hold,
      annotation,
      acl,
      presign
    ]
  },
  {
    group: "Management",
    commands: [
      tenant,
      namespace,
      user,
      group,
      permission,
      retentionClass,
      link,
      chargeback,
      logs,
      health,
      license,
      stats,
      mapi,
      plan,
      apply,
      exporting
    ]
  },
  { group: "Tools", commands: [doctor, bench, profile, credentials, simulator, webConsole, mcp, spool, job, worker] }
] as const

/** Of what command lines can be completed to. */
const shell = completions(Command.make("hcp").pipe(Command.withSubcommands(groups)))

/**
 * The command with all that is below it.
 *
 * @category commands
 * @since 0.1.0
 */
export const hcp = Command.make("hcp").pipe(
  Command.withDescription("Hitachi Content Platform from the command line"),
  Command.withExamples(
    asShown([
      ["hcp profile add default --fqdn n1.t1.hcp1.example.com --username n", "Says where HCP is, and who you are"],
      ["hcp doctor", "Looks whether everything between here and there works"],
      ["hcp cp -r scans /scans", "Stores a folder"],
      ["hcp ls -l /scans", "What is there"]
    ])
  ),
  Command.withSubcommands([...groups, { group: "Shell", commands: [shell.completions, shell.completeWord] }]),
  Command.withGlobalFlags(GlobalFlags.all)
)

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
const tellWrong = Effect.fnUntraced(function* (
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

/** Data goes to standard output, and what is wrong with a command line to standard error. */
const presenterOf = (isJson: boolean): CliOutput.Presenter => ({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? tellWrong(isJson, event.commandPath, event.errors.map(suggested))
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

/**
 * Runs the command with these arguments. Everything is told before it fails, with a {@link Failure} that has the exit
 * code.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (args: ReadonlyArray<string>) =>
  Effect.suspend(() => {
    const end = args.includes("--") ? args.indexOf("--") : args.length
    const words = withValues(args.slice(0, end))
    const isJson = wantsJson(words)
    const stray = words.find(isAlmostNumber)
    if (stray !== undefined) {
      const error = new CliError.UnrecognizedOption({ option: stray, suggestions: [] })
      return Effect.andThen(tellWrong(isJson, ["hcp"], [error]), Effect.fail(error))
    }
    return Effect.provideService(
      Command.runWith(hcp, { version })([...words, ...args.slice(end)]),
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
