/**
 * `rm`: objects, versions, and whole directories.
 *
 * A directory is deleted only after a question where a person is at the terminal, unless `--yes` is given. In a script
 * or a pipe nobody could answer, and nothing is asked.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { fromError, partial, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { withStore } from "../../internal/gateways.ts"
import type { Deletion, ObjectStore } from "../../internal/objectStore.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 12 },
  { name: "kind", width: 9 },
  { name: "path" },
  { name: "message" }
]

const rowOf = ({ message, outcome, path, type }: Deletion): Row => ({
  outcome,
  kind: type,
  path,
  message: message ?? null
})

/** @internal */
export const rm = command(
  "rm",
  "Delete objects, or directories with everything in them",
  [
    ["hcp rm /tmp/a.txt /tmp/b.txt", "Two objects"],
    ["hcp rm -r /tmp --dry-run", "What would be deleted"],
    ["hcp rm /a.pdf --purge", "All versions of it"],
    ["hcp rm -r s3://finance/tmp --yes", "A folder of a bucket, without a question"]
  ],
  {
    places: Argument.String("place").pipe(
      Argument.withDescription(
        "What to delete: /path of the profile's namespace, PROFILE:/path, s3://bucket/key, or an empty s3://bucket"
      ),
      Argument.variadic({ min: 1 })
    ),
    recursive: toggle("recursive", "A directory with everything in it").pipe(Flag.withAlias("r")),
    yes: toggle("yes", "Asks nothing; without it a directory is asked for where a person is at the terminal").pipe(
      Flag.withAlias("y")
    ),
    dryRun: toggle("dry-run", "Only lists what would be deleted"),
    purge: toggle("purge", "All versions, where the namespace keeps them"),
    versionId: optionalText("version-id", "One version of an object"),
    reason: Flag.String("privileged").pipe(
      Flag.withDescription("Deletes in spite of retention, with this reason; takes the privileged permission"),
      Flag.withMetavar("reason"),
      Flag.optional
    ),
    concurrency: Flag.Int("concurrency").pipe(
      Flag.withDescription("How many objects of a directory are deleted at a time (default: 8)"),
      Flag.withDefault(8)
    )
  },
  ({ concurrency, dryRun, places, purge, reason, recursive, versionId, yes }) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (Option.isSome(versionId) && (recursive || purge || places.length > 1)) {
        return yield* usage("--version-id is for one object, without --recursive and --purge")
      }
      const options = { purge, privileged: Option.getOrUndefined(reason) }
      const all = yield* Effect.forEach(places, (place) => Effect.fromResult(Place.parseRemote(place)))
      let failed = 0
      let deleted = 0
      const planned = (store: ObjectStore, path: string) => {
        const here = Effect.map(store.head(path), ({ type }) => ({ type, path }))
        return output.rows(
          columns,
          Stream.map(
            recursive
              ? Stream.concat(store.walk(path), Stream.succeed({ type: "directory", path }))
              : Stream.fromEffect(here),
            ({ path, type }): Row => ({ outcome: "would delete", kind: type, path, message: null })
          )
        )
      }
      const one = (store: ObjectStore, at: Place.RemotePlace) =>
        Effect.gen(function* () {
          yield* store.delete(at.path, { ...options, version: Option.getOrUndefined(versionId) })
          deleted++
          yield* output.note(`deleted ${Place.print(at)}`)
        })
      const tree = (store: ObjectStore, at: Place.RemotePlace) => {
        const outcomes = store.deleteTree(at.path, { ...options, concurrency }).pipe(
          Stream.map((one) => {
            if (one.outcome === "failed") failed++
            else deleted++
            return one
          }),
          // What was deleted is told where results are asked for; people want to know what is still there.
          Stream.filter(({ outcome }) => output.format !== "table" || outcome === "failed")
        )
        return output.rows(columns, Stream.map(outcomes, rowOf))
      }
      const remove = Effect.fnUntraced(function* (store: ObjectStore, at: Place.RemotePlace) {
        if (dryRun) return yield* planned(store, at.path)
        if (!recursive) return yield* one(store, at)
        // What cannot be looked at may still have old versions in it.
        const type = yield* Effect.match(store.head(at.path), {
          onFailure: () => "directory" as const,
          onSuccess: ({ type }) => type
        })
        if (type === "object") return yield* one(store, at)
        if (!yes && !(yield* isMeant(Place.print(at)))) return yield* output.note(`left ${Place.print(at)}`)
        yield* tree(store, at)
      })
      yield* output.remains({
        now: () =>
          dryRun ? [] : [`interrupted: ${deleted} deleted, ${failed} failed`, "run the same command again to go on"]
      })
      yield* Effect.forEach(all, (at) => {
        const done = withStore(at, (store) => remove(store, at))
        return all.length === 1
          ? done
          : // The others are deleted all the same.
            Effect.catch(done, (error) => {
              failed++
              return output.failure(fromError(error))
            })
      })
      if (recursive && !dryRun) yield* output.note(`${deleted} deleted, ${failed} failed`)
      if (failed > 0) return yield* partial(failed, deleted + failed)
    }).pipe(Effect.scoped)
)

/** Asks where somebody is there to answer. */
const isMeant = Effect.fnUntraced(function* (place: string) {
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) return true
  return yield* Prompt.run(Prompt.Confirm({ message: `Delete ${place} with everything in it?` }))
})
