/**
 * What a transfer has done so far, so that one that was killed goes on where it was.
 *
 * A journal is a file of lines, each added when a file or object is done: it may be cut off at any byte, by a signal or
 * by a loss of power, and is good up to its last whole line. What it names is passed over without a request, as long as
 * it is still what it was: a file with another time or size, and an object with another version, are done again. A
 * journal belongs to one transfer, which it names in its first line, and to one process at a time.
 *
 * Without a journal a transfer that is run again does the right thing too, as it skips what is there with the same
 * bytes; but it looks at every entry on both sides for that.
 *
 * **Example** (a folder with a million files)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Transfer, TransferJournal } from "@effect-hcp/sdk"
 *
 * const archived = Effect.gen(function* () {
 *   const journal = yield* TransferJournal.TransferJournal
 *   return yield* Transfer.count(Transfer.upload("scans", "/scans", { journal }))
 * }).pipe(Effect.provide(TransferJournal.layer("scans.journal", { transfer: "upload scans /scans" })))
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { LocalError } from "../LocalError.ts"
import * as JournalFile from "./internal/journalFile.ts"
import type { Journal, Options } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"

export * from "./Journal.ts"
export * from "./JournalError.ts"
export { LocalError }

/**
 * A journal.
 *
 * @category services
 * @since 0.1.0
 */
export class TransferJournal extends Context.Service<TransferJournal, Journal>()("@effect-hcp/sdk/TransferJournal") {}

/**
 * Opens the journal in a file, or begins one. The file can be read and written by its owner alone (`0600`), and is held
 * until the scope closes. It stays when the transfer is over: then everything is done, and it can be deleted.
 *
 * Memory holds some 40 bytes for each step that was done before. Fails with {@link JournalError} for a file that is no
 * journal (`NotAJournal`) or one of another transfer (`Foreign`), is damaged before its last line (`Broken`), was
 * written by a newer release (`Newer`), or is used by a process that may live (`InUse`); and with {@link LocalError}
 * where the file cannot be read or written.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (file: string, options: Options) => Effect.Effect<Journal, JournalError | LocalError, Scope.Scope> =
  JournalFile.open

/**
 * The journal in a file. Fails as {@link make} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (file: string, options: Options): Layer.Layer<TransferJournal, JournalError | LocalError> =>
  Layer.effect(TransferJournal, make(file, options))
