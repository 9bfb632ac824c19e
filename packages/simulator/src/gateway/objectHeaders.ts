/**
 * The headers that describe an object or a directory, in the order in which HCP sends them.
 *
 * @internal
 */
import type { Annotation, ChangeTime, ObjectVersion } from "../Change.ts"
import { toHttpDate, toSeconds, toText } from "../internal/time.ts"
import { aclOf, type DirectoryEntry } from "../ObjectTree.ts"
import { toRetentionString } from "../Retention.ts"
import { type Header, headerSafe } from "./exchange.ts"
import * as LabelHolds from "./labelHolds.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { retentionOf } from "./systemMetadata.ts"

/**
 * `1422736466446.00`.
 *
 * @internal
 */
export const changeTimeMillis = ({ count, millis }: ChangeTime): string => `${millis}.${String(count).padStart(2, "0")}`

/**
 * `name;bytes, name;bytes`.
 *
 * @internal
 */
export const annotationList = (annotations: ReadonlyArray<Annotation>): string =>
  annotations.map(({ name, size }) => `${name};${size}`).join(", ")

const contentTypes: ReadonlyMap<string, string> = new Map([
  ["css", "text/css"],
  ["csv", "text/csv"],
  ["gif", "image/gif"],
  ["htm", "text/html"],
  ["html", "text/html"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["js", "application/javascript"],
  ["json", "application/json"],
  ["mp4", "video/mp4"],
  ["pdf", "application/pdf"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
  ["tif", "image/tiff"],
  ["tiff", "image/tiff"],
  ["txt", "text/plain"],
  ["xml", "text/xml"],
  ["zip", "application/zip"]
])

/**
 * HCP does not keep the content type of an upload, it goes by the extension of the name.
 *
 * @internal
 */
export const contentType = (name: string): string =>
  contentTypes.get(/\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? "") ?? "application/octet-stream"

/**
 * What there is to say of a version. Which labels hold it is said only to those who may set them.
 *
 * @internal
 */
export const objectHeaders = (
  { namespace, path, permissions }: ObjectRequest,
  version: ObjectVersion
): ReadonlyArray<Header> => {
  const entry = namespace.tree.find(path)
  const retention = retentionOf(namespace, version)
  const isLabeled = version.labelHolds.length > 0
  return [
    ["X-HCP-Type", "object"],
    ["X-HCP-Size", String(version.size)],
    ...(version.hash === "" ? [] : [["X-HCP-Hash", `${version.hashScheme} ${version.hash}`] as const]),
    ["X-HCP-VersionId", String(version.id)],
    ["X-HCP-IngestTime", String(toSeconds(version.createdMillis))],
    ["X-HCP-IngestTimeMilliseconds", String(version.createdMillis)],
    ["X-HCP-RetentionClass", retention.className],
    ["X-HCP-RetentionString", toRetentionString(retention)],
    ["X-HCP-Retention", String(retention.until)],
    ["X-HCP-IngestProtocol", "HTTP"],
    ["X-HCP-RetentionHold", String(version.hold)],
    ["X-HCP-LabelRetentionHold", String(isLabeled)],
    ...(isLabeled && permissions.has("privileged")
      ? [["X-HCP-LabelRetentionHold-Labels", LabelHolds.toHeader(version.labelHolds)] as const]
      : []),
    ["X-HCP-Shred", String(version.shred)],
    ["X-HCP-DPL", String(namespace.spec.dpl)],
    ["X-HCP-Index", String(version.index)],
    ["X-HCP-Custom-Metadata", String(version.annotations.length > 0)],
    ["X-HCP-ACL", String(entry?._tag === "Object" && aclOf(entry) !== undefined)],
    ["X-HCP-Owner", headerSafe(version.owner)],
    ["X-HCP-Domain", headerSafe(version.ownerDomain)],
    ["X-HCP-UID", ""],
    ["X-HCP-GID", ""],
    ["X-HCP-CustomMetadataAnnotations", annotationList(version.annotations)],
    ["X-HCP-Replicated", String(version.replicated)],
    ["X-HCP-ReplicationCollision", String(version.collision)],
    ["X-HCP-ChangeTimeMilliseconds", changeTimeMillis(version.changed)],
    ["X-HCP-ChangeTimeString", toText(version.changed.millis)],
    ["Last-Modified", toHttpDate(version.createdMillis)]
  ]
}

/** @internal */
export const directoryHeaders = ({ changed }: DirectoryEntry): ReadonlyArray<Header> => [
  ["X-HCP-Type", "directory"],
  ["X-HCP-ChangeTimeMilliseconds", changeTimeMillis(changed)],
  ["X-HCP-ChangeTimeString", toText(changed.millis)]
]
