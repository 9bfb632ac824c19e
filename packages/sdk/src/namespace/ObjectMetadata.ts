/**
 * What HCP knows about an object or a directory, read from the headers of its answer.
 *
 * Read leniently: nothing here fails. HCP sends many headers with an empty value, and which headers it sends differs
 * from release to release; what is empty, missing or not understood is `undefined`. Source: "Using a Namespace",
 * chapter on HTTP response headers.
 *
 * **Example** (until when is it kept?)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Namespace } from "@effect-hcp/sdk"
 *
 * const until = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   const { hold, retentionText } = yield* ns.head("/invoices/2026/42.pdf")
 *   return hold === true ? "on hold" : retentionText
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as HcpHeaders from "../HcpHeaders.ts"
import {
  toAnnotationList,
  toBoolean,
  toChangeTime,
  toCount,
  toHash,
  toInstant,
  toInstantOfSeconds,
  toText
} from "../internal/lenient.ts"
import type { Hash } from "../ObjectHash.ts"
import type { AnnotationSize } from "./AnnotationInfo.ts"
import type { ChangeTime } from "./ChangeTime.ts"
import * as LabelledHold from "./LabelledHold.ts"
import * as Retention from "./Retention.ts"

export type { AnnotationSize, ChangeTime, Hash }

/**
 * What HCP knows about an object or a directory. All sizes are bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectMetadata {
  /** What it is. A symbolic link is shown as what it points to, with `symlinkTarget` beside it. */
  readonly type: "object" | "directory" | "annotation" | "unknown"
  /** Of the whole object, also where only a part was read. */
  readonly size: number | undefined
  /** Of the bytes as they are stored. Absent for objects that were built of many parts. */
  readonly hash: Hash | undefined
  /** As HCP sent it, quotes included; `Conditions` take it with or without them. */
  readonly etag: string | undefined
  /** HCP goes by the extension of the name. */
  readonly contentType: string | undefined
  /** Digits, to be handled as a text without meaning. */
  readonly versionId: string | undefined
  /** When this version was stored; of systems before release 8 to the second. */
  readonly createdAt: DateTime.Utc | undefined
  /** When anything about it was changed last. */
  readonly changedAt: ChangeTime | undefined
  readonly retention: Retention.Stored
  /** As HCP says it: a date and time, `Deletion Allowed`, `Deletion Prohibited`, `Initial Unspecified`. */
  readonly retentionText: string | undefined
  /** Whether it is on hold. */
  readonly hold: boolean | undefined
  /** Whether it is on hold by any label. */
  readonly labelledHold: boolean | undefined
  /** The labels; only for users with the privileged permission. */
  readonly labelledHolds: ReadonlyArray<LabelledHold.LabelledHold>
  /** Whether it will be shredded when it is deleted. */
  readonly shred: boolean | undefined
  /** Whether the metadata query engine indexes it. */
  readonly index: boolean | undefined
  /** `HTTP`, `WebDAV`, `CIFS_NFS`, `SMTP` or `UNKNOWN`. */
  readonly ingestProtocol: string | undefined
  /** The number of copies, or a word such as `Dynamic` where the system decides. */
  readonly dpl: number | string | undefined
  readonly hasAnnotations: boolean | undefined
  /** Names and sizes of the annotations. */
  readonly annotations: ReadonlyArray<AnnotationSize>
  readonly hasAcl: boolean | undefined
  readonly owner: string | undefined
  /** The Active Directory domain of the owner. */
  readonly domain: string | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** Whether it has been replicated. */
  readonly replicated: boolean | undefined
  /** Whether it is the loser of a collision between two systems. */
  readonly replicationCollision: boolean | undefined
  /** What a symbolic link points to. */
  readonly symlinkTarget: string | undefined
  /** The domain of the system that answered. */
  readonly servicedBy: string | undefined
  /** For Hitachi's support. */
  readonly requestId: string | undefined
  /** Of the system that answered. */
  readonly softwareVersion: string | undefined
  /** The system's clock when it answered, to the second. */
  readonly systemTime: DateTime.Utc | undefined
}

