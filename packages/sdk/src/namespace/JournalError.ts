/**
 * Why a journal of a transfer cannot be used.
 *
 * @since 0.1.0
 */
import { TaggedError } from "../internal/error/taggedError.ts"

/**
 * A journal that is none, or not the one of this transfer. `NotAJournal`, `Broken` (a line that is no line of a
 * journal), `Newer` (of a newer release), `Foreign` (of another transfer), `InUse` (another process has it).
 *
 * @category errors
 * @since 0.1.0
 */
export class JournalError extends TaggedError("JournalError")<{
  readonly file: string
  readonly reason: "NotAJournal" | "Broken" | "Newer" | "Foreign" | "InUse"
  /** What was found, and what to try. */
  readonly detail: string
}> {
  override get message(): string {
    return `the journal ${JSON.stringify(this.file)} cannot be used: ${this.detail}`
  }
}
