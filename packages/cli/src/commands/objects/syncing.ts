/**
 * `sync`: makes a directory or folder as another one is.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import * as CopyFlags from "../../internal/copyFlags.ts"
import { orLocal, withBoth } from "../../internal/copyingBetween.ts"
import { drafts, ofCopy, ofDownload, ofPrune, ofUpload, type Reported, report } from "../../internal/copyReport.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { annotationOf, settingsOf, storeSettingsOf } from "../../internal/transferSettings.ts"

interface Options extends Omit<CopyFlags.Options, "recursive" | "ifExists"> {
  readonly delete: boolean
}

/** @internal */
export const sync = command(
  "sync",
  "Make a directory of HCP, or a folder, as another one is: what differs by size or hash is copied",
  [
    ["hcp sync scans /scans", "What is new or changed here is stored; in a namespace with versions as a new version"],
    ["hcp sync /scans ./scans --delete --dry-run", "Says what would be fetched, and deleted on this computer"],
    ["hcp sync old:/ new:/ --resume --bandwidth 50MB", "From one HCP to another; ended, it goes on"]
  ],
  {
    ...CopyFlags.places,
    delete: Flag.Boolean("delete").pipe(
      Flag.withDescription("Deletes from the destination what the source does not have"),
      Flag.withDefault(false)
    ),
    ...CopyFlags.store,
    ...CopyFlags.between,
    ...CopyFlags.transfer
  },
  ({ destination, source, ...options }) =>
    Effect.gen(function* () {
      const from = yield* Effect.fromResult(Place.parse(source))
      const to = yield* Effect.fromResult(Place.parse(destination))
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
        "one of the places is a directory of HCP, the other one too or a folder of this computer"
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

/** A namespace that keeps versions gets one more, and loses nothing. Where it does not say, HCP decides. */
const replacement = (ns: Shape) =>
  ns.info.namespaces().pipe(
    Effect.map(([own]) => (own?.versioningEnabled === true ? "newVersion" : "replace")),
    Effect.orElseSucceed(() => "replace" as const)
  )

const forPrune = ({ concurrency, include, plan }: Effect.Success<ReturnType<typeof settingsOf>>) => ({
  concurrency,
  include,
  plan
})

/**
 * What only the destination has goes last, once everything was found and looked at. Where something failed nothing is
 * deleted, as with rsync and rclone: what was renamed at the source would be at neither name.
 */
const withDeletions = <E, R, E2, R2>(
  outcomes: Stream.Stream<Reported, E, R>,
  options: Options,
  deletions: Stream.Stream<Parameters<typeof ofPrune>[0] & Omit<Reported, "source" | "destination">, E2, R2>
): Stream.Stream<Reported, E | E2, R | R2 | Output> =>
  options.delete
    ? Stream.suspend(() => {
        let failed = 0
        const counted = Stream.map(outcomes, (one) => {
          if (one._tag === "Failed") failed++
          return one
        })
        const deleted: Stream.Stream<Reported, E2, R2 | Output> = Stream.map(deletions, (one) => ({
          ...ofPrune(one),
          reason: one._tag === "Planned" ? "delete" : undefined
        }))
        const kept = Effect.flatMap(Output, ({ note }) =>
          note(`nothing is deleted, as ${failed} failed; run the same command again when that is mended`)
        )
        return Stream.concat(
          counted,
          Stream.suspend(() => (failed === 0 ? deleted : Stream.drain(Stream.fromEffect(kept))))
        )
      })
    : outcomes
