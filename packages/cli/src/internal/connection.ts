/**
 * From a profile to a namespace that can be used.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { codes } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import * as GlobalFlags from "./globalFlags.ts"
import { Output } from "./output.ts"
import { type HcpPlace, parseHcp } from "./place.ts"
import * as Profile from "./profile.ts"
import { ofThisComputer } from "./words.ts"

/**
 * The configuration that a command uses: of a profile that is named, else of the environment where it has `HCP_FQDN`,
 * else of the profile `default`.
 *
 * A profile that is named is taken as it is: of the environment only `HCP_PASSWORD` counts, and only where the profile
 * has no password. Where there is none at all, the command of the profile is asked, and then the person at the
 * terminal.
 */
export const provider = Effect.fnUntraced(function* (named: string | undefined) {
  const environment = yield* ConfigProvider.ConfigProvider
  const ofEnvironment = (name: string) => Config.option(Config.String(name)).parse(environment)
  const variables = yield* variablesOf(named)
  if (variables === undefined) {
    const file = yield* ofEnvironment("HCP_PASSWORD_FILE")
    if (Option.isSome(file)) yield* checkSecretFile(file.value)
    return environment
  }
  if (variables.HCP_PASSWORD_FILE !== undefined) yield* checkSecretFile(variables.HCP_PASSWORD_FILE)
  if (hasPassword(variables)) return Profile.provider(variables)
  const password = yield* findPassword(variables, yield* ofEnvironment("HCP_PASSWORD"))
  return Profile.provider(
    Option.match(password, {
      onNone: () => variables,
      onSome: (value) => ({ ...variables, HCP_PASSWORD: Redacted.value(value) })
    })
  )
})

/** The variables of the profile that counts; `undefined` where the environment does. */
const variablesOf = Effect.fnUntraced(function* (named: string | undefined) {
  const environment = yield* ConfigProvider.ConfigProvider
  const host = yield* Config.option(Config.String("HCP_FQDN")).parse(environment)
  if (named === undefined && Option.isSome(host)) return undefined
  return yield* Profile.get(named ?? Profile.defaultName).pipe(
    Effect.mapError((error) =>
      named === undefined && error._tag === "Failure" && error.message.startsWith("there is no profile")
        ? new Failure({
            error: "Profile",
            message: "no HCP is named: there is neither HCP_FQDN in the environment nor a profile default",
            hint: "name one with --profile, or add it with `hcp profile add default`",
            code: codes.usage
          })
        : error
    )
  )
})

/** The host of the namespace that a place is in. Asks nobody for a password. */
export const hostOf = Effect.fnUntraced(function* ({ profile }: { readonly profile: string | undefined }) {
  const variables = yield* variablesOf(profile ?? Option.getOrUndefined(yield* GlobalFlags.profile))
  const found = variables === undefined ? yield* ConfigProvider.ConfigProvider : Profile.provider(variables)
  return (yield* Config.String("HCP_FQDN").parse(found)).toLowerCase()
})

const hasPassword = (variables: Profile.Variables): boolean =>
  variables.HCP_AUTH === "anonymous" ||
  ["HCP_PASSWORD", "HCP_PASSWORD_FILE", "HCP_TOKEN"].some((name) => variables[name] !== undefined)

const findPassword = Effect.fnUntraced(function* (variables: Profile.Variables, ofEnvironment: Option.Option<string>) {
  const { HCP_FQDN: host = "the HCP", HCP_PASSWORD_COMMAND: command, HCP_USERNAME: user = "the user" } = variables
  if (command !== undefined) return Option.some(yield* passwordOfCommand(command))
  if (Option.isSome(ofEnvironment)) return Option.map(ofEnvironment, Redacted.make)
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) return Option.none()
  return Option.some(yield* Prompt.run(Prompt.Password({ message: `Password of ${user} at ${host}` })))
})

/**
 * The secret that a command of the shell prints. Fails with a usage failure that names what the command is.
 */
export const passwordOfCommand = Effect.fnUntraced(function* (
  command: string,
  what = "the password command of the profile"
) {
  const spawner = yield* ChildProcessSpawner
  const stdio = yield* Stdio.Stdio
  // What comes through a pipe is for the command itself, as the data of `put`.
  const stdin = (yield* stdio.stdinIsTerminal) ? "inherit" : "ignore"
  const failed = (detail: string) =>
    new Failure({
      error: "Profile",
      message: `${what} ${detail}`,
      hint: "run it in a shell: it must print the password and nothing else",
      code: codes.usage
    })
  const { code, text } = yield* spawner
    .spawn(ChildProcess.make("sh", ["-c", command], { stdin, stderr: "inherit" }))
    .pipe(
      Effect.flatMap((handle) =>
        Effect.all(
          { text: Stream.mkString(Stream.decodeText(handle.stdout)), code: handle.exitCode },
          { concurrency: 2 }
        )
      ),
      Effect.scoped,
      Effect.mapError((error) => failed(`cannot be run: ${error.message}`))
    )
  if (code !== 0) return yield* failed(`ends with ${code}`)
  const [line = ""] = text.split(/\r?\n/)
  return line === "" ? yield* failed("prints nothing") : Redacted.make(line)
})

/**
 * Fails with a usage failure for a file with a secret that others may read.
 */
export const checkSecretFile = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { mode } = yield* Effect.mapError(
    fs.stat(file),
    (error) =>
      new Failure({
        error: "Profile",
        message: `the password is to be in a file, and ${ofThisComputer(error)}`,
        hint: "write it there, for yourself alone, or name another file in HCP_PASSWORD_FILE",
        code: codes.usage
      })
  )
  if ((mode & 0o077) === 0 || path.sep !== "/") return
  return yield* new Failure({
    error: "Profile",
    message: `${file} holds a password, and others may read it`,
    hint: `chmod 600 ${file}`,
    code: codes.usage
  })
})

/**
 * The configuration of a place: that of its profile, or else of the command.
 */
export const providerOf = ({ profile }: { readonly profile: string | undefined }) =>
  Effect.flatMap(GlobalFlags.profile, (given) => provider(profile ?? Option.getOrUndefined(given)))

/**
 * Runs something in the namespace of a place.
 */
export const withNamespace = <A, E, R>(place: HcpPlace, use: (namespace: Shape) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const found = yield* providerOf(place)
    // The SDK is loaded by the commands that use it.
    const { layerConfig, Namespace } = yield* Effect.promise(() => import("@effect-hcp/sdk/Namespace"))
    return yield* Effect.flatMap(Namespace, use).pipe(
      Effect.provide(Layer.provide(layerConfig(), ConfigProvider.layer(found)))
    )
  })

/**
 * Reads a place and runs something in its namespace, with the output of the command. Fails with a usage failure, before
 * anything is sent, for what is no place of HCP.
 */
export const inNamespace = <A, E, R>(
  text: string,
  use: (namespace: Shape, at: HcpPlace, output: Output["Service"]) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const at = yield* Effect.fromResult(parseHcp(text))
    return yield* withNamespace(at, (namespace) => use(namespace, at, output))
  })
