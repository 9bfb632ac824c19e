/**
 * A bucket as a namespace that is read, so that a copy from it is a copy between namespaces: keys are paths, locks are
 * retention, legal holds are holds, and what a copy from HCP has noted in user metadata is what the object had there.
 *
 * @internal
 */
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import type { AnnotationInfo } from "@effect-hcp/sdk/AnnotationInfo"
import { HcpError, NotFound } from "@effect-hcp/sdk/HcpError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as ObjectMetadata from "@effect-hcp/sdk/ObjectMetadata"
import * as Retention from "@effect-hcp/sdk/Retention"
import type { Version } from "@effect-hcp/sdk/Versions"
import * as Xml from "@effect-hcp/sdk/Xml"
import { dry } from "@effect-hcp/spool/InputCheck"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Bucket } from "./bucket.ts"
import * as Envelope from "./envelope.ts"
import { sideKeyOf } from "./keys.ts"

/** In which HCP keeps user metadata of S3. */
const pairsName = ".metapairs"

/** Members that only change something are refused: nobody calls them of what is read. */
export const asNamespace = (bucket: Bucket): Namespace => {
  const keyOf = (path: string): string => path.slice(1)

  const look = (path: string, versionId: string | undefined): Effect.Effect<S3ObjectMetadata, HcpError> =>
    Effect.flatMap(bucket.find(keyOf(path), versionId), (found) =>
      found === undefined
        ? Effect.fail(
            new HcpError({ operation: "HEAD", path, reached: "answer", reason: new NotFound({ status: 404 }) })
          )
        : Effect.succeed(found)
    )

  const annotations = (path: string, versionId: string | undefined) =>
    Effect.flatMap(look(path, versionId), (there) =>
      Effect.all(partsOf(there, keyOf(path)).map((part) => sized(bucket, part)))
    )

  return {
    ...dry,
    head: (path, options) =>
      Effect.gen(function* () {
        const there = yield* look(path, options?.versionId)
        const parts = yield* annotations(path, options?.versionId)
        return { ...metadataOf(there), hasAnnotations: parts.length > 0, annotations: parts.map(({ info }) => info) }
      }),
    stream: (path, options) =>
      bucket.stream(keyOf(path), { versionId: options?.versionId, ifMatch: options?.ifMatch, resume: options?.resume }),
    versions: (path) =>
      Stream.unwrap(
        Effect.map(bucket.versions(keyOf(path)), (found) =>
          found.length === 0
            ? Stream.drain(Stream.fromEffect(look(path, undefined)))
            : Stream.mapEffect(Stream.fromIterable(found), (each) => {
                const { modifiedAt, versionId } = each
                const common = { name: path.slice(path.lastIndexOf("/") + 1), path, versionId, changedAt: undefined }
                return each._tag === "DeleteMarker"
                  ? Effect.succeed<Version>({ _tag: "DeleteMarker", ...common, createdAt: modifiedAt })
                  : Effect.map(look(path, versionId), (there): Version => {
                      const { symlinkTarget: _, ...metadata } = metadataOf(there)
                      return { ...metadata, ...common, _tag: "Version", urlName: undefined }
                    })
              })
        )
      ),
    annotations: {
      ...dry.annotations,
      list: (path, options) =>
        Stream.fromIterableEffect(
          Effect.map(annotations(path, options?.versionId), (parts) => parts.map(({ info }) => info))
        ),
      stream: (path, name, options) =>
        Stream.unwrap(
          Effect.map(look(path, options?.versionId), (there) => {
            const part = partsOf(there, keyOf(path)).find((each) => each.name === name)
            if (part === undefined) {
              return Stream.fail(new HcpError({ operation: "GET", path, reason: new NotFound({ status: 404 }) }))
            }
            return part.bytes === undefined ? bucket.stream(part.key, { resume: true }) : Stream.make(part.bytes)
          })
        )
    }
  }
}

/** An annotation: in the metadata of the object, or an object of its own. */
type Part =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly bytes?: undefined; readonly key: string }

const partsOf = ({ metadata }: S3ObjectMetadata, key: string): ReadonlyArray<Part> => {
  const envelope = Envelope.read(metadata)
  if (envelope !== undefined) {
    const { beside, inline } = envelope
    const names = beside?.names ?? []
    return [...inline, ...names.map((name) => ({ name, key: sideKeyOf(key, beside?.version ?? "", name) }))]
  }
  const pairs = Object.entries(metadata)
  if (pairs.length === 0) return []
  // As HCP's own S3 gateway writes it, which shows it as user metadata again.
  const elements = pairs.map(([name, value]) => Xml.element(`meta-${name.replace(/[^A-Za-z0-9_.-]/g, "_")}`, {}, value))
  const text = Result.getOrUndefined(Xml.document(Xml.element("metapairs", { version: "600" }, ...elements)))
  return text === undefined ? [] : [{ name: pairsName, bytes: Buffer.from(text, "utf8") }]
}

const sized = (bucket: Bucket, part: Part): Effect.Effect<{ readonly info: AnnotationInfo }, HcpError> => {
  const known = { name: part.name, hash: undefined, etag: undefined, changedAt: undefined, contentType: undefined }
  return part.bytes === undefined
    ? Effect.map(bucket.head(part.key), ({ size }) => ({ info: { ...known, size } }))
    : Effect.succeed({ info: { ...known, size: part.bytes.length } })
}

/** What the object has, and what it had in HCP where it comes from there. */
const metadataOf = (there: S3ObjectMetadata): ObjectMetadata.ObjectMetadata => {
  const { etag, legalHold, lock, md5, metadata, modifiedAt, size, versionId } = there
  const envelope = Envelope.read(metadata)
  const labels = envelope?.labels ?? []
  // What was released in the bucket since is not held any more; one without Object Lock knows no holds.
  const isHeld = legalHold ?? (envelope?.hold === true || labels.length > 0)
  const isUnspecified = envelope?.retention.value?._tag === "Unspecified"
  return ObjectMetadata.make({
    size,
    hash: envelope?.hash ?? (md5 === undefined ? undefined : { algorithm: "MD5", hex: md5 }),
    etag,
    contentType: there.contentType,
    versionId,
    createdAt: modifiedAt,
    retention: retentionOf(envelope?.retention, lock?.until),
    // A legal hold that no hold of HCP explains was put there.
    hold: isHeld && (envelope?.hold === true || (labels.length === 0 && !isUnspecified)),
    labelledHolds: isHeld ? labels.map((id) => ({ id, hold: true })) : [],
    index: envelope?.index,
    shred: envelope?.shred,
    owner: envelope?.owner,
    domain: envelope?.domain
  })
}

/** The later end of both: a lock may have been made longer in the bucket. */
const retentionOf = (had: Retention.Stored | undefined, until: DateTime.Utc | undefined): Retention.Stored => {
  const value = had?.value
  if (value?._tag === "Prohibited" || value?._tag === "Unspecified" || until === undefined) {
    return had ?? { value: undefined, retentionClass: undefined }
  }
  return value?._tag === "Until" && !DateTime.isGreaterThan(until, value.at)
    ? (had ?? { value, retentionClass: undefined })
    : { value: Retention.until(until), retentionClass: undefined }
}
