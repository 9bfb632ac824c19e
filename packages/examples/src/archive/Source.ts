/**
 * What is archived: the files of a folder, each with its size and its SHA-256.
 */
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Data, Effect } from "effect"

/** One line for the user: what, where, what to do. */
export class ArchiveError extends Data.TaggedError("ArchiveError")<{ readonly message: string }> {}

export interface SourceFile {
  /** Where it is on disk. */
  readonly path: string
  /** Below the folder, for messages. */
  readonly name: string
  readonly size: number
}

export interface Source {
  readonly folder: string
  readonly files: ReadonlyArray<SourceFile>
  readonly bytes: number
}

/**
 * The sources of the installed `effect` package: several hundred real files that everyone has who ran `npm install`.
 */
export const defaultFolder = (): string =>
  path.join(path.dirname(fileURLToPath(import.meta.resolve("effect/package.json"))), "src")

const explain: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "it is not a folder",
  EACCES: "it may not be read by this user",
  EPERM: "it may not be read by this user"
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error)

/** Finds every regular file below a folder. Symbolic links are left out: what they point to may be anywhere. */
export const collect = Effect.fn("Source.collect")(function* (folder: string) {
  const entries = yield* Effect.tryPromise({
    try: () => fs.promises.readdir(folder, { recursive: true, withFileTypes: true }),
    catch: (error) =>
      new ArchiveError({
        message:
          `cannot read the folder ${folder}: ${explain[codeOf(error)] ?? codeOf(error)}; ` +
          "name a readable folder, as in: npm start -- DIR"
      })
  })
  const files = yield* Effect.forEach(
    entries.filter((entry) => entry.isFile()),
    (entry) => {
      const file = path.join(entry.parentPath, entry.name)
      return Effect.map(
        Effect.tryPromise({
          try: () => fs.promises.stat(file),
          catch: (error) =>
            new ArchiveError({ message: `cannot read ${file}: ${codeOf(error)}; check its permissions` })
        }),
        (stat): SourceFile => ({ path: file, name: path.relative(folder, file), size: stat.size })
      )
    },
    { concurrency: 16 }
  )
  if (files.length === 0) {
    return yield* new ArchiveError({ message: `there is no file in ${folder}; name a folder that holds files` })
  }
  return { folder, files, bytes: files.reduce((sum, file) => sum + file.size, 0) } satisfies Source
})

/** The SHA-256 of a file on disk, in hex. */
export const sha256 = (file: SourceFile): Effect.Effect<string, ArchiveError> =>
  Effect.tryPromise({
    try: async () => {
      const hash = crypto.createHash("sha256")
      for await (const chunk of fs.createReadStream(file.path)) hash.update(chunk)
      return hash.digest("hex")
    },
    catch: (error) => new ArchiveError({ message: `cannot read ${file.path}: ${codeOf(error)}; check its permissions` })
  })
