/**
 * `cp` and `mv` where one of the places is in a bucket: files and folders of this computer, objects of a namespace and
 * of other buckets, one by one or all below a folder.
 *
 * Between two places of HCP the data goes through this computer, but for buckets of one tenant.
 *
 * @internal
 */
import { flatFilter } from "@effect-hcp/sdk/TreeEntry"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { fromError, usage } from "../Failure.ts"
import { baseName, inside, type Options } from "./copyFlags.ts"
import type { Item, Sink } from "./copyItems.ts"
import { copying, type Reported, report, unfinished, type Words, watchingUpload } from "./copyReport.ts"
import { withStore } from "./gateways.ts"
import type { ObjectStore, PutOptions } from "./objectStore.ts"
import { Output } from "./output.ts"
import * as Place from "./place.ts"
import * as ProgressLine from "./progressLine.ts"
import { selectionOf, storeSettingsOf } from "./transferSettings.ts"

/** Flags of transfers that know nothing of buckets. */
const notHere = (options: Options): string | undefined =>
  [
    ["--resume", Option.isSome(options.resume)],
    ["--bandwidth", Option.isSome(options.bandwidth)],
    ["--annotation", Option.isSome(options.annotation)],
    ["--versions", options.versions],
    ["--owner", options.owner]
  ]
    .flatMap(([flag, isGiven]) => (isGiven === true ? [String(flag)] : []))
    .at(0)

/** Copies from one place to another. Fails with a usage failure, before anything is sent, for flags that S3 has not. */
export const copyWithBuckets = Effect.fnUntraced(function* (
  from: Place.AnyPlace,
  to: Place.AnyPlace,
  options: Options,
  words: Words & { readonly deleteSource?: true | undefined } = copying
) {
  const flag = notHere(options)
  if (flag !== undefined)
    return yield* usage(`${flag} is not for places of S3 and Swift`, "write /path of the namespace")
  if (to._tag === "Local" && options.ifExists === "version") {
    return yield* usage("--if-exists version is for HCP: a file has no versions")
  }
  if (to._tag === "Local" && Option.isSome(options.retention)) {
    return yield* usage("--retention is for what is stored in HCP")
  }
  const settings = { ...(yield* storeSettingsOf(options)), ifExists: options.ifExists }
  if (to._tag === "Standard") {
    if (Place.isRemote(from)) {
      const output = yield* Output
      return yield* withStore(from, (store) => output.raw(store.read(from.path)))
    }
  } else if (from._tag === "Standard") {
    if (Place.isRemote(to)) return yield* fromInput(to, settings, options)
  } else if (from._tag === "Local") {
    if (to._tag !== "Local") {
      return yield* withStore(to, (store) => fromComputer(from, store, to, settings, options))
    }
  } else if (to._tag === "Local") {
    return yield* withStore(from, (store) => toComputer(store, from, to, options))
  } else {
    return yield* withStore(from, (one) =>
      withStore(to, (other) => between(one, from, other, to, settings, options, words))
    )
  }
  return yield* usage("neither of the places is on an HCP")
})

/** A bucket is a directory, however it is written. */
const target = (to: Place.RemotePlace, from: string): string =>
  inside(
    Place.isBucket(to) && Place.bucketParts(to.path).key === "" ? `${to.path.replace(/\/$/, "")}/` : to.path,
    baseName(from)
  )

const fromInput = Effect.fnUntraced(function* (to: Place.RemotePlace, settings: PutOptions, { dryRun }: Options) {
  const output = yield* Output
  if (dryRun) return yield* output.note(`would store ${Place.print(to)}`)
  const { stdin } = yield* Stdio.Stdio
  const { streamOnce } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
  yield* output.remains(unfinished(Place.print(to), "stored"))
  yield* withStore(to, (store) =>
    watchingUpload(output, Place.print(to), (onBegun) =>
      store.put(to.path, streamOnce(stdin), { ...settings, onBegun })
    )
  )
  yield* output.note(`stored ${Place.print(to)}`)
}, Effect.scoped)

const fromComputer = Effect.fnUntraced(function* (
  from: Place.LocalPlace,
  store: ObjectStore,
  to: Place.RemotePlace,
  settings: PutOptions,
  options: Options
) {
  const fs = yield* FileSystem.FileSystem
  const Items = yield* Effect.promise(() => import("./copyItems.ts"))
  const { size, type } = yield* fs.stat(from.path)
  const path = target(to, from.path)
  const output = yield* Output
  if (type !== "Directory") {
    const sink = Items.intoStore(store, path, { ...settings, onProgress: yield* ProgressLine.make }, output)
    return yield* one(Items.ofFile(fs, from.path, "", Number(size)), sink, options, "stored")
  }
  if (!options.recursive) return yield* usage(`${from.path} is a folder`, "copy it with --recursive")
  const isWanted = selectionOf(options)
  const items = Items.inFolder(from.path, (name, kind) => isWanted({ name, kind }))
  yield* many(items, Items.intoStore(store, path, settings, output), options)
}, Effect.scoped)

