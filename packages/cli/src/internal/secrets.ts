/**
 * Secrets that are named by where they are found, and flags that say where.
 *
 * @internal
 */
import type { SecretReference } from "@effect-hcp/sdk/mapi/StateDocument"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import { usage } from "../Failure.ts"
import { checkSecretFile, passwordOfCommand } from "./connection.ts"

/** The secret behind a reference. Fails with a usage failure where none is found. */
export const secretOf = Effect.fnUntraced(function* ({ command, env, file }: SecretReference) {
  if (env !== undefined) {
    const environment = yield* ConfigProvider.ConfigProvider
    const found = yield* Config.option(Config.String(env)).parse(environment)
    if (Option.isSome(found) && found.value !== "") return Redacted.make(found.value)
    return yield* usage(`the environment has no ${env}, which a password is taken from`, `set ${env}`)
  }
  if (file !== undefined) {
    const fs = yield* FileSystem.FileSystem
    yield* checkSecretFile(file)
    const text = (yield* fs.readFileString(file)).replace(/\r?\n$/, "")
    return text === "" ? yield* usage(`${file} is empty, and a password is taken from it`) : Redacted.make(text)
  }
  return yield* passwordOfCommand(command ?? "", "the command of a secret")
})

/** Where the password of a new user is found. */
export const passwordFlags = {
  passwordEnv: Flag.String("password-env").pipe(
    Flag.withDescription("Variable of the environment with the password of the user"),
    Flag.withMetavar("NAME"),
    Flag.optional
  ),
  passwordFile: Flag.String("password-file").pipe(
    Flag.withDescription("File with the password of the user, for its owner alone"),
    Flag.withMetavar("file"),
    Flag.optional
  ),
  passwordCommand: Flag.String("password-command").pipe(
    Flag.withDescription("Command of the shell that prints the password of the user"),
    Flag.withMetavar("command"),
    Flag.optional
  )
}

interface PasswordFlags {
  readonly passwordEnv: Option.Option<string>
  readonly passwordFile: Option.Option<string>
  readonly passwordCommand: Option.Option<string>
}

/** The reference that the flags say, if they say one. Fails with a usage failure for several. */
export const referenceOf = ({ passwordCommand, passwordEnv, passwordFile }: PasswordFlags) =>
  Effect.suspend(() => {
    const given: ReadonlyArray<SecretReference> = [
      ...Option.match(passwordEnv, { onNone: () => [], onSome: (env) => [{ env }] }),
      ...Option.match(passwordFile, { onNone: () => [], onSome: (file) => [{ file }] }),
      ...Option.match(passwordCommand, { onNone: () => [], onSome: (command) => [{ command }] })
    ]
    const [first, second] = given
    return second === undefined
      ? Effect.succeed(Option.fromUndefinedOr(first))
      : Effect.fail(usage("give one of --password-env, --password-file and --password-command"))
  })

/** The password that the flags say, or the answer of the person at the terminal. */
export const passwordFor = Effect.fnUntraced(function* (user: string, flags: PasswordFlags) {
  const reference = yield* referenceOf(flags)
  if (Option.isSome(reference)) return yield* secretOf(reference.value)
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) {
    return yield* usage(
      `${user} needs a password, and there is no terminal to ask at`,
      "give --password-env, --password-file or --password-command"
    )
  }
  return yield* Prompt.run(Prompt.Password({ message: `New password of ${user}` }))
})