/**
 * Reads the headers of an answer to GET, HEAD or PUT. Never fails.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: HcpHeaders.ResponseHeaders): ObjectMetadata => {
  const text = (name: string) => toText(headers.get(name)?.trim())
  const count = (name: string) => toCount(text(name))
  const flag = (name: string) => toBoolean(text(name))
  const named = (name: string) => utf8(text(name))
  const retentionText = text("x-hcp-retentionstring")
  return {
    type: typeOf(text("x-hcp-type")),
    size: count("x-hcp-size"),
    hash: toHash(text("x-hcp-hash")),
    etag: text("etag"),
    contentType: text("content-type"),
    versionId: text("x-hcp-versionid"),
    createdAt:
      toInstant(text("x-hcp-versioncreatetimemilliseconds")) ??
      toInstant(text("x-hcp-ingesttimemilliseconds")) ??
      toInstantOfSeconds(text("x-hcp-ingesttime")),
    changedAt: toChangeTime(text("x-hcp-changetimemilliseconds")),
    retention: Retention.fromMetadata({
      retention: text("x-hcp-retention"),
      retentionString: retentionText,
      retentionClass: text("x-hcp-retentionclass")
    }),
    retentionText,
    hold: flag("x-hcp-retentionhold"),
    labelledHold: flag("x-hcp-labelretentionhold"),
    labelledHolds: LabelledHold.fromHeader(utf8(text("x-hcp-labelretentionhold-labels"))),
    shred: flag("x-hcp-shred"),
    index: flag("x-hcp-index"),
    ingestProtocol: text("x-hcp-ingestprotocol"),
    dpl: count("x-hcp-dpl") ?? text("x-hcp-dpl"),
    hasAnnotations: flag("x-hcp-custom-metadata"),
    annotations: toAnnotationList(text("x-hcp-custommetadataannotations")),
    hasAcl: flag("x-hcp-acl"),
    owner: named("x-hcp-owner"),
    domain: named("x-hcp-domain"),
    uid: count("x-hcp-uid"),
    gid: count("x-hcp-gid"),
    replicated: flag("x-hcp-replicated"),
    replicationCollision: flag("x-hcp-replicationcollision"),
    symlinkTarget: named("x-hcp-symlinktarget"),
    servicedBy: text("x-hcp-servicedbysystem"),
    requestId: text("x-requestid"),
    softwareVersion: text("x-hcp-softwareversion"),
    systemTime: toInstantOfSeconds(text("x-hcp-time"))
  }
}

/**
 * Metadata of an object of which only these fields are known, for tests and for what stands in for HCP.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: Partial<ObjectMetadata> = {}): ObjectMetadata => ({
  ...fromHeaders(HcpHeaders.make()),
  type: "object",
  ...fields
})

const types = { object: "object", directory: "directory", annotation: "annotation" } as const

const typeOf = (text: string | undefined): ObjectMetadata["type"] => {
  const lower = text?.toLowerCase()
  return lower === "object" || lower === "directory" || lower === "annotation" ? types[lower] : "unknown"
}

/** Headers are read as Latin-1; bytes that are UTF-8 all through are hardly anything else. */
const utf8 = (latin1: string | undefined): string | undefined => {
  if (latin1 === undefined || !/[\x80-\xff]/.test(latin1)) return latin1
  const decoded = Buffer.from(latin1, "latin1").toString("utf8")
  return decoded.includes("\ufffd") ? latin1 : decoded
}

/**
 * What {@link protection} looks at: what HCP knows about an object, and whatever lists of a namespace give: objects,
 * versions, and entries that nothing protects.
 *
 * @category models
 * @since 0.1.0
 */
export type Protectable =
  | {
      readonly hold: boolean | undefined
      readonly labelledHold?: boolean | undefined
      readonly retention: Retention.Stored
    }
  | { readonly _tag: "Directory" | "Symlink" | "DeleteMarker" }

/**
 * What protects the object from being deleted or replaced at a time, if anything does: a hold counts before retention.
 * None if nothing is known to, as of directories, links and delete markers. Lists
 * say nothing of labelled holds: an object that is only on one of those is not known to be protected by its entry.
 *
 * **Example** (delete what is not under retention)
 *
 * ```ts
 * import { DateTime, Effect, Option, Stream } from "effect"
 * import { Namespace, ObjectMetadata } from "@effect-hcp/sdk"
 *
 * const cleared = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   const now = yield* DateTime.now
 *   yield* ns.walk("/invoices").pipe(
 *     Stream.filter((entry) => entry._tag === "Object" && Option.isNone(ObjectMetadata.protection(entry, now))),
 *     Stream.runForEach(({ path }) => ns.delete(path))
 *   )
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const protection = (metadata: Protectable, now: DateTime.DateTime): Option.Option<"hold" | "retention"> => {
  if (!("retention" in metadata)) return Option.none()
  if (metadata.hold === true || metadata.labelledHold === true) return Option.some("hold")
  const { value } = metadata.retention
  switch (value?._tag) {
    case undefined:
    case "DeletionAllowed":
      return Option.none()
    case "Until":
      return DateTime.isGreaterThan(value.at, now) ? Option.some("retention") : Option.none()
    default:
      return Option.some("retention")
  }
}
