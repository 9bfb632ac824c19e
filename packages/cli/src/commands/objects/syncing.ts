/**
 * `sync`: makes a directory or folder as another one is.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import * as CopyFlags from "../../internal/copyFlags.ts"
import { orLocal, withBoth } from "../../internal/copyingBetween.ts"
import { drafts, ofCopy, ofDownload, ofUpload, report } from "../../internal/copyReport.ts"
import { toggle } from "../../internal/flagForms.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { forPrune, type Options, withDeletions } from "../../internal/syncDeletions.ts"
import { syncBuckets } from "../../internal/syncingBuckets.ts"
import { annotationOf, settingsOf, storeSettingsOf } from "../../internal/transferSettings.ts"
import { replacement } from "../../internal/trees.ts"

/** @internal */
export const sync = command(
  "sync",
  "Make a directory or bucket of HCP, or a folder, as another one is: what differs by size or hash is copied",
  [
    ["hcp sync scans /scans", "What is new or changed here is stored; in a namespace with versions as a new version"],
    ["hcp sync /scans ./scans --delete --dry-run", "Says what would be fetched, and deleted on this computer"],
    ["hcp sync old:/ new:/ --resume --bandwidth 50MB", "From one HCP to another; ended, it goes on"],
    [
      "hcp sync scans s3://archive/scans",
      "Into a bucket: compared by size and MD5, and by time where an object was stored in parts; buckets go every way"
    ]
  ],
  {
    ...CopyFlags.places,
    delete: toggle("delete", "Deletes from the destination what the source does not have"),
    ...CopyFlags.store,
    ...CopyFlags.between,
    ...CopyFlags.transfer
  },
  ({ destination, source, ...options }) =>
    Effect.gen(function* () {
      const from = yield* Effect.fromResult(Place.parseAny(source))
      const to = yield* Effect.fromResult(Place.parseAny(destination))
      if (Place.isBucket(from) || Place.isBucket(to)) return yield* syncBuckets(from, to, options)
      if (from._tag === "Local" && to._tag === "Hcp") return yield* withNamespace(to, (ns) => up(ns, from, to, options))
      if (from._tag === "Hcp" && to._tag === "Local") {
        return yield* orLocal(
          from,
          withNamespace(from, (ns) => down(ns, from, to, options))
        )
      }
      if (from._tag === "Hcp" && to._tag === "Hcp") {
        return yield* orLocal(
          from,
          withBoth(from, to, (one, other) => between(one, other, from, to, options))
        )
      }
      return yield* usage(
        `${source} cannot be brought to ${destination}`,
        "one of the places is a directory or bucket of HCP, the other one too or a folder of this computer"
      )
    })
)

const up = Effect.fnUntraced(function* (ns: Shape, from: Place.LocalPlace, to: Place.HcpPlace, options: Options) {
  const { Transfer, ...sdk } = yield* load
  const common = yield* settingsOf(options, "sync", from, to)
  const outcomes = Transfer.upload(from.path, to.path, {
    ...common,
    compare: true,
    ifExists: yield* replacement(ns),
    put: { ...(yield* storeSettingsOf(options)), annotation: yield* annotationOf(options.annotation) }
  }).pipe(Stream.provideService(sdk.Namespace, ns), Stream.map(ofUpload))
  const left = { folder: from.path }
  const right = { namespace: ns, path: to.path }
  yield* report(withDeletions(outcomes, options, sdk.Comparison.prune(left, right, forPrune(common))), options)
}, Effect.scoped)

const down = Effect.fnUntraced(function* (ns: Shape, from: Place.HcpPlace, to: Place.LocalPlace, options: Options) {
  const { Transfer, ...sdk } = yield* load
  const common = yield* settingsOf(options, "sync", from, to)
  yield* (yield* Output).remains(drafts(to.path))
  const outcomes = Transfer.download(from.path, to.path, { ...common, ifExists: "replace" }).pipe(
    Stream.provideService(sdk.Namespace, ns),
    Stream.map(ofDownload)
  )
  const left = { namespace: ns, path: from.path }
  const right = { folder: to.path }
  yield* report(withDeletions(outcomes, options, sdk.Comparison.prune(left, right, forPrune(common))), options)
}, Effect.scoped)

const between = Effect.fnUntraced(function* (
  one: Shape,
  other: Shape,
  from: Place.HcpPlace,
  to: Place.HcpPlace,
  options: Options
) {
  const { Comparison, NamespaceCopy } = yield* load
  const common = yield* settingsOf(options, "sync", from, to)
  const left = { namespace: one, path: from.path }
  const right = { namespace: other, path: to.path }
  const outcomes = NamespaceCopy.tree(left, right, {
    ...common,
    ifExists: yield* replacement(other),
    settings: yield* storeSettingsOf(options),
    versions: options.versions,
    owner: options.owner
  }).pipe(Stream.map(ofCopy))
  yield* report(withDeletions(outcomes, options, Comparison.prune(left, right, forPrune(common))), options)
}, Effect.scoped)

const load = Effect.promise(async () => ({
  Transfer: await import("@effect-hcp/sdk/Transfer"),
  Namespace: (await import("@effect-hcp/sdk/Namespace")).Namespace,
  NamespaceCopy: await import("@effect-hcp/sdk/NamespaceCopy"),
  Comparison: await import("@effect-hcp/sdk/Comparison")
}))
