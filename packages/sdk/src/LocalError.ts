/**
 * What goes wrong with the files and folders of this computer, said so that a person can do something about it.
 *
 * @since 0.1.0
 */
import { TaggedError } from "./internal/error/taggedError.ts"

/**
 * A file or folder of this computer could not be read or written.
 *
 * `reason` is for programs: `NotFound`, `NoPermission`, `NoSpace` (also a quota that is used up), `ReadOnly` (the file
 * system is mounted so), `TooManyFiles` (this process or computer has too many open), `Exists` (something else is
 * there, or a name that this file system does not tell from it), `UnsafeName` (a name that leads elsewhere or cannot be
 * had here), `ThroughSymlink` (writing would follow a link), `WrongKind` (a folder where a file was expected, or the
 * other way round), `Failed` (anything else, with the `code` of the operating system).
 *
 * @category errors
 * @since 0.1.0
 */
export class LocalError extends TaggedError("LocalError")<{
  /** What was tried, e.g. `read` or `write`. */
  readonly operation: string
  /** The file or folder. */
  readonly file: string
  readonly reason:
    | "NotFound"
    | "NoPermission"
    | "NoSpace"
    | "ReadOnly"
    | "TooManyFiles"
    | "Exists"
    | "UnsafeName"
    | "ThroughSymlink"
    | "WrongKind"
    | "Failed"
  /** What happened, and what to try. */
  readonly detail: string
  /** The code of the operating system, e.g. `EACCES`, if it was the one who refused. */
  readonly code?: string | undefined
}> {
  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    // A name may hold line breaks.
    return `cannot ${this.operation} ${JSON.stringify(this.file)}: ${this.detail}${code}`
  }
}
