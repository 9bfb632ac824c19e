/**
 * The buckets of a tenant as a store of objects, through the S3 gateway.
 *
 * A directory of a bucket is a folder: a key that ends with `/`, or what several keys begin with. What S3 lists says
 * nothing of retention and holds, and `put` looks first where something may be stored already: another program may
 * store it in between.
 *
 * @internal
 */
import * as Bucket from "@effect-hcp/s3/Bucket"
import * as Listing from "@effect-hcp/s3/Listing"
import * as ManagedTransfer from "@effect-hcp/s3/ManagedTransfer"
import type { UploadKept } from "@effect-hcp/s3/MultipartError"
import * as ObjectLock from "@effect-hcp/s3/ObjectLock"
import type { S3 } from "@effect-hcp/s3/S3"
import * as S3Object from "@effect-hcp/s3/S3Object"
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Failure, fromError, notFound, usage } from "../Failure.ts"
import { counted, entryOf, isSameBytes, noFacts, notADirectory, objectExists, prefixOf } from "./bucketStore.ts"
import type { Entry, Facts, ObjectStore, PutOptions, Version } from "./objectStore.ts"
import { bucketParts, s3Scheme } from "./place.ts"
import * as Acl from "./s3Acl.ts"
import * as Deleting from "./s3Deleting.ts"

type Failed = HcpError | Failure

export const make = (gateway: Context.Context<S3>): ObjectStore => {
  const run = <A, E>(effect: Effect.Effect<A, E, S3>): Effect.Effect<A, E> => Effect.provide(effect, gateway)
  const stream = <A, E>(made: Stream.Stream<A, E, S3>): Stream.Stream<A, E> => Stream.provideContext(made, gateway)
  return {
    list: (path, options) => (options?.deleted === true ? Stream.fail(noDeleted(path)) : stream(list(path))),
    walk: (path) => stream(walk(path)),
    head: (path, options) => run(head(path, options?.version)),
    read: (path, options) =>
      stream(ofObject(path, ({ bucket, key }) => read(bucket, key, options?.version, options?.onProgress))),
    put: (path, body, options) => run(put(path, body, options)),
    copyHere: (from, to, options) => run(copyHere(from, to, options)),
    delete: (path, options) => run(Deleting.deleteOne(path, options)),
    deleteTree: (path, options) => stream(Deleting.deleteTree(path, options)),
    versions: (path) => stream(versions(path)),
    makeDirectory: (path, { objectLock }) => run(makeDirectory(path, objectLock)),
    protect: (path, protection) => run(protect(path, protection)),
    acl: (path) => run(Acl.get(path)),
    isShared: (path) => run(Acl.isShared(path)),
    setAcl: (path, grants) => run(Acl.put(path, grants)),
    restore: (path, version) =>
      run(
        Effect.asVoid(
          Effect.flatMap(objectOf(path), ({ bucket, key }) =>
            S3Object.copy({ bucket, key, versionId: version }, bucket, key)
          )
        )
      )
  }
}

const noDeleted = (path: string): Failure =>
  usage(`S3 does not list what was deleted in ${path}`, "see it with `hcp versions`, or list /path with --deleted")

/** Fails for a place that is no object. */
const objectOf = (path: string): Effect.Effect<{ readonly bucket: string; readonly key: string }, Failure> => {
  const { bucket, key } = bucketParts(path)
  return bucket === "" || key === "" || key.endsWith("/")
    ? Effect.fail(usage(`${path} names no object`, "write s3://bucket/key"))
    : Effect.succeed({ bucket, key })
}

const ofObject = <A, E, R>(
  path: string,
  use: (at: { readonly bucket: string; readonly key: string }) => Stream.Stream<A, E, R>
): Stream.Stream<A, E | Failure, R> => Stream.unwrap(Effect.map(objectOf(path), use))

/** Folders are named as directories are: without the slash. */
const toEntry = (bucket: string, entry: Listing.Entry): Entry => {
  const key = entry._tag === "Prefix" ? entry.prefix : entry.key
  const raw = entry._tag === "Prefix" ? entry.rawPrefix : entry.rawKey
  const found = entryOf(
    entry._tag === "Object" ? "object" : "directory",
    `${s3Scheme}${bucket}/${key.replace(/\/$/, "")}`,
    entry._tag === "Prefix" ? undefined : entry.modifiedAt
  )
  return {
    ...found,
    isNamed: raw === undefined,
    ...(entry._tag === "Object"
      ? { size: entry.size, etag: entry.etag, owner: entry.owner?.displayName ?? entry.owner?.id }
      : {})
  }
}

