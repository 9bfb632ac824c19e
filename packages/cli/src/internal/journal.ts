/**
 * The journal of a transfer: the one that is named, or one of its own among the state of the user.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { hostOf } from "./connection.ts"
import { ownJournal, type TransferOptions } from "./copyFlags.ts"
import { Output } from "./output.ts"
import { makeOwnFolder } from "./ownFolder.ts"
import * as Place from "./place.ts"

/** What decides what the copies are like: a journal of others says nothing about these. */
interface Options extends TransferOptions {
  readonly retention?: Option.Option<string>
  readonly index?: Option.Option<boolean>
  readonly annotation?: Option.Option<string>
  readonly versions?: boolean
  readonly owner?: boolean
}

/**
 * Opens the journal of a transfer, which is held until the scope closes. One of its own is gone once everything is
 * done, so that the same command looks at everything anew; one that is named stays.
 */
export const journalOf = Effect.fnUntraced(function* (
  options: Options,
  command: string,
  places: ReadonlyArray<Place.AnyPlace>
) {
  if (Option.isNone(options.resume)) return undefined
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const transfer = [command, ...(yield* Effect.forEach(places, textOf)), ...settingsOf(options)].join(" ")
  const isOwn = options.resume.value === ownJournal
  const file = isOwn ? yield* ownFile(command, transfer) : options.resume.value
  const Journal = yield* Effect.promise(() => import("@effect-hcp/sdk/TransferJournal"))
  const journal = yield* Journal.make(file, { transfer })
  // As long as it is held: nobody else has begun with it.
  if (isOwn) yield* Effect.addFinalizer((exit) => (Exit.isSuccess(exit) ? Effect.ignore(fs.remove(file)) : Effect.void))
  yield* output.remains({ now: () => [`the journal ${file} says what is done`] })
  return journal
})

/** The same transfer has the same file, whatever is under way besides it. */
const ownFile = Effect.fnUntraced(function* (command: string, transfer: string) {
  const path = yield* Path.Path
  const directories = yield* UserDirectories.UserDirectories
  const folder = path.join(yield* directories.state("hcp"), "journals")
  yield* makeOwnFolder(folder)
  const name = createHash("sha256").update(transfer).digest("hex").slice(0, 32)
  return path.join(folder, `${command}-${name}.journal`)
})

/** A place as it is meant wherever the command is called, and whichever profile leads there. */
const textOf = Effect.fnUntraced(function* (place: Place.AnyPlace) {
  const path = yield* Path.Path
  if (place._tag === "Local") return `file:${path.resolve(place.path)}`
  if (place._tag === "Standard") return "-"
  const host = yield* hostOf(place)
  return Place.isBucket(place) ? `${place.path} at ${host}` : `hcp://${host}${place.path}`
})

const settingsOf = ({ annotation, index, owner, retention, versions }: Options): ReadonlyArray<string> => [
  ...textsOf("--retention", retention),
  ...textsOf("--index", index),
  ...textsOf("--annotation", annotation),
  ...(versions === true ? ["--versions"] : []),
  ...(owner === true ? ["--owner"] : [])
]

const textsOf = (flag: string, value: Option.Option<string | boolean> = Option.none()): ReadonlyArray<string> =>
  Option.match(value, { onNone: () => [], onSome: (said) => [`${flag}=${said}`] })
