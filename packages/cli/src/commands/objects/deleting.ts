/**
 * `rm`: objects, versions, and whole directories.
 *
 * @internal
 */
import type { Outcome } from "@effect-hcp/sdk/DeleteTree"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { partial, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 12 },
  { name: "kind", width: 9 },
  { name: "path" },
  { name: "message" }
]

const rowOf = (one: Outcome): Row => ({
  outcome: one._tag.toLowerCase(),
  kind: one.kind,
  path: one.path,
  message: one._tag === "Failed" ? one.error.message : null
})

/** @internal */
export const rm = command(
  "rm",
  "Delete objects, or directories with everything in them",
  [
    ["hcp rm /tmp/a.txt /tmp/b.txt", "Two objects"],
    ["hcp rm -r /tmp --dry-run", "What would be deleted"],
    ["hcp rm /a.pdf --purge", "All versions of it"]
  ],
  {
    places: Argument.String("place").pipe(
      Argument.withDescription("What to delete: /path of the profile's namespace, or PROFILE:/path"),
      Argument.variadic({ min: 1 })
    ),
    recursive: Flag.Boolean("recursive").pipe(
      Flag.withAlias("r"),
      Flag.withDescription("A directory with everything in it"),
      Flag.withDefault(false)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Only lists what would be deleted"),
      Flag.withDefault(false)
    ),
    purge: Flag.Boolean("purge").pipe(
      Flag.withDescription("All versions, where the namespace keeps them"),
      Flag.withDefault(false)
    ),
    versionId: Flag.String("version-id").pipe(Flag.withDescription("One version of an object"), Flag.optional),
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
  ({ concurrency, dryRun, places, purge, reason, recursive, versionId }) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (Option.isSome(versionId) && (recursive || purge || places.length > 1)) {
        return yield* usage("--version-id is for one object, without --recursive and --purge")
      }
      const options = {
        purge,
        privileged: Option.getOrUndefined(Option.map(reason, (text) => ({ reason: text })))
      }
      const all = yield* Effect.forEach(places, (place) => Effect.fromResult(Place.parseHcp(place)))
      let failed = 0
      let count = 0
      yield* Effect.forEach(all, (at) =>
        withNamespace(at, (ns) => {
          if (dryRun) {
            const found = recursive
              ? Stream.concat(
                  Stream.map(ns.walk(at.path), ({ _tag, path }) => ({ kind: _tag.toLowerCase(), path })),
                  Stream.succeed({ kind: "directory", path: at.path })
                )
              : Stream.fromEffect(Effect.map(ns.head(at.path), ({ type }) => ({ kind: type, path: at.path })))
            return output.rows(
              columns,
              Stream.map(found, ({ kind, path }): Row => ({ outcome: "would delete", kind, path, message: null }))
            )
          }
          if (!recursive) {
            return Effect.andThen(
              ns.delete(at.path, { ...options, versionId: Option.getOrUndefined(versionId) }),
              output.note(`deleted ${Place.print(at)}`)
            )
          }
          const outcomes = ns.deleteTree(at.path, { ...options, concurrency }).pipe(
            Stream.tap(({ _tag }) =>
              Effect.sync(() => {
                count++
                if (_tag === "Failed") failed++
              })
            ),
            // What was deleted is told where results are asked for; people want to know what is still there.
            Stream.filter(({ _tag }) => output.format !== "table" || _tag === "Failed")
          )
          return output.rows(columns, Stream.map(outcomes, rowOf))
        })
      )
      if (recursive && !dryRun) yield* output.note(`${count - failed} deleted, ${failed} failed`)
      if (failed > 0) return yield* partial(failed, count)
    })
)
