/**
 * What goes wrong with the files and folders of this computer, said so that a person can do something about it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A file or folder of this computer could not be read or written.
 *
 * `reason` is for programs: `NotFound`, `NoPermission`, `NoSpace` (also a quota or a read-only disk), `Exists` (something else is there,
 * or a name that this file system does not tell from it), `UnsafeName` (a name that leads elsewhere or cannot be had here),
 * `ThroughSymlink` (writing would follow a link), `WrongKind` (a folder where a file was expected, or the other way round), `Failed` (anything
 * else, with the `code` of the operating system).
 *
 * @category errors
 * @since 0.1.0
 */
export class LocalError extends Schema.TaggedError<LocalError>("@effect-hcp/sdk/LocalError")("LocalError", {
  /** What was tried, e.g. `read` or `write`. */
  operation: Schema.String,
  /** The file or folder. */
  file: Schema.String,
  reason: Schema.Literals([
    "NotFound",
    "NoPermission",
    "NoSpace",
    "Exists",
    "UnsafeName",
    "ThroughSymlink",
    "WrongKind",
    "Failed"
  ]),
  /** What happened, and what to try. */
  detail: Schema.String,
  /** The code of the operating system, e.g. `EACCES`, if it was the one who refused. */
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    // A name may hold line breaks.
    return `cannot ${this.operation} ${JSON.stringify(this.file)}: ${this.detail}${code}`
  }
}

type Known = readonly [reason: LocalError["reason"], detail: string]

const full = "there is no space left; free some, and run it again"
const refused = "this user has no permission; check the permissions of the file and of the folders above it"

const known: Readonly<Record<string, Known>> = {
  ENOENT: ["NotFound", "there is no such file or folder"],
  ENOTDIR: ["WrongKind", "it, or something above it, is not a folder"],
  EISDIR: ["WrongKind", "it is a folder"],
  EACCES: ["NoPermission", refused],
  EPERM: ["NoPermission", refused],
  ENOSPC: ["NoSpace", full],
  EDQUOT: ["NoSpace", "the quota is used up; free some space, and run it again"],
  EROFS: ["NoSpace", "the file system is read-only; choose another folder"],
  EFBIG: ["Failed", "the file is larger than this file system takes"],
  EEXIST: ["Exists", "something is there already"],
  ELOOP: ["ThroughSymlink", "it is a symbolic link, or too many of them"],
  ENAMETOOLONG: ["UnsafeName", "the name is longer than this file system takes"],
  EILSEQ: ["UnsafeName", "this file system does not take such a name"],
  EMFILE: ["Failed", "too many files are open; lower the concurrency"],
  ENFILE: ["Failed", "too many files are open; lower the concurrency"]
}

/** The code of an error of the operating system. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const toLocalError = (operation: string, file: string, error: unknown): LocalError => {
  const code = codeOf(error)
  const [reason, detail] = known[code ?? ""] ?? ["Failed", error instanceof Error ? error.message : "it failed"]
  return new LocalError({ operation, file, reason, detail, code })
}

/** One call of the operating system. */
export const attempt = <A>(operation: string, file: string, run: () => Promise<A>): Effect.Effect<A, LocalError> =>
  Effect.tryPromise({ try: run, catch: (error) => toLocalError(operation, file, error) })

/** `undefined` where there is nothing. */
export const orAbsent = <A>(effect: Effect.Effect<A, LocalError>): Effect.Effect<A | undefined, LocalError> =>
  Effect.catchIf(
    effect,
    ({ code }) => code === "ENOENT",
    () => Effect.succeed(undefined)
  )
