/**
 * A journal in a file: a line that says whose it is, and one for each step that is done.
 *
 * @internal
 */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { LocalError } from "../../LocalError.ts"
import type { Journal, Options, Step } from "../Journal.ts"
import { JournalError } from "../JournalError.ts"
import { DigestSet } from "./digestSet.ts"
import { holdLock } from "./journalLock.ts"
import { attempt } from "./localError.ts"

const format = "effect-hcp transfer journal"
const version = 1

const lineOf = ({ mark, name }: Step): string => JSON.stringify([name, mark])

/** @internal */
export const open = Effect.fnUntraced(function* (
  file: string,
  { sync = false, transfer }: Options
): Effect.fn.Return<Journal, JournalError | LocalError, Scope.Scope> {
  yield* holdLock(file)
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  const handle = yield* Effect.acquireRelease(
    attempt("open", file, () => fs.open(file, flags, 0o600)),
    (opened) => Effect.ignore(attempt("close", file, () => opened.close()))
  )
  const before = new DigestSet()
  const { end, isNew } = yield* read(handle, file, transfer, before)
  // What was cut off in the middle of a line was not done.
  yield* attempt("write", file, () => handle.truncate(end))
  const writer = new Writer(handle, file, end, sync)
  if (isNew) yield* writer.add(JSON.stringify({ format, version, transfer }))
  return {
    before: before.size,
    isDone: (step) => before.has(lineOf(step)),
    done: (step) => writer.add(lineOf(step))
  }
})

/** Adds lines at the end. Those that come while some are written are written together. */
class Writer {
  readonly #handle: fs.FileHandle
  readonly #file: string
  readonly #sync: boolean
  #end: number
  #pending: { text: string; readonly written: Deferred.Deferred<void, LocalError> } | undefined
  #isBusy = false

  constructor(handle: fs.FileHandle, file: string, end: number, sync: boolean) {
    this.#handle = handle
    this.#file = file
    this.#end = end
    this.#sync = sync
  }

  add(line: string): Effect.Effect<void, LocalError> {
    return Effect.suspend(() => {
      this.#pending ??= { text: "", written: Deferred.makeUnsafe() }
      this.#pending.text += `${line}\n`
      const { written } = this.#pending
      // Whoever writes does so for all, and is not to be stopped between two pieces of a line.
      return this.#isBusy ? Deferred.await(written) : Effect.andThen(this.#flush, Deferred.await(written))
    })
  }

  readonly #flush: Effect.Effect<void> = Effect.uninterruptible(
    Effect.suspend(() => {
      const batch = this.#pending
      if (batch === undefined) return Effect.void
      this.#pending = undefined
      this.#isBusy = true
      return this.#write(Buffer.from(batch.text)).pipe(
        Effect.exit,
        Effect.flatMap((exit) => Deferred.done(batch.written, exit)),
        Effect.andThen(
          Effect.suspend(() => {
            this.#isBusy = false
            return this.#flush
          })
        )
      )
    })
  )

  readonly #write = Effect.fnUntraced({ self: this }, function* (this: Writer, bytes: Buffer): Effect.fn.Return<
    void,
    LocalError
  > {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = yield* attempt("write", this.#file, () =>
        this.#handle.write(bytes, at, bytes.length - at, this.#end + at)
      )
      at += bytesWritten
    }
    if (this.#sync) yield* attempt("write", this.#file, () => this.#handle.datasync())
    this.#end += bytes.length
  })
}

const pieceBytes = 256 * 1024

/** A line is a path of HCP, a mark and a few signs; one that has no end is none. */
const longestLine = 64 * 1024

/** Reads what is there; `end` is behind the last whole line. */
const read = Effect.fnUntraced(function* (
  handle: fs.FileHandle,
  file: string,
  transfer: string,
  into: DigestSet
): Effect.fn.Return<{ readonly end: number; readonly isNew: boolean }, JournalError | LocalError> {
  const piece = Buffer.allocUnsafeSlow(pieceBytes)
  let rest = Buffer.alloc(0)
  let at = 0
  let end = 0
  let lines = 0
  for (;;) {
    const { bytesRead } = yield* attempt("read", file, () => handle.read(piece, 0, pieceBytes, at))
    if (bytesRead === 0) break
    at += bytesRead
    rest = Buffer.concat([rest, piece.subarray(0, bytesRead)])
    let from = 0
    for (let to = rest.indexOf(10); to >= 0; to = rest.indexOf(10, from)) {
      const line = rest.toString("utf8", from, to)
      const problem = lines === 0 ? problemOfHead(line, transfer) : problemOfLine(line, lines + 1)
      if (problem !== undefined) return yield* new JournalError({ file, ...problem })
      if (lines > 0) into.add(line)
      lines++
      end += to + 1 - from
      from = to + 1
    }
    rest = rest.subarray(from)
    if (rest.length > longestLine)
      return yield* new JournalError({ file, ...(lines === 0 ? noJournal : broken(lines + 1)) })
  }
  // The first line is written in one piece, before anything is done. A part of it is nothing but that.
  const isBegun = lines === 0 && rest.length > 0
  if (isBegun && !headOf(transfer).startsWith(rest.toString("utf8")))
    return yield* new JournalError({ file, ...noJournal })
  return { end, isNew: lines === 0 }
})

const headOf = (transfer: string): string => JSON.stringify({ format, version, transfer })

interface Problem {
  readonly reason: JournalError["reason"]
  readonly detail: string
}

const noJournal: Problem = {
  reason: "NotAJournal",
  detail: "it is no journal of a transfer; name another file, or one that is not there yet"
}

const broken = (line: number): Problem => ({
  reason: "Broken",
  detail: `line ${line} is none of a journal; delete the file, and the transfer looks at everything again`
})

const problemOfHead = (line: string, transfer: string): Problem | undefined => {
  const head = Result.getOrUndefined(Result.try((): unknown => JSON.parse(line)))
  if (!Predicate.hasProperty(head, "format") || head.format !== format) return noJournal
  const found = Predicate.hasProperty(head, "version") ? head.version : undefined
  if (typeof found !== "number") return noJournal
  if (found !== version) {
    const detail = `it has the form ${found}, and this release writes ${version}; use the release that began it`
    return { reason: "Newer", detail }
  }
  const whose = Predicate.hasProperty(head, "transfer") ? head.transfer : undefined
  if (whose === transfer) return undefined
  return {
    reason: "Foreign",
    detail: `it is that of ${JSON.stringify(whose)}, and not of ${JSON.stringify(transfer)}; give each transfer its own`
  }
}

const problemOfLine = (line: string, number: number): Problem | undefined => {
  const step = Result.getOrUndefined(Result.try((): unknown => JSON.parse(line)))
  return Array.isArray(step) && step.length === 2 && step.every(Predicate.isString) ? undefined : broken(number)
}
