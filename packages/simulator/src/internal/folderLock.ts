/**
 * One process at a time works on a data folder: a file in it names the process, and means nothing once that has ended.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { SimulatorError } from "../SimulatorError.ts"
import * as File from "./file.ts"

const Holder = Schema.fromJsonString(
  Schema.Struct({
    pid: Schema.Int.check(Schema.isGreaterThan(0)),
    /**
     * What only one process of this id can have: its start in the operating system's own count. Empty where that is not
     * told.
     */
    started: Schema.String
  })
)

type Holder = typeof Holder.Type

const decode = Schema.decodeUnknownResult(Holder)

const textOf = (file: string): string =>
  Result.getOrElse(
    Result.try(() => Fs.readFileSync(file, "utf8")),
    () => ""
  )

/** The 22nd field of what Linux tells of a process; the name in the second one may hold blanks and brackets. */
const startOf = (pid: number): string => {
  const text = textOf(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? ""
}

const isThere = (pid: number): boolean => {
  const asked = Result.try({
    try: () => process.kill(pid, 0),
    catch: (cause) => cause instanceof Error && "code" in cause && cause.code
  })
  // Somebody else's process may not be signalled, but is there.
  return Result.isSuccess(asked) || asked.failure === "EPERM"
}

const isAlive = ({ pid, started }: Holder): boolean => {
  if (!isThere(pid)) return false
  const now = startOf(pid)
  return started === "" || now === "" || now === started
}

/** Whose lock it is; undefined for nobody's, or one that says nothing. */
const holderIn = (file: string): Effect.Effect<Holder | undefined> =>
  Effect.sync(() => Result.getOrUndefined(decode(textOf(file))))

const isSame = (a: Holder | undefined, b: Holder | undefined): boolean => a?.pid === b?.pid && a?.started === b?.started

/** Gives the draft the name of the lock; false if there is one already. */
const claim = (draft: string, file: string): Effect.Effect<boolean, SimulatorError> =>
  Effect.as(File.link(draft, file), true).pipe(
    Effect.catch((error) =>
      Effect.flatMap(File.exists(file), (taken) => (taken ? Effect.succeed(false) : Effect.fail(error)))
    )
  )

/** Takes away a lock that was found to be left behind. Somebody may have been faster: what was theirs is put back. */
const clear = Effect.fnUntraced(function* (
  file: string,
  aside: string,
  left: Holder | undefined
): Effect.fn.Return<void, SimulatorError> {
  yield* Effect.ignore(File.rename(file, aside))
  const found = yield* holderIn(aside)
  if (!isSame(found, left)) yield* Effect.ignore(File.link(aside, file))
  yield* File.remove(aside)
})

// Each further try means that another process has come and gone in between.
const tries = 5

/**
 * Holds a folder until the scope closes. Fails with reason `storage` while another process, or this one, holds it.
 *
 * @internal
 */
export const hold = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<void, SimulatorError, Scope.Scope> {
  const file = Path.join(folder, "lock.json")
  const draft = `${file}.${Crypto.randomUUID()}`
  const own: Holder = { pid: process.pid, started: startOf(process.pid) }
  const acquire = Effect.gen(function* () {
    yield* Effect.fromResult(File.replaceNow(draft, JSON.stringify(own)))
    for (let left = tries; left > 0; left--) {
      if (yield* claim(draft, file)) return
      const holder = yield* holderIn(file)
      if (holder !== undefined && isAlive(holder)) return yield* inUse(folder, file, holder)
      yield* clear(file, `${draft}.old`, holder)
    }
    return yield* new SimulatorError({ reason: "storage", message: `${file} cannot be had; try again` })
  }).pipe(Effect.ensuring(Effect.ignore(File.remove(draft))))
  yield* Effect.acquireRelease(acquire, () =>
    Effect.flatMap(holderIn(file), (holder) => (isSame(holder, own) ? Effect.ignore(File.remove(file)) : Effect.void))
  )
})

const inUse = (folder: string, file: string, { pid }: Holder): SimulatorError =>
  new SimulatorError({
    reason: "storage",
    message:
      `${folder} is in use by the process ${pid}; ` +
      `end that simulator or choose another folder (if it is none, remove ${file})`
  })
