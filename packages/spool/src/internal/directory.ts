/**
 * The directory of a spool: the database, the bodies that are too long for it, and who has it.
 *
 * @internal
 */
import { constants, existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as DraftFile from "@effect-hcp/sdk/DraftFile"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as DirectoryOwner from "../DirectoryOwner.ts"
import { SpoolInUse, SpoolUnusable } from "../SpoolError.ts"
import type { Failure } from "../SqliteDatabase.ts"
import type { Durability, Totals } from "./databaseProtocol.ts"
import * as DatabaseThread from "./databaseThread.ts"

/** The directory of one spool, open. */
export interface Directory {
  readonly path: string
  readonly database: DatabaseThread.DatabaseThread
  /** Where the bodies are. */
  readonly bodies: string
  /** A failure of the database, as users are told. */
  readonly unusable: (failure: Failure) => SpoolUnusable
  /** What those are told who wait when the spool is closed. */
  readonly closed: SpoolUnusable
  /** An error of the operating system there, as users are told. */
  readonly failed: (error: unknown) => SpoolUnusable
}

const database = "spool.db"

/** How much is in a directory that another process may have. Nothing there is changed. */
export const look = (directory: string): Effect.Effect<Totals, SpoolUnusable> =>
  Effect.mapError(DatabaseThread.look(path.join(directory, database)), (failure) => toUnusable(directory, failure))

/** The file of a body. */
export const fileOf = ({ bodies }: Directory, name: string): string => path.join(bodies, name)

/** Opens or makes the directory, alone until the scope closes. */
export const open = (
  given: string,
  durability: Durability
): Effect.Effect<Directory, SpoolInUse | SpoolUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    // The same one after the process has gone to another directory.
    const directory = path.resolve(given)
    const bodies = path.join(directory, "bodies")
    const file = path.join(directory, database)
    const lock = path.join(directory, "spool.lock")
    const failed = (error: unknown) => unusableBecause(directory, error)
    const attempt = <A>(operation: () => Promise<A>): Effect.Effect<A, SpoolUnusable> =>
      Effect.tryPromise({ try: operation, catch: failed })
    const made = yield* Effect.mapError(DraftFile.makeFolder(bodies, { mode: 0o700 }), failed)
    if (made !== undefined && durability === "power") {
      const root = path.dirname(made)
      yield* Effect.mapError(DraftFile.syncFolders(root, path.relative(root, bodies).split(path.sep)), failed)
    }
    // Made beforehand, so that SQLite gives its files the same rights: for the owner alone. One that is there is not
    // opened: to close any file takes the locks away that another spool of this process has on it.
    for (const made of [file, lock]) {
      yield* attempt(() => fs.writeFile(made, "", { flag: "wx", mode: 0o600 })).pipe(
        Effect.catchIf(
          () => existsSync(made),
          () => Effect.void
        )
      )
    }
    // SQLite opens what it may only read, and says later that something is wrong.
    for (const place of [directory, bodies, file, lock]) {
      yield* attempt(() => fs.access(place, constants.R_OK | constants.W_OK))
    }
    const unusable = (failure: Failure) => toUnusable(directory, failure)
    const thread = yield* DatabaseThread.make(file, lock, durability).pipe(
      Effect.catch(
        (failure): Effect.Effect<never, SpoolInUse | SpoolUnusable> =>
          failure.reason === "InUse"
            ? Effect.flatMap(DirectoryOwner.read(directory), (owner) =>
                Effect.fail(new SpoolInUse({ directory, owner }))
              )
            : Effect.fail(unusable(failure))
      )
    )
    yield* Effect.mapError(DirectoryOwner.write(directory), failed)
    const opened: Directory = {
      path: directory,
      database: thread,
      bodies,
      unusable,
      failed,
      closed: closedSpool(directory)
    }
    yield* sweep(opened)
    return opened
  })

const closedSpool = (directory: string): SpoolUnusable =>
  new SpoolUnusable({
    directory,
    reason: "Failed",
    detail: "it was closed; what is in it goes to HCP when it is opened again"
  })

/** Removes bodies whose write was never accepted. */
const sweep = (directory: Directory): Effect.Effect<void, SpoolUnusable> =>
  Effect.gen(function* () {
    const entries = yield* Effect.tryPromise({
      try: () => fs.opendir(directory.bodies),
      catch: (error) => unusableBecause(directory.path, error)
    })
    const next = Effect.tryPromise({
      try: () => entries.read(),
      catch: (error) => unusableBecause(directory.path, error)
    })
    for (let entry = yield* next; entry !== null; entry = yield* next) {
      const { name } = entry
      const isKnown = yield* Effect.mapError(directory.database.hasFile(name), directory.unusable)
      if (!isKnown) yield* remove(directory, name)
    }
    yield* Effect.ignore(Effect.tryPromise(() => entries.close()))
  })

/** Writes a body, durably where that was asked for. Nothing is left of one that fails. */
export const write = <E>(
  directory: Directory,
  name: string,
  body: Stream.Stream<Uint8Array, E>,
  durability: Durability
): Effect.Effect<number, E | DraftFile.LocalError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const draft = yield* DraftFile.make(fileOf(directory, name), { mode: 0o600, sync: durability === "power" })
      const size = yield* draft.append(body)
      yield* draft.finish
      return size
    })
  )

/** Removes a body. One that is left over is removed with the next start. */
export const remove = (directory: Directory, name: string): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => fs.rm(fileOf(directory, name), { force: true })))

const toUnusable = (directory: string, { detail, reason }: Failure): SpoolUnusable => {
  switch (reason) {
    case "NewerVersion":
      return new SpoolUnusable({
        directory,
        reason,
        detail: `${detail}; update this program, or let the newer one empty the spool`
      })
    case "Broken":
      return new SpoolUnusable({
        directory,
        reason,
        detail: `spool.db is no database of a spool, or damaged (${detail}); restore it, or take another directory`
      })
    case "NoPermission":
      return new SpoolUnusable({
        directory,
        reason: "Directory",
        detail: `spool.db cannot be opened or written (${detail}); give this process the right, or take another directory`
      })
    case "NoRoom":
    case "NoSpace":
      return new SpoolUnusable({ directory, reason: "NoSpace", detail: "no space is left on its disk; make room" })
    default:
      return new SpoolUnusable({ directory, reason: "Failed", detail })
  }
}

const directoryCodes: Readonly<Record<string, string>> = {
  EACCES: "this process may not write there; give it the right, or take another directory",
  EPERM: "this process may not write there; give it the right, or take another directory",
  EROFS: "its file system is read-only; take another directory",
  ENOTDIR: "a part of its path is no directory; take another directory",
  EEXIST: "a file is in its place; take another directory",
  ENOENT: "it is not there, and cannot be made"
}

const unusableBecause = (directory: string, error: unknown): SpoolUnusable => {
  const code = Predicate.hasProperty(error, "code") ? String(error.code) : ""
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SpoolUnusable({ directory, reason: "NoSpace", detail: "no space is left on its disk; make room" })
  }
  const known = directoryCodes[code]
  return known === undefined
    ? new SpoolUnusable({ directory, reason: "Failed", detail: String(error) })
    : new SpoolUnusable({ directory, reason: "Directory", detail: `${known} (${code})` })
}
