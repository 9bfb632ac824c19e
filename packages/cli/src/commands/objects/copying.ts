/**
 * `cp`: files and folders into a namespace and out of it, and objects from one place of HCP to another.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import * as CopyFlags from "../../internal/copyFlags.ts"
import { copyBetween, orLocal, withBoth } from "../../internal/copyingBetween.ts"
import { copyWithBuckets } from "../../internal/copyingBuckets.ts"
import { copying, unfinished } from "../../internal/copyReport.ts"
import { download } from "../../internal/downloading.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import * as StoreFlags from "../../internal/storeFlags.ts"
import { settingsOfOne } from "../../internal/transferSettings.ts"
import { upload } from "../../internal/uploading.ts"

/** @internal */
export const cp = command(
  "cp",
  "Copy files and folders to HCP and from it, and objects from HCP to HCP",
  [
    ["hcp cp scan.pdf /invoices/ --retention A+10y", "A file, kept for ten years"],
    ["hcp cp -r scans/2026 /scans/2026 --if-exists skip", "A folder; again, it goes on where it was"],
    ["hcp cp -r /scans/2026 ./2026", "A directory of HCP into a folder"],
    ["hcp cp /a.pdf /archive/a.pdf", "Inside HCP, without moving the data"],
    ["hcp cp -r s3://finance/q4 ./q4", "A folder of a bucket; buckets go in every direction"],
    ["hcp cp -r old:/scans new:/scans --versions --resume", "From one HCP to another, with all versions"]
  ],
  {
    ...CopyFlags.places,
    ...CopyFlags.all
  },
  ({ destination, source, ...options }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const from = yield* Effect.fromResult(Place.parseAny(source))
      const to = yield* Effect.fromResult(Place.parseAny(destination))
      if (Place.isBucket(from) || Place.isBucket(to)) return yield* copyWithBuckets(from, to, options)
      if (from._tag === "Hcp") {
        if (to._tag === "Local") {
          return yield* orLocal(
            from,
            withNamespace(from, (ns) => download(ns, from, to, options))
          )
        }
        if (to._tag === "Standard") return yield* withNamespace(from, (ns) => output.raw(ns.stream(from.path)))
        if (to._tag !== "Hcp") return yield* usage(`${source} cannot be copied to ${destination}`)
        return yield* orLocal(
          from,
          withBoth(from, to, (one, other) =>
            copyBetween({ namespace: one, place: from }, { namespace: other, place: to }, options, {
              ...copying,
              command: "cp"
            })
          )
        )
      }
      if (to._tag !== "Hcp") return yield* usage("neither of the places is in HCP", "write /path, or PROFILE:/path")
      if (from._tag === "Local") return yield* withNamespace(to, (ns) => upload(ns, from, to, options))
      yield* fromInput(to, options)
    }).pipe(Effect.scoped)
)

const fromInput = Effect.fnUntraced(function* (to: Place.HcpPlace, options: CopyFlags.Options) {
  const output = yield* Output
  const name = Place.print(to)
  if (to.path.endsWith("/")) return yield* usage(`${name} is a directory`, "name the object")
  if (Option.isSome(options.annotation)) {
    return yield* usage("--annotation is not for standard input", "store it afterwards with `hcp annotation put`")
  }
  const retention = yield* StoreFlags.parseRetention(options.retention)
  const { bandwidth, onProgress } = yield* settingsOfOne(options)
  if (options.dryRun) return yield* output.note(`would store ${name}`)
  const { stdin } = yield* Stdio.Stdio
  const { streamOnce } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
  yield* output.remains(unfinished(name, "stored"))
  yield* withNamespace(to, (ns) =>
    ns.put(to.path, streamOnce(bandwidth === undefined ? stdin : bandwidth.limit(stdin)), {
      ifExists: StoreFlags.toIfExists(options.ifExists),
      retention,
      index: Option.getOrUndefined(options.index),
      onProgress
    })
  )
  yield* output.note(`stored ${name}`)
})
