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
import { factsColumns, factsRow } from "../../internal/factsRow.ts"
import { optionalText } from "../../internal/flagForms.ts"
import { inStore, withStore } from "../../internal/gateways.ts"
import { Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { remoteObject } from "../../internal/placeArgument.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

const version = optionalText("version-id", "The version, as `hcp versions` shows it (default: the current one)")

/** @internal */
export const stat = command(
  "stat",
  "Show what HCP knows about an object, a directory or a bucket",
  [["hcp stat /invoices/42.pdf -o json", "As JSON"]],
  { place: remoteObject, versionId: version },
  ({ place, versionId }) =>
    inStore(place, (store, { path }, output) =>
      Effect.flatMap(store.head(path, { version: Option.getOrUndefined(versionId) }), (found) =>
        output.record(factsColumns, factsRow(path, found))
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
