/**
 * What the stores of S3 and Swift have in common: buckets and containers with names that are paths.
 *
 * @internal
 */
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { codes } from "../ExitCode.ts"
import { Failure, usage } from "../Failure.ts"
import type { Entry, Facts, ObjectStore, PutOptions } from "./objectStore.ts"

/** What the keys of a folder begin with. */
export const prefixOf = (key: string): string => (key === "" || key.endsWith("/") ? key : `${key}/`)

/** An entry of which the list says no more. */
export const entryOf = (type: Entry["type"], path: string, changedAt: DateTime.Utc | undefined): Entry => ({
  type,
  name: path.replace(/\/$/, "").replace(/^.*\//s, ""),
  path,
  isNamed: true,
  target: undefined,
  size: undefined,
  changedAt,
  retention: undefined,
  hold: undefined,
  hash: undefined,
  etag: undefined,
  version: undefined,
  owner: undefined,
  annotations: undefined,
  protectedAt: undefined
})

/** What the gateway does not say of an object or a bucket. */
export const noFacts: Omit<Facts, "type"> = {
  size: undefined,
  hash: undefined,
  etag: undefined,
  contentType: undefined,
  version: undefined,
  createdAt: undefined,
  changedAt: undefined,
  retention: undefined,
  hold: undefined,
  labelledHolds: [],
  lock: undefined,
  legalHold: undefined,
  shred: undefined,
  index: undefined,
  annotations: [],
  metadata: {},
  owner: undefined,
  domain: undefined,
  replicated: undefined,
  servicedBy: undefined
}

/** The failure of storing where an object is. */
export const objectExists = (path: string, why: string): Failure =>
  new Failure({
    error: "ObjectExists",
    message: `${path}: an object is stored there already${why}`,
    hint: "say what to do with --if-exists",
    code: codes.conflict
  })

/** The failure of a folder that is an object. */
export const notADirectory = (path: string): Failure =>
  new Failure({ error: "NotADirectory", message: `${path} is an object`, code: codes.failed })

/** Whether the same bytes are stored: by size and MD5, which not every object shows. */
export const isSameBytes = Effect.fnUntraced(function* (
  body: Parameters<ObjectStore["put"]>[1],
  stored: Parameters<typeof BodyDigest.isStored>[1]
): Effect.fn.Return<boolean, HcpError | Failure> {
  if (stored.md5 === undefined) return false
  if (typeof body === "object" && "_tag" in body && body._tag === "StreamedOnce") {
    return yield* usage("--if-exists skip needs a source that can be read twice", "copy a file")
  }
  return yield* BodyDigest.isStored(body, stored)
})

/** The same data, of whose bytes somebody is told. */
export const counted = <E, R>(
  data: Stream.Stream<Uint8Array, E, R>,
  onProgress: PutOptions["onProgress"]
): Stream.Stream<Uint8Array, E, R> =>
  onProgress === undefined
    ? data
    : Stream.suspend(() => {
        let transferred = 0
        return Stream.tap(data, (chunk) => {
          transferred += chunk.length
          return onProgress({ transferred, total: undefined })
        })
      })
