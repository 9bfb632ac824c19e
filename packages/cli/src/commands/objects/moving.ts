/**
 * `mv`: objects from one name to another.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import { codes } from "../../ExitCode.ts"
import { Failure, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import { baseName, dryRun, inside } from "../../internal/copyFlags.ts"
import { isSameProfile } from "../../internal/copyingInside.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"

/** @internal */
export const mv = command(
  "mv",
  "Move an object inside a namespace",
  [["hcp mv /inbox/42.pdf /invoices/", "It is copied with its metadata, compared, and then deleted where it was"]],
  {
    source: Argument.String("source").pipe(Argument.withDescription("Object: /path, or PROFILE:/path")),
    destination: Argument.String("destination").pipe(
      Argument.withDescription("Where to; what ends with / is a directory that the name is added to")
    ),
    dryRun
  },
  ({ destination, dryRun, source }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const from = yield* Effect.fromResult(Place.parseHcp(source))
      const to = yield* Effect.fromResult(Place.parseHcp(destination))
      if (!isSameProfile(from, to)) return yield* usage("the places are of two profiles", "copy it, and delete it then")
      const path = inside(to.path, baseName(from.path))
      if (path === from.path) return yield* usage("source and destination are the same")
      if (dryRun) return yield* output.note(`would move ${from.path} to ${path}`)
      yield* withNamespace(from, (ns) =>
        Effect.gen(function* () {
          const before = yield* ns.head(from.path)
          if (before.type === "directory") return yield* usage(`${from.path} is a directory`, "move its objects")
          yield* ns.copy(from.path, path, {
            metadata: "all",
            ...(before.etag === undefined ? {} : { source: { ifMatch: [before.etag] } })
          })
          const after = yield* ns.head(path)
          // Only what is proved to be there under its new name is deleted under its old one.
          if (after.size !== before.size || after.hash?.hex !== before.hash?.hex) {
            return yield* new Failure({
              error: "Integrity",
              message: `the copy ${path} is not as ${from.path}: nothing was deleted`,
              code: codes.failed
            })
          }
          yield* ns.delete(from.path)
        })
      )
      yield* output.note(`moved ${from.path} to ${path}`)
    })
)
