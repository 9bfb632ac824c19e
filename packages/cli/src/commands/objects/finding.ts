/**
 * `find`: entries below a directory that are as asked for.
 *
 * @internal
 */
import type { Entry } from "@effect-hcp/sdk/Directory"
import * as ByteSize from "effect/ByteSize"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import { Output } from "../../internal/output.ts"
import { matcher } from "../../internal/patterns.ts"
import * as Place from "../../internal/place.ts"
import { directory } from "../../internal/placeArgument.ts"
import { columns, rowOf } from "./listing.ts"

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
    ["hcp find / --type object --unprotected -o ndjson", "What could be deleted today"]
  ],
  {
    place: directory,
    name: Flag.String("name").pipe(
      Flag.withDescription("Pattern of the name, or with a / of the path below the directory"),
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
    held: Flag.Boolean("held").pipe(Flag.withDescription("Only objects on hold"), Flag.withDefault(false)),
    unprotected: Flag.Boolean("unprotected").pipe(
      Flag.withDescription("Only objects that neither retention nor a hold protects now"),
      Flag.withDefault(false)
    )
  },
  ({ changedAfter, changedBefore, held, larger, name, place, smaller, type, unprotected }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const at = yield* Effect.fromResult(Place.parseHcp(place))
      const isOfObjects = held || unprotected || Option.isSome(larger) || Option.isSome(smaller)
      if (isOfObjects && Option.isSome(type) && type.value !== "object") {
        return yield* usage(`only objects have what was asked for, not a ${type.value}`)
      }
      const { protection } = yield* Effect.promise(() => import("@effect-hcp/sdk/ObjectMetadata"))
      const now = yield* DateTime.now
      const prefix = at.path.endsWith("/") ? at.path : `${at.path}/`
      const fits = name.length === 0 ? () => true : matcher(name)
      const isWanted = (entry: Entry): boolean => {
        if (Option.isSome(type) && entry._tag.toLowerCase() !== type.value) return false
        if (!fits(entry.path.slice(prefix.length))) return false
        const changed = entry.changedAt === undefined ? undefined : DateTime.toEpochMillis(entry.changedAt.at)
        if (Option.isSome(changedAfter) && !(changed !== undefined && changed > changedAfter.value)) return false
        if (Option.isSome(changedBefore) && !(changed !== undefined && changed < changedBefore.value)) return false
        if (!isOfObjects) return true
        if (entry._tag !== "Object") return false
        if (held && entry.hold !== true) return false
        if (unprotected && Option.isSome(protection(entry, now))) return false
        if (Option.isSome(larger) && !((entry.size ?? 0) > larger.value)) return false
        return Option.isNone(smaller) || (entry.size ?? Number.POSITIVE_INFINITY) < smaller.value
      }
      yield* withNamespace(at, (ns) =>
        output.rows(columns, Stream.map(Stream.filter(ns.walk(at.path), isWanted), rowOf(columns)))
      )
    })
)