const toComputer = Effect.fnUntraced(function* (
  store: ObjectStore,
  from: Place.RemotePlace,
  to: Place.LocalPlace,
  options: Options
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const Items = yield* Effect.promise(() => import("./copyItems.ts"))
  const found = yield* store.head(from.path)
  const isFolder =
    to.path.endsWith(path.sep) ||
    (yield* Effect.match(fs.stat(to.path), {
      onFailure: () => false,
      onSuccess: ({ type }) => type === "Directory"
    }))
  const sink = yield* Items.intoFolder(isFolder ? path.join(to.path, baseName(from.path)) : to.path, options.ifExists)
  if (found.type === "object") {
    return yield* one(Items.ofStore(store, { ...found, name: "", path: from.path }), sink, options, "wrote")
  }
  if (!options.recursive) return yield* usage(`${from.path} is a directory`, "copy it with --recursive")
  yield* many(selected(Items.below(store, from.path), options), sink, options)
}, Effect.scoped)

const between = Effect.fnUntraced(function* (
  source: ObjectStore,
  from: Place.RemotePlace,
  other: ObjectStore,
  to: Place.RemotePlace,
  settings: PutOptions,
  options: Options,
  words: Words & { readonly deleteSource?: true | undefined }
) {
  const Items = yield* Effect.promise(() => import("./copyItems.ts"))
  const { moving } = yield* Effect.promise(() => import("./movingBuckets.ts"))
  const found = yield* source.head(from.path)
  const path = target(to, from.path)
  const isHere = from._tag === to._tag && from.profile === to.profile
  if (isHere && from.path.replace(/\/$/, "") === path) return yield* usage("source and destination are the same")
  const into = Items.intoStore(other, path, settings, yield* Output)
  const copy = other.copyHere
  const copied: Sink =
    isHere && copy !== undefined
      ? {
          ...into,
          put: (item, path) => Items.unlessSame(other, item, path, settings, copy(item.source, path, settings))
        }
      : into
  const sink = words.deleteSource === true ? moving(source, other, copied, isHere) : copied
  if (found.type === "object") {
    const done = words.deleteSource === true ? "moved" : "stored"
    return yield* one(Items.ofStore(source, { ...found, name: "", path: from.path }), sink, options, done)
  }
  if (!options.recursive) return yield* usage(`${from.path} is a directory`, `${words.plan} it with --recursive`)
  yield* many(selected(Items.below(source, from.path), options), sink, options, words)
}, Effect.scoped)

const selected = <E, R>(items: Stream.Stream<Item, E, R>, options: Options): Stream.Stream<Item, E, R> => {
  const isWanted = flatFilter(selectionOf(options))
  return Stream.filter(items, ({ name }) => isWanted(name))
}

const planned = { stored: "store", wrote: "write", moved: "move to" } as const

/** One file or object. */
const one = Effect.fnUntraced(function* (item: Item, sink: Sink, { dryRun }: Options, done: keyof typeof planned) {
  const output = yield* Output
  const path = sink.pathOf("")
  if (dryRun) return yield* output.note(`would ${planned[done]} ${path}`)
  yield* output.remains(unfinished(path, done === "wrote" ? "written" : "stored"))
  const outcome = yield* sink.put(item, path)
  yield* output.note(outcome === "same" && done !== "moved" ? `${path} is there` : `${done} ${path}`)
})

/** Several at a time; one that fails does not stop the others. */
const many = Effect.fnUntraced(function* <E, R>(
  items: Stream.Stream<Item, E, R>,
  sink: Sink,
  options: Options,
  words?: Words
) {
  const onProgress = yield* ProgressLine.make
  let transferred = 0
  let files = 0
  const copied = Stream.mapEffect(
    items,
    (item): Effect.Effect<Reported> => {
      const { name, size, source } = item
      const destination = sink.pathOf(name)
      const about = { name, size, source, destination }
      if (options.dryRun) return Effect.succeed({ ...about, _tag: "Planned" })
      return Effect.matchEffect(sink.put(item, destination), {
        onFailure: (error) => Effect.succeed({ ...about, _tag: "Failed", error: fromError(error) }),
        onSuccess: (outcome) => {
          if (outcome === "same") return Effect.succeed({ ...about, _tag: "Skipped", reason: outcome })
          transferred += size ?? 0
          files++
          return Effect.as(onProgress({ transferred, total: undefined, files }), { ...about, _tag: "Copied" })
        }
      })
    },
    { concurrency: options.concurrency, unordered: true }
  )
  yield* report(copied, { ...options, words })
})
