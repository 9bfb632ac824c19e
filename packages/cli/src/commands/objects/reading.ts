/**
 * `stat`, `cat` and `versions`: what HCP knows about an object, and its data.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { command } from "../../internal/command.ts"
import { inNamespace, withNamespace } from "../../internal/connection.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { object } from "../../internal/placeArgument.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

const version = Flag.String("version-id").pipe(
  Flag.withDescription("The version, as `hcp versions` shows it (default: the current one)"),
  Flag.optional
)

const statColumns: ReadonlyArray<Column> = [
  { name: "path" },
  { name: "type" },
  sizeColumn("size"),
  { name: "hash" },
  { name: "etag" },
  { name: "contentType" },
  { name: "version" },
  timeColumn("created"),
  timeColumn("changed"),
  { name: "retention" },
  { name: "hold" },
  { name: "labelledHolds" },
  { name: "shred" },
  { name: "index" },
  { name: "annotations" },
  { name: "owner" },
  { name: "domain" },
  { name: "replicated" },
  { name: "servicedBy" }
]

/** @internal */
export const stat = command(
  "stat",
  "Show what HCP knows about an object or directory",
  [["hcp stat /invoices/42.pdf -o json", "As JSON"]],
  { place: object, versionId: version },
  ({ place, versionId }) =>
    inNamespace(place, (ns, at, output) =>
      Effect.flatMap(ns.head(at.path, { versionId: Option.getOrUndefined(versionId) }), (found) =>
        output.record(statColumns, {
          path: at.path,
          type: found.type,
          size: field(found.size),
          hash: hash(found.hash),
          etag: field(found.etag?.replaceAll('"', "")),
          contentType: field(found.contentType),
          version: field(found.versionId),
          created: instant(found.createdAt),
          changed: instant(found.changedAt?.at),
          retention: field(found.retentionText),
          hold: field(found.hold),
          labelledHolds: found.labelledHolds.map(({ id }) => id).join(" ") || null,
          shred: field(found.shred),
          index: field(found.index),
          annotations: found.annotations.map(({ name }) => name).join(" ") || null,
          owner: field(found.owner),
          domain: field(found.domain),
          replicated: field(found.replicated),
          servicedBy: field(found.servicedBy)
        })
      )
    )
)

/** @internal */
export const cat = command(
  "cat",
  "Write the data of objects to standard output",
  [["hcp cat /logs/2026/*.log | grep ERROR", "The shell does not know the names of HCP: name each object"]],
  {
    places: Argument.String("place").pipe(
      Argument.withDescription("Objects: /path of the profile's namespace, or PROFILE:/path"),
      Argument.variadic({ min: 1 })
    ),
    versionId: version
  },
  ({ places, versionId }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const all = yield* Effect.forEach(places, (place) => Effect.fromResult(Place.parseHcp(place)))
      yield* Effect.forEach(all, (at) =>
        withNamespace(at, (ns) => output.raw(ns.stream(at.path, { versionId: Option.getOrUndefined(versionId) })))
      )
    })
)

/** @internal */
export const versions = command(
  "versions",
  "List the versions of an object, its deletions among them",
  [["hcp versions /invoices/42.pdf", "All that are kept"]],
  { place: object },
  ({ place }) =>
    inNamespace(place, (ns, at, output) =>
      output.rows(
        [{ name: "version" }, { name: "type" }, sizeColumn("size"), timeColumn("created"), { name: "hash" }],
        Stream.map(
          ns.versions(at.path, { deleted: true }),
          (one): Row => ({
            version: one.versionId,
            type: one._tag === "Version" ? "version" : "deletion",
            size: one._tag === "Version" ? field(one.size) : null,
            created: instant(one.createdAt),
            hash: one._tag === "Version" ? hash(one.hash) : null
          })
        )
      )
    )
)
