/**
 * `mv` where one of the places is in a bucket: a copy, which is proved before its source is deleted.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { codes } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { isMd5, type Sink } from "./copyItems.ts"
import type { Facts, ObjectStore } from "./objectStore.ts"

const stays = (message: string, hint: string): Failure =>
  new Failure({ error: "NotMoved", message, hint, code: codes.conflict })

/** What only one of the gateways knows, and a copy through the other one would lose. The owner is whoever moves it. */
const onlyThere = ({ annotations, hold, labelledHolds, legalHold, lock, metadata, retention }: Facts) =>
  [
    ["annotations", annotations.length > 0],
    ["user metadata", Object.keys(metadata).length > 0],
    ["retention", retention !== undefined && retention !== "Deletion Allowed"],
    ["a hold", hold === true || labelledHolds.length > 0],
    ["Object Lock", lock !== undefined || legalHold === true]
  ].flatMap(([what, isThere]) => (isThere === true ? [String(what)] : []))

const md5Of = ({ etag }: Facts): string | undefined => (isMd5(etag) ? etag.toLowerCase() : undefined)

/** Deletes each source once its copy is proved: by size and MD5, and with the source still what was copied. */
export const moving = (source: ObjectStore, other: ObjectStore, sink: Sink, isHere: boolean): Sink => ({
  ...sink,
  put: (item, path) =>
    Effect.gen(function* () {
      const before = yield* source.head(item.source)
      // HCP copies no access list, not even from bucket to bucket.
      const isShared = yield* source.isShared(item.source)
      const lost = [...(isHere ? [] : onlyThere(before)), ...(isShared ? ["the access list"] : [])]
      if (lost.length > 0) {
        return yield* stays(
          `${item.source}: ${lost.join(" and ")} would be lost on the way to ${path}`,
          "copy it with `hcp cp`, and delete it with `hcp rm` if that may be"
        )
      }
      const outcome = yield* sink.put(item, path)
      const copy = yield* other.head(path)
      const after = yield* source.head(item.source)
      if (after.size !== before.size || after.etag !== before.etag || after.version !== before.version) {
        return yield* stays(`${item.source} was changed while it was copied, and stays`, "move it again")
      }
      const md5 = md5Of(before)
      if (md5 === undefined || copy.size !== before.size || md5Of(copy) !== md5) {
        return yield* stays(
          `${item.source} stays: that ${path} has the same bytes is not proved by size and MD5`,
          "compare them, and delete it with `hcp rm`"
        )
      }
      yield* source.delete(item.source, { purge: false, privileged: undefined, version: undefined })
      return outcome
    })
})
