/**
 * `find`: entries below a directory that are as asked for, from a listing or from the metadata query engine.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { columns, rowOf } from "../../internal/entryRow.ts"
import { toggle } from "../../internal/flagForms.ts"
import { withMetadataQuery, withStore } from "../../internal/gateways.ts"
import type { Entry, ObjectStore } from "../../internal/objectStore.ts"
import { Output } from "../../internal/output.ts"
import { matcher } from "../../internal/patterns.ts"
import * as Place from "../../internal/place.ts"
import { directory } from "../../internal/placeArgument.ts"

const size = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => Option.map(ByteSize.fromString(/^\d+$/.test(text) ? `${text} B` : text), Number),
      (text) => `Expected a size such as 10MiB or 4096, got ${text}`
    ),
    Flag.withDescription(description),
    Flag.optional
  )

const instant = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(DateTime.make, (text) => `Expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z, got ${text}`),
    Flag.map(DateTime.toEpochMillis),
    Flag.withDescription(description),
    Flag.optional
  )

/** @internal */
export const find = command(
  "find",
  "Find entries below a directory",
  [
    ["hcp find /scans --name '*.tif' --larger 100MiB", "By name and size"],
    ["hcp find / --type object --unprotected -o ndjson", "What could be deleted today"],
    ["hcp find / --query 'customMetadataContent:(invoice)'", "What the metadata query engine finds"],
    ["hcp find /scans --operations --changed-after 2026-01-01", "What was stored and deleted since then"]
  ],
  {
    place: directory,
    query: Flag.String("query").pipe(
      Flag.withDescription(
        "Asks the metadata query engine with this expression of its language, " +
          "such as +retentionClass:finance -hold:true"
      ),
      Flag.withMetavar("expression"),
      Flag.optional
    ),
    operations: toggle(
      "operations",
      "Asks the metadata query engine what was done, instead of what there is; the oldest first"
    ),
    allNamespaces: toggle(
      "all-namespaces",
      "With --query and --operations: in all namespaces of the tenant that the user may search"
    ),
    name: Flag.String("name").pipe(
      Flag.withDescription(
        "Pattern of the name, or with a / of the path below the directory; a [ without its ] stands for itself"
      ),
      Flag.atLeast(0)
    ),
    type: Flag.Literals("type", ["object", "directory", "symlink"]).pipe(
      Flag.withDescription("Only entries of this type"),
      Flag.optional
    ),
    larger: size("larger", "Only objects with more bytes, such as 10MiB"),
    smaller: size("smaller", "Only objects with fewer bytes"),
    changedAfter: instant("changed-after", "Only what was changed after this time"),
    changedBefore: instant("changed-before", "Only what was changed before this time"),
    held: toggle("held", "Only objects on hold; each is looked at, as lists do not name labelled holds"),
    unprotected: toggle("unprotected", "Only objects that neither retention nor a hold protects now; each is looked at")
  },
  ({ allNamespaces, operations, place, query, ...filters }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const at = yield* Effect.fromResult(Place.parseRemote(place))
      const { isWanted, looked } = yield* filterOf(at, filters)
      if (Option.isNone(query) && !operations) {
        if (allNamespaces) return yield* usage("--all-namespaces needs --query or --operations")
        return yield* withStore(at, (store) =>
          output.rows(
            columns,
            Stream.map(looked(Stream.filter(store.walk(at.path), isWanted), store.isHeld), rowOf(columns))
          )
        )
      }
      if (Place.isBucket(at)) return yield* usage("the metadata query engine knows no buckets", "write /path")
      if (Option.isSome(query) && operations) {
        return yield* usage("--operations takes no --query: operations are not found by an expression")
      }
      const Found = yield* Effect.promise(() => import("../../internal/queried.ts"))
      const shown = Found.columns({ operations, allNamespaces })
      yield* withMetadataQuery(at, (engine, namespace) => {
        const where = { path: at.path, namespace: allNamespaces ? undefined : namespace }
        const found = Option.isSome(query)
          ? Found.objects(engine, query.value, where)
          : Found.operations(engine, where, {
              after: Option.getOrUndefined(filters.changedAfter),
              before: Option.getOrUndefined(filters.changedBefore)
            })
        return output.rows(shown, Stream.map(looked(Stream.filter(found, isWanted)), Found.rowOf(shown)))
      })
    })
)

/** How many objects are looked at at a time. */
const looks = 8

interface Filters {
  readonly name: ReadonlyArray<string>
  readonly type: Option.Option<"object" | "directory" | "symlink">
  readonly larger: Option.Option<number>
  readonly smaller: Option.Option<number>
  readonly changedAfter: Option.Option<number>
  readonly changedBefore: Option.Option<number>
  readonly held: boolean
  readonly unprotected: boolean
}

/** What is asked of each entry. Fails with a usage failure for what cannot be said of any. */
const filterOf = Effect.fnUntraced(function* (
  at: Place.RemotePlace,
  { changedAfter, changedBefore, held, larger, name, smaller, type, unprotected }: Filters
) {
  const isOfObjects = held || unprotected || Option.isSome(larger) || Option.isSome(smaller)
  if (isOfObjects && Option.isSome(type) && type.value !== "object") {
    return yield* usage(`only objects have what was asked for, not a ${type.value}`)
  }
  if (Place.isBucket(at) && (held || unprotected)) {
    return yield* usage(`${at._tag} does not list retention and holds`, "write /path of the namespace")
  }
  const now = yield* DateTime.now
  const prefix = at.path.endsWith("/") ? at.path : `${at.path}/`
  const fits = name.length === 0 ? () => true : matcher(name)
  const isWanted = (entry: Entry): boolean => {
    if (Option.isSome(type) && entry.type !== type.value) return false
    if (!fits(entry.path.slice(prefix.length))) return false
    const changed = entry.changedAt === undefined ? undefined : DateTime.toEpochMillis(entry.changedAt)
    if (Option.isSome(changedAfter) && !(changed !== undefined && changed > changedAfter.value)) return false
    if (Option.isSome(changedBefore) && !(changed !== undefined && changed < changedBefore.value)) return false
    if (!isOfObjects) return true
    if (entry.type !== "object") return false
    if (unprotected && entry.protectedAt?.(now) !== false) return false
    if (Option.isSome(larger) && !((entry.size ?? 0) > larger.value)) return false
    return Option.isNone(smaller) || (entry.size ?? Number.POSITIVE_INFINITY) < smaller.value
  }
  /** What lists do not say is looked at, one by one. */
  const looked = <E extends Entry, E1, R1>(
    entries: Stream.Stream<E, E1, R1>,
    isHeld: ObjectStore["isHeld"] = () => Effect.succeed(false)
  ) =>
    held || unprotected
      ? Stream.mapEffect(
          entries,
          (entry) =>
            Effect.map(
              entry.hold === true || !entry.isNamed ? Effect.succeed(entry.hold === true) : isHeld(entry.path),
              (isOnHold) => ((!held || isOnHold) && (!unprotected || !isOnHold) ? [entry] : [])
            ),
          { concurrency: looks }
        ).pipe(Stream.flatMap(Stream.fromIterable))
      : entries
  return { isWanted, looked }
})
