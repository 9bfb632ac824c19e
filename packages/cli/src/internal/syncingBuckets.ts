/**
 * `sync` where one of the places is in a bucket.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../Failure.ts"
import { drafts, ofCopy, report, uploadLeft } from "./copyReport.ts"
import { Output } from "./output.ts"
import * as Place from "./place.ts"
import { forPrune, type Options, withDeletions } from "./syncDeletions.ts"
import { settingsOf, storeSettingsOf } from "./transferSettings.ts"
import { checkApart, withTrees } from "./trees.ts"

/** Flags of what a copy through S3 cannot carry. */
const notHere = ({ annotation, owner, versions }: Options): string | undefined =>
  [
    ["--annotation", Option.isSome(annotation)] as const,
    ["--versions", versions] as const,
    ["--owner", owner] as const
  ].find(([, isGiven]) => isGiven)?.[0]

/**
 * Brings a tree to what another one is. Fails with a usage failure, before anything is sent, for flags that buckets
 * have nothing for.
 */
export const syncBuckets = Effect.fnUntraced(function* (from: Place.AnyPlace, to: Place.AnyPlace, options: Options) {
  const output = yield* Output
  const flag = notHere(options)
  if (flag !== undefined) return yield* usage(`${flag} is not for places of S3`, "write /path of the namespace")
  if (to._tag === "Local" && Option.isSome(options.retention)) {
    return yield* usage("--retention is for what is stored in HCP")
  }
  yield* checkApart(from, to, options.delete)
  const settings = yield* storeSettingsOf(options)
  const uploads = new Map<string, string>()
  const onBegun = (key: string, uploadId: string) => Effect.sync(() => uploads.set(key, uploadId))
  yield* withTrees(from, to, { ...settings, onBegun }, (source, target) =>
    Effect.gen(function* () {
      const { copy } = yield* Effect.promise(() => import("@effect-hcp/sdk/TreeCopy"))
      const { prune } = yield* Effect.promise(() => import("@effect-hcp/sdk/Comparison"))
      const common = yield* settingsOf(options, "sync", from, to)
      if (to._tag === "Local") yield* output.remains(drafts(to.path))
      yield* output.remains({ late: () => Array.from(uploads, ([key, id]) => uploadLeft(id, key)) })
      const outcomes = Stream.map(copy(source, target, { ...common, ifExists: "replace" }), (one) => {
        if (to._tag === "S3") uploads.delete(Place.bucketParts(one.to).key)
        return ofCopy(one)
      })
      yield* report(withDeletions(outcomes, options, prune(source, target, forPrune(common))), options)
    })
  )
}, Effect.scoped)
