/**
 * What the query engine knows of an object, by the names of HCP.
 *
 * @internal
 */
import { granteeKey } from "../Acl.ts"
import type { ObjectVersion } from "../Change.ts"
import { urlName } from "../gateway/listing.ts"
import { changeTimeMillis } from "../gateway/objectHeaders.ts"
import { retentionOf } from "../gateway/systemMetadata.ts"
import type { Namespace } from "../internal/core.ts"
import { toSeconds, toText } from "../internal/time.ts"
import { aclOf } from "../ObjectTree.ts"
import { toRetentionString } from "../Retention.ts"
import { defaultNamespaceKey } from "../SystemSpec.ts"
import type { Scalar, Values } from "./matching.ts"

/** What happened to an object. */
export type Operation = "CREATED" | "DELETED" | "DISPOSED" | "PRUNED" | "PURGED"

/** An object as the query engine sees it. */
export interface Found {
  readonly namespace: Namespace
  readonly path: ReadonlyArray<string>
  readonly version: ObjectVersion
  readonly operation: Operation
  /** What the annotations say, if somebody wants to know. */
  readonly content?: string | undefined
}

/** What always comes. */
export const basic = ["changeTimeMilliseconds", "version", "urlName", "operation"] as const

/**
 * The whole URL of an object.
 *
 * @internal
 */
export const urlOf = ({ spec }: Namespace, path: ReadonlyArray<string>, domain: string): string => {
  const root = spec.key === defaultNamespaceKey ? "fcfs_data" : "rest"
  return `https://${spec.key}.${domain}/${[root, ...path.map(urlName)].join("/")}`
}

const entryAcl = ({ namespace, path }: Found) => {
  const entry = namespace.tree.find(path)
  return entry?._tag === "Object" ? aclOf(entry) : undefined
}

const ownerOf = ({ namespace, version }: Found): string =>
  version.owner === ""
    ? ""
    : `USER,${version.ownerDomain === "" ? namespace.spec.tenant : version.ownerDomain},${version.owner}`

type Read = (found: Found, domain: string) => Scalar

/** Everything that is shown, in the order of the manual. */
const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["accessTime", ({ version }) => toSeconds(version.createdMillis)],
  ["accessTimeString", ({ version }) => toText(version.createdMillis)],
  ["acl", (found) => entryAcl(found) !== undefined],
  ["changeTimeMilliseconds", ({ version }) => changeTimeMillis(version.changed)],
  ["changeTimeString", ({ version }) => toText(version.changed.millis)],
  ["customMetadata", ({ version }) => version.annotations.length > 0],
  [
    "customMetadataAnnotation",
    ({ version }) => version.annotations.map(({ name, size }) => `${name};${size}`).join(",")
  ],
  ["dpl", ({ namespace }) => namespace.spec.dpl],
  ["gid", () => ""],
  ["hash", ({ version }) => `${version.hashScheme} ${version.hash}`],
  ["hashScheme", ({ version }) => version.hashScheme],
  ["hold", ({ version }) => version.hold],
  ["index", ({ version }) => version.index],
  ["ingestTime", ({ version }) => toSeconds(version.createdMillis)],
  ["ingestTimeString", ({ version }) => toText(version.createdMillis)],
  ["namespace", ({ namespace }) => namespace.spec.key],
  ["objectPath", ({ path }) => `/${path.join("/")}`],
  ["operation", ({ operation }) => operation],
  ["owner", ownerOf],
  ["permissions", () => ""],
  ["replicated", ({ version }) => version.replicated],
  ["replicationCollision", ({ version }) => version.collision],
  ["retention", ({ namespace, version }) => retentionOf(namespace, version).until],
  ["retentionClass", ({ namespace, version }) => retentionOf(namespace, version).className],
  ["retentionString", ({ namespace, version }) => toRetentionString(retentionOf(namespace, version))],
  ["shred", ({ version }) => version.shred],
  ["size", ({ version }) => version.size],
  ["type", () => "object"],
  ["uid", () => ""],
  ["updateTime", ({ version }) => toSeconds(version.createdMillis)],
  ["updateTimeString", ({ version }) => toText(version.createdMillis)],
  ["urlName", ({ namespace, path }, domain) => urlOf(namespace, path, domain)],
  ["utf8Name", ({ path }) => path.at(-1) ?? ""],
  ["version", ({ version }) => version.id]
])

/** All that can be shown. */
export const names: ReadonlyArray<string> = [...readers.keys()]

/** Properties that can only be asked for. */
const hidden: ReadonlySet<string> = new Set(["aclGrant", "customMetadataContent"])

/** Whether a property can be in an expression. */
export const isKnown = (name: string): boolean => readers.has(name) || hidden.has(name)

/** Whether a property can be in an answer. */
export const isShown = (name: string): boolean => readers.has(name)

/** What an object has of a property, as it is shown. */
export const shown = (name: string, found: Found, domain: string): Scalar => readers.get(name)?.(found, domain) ?? ""

/** What an object has of a property, as it is compared. An empty text is not there at all. */
export const valuesOf =
  (found: Found, domain: string): Values =>
  (name) => {
    switch (name) {
      case "customMetadataContent":
        return found.content === undefined ? [] : [found.content]
      case "aclGrant":
        return (entryAcl(found) ?? []).map((grant) => `${granteeKey(grant)} ${grant.rights.join(" ")}`)
      case "changeTimeMilliseconds":
        return [Number(changeTimeMillis(found.version.changed))]
      case "customMetadataAnnotation":
        return found.version.annotations.map((annotation) => annotation.name)
      default: {
        const value = shown(name, found, domain)
        return value === "" ? [] : [value]
      }
    }
  }
