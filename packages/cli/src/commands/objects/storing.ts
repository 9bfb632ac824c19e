/**
 * `put` and `mkdir`: what is stored from standard input, and directories.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { dryRun } from "../../internal/copyFlags.ts"
import { unfinished, watchingUpload } from "../../internal/copyReport.ts"
import { toggle } from "../../internal/flagForms.ts"
import { withStore } from "../../internal/gateways.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { remoteObject } from "../../internal/placeArgument.ts"
import * as StoreFlags from "../../internal/storeFlags.ts"

/** @internal */
export const put = command(
  "put",
  "Store standard input as an object",
  [
    ["pg_dump db | hcp put /backup/db.sql --retention A+7y", "A backup that is kept for seven years"],
    ["pg_dump db | hcp put s3://backup/db.sql", "The same through S3: in parts, as its length is not known"]
  ],
  {
    place: remoteObject,
    ifExists: StoreFlags.ifExists,
    retention: StoreFlags.retention,
    hold: StoreFlags.hold,
    index: StoreFlags.index,
    dryRun
  },
  ({ dryRun, hold, ifExists, index, place, retention }) =>
    Effect.gen(function* () {
      if (place.endsWith("/")) return yield* usage(`${place} is a directory`, "name the object: /directory/name")
      const output = yield* Output
      const { stdin } = yield* Stdio.Stdio
      const at = yield* Effect.fromResult(Place.parseRemote(place))
      const until = yield* StoreFlags.parseRetention(retention)
      if (dryRun) return yield* output.note(`would store ${Place.print(at)}`)
      const { streamOnce } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
      yield* output.remains(unfinished(Place.print(at), "stored"))
      yield* withStore(at, (store) =>
        watchingUpload(output, Place.print(at), (onBegun) =>
          store.put(at.path, streamOnce(stdin), {
            ifExists,
            retention: until,
            index: Option.getOrUndefined(index),
            onBegun,
            ...(hold ? { hold } : {})
          })
        )
      )
      yield* output.note(`stored ${Place.print(at)}`)
    }).pipe(Effect.scoped)
)

/** @internal */
export const mkdir = command(
  "mkdir",
  "Make directories and those above them, or buckets",
  [
    ["hcp mkdir /invoices/2026", "One that is there stays as it is"],
    ["hcp mkdir s3://finance", "A bucket, with the settings the tenant has for new namespaces"]
  ],
  {
    places: Argument.String("place").pipe(
      Argument.withDescription(
        "Directories: /path of the profile's namespace, PROFILE:/path, s3://bucket or s3://bucket/folder"
      ),
      Argument.variadic({ min: 1 })
    ),
    objectLock: toggle("object-lock", "A bucket with Object Lock, in place of HCP's own retention"),
    dryRun
  },
  ({ dryRun, objectLock, places }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const all = yield* Effect.forEach(places, (place) => Effect.fromResult(Place.parseRemote(place)))
      if (dryRun)
        return yield* Effect.forEach(all, (at) => output.note(`would make ${Place.print(at)}`), { discard: true })
      yield* Effect.forEach(all, (at) =>
        Effect.flatMap(
          withStore(at, (store) => store.makeDirectory(at.path, { objectLock })),
          (isNew) => output.note(isNew ? `made ${Place.print(at)}` : `${Place.print(at)} is there`)
        )
      )
    })
)
