/**
 * `stat`, `cat` and `versions`: what HCP knows about an object, and its data.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { command } from "../../internal/command.ts"
import { optionalText } from "../../internal/flagForms.ts"
import { inStore, withStore } from "../../internal/gateways.ts"
import type { Facts } from "../../internal/objectStore.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { remoteObject } from "../../internal/placeArgument.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

const version = optionalText("version-id", "The version, as `hcp versions` shows it (default: the current one)")

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
  { name: "lock" },
  { name: "legalHold" },
  { name: "shred" },
  { name: "index" },
  { name: "annotations" },
  { name: "metadata" },
  { name: "owner" },
  { name: "domain" },
  { name: "replicated" },
  { name: "servicedBy" }
]

/** All that is known of an object, as a row. */
export const factsRow = (path: string, found: Facts): Row => ({
  path,
  type: found.type,
  size: field(found.size),
  hash: hash(found.hash),
  etag: field(found.etag),
  contentType: field(found.contentType),
  version: field(found.version),
  created: instant(found.createdAt),
  changed: instant(found.changedAt),
  retention: field(found.retention),
  hold: field(found.hold),
  labelledHolds: found.labelledHolds.join(" ") || null,
  lock: field(found.lock),
  legalHold: field(found.legalHold),
  shred: field(found.shred),
  index: field(found.index),
  annotations: found.annotations.join(" ") || null,
  metadata:
    Object.entries(found.metadata)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ") || null,
  owner: field(found.owner),
  domain: field(found.domain),
  replicated: field(found.replicated),
  servicedBy: field(found.servicedBy)
})

/** @internal */
export const stat = command(
  "stat",
  "Show what HCP knows about an object, a directory or a bucket",
  [["hcp stat /invoices/42.pdf -o json", "As JSON"]],
  { place: remoteObject, versionId: version },
  ({ place, versionId }) =>
    inStore(place, (store, { path }, output) =>
      Effect.flatMap(store.head(path, { version: Option.getOrUndefined(versionId) }), (found) =>
        output.record(statColumns, factsRow(path, found))
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
      Argument.withDescription("Objects: /path of the profile's namespace, PROFILE:/path, or s3://bucket/key"),
      Argument.variadic({ min: 1 })
    ),
    versionId: version
  },
  ({ places, versionId }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const all = yield* Effect.forEach(places, (place) => Effect.fromResult(Place.parseRemote(place)))
      yield* Effect.forEach(all, (at) =>
        withStore(at, (store) => output.raw(store.read(at.path, { version: Option.getOrUndefined(versionId) })))
      )
    })
)

/** @internal */
export const versions = command(
  "versions",
  "List the versions of an object, its deletions among them",
  [["hcp versions /invoices/42.pdf", "All that are kept"]],
  { place: remoteObject },
  ({ place }) =>
    inStore(place, (store, { path }, output) =>
      output.rows(
        [
          { name: "version" },
          { name: "type" },
          sizeColumn("size"),
          timeColumn("created"),
          { name: "hash" },
          { name: "etag" }
        ],
        Stream.map(
          store.versions(path),
          (one): Row => ({
            version: one.id,
            type: one.type,
            size: field(one.size),
            created: instant(one.createdAt),
            hash: hash(one.hash),
            etag: field(one.etag)
          })
        )
      )
    )
)
