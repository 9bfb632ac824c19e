/**
 * From what HCP says of an object, in attributes of XML or values of JSON, to a record.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { inexact, isInexact } from "../../internal/exactNumber.ts"
import {
  toAnnotationList,
  toBoolean,
  toChangeTime,
  toCount,
  toHash,
  toInstantOfSeconds,
  toText
} from "../../internal/lenient.ts"
import * as Retention from "../../namespace/Retention.ts"
import type { Operation, Owner, QueryRecord } from "../QueryResult.ts"

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["CREATED", "created"],
  ["DELETED", "deleted"],
  ["DISPOSED", "disposed"],
  ["PRUNED", "pruned"],
  ["PURGED", "purged"],
  ["NOT_FOUND", "notFound"]
])

/** The names HCP gives the properties that a record has fields for. */
const known: ReadonlySet<string> = new Set(
  (
    "accessTime accessTimeString acl changeTimeMilliseconds changeTimeString customMetadata customMetadataAnnotation " +
    "customMetadataAnnotations dpl gid hash hashScheme hold index ingestTime ingestTimeString namespace objectPath operation owner " +
    "permissions replicated replicationCollision retention retentionClass retentionString shred size type uid updateTime " +
    "updateTimeString urlName utf8Name version"
  ).split(" ")
)

/** A value as a text: which of numbers, booleans and texts JSON has, differs from release to release. */
const textOf = (name: string, value: unknown): string | undefined => {
  if (typeof value === "string") return value
  // A number has lost the zeros behind the point, and with them what place its digits are of.
  if (typeof value === "number") return name === "changeTimeMilliseconds" ? value.toFixed(2) : String(value)
  if (typeof value === "boolean") return String(value)
  if (Array.isArray(value)) return value.map((each) => textOf(name, each) ?? "").join(", ")
  return undefined
}

/** Reads a record, or says what is wrong with it. */
export const toRecord = (plain: unknown): Result.Result<QueryRecord, string> => {
  if (!Predicate.isReadonlyObject(plain)) return Result.fail("a record is none")
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(plain)) {
    const text = textOf(name, value)
    if (text !== undefined) texts.set(name, text)
  }
  const text = (name: string) => toText(texts.get(name)?.trim())
  const count = (name: string) => toCount(text(name))
  const flag = (name: string) => toBoolean(text(name))
  const seconds = (name: string) => toInstantOfSeconds(text(name))
  const url = text("urlName")
  const changeTimeMilliseconds = text("changeTimeMilliseconds")
  const version = text("version")
  const changedAt = toChangeTime(changeTimeMilliseconds)
  if (url === undefined) return Result.fail("a record has no urlName")
  if (changeTimeMilliseconds === undefined || changedAt === undefined) {
    return Result.fail("a record has no changeTimeMilliseconds")
  }
  if (version === undefined) return Result.fail("a record has no version")
  if (isInexact(texts.get("size"))) return Result.fail(inexact("size"))
  const operation = text("operation") ?? ""
  const place = placeOf(url)
  return Result.succeed({
    operation: operations.get(operation.toUpperCase()) ?? operation,
    url,
    path: place?.path,
    namespace: text("namespace") ?? place?.namespace,
    changedAt,
    versionId: version,
    position: { urlName: url, changeTimeMilliseconds, versionId: version },
    accessedAt: seconds("accessTime"),
    hasAcl: flag("acl"),
    hasAnnotations: flag("customMetadata"),
    annotations: annotationsOf(text("customMetadataAnnotation") ?? text("customMetadataAnnotations")),
    dpl: count("dpl") ?? text("dpl"),
    gid: count("gid"),
    hash: toHash(text("hash")),
    hold: flag("hold"),
    index: flag("index"),
    createdAt: seconds("ingestTime"),
    objectPath: toText(texts.get("objectPath")),
    owner: ownerOf(text("owner")),
    permissions: text("permissions"),
    replicated: flag("replicated"),
    replicationCollision: flag("replicationCollision"),
    retention: Retention.fromMetadata({
      retention: text("retention"),
      retentionString: text("retentionString"),
      retentionClass: text("retentionClass")
    }),
    retentionText: text("retentionString"),
    shred: flag("shred"),
    size: count("size"),
    type: text("type"),
    uid: count("uid"),
    updatedAt: seconds("updateTime"),
    name: toText(texts.get("utf8Name")),
    others: Object.fromEntries([...texts].filter(([name]) => !known.has(name)))
  })
}

/** The names, with sizes where there are any. */
const annotationsOf = (text: string | undefined) =>
  // What is `true` or `false` somewhere is no list.
  text === undefined || toBoolean(text) !== undefined ? toAnnotationList(undefined) : toAnnotationList(text)

/** `USER,<location>,<name>`; the name may hold commas. */
const ownerOf = (text: string | undefined): Owner | undefined => {
  const found = /^([^,]*),([^,]*),(.*)$/s.exec(text ?? "")
  const [, kind = "", location = "", name = ""] = found ?? []
  return found === null ? undefined : { kind, location, name }
}

/** What a URL of an object says of its place: `https://<namespace>.<tenant>.<domain>/rest/<path>`. */
const placeOf = (url: string): { readonly path: string; readonly namespace: string | undefined } | undefined => {
  const [, host = "", encoded] = /^https?:\/\/([^/:]+)(?::\d+)?\/(?:rest|fcfs_data)(\/[^?#]*)?$/i.exec(url) ?? []
  if (encoded === undefined) return undefined
  const path = Result.getOrUndefined(Result.try(() => decodeURIComponent(encoded)))
  const [namespace, tenant, ...domain] = host.split(".")
  const isNamed = namespace !== undefined && tenant !== undefined && domain.length > 0 && !/^\d+$/.test(namespace)
  return path === undefined ? undefined : { path, namespace: isNamed ? `${namespace}.${tenant}` : undefined }
}
