/**
 * `restore`: an old version becomes the current one.
 *
 * HCP has no undelete: the data of the version is copied inside HCP onto the name of the object, as a new version, with
 * its annotations. What was current, or the deletion, stays as an old version.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, notFound } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { inStore } from "../../internal/gateways.ts"
import type { Version } from "../../internal/objectStore.ts"
import * as Place from "../../internal/place.ts"
import { remoteObject } from "../../internal/placeArgument.ts"

/** @internal */
export const restore = command(
  "restore",
  "Make an old version of an object the current one, or bring back one that was deleted",
  [
    ["hcp restore /invoices/42.pdf", "What was deleted: its last version"],
    ["hcp restore /invoices/42.pdf --version-id 101409226728257", "A version that `hcp versions` shows"]
  ],
  {
    place: remoteObject,
    versionId: optionalText(
      "version-id",
      "The version, as `hcp versions` shows it (default: the last one before the deletion)"
    ),
    dryRun: toggle("dry-run", "Only says what would be done")
  },
  ({ dryRun, place, versionId }) =>
    inStore(
      place,
      Effect.fnUntraced(function* (store, at, output) {
        const name = Place.print(at)
        const all = yield* Stream.runCollect(store.versions(at.path))
        const wanted = Option.getOrUndefined(versionId)
        const version = wanted === undefined ? yield* lastOf(name, all) : all.find(({ id }) => id === wanted)
        if (version === undefined) return yield* notFound(`${name} has no version ${wanted}`)
        if (version.type === "deletion") {
          return yield* new Failure({
            error: "Usage",
            message: `${version.id} of ${name} is a deletion, which has no data`,
            hint: "take a version that `hcp versions` shows as version",
            code: codes.usage
          })
        }
        if (dryRun) return yield* output.note(`would restore version ${version.id} of ${name}`)
        yield* store.restore(at.path, version.id)
        yield* output.note(`restored version ${version.id} of ${name}`)
      })
    )
)

/** The last version of an object that is deleted now. */
const lastOf = Effect.fnUntraced(function* (name: string, all: ReadonlyArray<Version>) {
  const [newest, ...older] = [...all].sort(newestFirst)
  if (newest === undefined) return yield* notFound(`${name} has no versions`)
  if (newest.type === "version") {
    return yield* new Failure({
      error: "Conflict",
      message: `${name} is not deleted`,
      hint: "say which of its versions with --version-id; `hcp versions` shows them",
      code: codes.conflict
    })
  }
  const found = older.find(({ type }) => type === "version")
  return found ?? (yield* notFound(`${name} has no version before its deletion`))
})

/** By time, and by id for those of the same millisecond: HCP counts it up. */
const newestFirst = (a: Version, b: Version): number => {
  const millis = ({ createdAt }: Version) => (createdAt === undefined ? 0 : DateTime.toEpochMillis(createdAt))
  return millis(b) - millis(a) || b.id.length - a.id.length || (b.id < a.id ? -1 : b.id > a.id ? 1 : 0)
}
