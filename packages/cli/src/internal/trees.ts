/**
 * From two places to two trees, which can be compared and copied whatever is behind them: a folder of this computer, a
 * namespace, or a bucket.
 *
 * @internal
 */
import type * as BucketTree from "@effect-hcp/s3/BucketTree"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import type * as Tree from "@effect-hcp/sdk/Tree"
import * as Effect from "effect/Effect"
import { usage } from "../Failure.ts"
import { hostOf, withNamespace } from "./connection.ts"
import { withS3 } from "./gateways.ts"
import * as Place from "./place.ts"

/** How objects are stored where they come to. */
export interface Settings extends Pick<NonNullable<Tree.DirectoryOptions["settings"]>, "retention" | "index"> {
  readonly onBegun?: BucketTree.Options["onBegun"]
}

/** A namespace that keeps versions gets one more, and loses nothing. Where it does not say, HCP decides. */
export const replacement = (ns: Shape) =>
  ns.info.namespaces().pipe(
    Effect.map(([own]) => (own?.versioningEnabled === true ? "newVersion" : "replace")),
    Effect.orElseSucceed(() => "replace" as const)
  )

const load = Effect.promise(() => import("@effect-hcp/sdk/Tree"))

const folder = ({ path }: Place.LocalPlace) => Effect.flatMap(load, ({ folder }) => folder(path))

const directory = (ns: Shape, { path }: Place.HcpPlace, settings: Settings | undefined) =>
  Effect.gen(function* () {
    const { directory } = yield* load
    if (settings === undefined) return yield* directory({ namespace: ns, path })
    const { index, retention } = settings
    return yield* directory(
      { namespace: ns, path },
      { settings: { index, retention }, replace: yield* replacement(ns) }
    )
  })

const bucket = ({ path }: Place.S3Place, settings: Settings | undefined) =>
  Effect.gen(function* () {
    const { make } = yield* Effect.promise(() => import("@effect-hcp/s3/BucketTree"))
    const { bucket, key } = Place.bucketParts(path)
    if (bucket === "") return yield* usage("s3:// is all buckets of the tenant", "name one: s3://bucket")
    if (settings === undefined) return yield* make(bucket, key)
    const { index, onBegun, retention } = settings
    if (index !== undefined) return yield* usage("--index is of HCP's own gateway", "write /path")
    return yield* make(bucket, key, { settings: { retention }, onBegun })
  })

/** Opens a place as a tree. */
const withTree = <A, E, R>(
  place: Place.AnyPlace,
  settings: Settings | undefined,
  use: (tree: Tree.Tree) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    if (place._tag === "Hcp") {
      return yield* withNamespace(place, (ns) => Effect.flatMap(directory(ns, place, settings), use))
    }
    if (place._tag === "S3") return yield* withS3(place, Effect.flatMap(bucket(place, settings), use))
    if (place._tag === "Local") return yield* Effect.flatMap(folder(place), use)
    if (place._tag === "Swift") {
      return yield* usage("sync and verify take no place of Swift", "write /path of the namespace, or s3://bucket")
    }
    return yield* usage("- is no folder", "name a folder of this computer, a directory or a bucket")
  })

/**
 * Opens two places as trees: with one connection, where they are of the same gateway and profile. Fails with a usage
 * failure for two folders of this computer. `settings` are of what is stored in the second one.
 */
export const withTrees = <A, E, R>(
  from: Place.AnyPlace,
  to: Place.AnyPlace,
  settings: Settings | undefined,
  use: (from: Tree.Tree, to: Tree.Tree) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    if (from._tag === "Hcp" && to._tag === "Hcp" && from.profile === to.profile) {
      return yield* withNamespace(from, (ns) =>
        Effect.gen(function* () {
          return yield* use(yield* directory(ns, from, undefined), yield* directory(ns, to, settings))
        })
      )
    }
    if (from._tag === "S3" && to._tag === "S3" && from.profile === to.profile) {
      return yield* withS3(
        from,
        Effect.gen(function* () {
          return yield* use(yield* bucket(from, undefined), yield* bucket(to, settings))
        })
      )
    }
    if (from._tag === "Local" && to._tag === "Local") {
      return yield* usage("neither of the places is on an HCP", "write /path, PROFILE:/path or s3://bucket")
    }
    return yield* withTree(from, undefined, (one) => withTree(to, settings, (other) => use(one, other)))
  })

/**
 * Fails with a usage failure where the destination is the source, or lies in it: what is copied would be copied again,
 * without an end. Where something may be deleted, the source must not lie in the destination either. A bucket and the
 * namespace of that name are one place.
 */
export const checkApart = Effect.fnUntraced(function* (from: Place.AnyPlace, to: Place.AnyPlace, mayDelete: boolean) {
  if (!Place.isRemote(from) || !Place.isRemote(to)) return
  const [one, other] = [yield* absolute(from), yield* absolute(to)]
  if (one === other) return yield* usage("source and destination are the same")
  if (other.startsWith(one) || (mayDelete && one.startsWith(other))) {
    return yield* usage(
      `${Place.print(from)} and ${Place.print(to)} lie one in the other`,
      "take places beside each other"
    )
  }
})

/** A place of HCP by the host of its namespace: a bucket is the namespace of that name at the tenant's host. */
const absolute = (place: Place.RemotePlace) =>
  Effect.map(hostOf(place), (host) => {
    const { bucket, key } = Place.isBucket(place)
      ? Place.bucketParts(place.path)
      : { bucket: undefined, key: place.path }
    const namespace = bucket === undefined ? host : `${bucket}.${host.replace(/^[^.]*\./, "")}`
    return `${namespace}/${key.replace(/^\/+|\/+$/g, "")}/`.replace(/\/\/$/, "/")
  })