const list = (path: string): Stream.Stream<Entry, Failed, S3> => {
  const { bucket, key } = bucketParts(path)
  return bucket === ""
    ? Stream.map(Bucket.list(), ({ createdAt, name }) => entryOf("bucket", `${s3Scheme}${name}`, createdAt))
    : keys(bucket, key, "/")
}

const walk = (path: string): Stream.Stream<Entry, Failed, S3> => {
  const { bucket, key } = bucketParts(path)
  return bucket === ""
    ? Stream.fail(usage("s3:// is all buckets of the tenant", "name one: s3://bucket"))
    : keys(bucket, key, undefined)
}

/** What is below a folder. That nothing is there, and not even the folder, is a failure. */
const keys = (bucket: string, key: string, delimiter: "/" | undefined): Stream.Stream<Entry, Failed, S3> => {
  const prefix = prefixOf(key)
  return Stream.suspend(() => {
    let isThere = prefix === ""
    const found = Listing.list(bucket, { prefix, delimiter, owners: delimiter !== undefined }).pipe(
      // The folder itself is in its list.
      Stream.filter((entry) => {
        isThere = true
        return entry._tag !== "Folder" || entry.key !== prefix
      }),
      Stream.map((entry) => toEntry(bucket, entry))
    )
    const missing = Stream.unwrap(
      Effect.suspend(() => (isThere ? Effect.succeed(Stream.empty) : Effect.as(checkFolder(bucket, key), Stream.empty)))
    )
    return Stream.concat(found, missing)
  })
}

const checkFolder = (bucket: string, key: string): Effect.Effect<void, Failed, S3> => {
  const path = `${s3Scheme}${bucket}/${key}`
  const name = key.replace(/\/$/, "")
  return Effect.flatMap(S3Object.exists(bucket, prefixOf(key)), (isFolder) =>
    isFolder
      ? Effect.void
      : Effect.flatMap(S3Object.exists(bucket, name), (isObject) =>
          Effect.fail(isObject ? notADirectory(path) : notFound(`${path}: nothing is stored there`))
        )
  )
}

const isMissing = ({ reason }: HcpError): boolean => reason._tag === "S3Refused" && reason.category === "notFound"

/** @internal */
export const head = (path: string, version?: string): Effect.Effect<Facts, Failed, S3> => {
  const { bucket, key } = bucketParts(path)
  if (bucket === "") return Effect.fail(usage("s3:// is all buckets of the tenant", "name one: s3://bucket"))
  if (key === "") return Effect.as(Bucket.head(bucket), { ...noFacts, type: "bucket" })
  const found = S3Object.head(bucket, key, { versionId: version })
  return Effect.map(
    version !== undefined || key.endsWith("/")
      ? found
      : Effect.catchIf(found, isMissing, (error) =>
          Effect.catchIf(S3Object.head(bucket, `${key}/`), isMissing, () => Effect.fail(error))
        ),
    factsOf
  )
}

const isFolder = ({ contentType }: S3ObjectMetadata): boolean => contentType?.toLowerCase() === "x-directory"

const factsOf = (found: S3ObjectMetadata): Facts => ({
  ...noFacts,
  type: isFolder(found) ? "directory" : "object",
  size: isFolder(found) ? undefined : found.size,
  hash: found.md5 === undefined || isFolder(found) ? undefined : { algorithm: "md5", hex: found.md5 },
  etag: found.etag,
  contentType: found.contentType,
  version: found.versionId,
  changedAt: found.modifiedAt,
  retention: retentionText(found.retention),
  hold: found.hold,
  labelledHolds: found.labelledHolds.map(({ id }) => id),
  lock:
    found.lock === undefined
      ? undefined
      : [found.lock.mode, ...(found.lock.until === undefined ? [] : [DateTime.formatIso(found.lock.until)])].join(" "),
  legalHold: found.legalHold,
  metadata: found.metadata,
  servicedBy: found.servicedBy
})

/** In the words of HCP's own gateway. */
const retentionText = ({ value }: S3ObjectMetadata["retention"]): string | undefined => {
  switch (value?._tag) {
    case undefined:
      return undefined
    case "DeletionAllowed":
      return "Deletion Allowed"
    case "Prohibited":
      return "Deletion Prohibited"
    case "Unspecified":
      return "Initial Unspecified"
    case "Until":
      return DateTime.formatIso(value.at).replace(/\.\d+Z$/, "+0000")
  }
}

