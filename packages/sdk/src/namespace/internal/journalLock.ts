/**
 * One process at a time uses a journal: a file beside it says which.
 *
 * @internal
 */
import { readFile, rename } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LocalError } from "../../LocalError.ts"
import { JournalError } from "../JournalError.ts"
import { draftName, isGone, type Maker, makerOf, thisProcess } from "./draftName.ts"
import { attempt, orAbsent } from "./localError.ts"

/** Holds the lock of a file until the scope closes. That of a process that is gone is taken over. */
export const holdLock = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<void, JournalError | LocalError, Scope.Scope> {
  const lock = `${file}.lock`
  const own = yield* thisProcess
  // The same names as of drafts: they say who it is, and are not used again.
  const name = draftName(own)
  yield* Effect.acquireRelease(acquire(file, lock, name, own, attempts), () => release(lock, name))
})

/** How often somebody else may be faster, before the lock counts as held. */
const attempts = 5

const acquire = (
  file: string,
  lock: string,
  name: string,
  own: Maker,
  left: number
): Effect.Effect<void, JournalError | LocalError> =>
  Effect.gen(function* () {
    if (yield* create(lock, name)) return
    const found = yield* contentsOf(lock)
    const maker = found === undefined ? undefined : makerOf(found)
    if (left === 0 || (found !== undefined && (maker === undefined || !isGone(maker, own)))) {
      return yield* inUse(file, lock, maker)
    }
    if (found !== undefined) yield* remove(lock, found, path.join(path.dirname(lock), name))
    return yield* acquire(file, lock, name, own, left - 1)
  })

/** Makes the lock with what it says, in one step; `false` where there is one. */
const create = (lock: string, name: string): Effect.Effect<boolean, LocalError> => {
  const aside = path.join(path.dirname(lock), name)
  return Effect.acquireUseRelease(
    attempt("write", lock, () => fs.writeFile(aside, name, { flag: "wx", mode: 0o600 })),
    () => attempt("write", lock, () => fs.link(aside, lock)),
    () => Effect.ignore(attempt("remove", aside, () => fs.unlink(aside)))
  ).pipe(
    Effect.as(true),
    Effect.catchIf(
      ({ code }) => code === "EEXIST",
      () => Effect.succeed(false)
    )
  )
}

const contentsOf = (lock: string) => orAbsent<string>("read", lock, (callback) => readFile(lock, "latin1", callback))

/** Removes the lock of a process that is gone, and no other that may have taken its place meanwhile. */
const remove = Effect.fnUntraced(function* (
  lock: string,
  expected: string,
  aside: string
): Effect.fn.Return<void, LocalError> {
  yield* orAbsent("write", lock, (callback) => rename(lock, aside, (error) => callback(error, undefined)))
  const taken = yield* contentsOf(aside)
  if (taken === undefined) return
  if (taken !== expected) yield* Effect.ignore(attempt("write", lock, () => fs.link(aside, lock)))
  yield* attempt("remove", aside, () => fs.unlink(aside))
}, Effect.uninterruptible)

const release = (lock: string, name: string) =>
  Effect.ignore(
    Effect.flatMap(contentsOf(lock), (found) =>
      found === name ? attempt("remove", lock, () => fs.unlink(lock)) : Effect.void
    )
  )

const inUse = (file: string, lock: string, maker: Maker | undefined): JournalError => {
  const user = maker === undefined ? "another process" : `the process ${maker.pid}`
  return new JournalError({
    file,
    reason: "InUse",
    detail: `${user} uses it; wait for its end, or delete ${JSON.stringify(lock)} if that is no longer there`
  })
}
