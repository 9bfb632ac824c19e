/**
 * `mv`: objects from one place of HCP to another.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import * as CopyFlags from "../../internal/copyFlags.ts"
import { copyBetween, isSameProfile, withBoth } from "../../internal/copyingBetween.ts"
import { copyWithBuckets } from "../../internal/copyingBuckets.ts"
import * as Place from "../../internal/place.ts"
import * as StoreFlags from "../../internal/storeFlags.ts"

/** @internal */
export const mv = command(
  "mv",
  "Move objects and directories from one place of HCP to another",
  [
    ["hcp mv /inbox/42.pdf /invoices/", "It is copied with its metadata, compared, and then deleted where it was"],
    [
      "hcp mv -r /inbox /archive/2026",
      "A directory: each object is deleted once its copy is proved, then what is empty"
    ],
    ["hcp mv -r old:/scans new:/scans", "From one HCP to another"],
    ["hcp mv s3://inbox/42.pdf s3://invoices/", "Between buckets, or a bucket and a namespace"]
  ],
  {
    source: Argument.String("source").pipe(
      Argument.withDescription("Object or directory: /path, PROFILE:/path or s3://bucket/key")
    ),
    destination: Argument.String("destination").pipe(
      Argument.withDescription("Where to; what ends with / is a directory that the name is added to")
    ),
    recursive: CopyFlags.recursive,
    ifExists: StoreFlags.ifExists,
    ...CopyFlags.between,
    ...CopyFlags.transfer
  },
  ({ destination, source, ...options }) =>
    Effect.gen(function* () {
      const from = yield* Effect.fromResult(Place.parseRemote(source))
      const to = yield* Effect.fromResult(Place.parseRemote(destination))
      const all = { ...options, retention: Option.none(), index: Option.none(), annotation: Option.none() }
      if (Place.isBucket(from) || Place.isBucket(to)) {
        return yield* copyWithBuckets(from, to, all, { done: "moved", plan: "move", deleteSource: true })
      }
      const path = CopyFlags.inside(to.path, CopyFlags.baseName(from.path))
      if (isSameProfile(from, to) && path === from.path) return yield* usage("source and destination are the same")
      yield* withBoth(from, to, (one, other) =>
        copyBetween({ namespace: one, place: from }, { namespace: other, place: to }, all, {
          command: "mv",
          done: "moved",
          plan: "move",
          deleteSource: true
        })
      )
    })
)