const read = (
  bucket: string,
  key: string,
  version: string | undefined,
  onProgress: PutOptions["onProgress"]
): Stream.Stream<Uint8Array, HcpError, S3> => {
  return counted(S3Object.stream(bucket, key, { versionId: version, resume: true }), onProgress)
}

const put = Effect.fnUntraced(function* (
  path: string,
  body: Parameters<ObjectStore["put"]>[1],
  options: PutOptions
): Effect.fn.Return<"stored" | "skipped", Failed, S3> {
  const { hold, ifExists, index, onBegun, onProgress, retention, size } = options
  const { bucket, key } = yield* objectOf(path)
  if (index !== undefined || ifExists === "replace") return yield* ofNamespaceOnly(index)
  if (ifExists !== "version" && (yield* S3Object.exists(bucket, key))) {
    if (ifExists === "skip" && (yield* isSameBytes(body, yield* S3Object.head(bucket, key)))) return "skipped"
    return yield* objectExists(path, ifExists === "skip" ? ", with other bytes or an unknown hash" : "")
  }
  const protection = { retention, ...(hold === undefined ? {} : { hold }) }
  yield* Effect.mapError(ManagedTransfer.put(bucket, key, body, { ...protection, size, onBegun, onProgress }), kept)
  return "stored"
})

const copyHere = Effect.fnUntraced(function* (
  from: string,
  to: string,
  { hold, ifExists, index, retention }: PutOptions
): Effect.fn.Return<void, Failed, S3> {
  const source = yield* objectOf(from)
  const { bucket, key } = yield* objectOf(to)
  if (index !== undefined || ifExists === "replace") return yield* ofNamespaceOnly(index)
  if (ifExists === "fail" && (yield* S3Object.exists(bucket, key))) return yield* objectExists(to, "")
  const protection = { retention, ...(hold === undefined ? {} : { hold }) }
  yield* Effect.mapError(ManagedTransfer.copy(source, bucket, key, protection), kept)
})

const ofNamespaceOnly = (index: boolean | undefined): Failure =>
  index === undefined
    ? usage(
        "--if-exists replace is of HCP's own gateway: through S3 it would delete the object first",
        "take version, or write /path"
      )
    : usage("--index is of HCP's own gateway", "write /path")

/** What is left at HCP of an upload that failed is told, with how to get rid of it. */
const kept = (error: HcpError | UploadKept): Failed => (error._tag === "UploadKept" ? fromError(error) : error)

const versions = (path: string): Stream.Stream<Version, Failed, S3> =>
  ofObject(path, ({ bucket, key }) =>
    Stream.suspend(() => {
      let isThere = false
      const found = Deleting.versionsOf(bucket, key).pipe(
        Stream.map((one): Version => {
          isThere = true
          return {
            type: one._tag === "Version" ? "version" : "deletion",
            id: one.versionId,
            size: one._tag === "Version" ? one.size : undefined,
            createdAt: one.modifiedAt,
            hash: undefined,
            etag: one._tag === "Version" ? one.etag : undefined
          }
        })
      )
      const missing = Stream.suspend(() =>
        isThere ? Stream.empty : Stream.fail(notFound(`${path}: nothing is stored there`))
      )
      return Stream.concat(found, missing)
    })
  )

const makeDirectory = Effect.fnUntraced(function* (
  path: string,
  objectLock: boolean
): Effect.fn.Return<boolean, Failed, S3> {
  const { bucket, key } = bucketParts(path)
  if (bucket === "") return yield* usage("s3:// names no bucket", "write s3://bucket, or s3://bucket/folder")
  if (key === "") return (yield* Bucket.ensure(bucket, { objectLock })) === "created"
  if (objectLock) return yield* usage("--object-lock is of a whole bucket", `write s3://${bucket}`)
  if (yield* S3Object.exists(bucket, prefixOf(key))) return false
  yield* S3Object.makeFolder(bucket, key)
  return true
})

const protect = Effect.fnUntraced(function* (
  path: string,
  { legalHold, lock, ...changes }: Parameters<ObjectStore["protect"]>[1]
): Effect.fn.Return<void, Failed, S3> {
  const { bucket, key } = yield* objectOf(path)
  if (lock !== undefined) {
    const { bypass, mode, until } = lock
    yield* ObjectLock.lock.modify(bucket, key, { mode, until }, { bypassGovernance: bypass })
  }
  if (legalHold !== undefined) yield* ObjectLock.legalHold.modify(bucket, key, legalHold)
  if (lock === undefined && legalHold === undefined) yield* S3Object.modify(bucket, key, changes)
})
