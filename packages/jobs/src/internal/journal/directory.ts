/**
 * The directory of jobs: the database, which processes take turns with, and the lock of the one that runs them.
 *
 * @internal
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as DraftFile from "@effect-hcp/sdk/DraftFile"
import * as DirectoryOwner from "@effect-hcp/spool/DirectoryOwner"
import * as SqliteDatabase from "@effect-hcp/spool/SqliteDatabase"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { JobsInUse, JobsUnusable } from "../../JobError.ts"
import type { Name } from "../store.ts"
import { migrations, statements } from "./schema.ts"
import { type JournalName, JournalStore } from "./store.ts"

/** Opens or makes the directory. Whoever `runs` the jobs has the lock, until the scope closes or the process ends. */
export const open = (
  directory: string,
  runs: boolean
): Effect.Effect<JournalStore, JobsInUse | JobsUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const attempt = <A>(operation: () => Promise<A>): Effect.Effect<A, JobsUnusable> =>
      Effect.tryPromise({ try: operation, catch: (error) => unusableBecause(directory, error) })
    yield* Effect.mapError(DraftFile.makeFolder(directory, { mode: 0o700 }), ({ detail, reason }) =>
      reason === "NoSpace" ? withoutSpace(directory) : unwritable(directory, "Directory", detail)
    )
    const unusable = (failure: SqliteDatabase.Failure) => toUnusable(directory, failure)
    const file = (name: string) =>
      // Made beforehand, so that SQLite gives its files the same rights: for the owner alone.
      Effect.as(
        attempt(async () => (await fs.open(path.join(directory, name), "a", 0o600)).close()),
        path.join(directory, name)
      )
    if (runs) yield* lock(directory, yield* file("runner.lock"), unusable)
    const database = yield* Effect.mapError(
      SqliteDatabase.make<Name | JournalName>({
        file: yield* file("jobs.db"),
        thread: "hcp-jobs",
        // What a power failure takes is done again, as whatever was done is found.
        synchronous: "normal",
        exclusive: false,
        migrations,
        statements
      }),
      unusable
    )
    return new JournalStore({
      write: (...given) => Effect.mapError(database.write(...given), unusable),
      all: (name, ...values) => Effect.mapError(database.all(name, ...values), unusable)
    })
  })

/** An empty database that one process has alone: its lock is gone with the process, however that dies. */
const lock = (
  directory: string,
  file: string,
  unusable: (failure: SqliteDatabase.Failure) => JobsUnusable
): Effect.Effect<void, JobsInUse | JobsUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    yield* SqliteDatabase.make<never>({
      file,
      thread: "hcp-jobs-lock",
      synchronous: "off",
      exclusive: true,
      migrations: ["create table lock (id integer primary key) strict"],
      statements: {}
    }).pipe(
      Effect.catch(
        (failure): Effect.Effect<never, JobsInUse | JobsUnusable> =>
          failure.reason === "InUse"
            ? Effect.flatMap(DirectoryOwner.read(directory), (owner) =>
                Effect.fail(new JobsInUse({ directory, owner }))
              )
            : Effect.fail(unusable(failure))
      )
    )
    yield* Effect.mapError(DirectoryOwner.write(directory), (error) => unusableBecause(directory, error))
  })

const toUnusable = (directory: string, { detail, reason }: SqliteDatabase.Failure): JobsUnusable => {
  switch (reason) {
    case "NewerVersion":
      return new JobsUnusable({
        place: directory,
        reason,
        detail: `${detail}; update this program, or take another directory`
      })
    case "Broken":
      return new JobsUnusable({
        place: directory,
        reason,
        detail: `jobs.db is no database of jobs, or damaged (${detail}); restore it, or take another directory`
      })
    case "NoSpace":
      return new JobsUnusable({ place: directory, reason, detail: "no space is left on its disk; make room" })
    default:
      return new JobsUnusable({ place: directory, reason: "Failed", detail })
  }
}

const unusableBecause = (directory: string, error: unknown): JobsUnusable => {
  const code = Predicate.hasProperty(error, "code") ? String(error.code) : ""
  return code === "ENOSPC" || code === "EDQUOT"
    ? withoutSpace(directory)
    : unwritable(directory, code === "" ? "Failed" : "Directory", String(error))
}

const withoutSpace = (place: string): JobsUnusable =>
  new JobsUnusable({ place, reason: "NoSpace", detail: "no space is left on its disk; make room" })

const unwritable = (place: string, reason: "Directory" | "Failed", why: string): JobsUnusable =>
  new JobsUnusable({
    place,
    reason,
    detail: `it cannot be made or written (${why}); give this process the right, or take another directory`
  })
