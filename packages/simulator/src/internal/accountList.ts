/**
 * Where the command gets users and administrators from: flags, a file, the environment.
 *
 * @internal
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SimulatorError } from "../SimulatorError.ts"
import { oneLine } from "./oneLine.ts"

/** What was said on one kind of account. */
interface Sources {
  /** Each `name:password`, of flags; everybody on the machine can read them. */
  readonly flags: ReadonlyArray<string>
  /** A file with one on each line. */
  readonly file: Option.Option<string>
  /** A variable with one on each line, which counts where nothing else is said. */
  readonly variable: string
  /** What there is if nothing is said. */
  readonly fallback: string
}

/** Accounts, each `name:password`. */
export interface AccountList {
  readonly accounts: ReadonlyArray<string>
  /** Whether the passwords were said where others cannot read them, and must not be shown. */
  readonly isSecret: boolean
}

/** What stands on each line, without blanks around it, empty lines and comments. */
export const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))

const readFile = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fs.readFileString(file),
    (cause) =>
      new SimulatorError({
        reason: "specification",
        message:
          `Cannot read the accounts in ${file}: ${oneLine(cause.message)}; ` +
          "it must have lines of the form name:password",
        cause
      })
  )
  return linesOf(text)
})

/**
 * The accounts: those of flags and file together, else those of the variable, else the fallback. Fails with reason
 * `specification`.
 *
 * @internal
 */
export const read = Effect.fnUntraced(function* ({
  fallback,
  file,
  flags,
  variable
}: Sources): Effect.fn.Return<AccountList, SimulatorError, FileSystem.FileSystem> {
  const inFile = Option.isSome(file) ? yield* readFile(file.value) : []
  if (flags.length > 0 || Option.isSome(file)) {
    return { accounts: [...flags, ...inFile], isSecret: Option.isSome(file) }
  }
  const given = yield* Effect.orElseSucceed(Config.option(Config.Redacted(variable)), () => Option.none())
  const lines = Option.match(given, { onNone: () => [], onSome: (text) => linesOf(Redacted.value(text)) })
  return lines.length > 0 ? { accounts: lines, isSecret: true } : { accounts: [fallback], isSecret: false }
})
