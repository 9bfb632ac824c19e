/**
 * Profiles: which HCP a command talks to, and as whom.
 *
 * A profile is a file of variables, `profiles/NAME.env` in the configuration folder of `hcp` (on Linux
 * `~/.config/hcp`). It holds the variables of the SDK, such as `HCP_FQDN` and `HCP_USERNAME`, and may hold
 * `HCP_PASSWORD_COMMAND`, a command of the shell that prints the password. A file with a password must be readable by
 * its owner alone.
 *
 * Without `--profile` and without a profile in the place, the environment is taken where it has `HCP_FQDN`, and the
 * profile `default` otherwise.
 *
 * @internal
 */
import type { LocalError } from "@effect-hcp/sdk/LocalError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { codes } from "../ExitCode.ts"
import { Failure, usage } from "../Failure.ts"
import * as DotEnv from "./dotEnv.ts"
import { makeOwnFolder } from "./ownFolder.ts"
import { isProfileName } from "./profileName.ts"

/**
 * The variables of a profile, by their whole names.
 */
export type Variables = Readonly<Record<string, string>>

/**
 * The profile that is taken where none is named.
 */
export const defaultName = "default"

/**
 * The variable with the URL of the database of jobs.
 */
export const databaseVariable = "HCP_JOBS_DATABASE"

/**
 * The variables that hold a secret.
 */
export const secrets: ReadonlyArray<string> = ["HCP_PASSWORD", "HCP_TOKEN", "HCP_PROXY", databaseVariable]

type Services = FileSystem.FileSystem | Path.Path | UserDirectories.UserDirectories

const problem = (message: string, hint?: string): Failure =>
  new Failure({ error: "Profile", message, hint, code: codes.usage })

const folder: Effect.Effect<string, PlatformError, Services> = Effect.gen(function* () {
  const path = yield* Path.Path
  const directories = yield* UserDirectories.UserDirectories
  return path.join(yield* directories.config("hcp"), "profiles")
})

/**
 * The file of a profile, whether it exists or not. Fails with a usage failure for a name that can be none: two to 64
 * letters, digits, `-` and `_`.
 */
export const file = (name: string): Effect.Effect<string, Failure | PlatformError, Services> =>
  isProfileName(name)
    ? Effect.gen(function* () {
        const path = yield* Path.Path
        return path.join(yield* folder, `${name}.env`)
      })
    : Effect.fail(usage(`${JSON.stringify(name)} is no name of a profile`, "take 2 to 64 letters, digits, - and _"))

/**
 * The names of all profiles.
 */
export const list: Effect.Effect<ReadonlyArray<string>, PlatformError, Services> = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const at = yield* folder
  if (!(yield* fs.exists(at))) return []
  const names = yield* fs.readDirectory(at)
  return names
    .filter((name) => name.endsWith(".env"))
    .map((name) => name.slice(0, -".env".length))
    .filter(isProfileName)
    .sort()
})

/**
 * The variables of a profile. Fails where there is none of this name, where it is no file of variables, and where it
 * holds a secret and others than its owner may read it.
 */
export const get = (name: string): Effect.Effect<Variables, Failure | PlatformError, Services> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const at = yield* file(name)
    if (!(yield* fs.exists(at))) {
      const names = yield* list
      return yield* problem(
        `there is no profile ${name}`,
        names.length === 0 ? `add it with \`hcp profile add ${name}\`` : `there is: ${names.join(", ")}`
      )
    }
    const variables = DotEnv.parse(yield* fs.readFileString(at))
    if (typeof variables === "string") return yield* problem(`${at}: ${variables}`)
    const { mode } = yield* fs.stat(at)
    // Windows has no such modes.
    if (
      secrets.some((secret) => variables[secret] !== undefined) &&
      (mode & 0o077) !== 0 &&
      (yield* Path.Path).sep === "/"
    ) {
      return yield* problem(`${at} holds a secret, and others may read it`, `chmod 600 ${at}`)
    }
    return variables
  })

/**
 * Writes a profile, for its owner alone. Fails where there is one of this name, unless it may be replaced.
 */
export const put = (
  name: string,
  variables: Variables,
  options: { readonly replace: boolean }
): Effect.Effect<string, Failure | PlatformError | LocalError, Services> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const at = yield* file(name)
    const broken = Object.entries(variables).find(([, value]) => /[\r\n]/.test(value))
    if (broken !== undefined) return yield* usage(`the value of ${broken[0]} has a line break`)
    if (!options.replace && (yield* fs.exists(at))) {
      return yield* problem(`there is a profile ${name} already`, "take another name, or --replace")
    }
    yield* makeOwnFolder(path.dirname(at))
    // Beside its place, so that a full disk leaves the old one.
    const draft = yield* fs.makeTempFile({ directory: path.dirname(at), prefix: `${name}-` })
    yield* Effect.gen(function* () {
      yield* fs.chmod(draft, 0o600)
      yield* fs.writeFileString(draft, DotEnv.print(variables))
      yield* fs.rename(draft, at)
    }).pipe(Effect.onError(() => Effect.ignore(fs.remove(draft))))
    return at
  })

/**
 * Removes a profile. Fails where there is none of this name.
 */
export const remove = (name: string): Effect.Effect<void, Failure | PlatformError, Services> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const at = yield* file(name)
    if (!(yield* fs.exists(at))) return yield* problem(`there is no profile ${name}`)
    yield* fs.remove(at)
  })

/**
 * The configuration that a profile stands for: nothing of the environment is in it.
 */
export const provider = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromEnv({ env: { ...variables } })
