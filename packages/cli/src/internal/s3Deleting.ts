/**
 * Deleting through the S3 gateway: objects, versions, and folders with everything in them.
 *
 * @internal
 */
import * as BatchDelete from "@effect-hcp/s3/BatchDelete"
import * as Bucket from "@effect-hcp/s3/Bucket"
import * as Listing from "@effect-hcp/s3/Listing"
import type { S3 } from "@effect-hcp/s3/S3"
import * as S3Object from "@effect-hcp/s3/S3Object"
import * as Versions from "@effect-hcp/s3/Versions"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Failure, fromError, notFound, partial, usage } from "../Failure.ts"
import type { DeleteOptions, Deletion } from "./objectStore.ts"
import { bucketParts, s3Scheme } from "./place.ts"

type Failed = HcpError | Failure

type AnyVersion = Exclude<Versions.Entry, Listing.PrefixEntry>

/** All versions of one key, its deletions among them, newest first. */
export const versionsOf = (bucket: string, key: string): Stream.Stream<AnyVersion, HcpError, S3> =>
  Versions.list(bucket, { prefix: key, order: "newestFirst" }).pipe(
    Stream.filter((entry) => entry._tag !== "Prefix"),
    // The key itself comes before those it is only the beginning of.
    Stream.takeWhile((entry) => entry.key === key)
  )

/** Deletes one object, one version, all versions of an object, an empty folder or an empty bucket. */
export const deleteOne = Effect.fnUntraced(function* (
  path: string,
  options: DeleteOptions & { readonly version: string | undefined }
): Effect.fn.Return<void, Failed, S3> {
  const { privileged, purge, version } = options
  const { bucket, key } = bucketParts(path)
  if (bucket === "") return yield* usage("s3:// is all buckets of the tenant", "name one: s3://bucket")
  if (key === "") {
    return purge || version !== undefined || privileged !== undefined
      ? yield* usage(`${path} is a bucket, and has no versions`, "delete what is in it first")
      : yield* Bucket.delete(bucket)
  }
  if (purge) {
    const outcomes = yield* Stream.runCollect(
      BatchDelete.delete(
        bucket,
        Stream.map(versionsOf(bucket, key), ({ key, versionId }) => ({ key, versionId })),
        { privileged }
      )
    )
    if (outcomes.length === 0) return yield* missing(path)
    const failed = outcomes.flatMap((one) => (one._tag === "Failed" ? [one.error] : []))
    if (failed[0] === undefined) return
    return yield* failed.length === outcomes.length ? failed[0] : partial(failed.length, outcomes.length)
  }
  // S3 calls it a success to delete what is not there.
  if (yield* S3Object.exists(bucket, key, { versionId: version })) {
    return yield* Effect.asVoid(S3Object.delete(bucket, key, { versionId: version, privileged }))
  }
  if (version === undefined && !key.endsWith("/") && (yield* S3Object.exists(bucket, `${key}/`))) {
    return yield* Effect.asVoid(S3Object.delete(bucket, `${key}/`))
  }
  // A version that is a deletion is not there, and can be deleted all the same.
  if (version !== undefined) {
    const isThere = yield* Stream.runFold(
      versionsOf(bucket, key),
      () => false,
      (found, { versionId }) => found || versionId === version
    )
    if (isThere) return yield* Effect.asVoid(S3Object.delete(bucket, key, { versionId: version, privileged }))
  }
  return yield* missing(path)
})

const missing = (path: string): Failure => notFound(`${path}: nothing is stored there`)

interface Found {
  readonly key: string
  readonly versionId: string | undefined
  readonly isFolder: boolean
}

/**
 * Deletes a folder with everything in it: objects in batches while they are listed, then the folders, the deepest
 * first. Memory holds the keys of the folders.
 */
export const deleteTree = (
  path: string,
  options: DeleteOptions & { readonly concurrency: number }
): Stream.Stream<Deletion, Failed, S3> => {
  const { bucket, key } = bucketParts(path)
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`
  if (prefix === "") {
    return Stream.fail(
      usage(`${path} is a whole bucket: it is not emptied at once`, "delete its folders: s3://bucket/folder")
    )
  }
  return Stream.suspend(() => {
    const folders = new Set<string>()
    /** Folders in which something stayed. */
    const kept = new Set<string>()
    let isThere = false
    const found = Stream.filter(options.purge ? allVersions(bucket, prefix) : current(bucket, prefix), (one) => {
      isThere = true
      for (const folder of foldersAbove(one.key, prefix)) folders.add(folder)
      if (one.isFolder) folders.add(one.key)
      return !one.isFolder
    })
    const objects = BatchDelete.delete(
      bucket,
      Stream.map(found, ({ key, versionId }) => (versionId === undefined ? { key } : { key, versionId })),
      // A batch is up to 1,000 keys.
      { privileged: options.privileged, concurrency: Math.min(options.concurrency, 4) }
    )
    const emptied = Stream.suspend(() =>
      isThere
        ? Stream.fromIterable(Array.from(folders).sort((a, b) => depthOf(b) - depthOf(a)))
        : Stream.fail(missing(path))
    )
    return Stream.concat(
      Stream.map(objects, (one): Deletion => {
        if (one._tag === "Failed") for (const folder of foldersAbove(one.key, prefix)) kept.add(folder)
        return deletion("object", bucket, one.key, one._tag === "Failed" ? fromError(one.error).message : undefined)
      }),
      Stream.mapEffect(emptied, (folder) => {
        if (kept.has(folder)) return Effect.succeed(deletion("directory", bucket, folder, "something in it stayed"))
        return Effect.match(S3Object.delete(bucket, folder), {
          onSuccess: () => deletion("directory", bucket, folder, undefined),
          onFailure: (error) => {
            for (const above of foldersAbove(folder.slice(0, -1), prefix)) kept.add(above)
            return deletion("directory", bucket, folder, fromError(error).message)
          }
        })
      })
    )
  })
}

const current = (bucket: string, prefix: string): Stream.Stream<Found, HcpError, S3> =>
  Stream.map(Listing.list(bucket, { prefix, kinds: ["object", "folder"] }), (entry) => ({
    key: entry._tag === "Prefix" ? entry.prefix : entry.key,
    versionId: undefined,
    isFolder: entry._tag !== "Object"
  }))

const allVersions = (bucket: string, prefix: string): Stream.Stream<Found, HcpError, S3> =>
  Versions.list(bucket, { prefix }).pipe(
    Stream.filter((entry) => entry._tag !== "Prefix"),
    Stream.map(({ isFolder, key, versionId }) => ({ key, versionId, isFolder }))
  )

const depthOf = (folder: string): number => folder.split("/").length

/** The folders that a key is in, up to the one that is deleted. */
const foldersAbove = (key: string, top: string): ReadonlyArray<string> => {
  const folders: Array<string> = []
  for (let at = key.indexOf("/", top.length - 1); at >= 0; at = key.indexOf("/", at + 1)) {
    folders.push(key.slice(0, at + 1))
  }
  return folders
}

const deletion = (
  type: "object" | "directory",
  bucket: string,
  key: string,
  message: string | undefined
): Deletion => ({
  outcome: message === undefined ? "deleted" : "failed",
  type,
  path: `${s3Scheme}${bucket}/${key.replace(/\/$/, "")}`,
  message
})
