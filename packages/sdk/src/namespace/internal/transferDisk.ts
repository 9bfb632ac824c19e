/**
 * Puts files into a folder without ever leaving it.
 *
 * Links that are there are not followed. Between a look at a folder and the use of it somebody else who may write there
 * could replace it by a link: the operating system offers Node no way to close that gap.
 *
 * @internal
 */
import { realpath } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as DraftFile from "../../DraftFile.ts"
import type { LocalError } from "../../LocalError.ts"
import { draftName, sweep, thisProcess } from "./draftName.ts"
import { collision, fileAt, isSameName, throughLink } from "./fileAt.ts"
import type { WholeDraft } from "./intoFile.ts"
import { attempt, orAbsent } from "./localError.ts"
import { makeLocalFolder } from "./localFolder.ts"
import type { SmallFilesLater } from "./smallFiles.ts"
import { syncNames } from "./syncDisk.ts"
import { folded } from "./transferNames.ts"

/** The folder everything goes below, without links in it; made if it is not there, with `sync` on the disk. */
export const makeRoot = Effect.fnUntraced(function* (
  folder: string,
  sync: boolean
): Effect.fn.Return<string, LocalError> {
  const firstMade = yield* makeLocalFolder(folder)
  if (sync && firstMade !== undefined) {
    const above = path.dirname(firstMade)
    yield* syncNames(above, path.relative(above, path.resolve(folder)).split(path.sep))
  }
  return yield* attempt("open", folder, () => fs.realpath(folder))
})

/** The same without making it. */
export const findRoot = (folder: string): Effect.Effect<string, LocalError> =>
  Effect.map(realPath(folder), (real) => real ?? path.resolve(folder))

// JavaScript's own way of `realpath` asks for each folder above.
const realPath = (folder: string): Effect.Effect<string | undefined, LocalError> =>
  orAbsent("open", folder, (callback) => realpath.native(folder, callback))

/** The folder at these names below the root, if it is there, and is reached without a link. */
const findFolder = (root: string, names: ReadonlyArray<string>): Effect.Effect<string | undefined, LocalError> => {
  const folder = path.join(root, ...names)
  return Effect.flatMap(realPath(folder), (real) => {
    if (real === undefined || isSameName(real, folder)) return Effect.succeed(real)
    return Effect.fail(folded(real) === folded(folder) ? collision("open", folder, real) : throughLink("open", folder))
  })
}

/** The same, made where it is not there. */
export const makeFolder = (
  root: string,
  names: ReadonlyArray<string>
): Effect.Effect<{ readonly folder: string; readonly isNew: boolean }, LocalError> =>
  Effect.flatMap(findFolder(root, names), (found) =>
    found === undefined ? makeMissing(root, names) : Effect.succeed({ folder: found, isNew: false })
  )

const makeMissing = (
  root: string,
  names: ReadonlyArray<string>
): Effect.Effect<{ readonly folder: string; readonly isNew: boolean }, LocalError> =>
  Effect.gen(function* () {
    const folder = path.join(root, ...names)
    // The root itself was there a moment ago.
    if (names.length > 0) yield* makeFolder(root, names.slice(0, -1))
    const isNew = yield* attempt("make", folder, () => fs.mkdir(folder)).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ code }) => code === "EEXIST",
        () => Effect.succeed(false)
      )
    )
    const made = yield* findFolder(root, names)
    // There is something, and it leads nowhere.
    if (made === undefined) return yield* throughLink("make", folder)
    return { folder: made, isNew }
  })

const remembered = 4_096

/**
 * The folders below the root that files come into. Each is looked through once, as far as they are remembered: how it
 * is reached, what killed processes left in it, and whether there is anything. Where nothing was, no file is looked
 * for.
 */
export class Folders {
  readonly #root: string
  readonly #looks = new Map<string, Effect.Effect<boolean, LocalError>>()

  constructor(root: string) {
    this.#root = root
  }

  /** Whether nothing was in a folder, or it is not there. With `plan` what was left stays. */
  isEmpty(names: ReadonlyArray<string>, plan: boolean): Effect.Effect<boolean, LocalError> {
    return Effect.suspend(() => {
      const key = names.join("/")
      const known = this.#looks.get(key)
      if (known !== undefined) return known
      const look = Effect.flatMap(findFolder(this.#root, names), (folder) =>
        folder === undefined
          ? Effect.succeed(true)
          : plan
            ? Effect.succeed(false)
            : Effect.map(sweep(folder), ({ isEmpty }) => isEmpty)
      )
      return Effect.flatMap(Effect.cached(look), (cached) => {
        if (this.#looks.size === remembered) this.#looks.clear()
        this.#looks.set(key, cached)
        return cached
      })
    })
  }
}

/** The file that is at a place already. Fails where it is something else, or was meant to have another name. */
export const existing = (
  root: string,
  names: ReadonlyArray<string>
): Effect.Effect<{ readonly file: string; readonly size: number } | undefined, LocalError> =>
  Effect.flatMap(fileAt(path.join(root, ...names)), (found) =>
    found === undefined ? Effect.undefined : Effect.as(findFolder(root, names.slice(0, -1)), found)
  )

/** Begins a file at a place below the root that was looked at a moment ago. */
export const draft = (
  root: string,
  names: ReadonlyArray<string>,
  options: DraftFile.Options
): Effect.Effect<DraftFile.DraftFile, LocalError, Scope.Scope> =>
  Effect.andThen(makeFolder(root, names.slice(0, -1)), DraftFile.makeUnlooked(path.join(root, ...names), options))

/** Begins a small file at such a place, which is given all its bytes at once. */
export const wholeDraft = (
  root: string,
  names: ReadonlyArray<string>,
  options: DraftFile.Options,
  small: SmallFilesLater
): Effect.Effect<WholeDraft> =>
  Effect.map(thisProcess, (maker) => {
    const file = path.join(root, ...names)
    const folder = path.dirname(file)
    let bytes: Uint8Array = new Uint8Array()
    let at: DateTime.Utc | undefined
    const ordinary = Effect.scoped(
      Effect.gen(function* () {
        const target = yield* draft(root, names, options)
        yield* target.write(bytes, 0)
        if (at !== undefined) yield* target.touch(at)
        yield* target.finish
      })
    )
    return {
      write: (pieces) =>
        Effect.sync(() => {
          bytes = pieces instanceof Uint8Array ? pieces : Buffer.concat(pieces)
        }),
      touch: (time) =>
        Effect.sync(() => {
          at = time
        }),
      finish: Effect.suspend(() => {
        const temporary = path.join(folder, draftName(maker))
        // A copy: memory is given to the thread, and what is of it elsewhere is gone.
        const given = { folder, temporary, file, bytes: new Uint8Array(bytes), mtime: secondsOf(at) }
        return Effect.flatMap(small.place(given), (isPlaced) => (isPlaced ? Effect.void : ordinary))
      })
    }
  })

const secondsOf = (time: DateTime.Utc | undefined): number | undefined =>
  time === undefined ? undefined : time.epochMilliseconds / 1000
