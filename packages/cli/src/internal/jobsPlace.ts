/**
 * Where jobs are kept: in a directory of this computer, or in a PostgreSQL database that many computers share.
 *
 * @internal
 */
import type { KnownOptions, RunnerOptions } from "@effect-hcp/jobs/JobsOptions"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { type Failure, notFound, usage } from "../Failure.ts"
import * as GlobalFlags from "./globalFlags.ts"
import * as Profile from "./profile.ts"

const directoryVariable = "HCP_JOBS_DIRECTORY"
const databaseVariable = Profile.databaseVariable

/** The flags that say where jobs are. */
export const placeFlags = {
  directory: Flag.Path("directory").pipe(
    Flag.withAlias("d"),
    Flag.withDescription(`The directory of the jobs (default: ${directoryVariable})`),
    Flag.optional
  ),
  database: Flag.String("database").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription(
      `The PostgreSQL database of the jobs, without a password (default: ${databaseVariable}, also of the profile)`
    ),
    Flag.optional
  )
}

/** Where the flags say that jobs are. */
export interface PlaceFlags {
  readonly directory: Option.Option<string>
  readonly database: Option.Option<string>
}

/** Where jobs are kept. */
export type JobsPlace =
  | { readonly _tag: "Directory"; readonly path: string }
  | { readonly _tag: "Database"; readonly url: Redacted.Redacted; readonly name: string }

const inDirectory = (path: string): JobsPlace => ({ _tag: "Directory", path })

/** A database by its URL; its name holds neither user nor password. */
const inDatabase = (from: string, text: string): Effect.Effect<JobsPlace, Failure> =>
  Effect.suspend(() => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol)) {
      return Effect.fail(
        usage(`${from} is no URL of a PostgreSQL database`, "such as postgresql://jobs@db.example.com/jobs")
      )
    }
    return Effect.succeed({ _tag: "Database", url: Redacted.make(text), name: `${url.host}${url.pathname}` })
  })

/** A password on a command line can be read by everybody on the computer. */
const withoutPassword = (text: string): Effect.Effect<JobsPlace, Failure> =>
  Effect.suspend(() =>
    URL.canParse(text) && (new URL(text).password !== "" || new URL(text).searchParams.has("password"))
      ? Effect.fail(
          usage(
            "--database: a password must not stand on a command line, where everybody can see it",
            `set ${databaseVariable} in the environment or in the profile`
          )
        )
      : inDatabase("--database", text)
  )

/** The place that is meant, whether there are jobs or not: of the flags, of the environment, of the profile. */
export const placeOf = Effect.fnUntraced(function* ({ database, directory }: PlaceFlags) {
  if (Option.isSome(directory) && Option.isSome(database)) {
    return yield* usage("give one of --directory and --database")
  }
  if (Option.isSome(directory)) return inDirectory(directory.value)
  if (Option.isSome(database)) return yield* withoutPassword(database.value)
  const environment = yield* ConfigProvider.ConfigProvider
  const ofEnvironment = (name: string) => Config.option(Config.NonEmptyString(name)).parse(environment)
  const path = yield* ofEnvironment(directoryVariable)
  const url = yield* ofEnvironment(databaseVariable)
  if (Option.isSome(path) && Option.isSome(url)) {
    return yield* usage(
      `${directoryVariable} and ${databaseVariable} are both set`,
      `unset one of them, or name the directory with --directory`
    )
  }
  if (Option.isSome(path)) return inDirectory(path.value)
  if (Option.isSome(url)) return yield* inDatabase(databaseVariable, url.value)
  const profile = yield* GlobalFlags.profile
  const ofProfile = Option.isSome(profile) ? (yield* Profile.get(profile.value))[databaseVariable] : undefined
  if (ofProfile !== undefined) return yield* inDatabase(databaseVariable, ofProfile)
  return yield* usage(
    "neither a directory nor a database of jobs is named",
    `name it with --directory, --database, ${directoryVariable} or ${databaseVariable}`
  )
})

/** The same, with jobs in it: no directory is made where somebody only looks. */
export const existingPlace = Effect.fnUntraced(function* (flags: PlaceFlags) {
  const place = yield* placeOf(flags)
  if (place._tag === "Database") return place
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* fs.exists(path.join(place.path, "jobs.db"))))
    return yield* notFound(`there are no jobs in ${place.path}`)
  return place
})

/**
 * Opens the jobs of a place, until the scope closes. With names this process runs them; in a database with `runner`.
 */
export const openJobs = (
  place: JobsPlace,
  running?: {
    readonly names: KnownOptions
    readonly runner: Effect.Effect<RunnerOptions, Failure | Config.ConfigError>
  }
) =>
  Effect.gen(function* () {
    const { makeCluster, makeJournal, startupParameters } = yield* Effect.promise(() => import("@effect-hcp/jobs/Jobs"))
    if (place._tag === "Directory") {
      return yield* makeJournal({ ...running?.names, directory: place.path, runs: running !== undefined })
    }
    const runner = running === undefined ? undefined : yield* running.runner
    const PgClient = yield* Effect.promise(() => import("@effect/sql-pg/PgClient"))
    const client = yield* Layer.build(PgClient.layer({ url: place.url, applicationName: "hcp", startupParameters }))
    return yield* Effect.provide(makeCluster({ ...running?.names, runner }), client)
  })

/** How people name the place. */
export const nameOf = (place: JobsPlace): string => (place._tag === "Directory" ? place.path : place.name)
