/**
 * The names of files in the making: whose they are, and whether their maker is gone.
 *
 * A process that is killed leaves its drafts behind. Their names tell the next run which process that was, so that it
 * removes what nobody will ever finish, and nothing else.
 *
 * @internal
 */
import { createHash, randomUUID } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { codeOf } from "../../internal/body/fileErrors.ts"
import type { LocalError } from "../../LocalError.ts"
import { attempt } from "./localError.ts"

/** The process that makes a draft. */
export interface Maker {
  /**
   * A hash of the name of the host and of the space its process ids are counted in: containers may share the former.
   */
  readonly host: string
  /** Which start of the host it was; zeros where the host does not say. */
  readonly boot: string
  readonly pid: number
  /** When the process began, in a unit of the host's; `0` where the host does not say. Process ids are used again. */
  readonly start: string
}

const unknownBoot = "0".repeat(32)
const unknownStart = "0"

const form = /^\.hcp-([0-9a-f]{16})-([0-9a-f]{32})-([1-9]\d{0,9})-(\d{1,20})-[0-9a-f]{16}\.part$/

/** Whether a file of this name is a draft. */
export const isDraftName = (name: string): boolean => form.test(name)

/** Who makes the draft of this name; `undefined` for any other name. */
export const makerOf = (name: string): Maker | undefined => {
  const [, host, boot, pid, start] = form.exec(name) ?? []
  return host === undefined || boot === undefined || start === undefined
    ? undefined
    : { host, boot, pid: Number(pid), start }
}

/** A name for a draft of this maker, which nobody can guess: both ends of a UUID are random, its middle is not. */
export const draftName = ({ boot, host, pid, start }: Maker): string => {
  const uuid = randomUUID()
  return `.hcp-${host}-${boot}-${pid}-${start}-${uuid.slice(0, 8)}${uuid.slice(-8)}.part`
}

// Files of the kernel, which are read without waiting for any disk.
const textOf = (file: string): string | undefined =>
  Result.getOrUndefined(Result.try(() => readFileSync(file, "latin1")))

/** When a process began: the 22nd field of its `stat`, behind the name, which may hold anything. */
const startOf = (pid: number | "self"): string | undefined => {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
}

const findMaker = Effect.sync((): Maker => {
  const space = Result.getOrElse(
    Result.try(() => readlinkSync("/proc/self/ns/pid")),
    () => ""
  )
  const boot = textOf("/proc/sys/kernel/random/boot_id")?.trim().replaceAll("-", "").toLowerCase() ?? ""
  return {
    host: createHash("sha256").update(`${os.hostname()}\0${space}`).digest("hex").slice(0, 16),
    boot: /^[0-9a-f]{32}$/.test(boot) ? boot : unknownBoot,
    pid: process.pid,
    start: startOf("self") ?? unknownStart
  }
})

/** This process. It stays what it is, and to find out takes three files of the kernel. */
export const thisProcess: Effect.Effect<Maker> = Effect.runSync(Effect.cached(findMaker))

/** Whether a process of this computer is the one that was meant, and lives. In doubt it does. */
const lives = ({ pid, start }: Maker): boolean => {
  const asked = Result.try({ try: () => process.kill(pid, 0), catch: codeOf })
  if (Result.isFailure(asked) && asked.failure === "ESRCH") return false
  const found = startOf(pid)
  return found === undefined || start === unknownStart || found === start
}

/** Whether a process of this computer is gone for certain: of another one nobody can tell. */
export const isGone = (maker: Maker, own: Maker): boolean =>
  maker.host === own.host &&
  (maker.boot === own.boot ? !lives(maker) : maker.boot !== unknownBoot && own.boot !== unknownBoot)

const patienceMillis = 7 * 24 * 60 * 60 * 1000

/** Whether nobody will ever finish a draft. `touched` is when it was written to last. */
const isAbandoned = (maker: Maker, own: Maker, touched: number, now: number): boolean => {
  // Computers of one name may share the folder, so another start may be another computer's.
  const isNeighbour = maker.boot === own.boot && own.boot !== unknownBoot
  return (isNeighbour && isGone(maker, own)) || now - touched > patienceMillis
}

const removeIfAbandoned = Effect.fnUntraced(function* (
  file: string,
  maker: Maker,
  own: Maker,
  now: number
): Effect.fn.Return<boolean, LocalError> {
  const stats = yield* attempt("read", file, () => fs.lstat(file))
  // The time of the last change cannot be set, that of the last write can.
  if (!stats.isFile() || !isAbandoned(maker, own, Math.max(stats.mtimeMs, stats.ctimeMs), now)) return false
  yield* attempt("remove", file, () => fs.unlink(file))
  return true
})

/** What a look through a folder found: the drafts that it removed, and whether there is anything else than drafts. */
export interface Swept {
  readonly removed: number
  readonly isEmpty: boolean
}

/** Removes the drafts in a folder that nobody will ever finish. What cannot be removed, or be listed, stays. */
export const sweep = (folder: string): Effect.Effect<Swept> =>
  Effect.scoped(
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        attempt("list", folder, () => fs.opendir(folder)),
        (opened) => Effect.ignore(attempt("close", folder, () => opened.close()))
      )
      const own = yield* thisProcess
      const now = yield* Clock.currentTimeMillis
      let removed = 0
      let isEmpty = true
      while (true) {
        const entry = yield* attempt("list", folder, () => directory.read())
        if (entry === null) return { removed, isEmpty }
        const maker = makerOf(entry.name)
        if (maker === undefined) {
          isEmpty = false
          continue
        }
        const isRemoved = yield* Effect.option(removeIfAbandoned(path.join(folder, entry.name), maker, own, now))
        if (Option.getOrElse(isRemoved, () => false)) removed++
      }
    })
  ).pipe(Effect.catch(() => Effect.succeed({ removed: 0, isEmpty: false })))
