/**
 * What can happen to the contents of a namespace, as data: the same records are applied to the tree, written to the log
 * that survives a restart, and sent to the other systems of a replication link.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Grant } from "./Acl.ts"
import { Setting } from "./Retention.ts"
import { HashScheme } from "./SystemSpec.ts"

/**
 * A change time as HCP writes it, `<millis>.<two-digit count>`: the count tells changes of the same millisecond apart.
 *
 * @category models
 * @since 0.1.0
 */
export const ChangeTime = Schema.Struct({ millis: Schema.Int, count: Schema.Int })

/**
 * A change time.
 *
 * @category models
 * @since 0.1.0
 */
export type ChangeTime = typeof ChangeTime.Type

/**
 * Custom metadata of a version: a name and some bytes.
 *
 * @category models
 * @since 0.1.0
 */
export const Annotation = Schema.Struct({
  name: Schema.String,
  blob: Schema.String,
  size: Schema.Int,
  hash: Schema.String,
  md5: Schema.String,
  contentType: Schema.Literals(["text/xml", "unknown"]),
  changed: ChangeTime
})

/**
 * Custom metadata of a version.
 *
 * @category models
 * @since 0.1.0
 */
export type Annotation = typeof Annotation.Type

/**
 * One version of an object, or the marker that a delete leaves behind (`state: "deleted"`, no blob). Never modified: a
 * change of metadata makes a new record with the same id.
 *
 * @category models
 * @since 0.1.0
 */
export const ObjectVersion = Schema.Struct({
  id: Schema.Int,
  state: Schema.Literals(["created", "deleted"]),
  createdMillis: Schema.Int,
  changed: ChangeTime,
  /** Id in the blob store; empty for a delete marker. */
  blob: Schema.String,
  size: Schema.Int,
  hashScheme: HashScheme,
  /** Upper-case hex; empty for an object that was made of parts. */
  hash: Schema.String,
  /** The ETag: lower-case hex, of an object that was made of parts with their number: `...-3`. */
  md5: Schema.String,
  /** What only the S3 compatible API keeps. */
  s3: Schema.optionalKey(
    Schema.Struct({
      contentType: Schema.optionalKey(Schema.String),
      lockMode: Schema.optionalKey(Schema.Literals(["GOVERNANCE", "COMPLIANCE"]))
    })
  ),
  retention: Setting,
  hold: Schema.Boolean,
  /** The labeled holds that are on; none in records from before there were any. */
  labelHolds: Schema.Array(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  shred: Schema.Boolean,
  index: Schema.Boolean,
  owner: Schema.String,
  /** Active Directory domain of the owner, or empty. */
  ownerDomain: Schema.String,
  replicated: Schema.Boolean,
  collision: Schema.Boolean,
  annotations: Schema.Array(Annotation)
})

/**
 * One version of an object.
 *
 * @category models
 * @since 0.1.0
 */
export type ObjectVersion = typeof ObjectVersion.Type

const place = {
  /** `name.tenant`. */
  namespace: Schema.String,
  /** Decoded segments below `/rest`. */
  path: Schema.Array(Schema.String)
}

/**
 * A change of a namespace's contents. Applying one twice does no harm.
 *
 * @category models
 * @since 0.1.0
 */
export const Change = Schema.Union([
  Schema.TaggedStruct("MakeDirectory", { ...place, changed: ChangeTime }),
  Schema.TaggedStruct("RemoveDirectory", { ...place, changed: ChangeTime }),
  /** Adds a version, or replaces the one with the same id. Missing parents are made. */
  Schema.TaggedStruct("PutVersion", { ...place, version: ObjectVersion }),
  /** Removes versions for good; an object without any is gone. */
  Schema.TaggedStruct("RemoveVersions", { ...place, ids: Schema.Array(Schema.Int), changed: ChangeTime }),
  /**
   * Gives an object, with all its versions, a list of grants, or takes it away (null). The latest one counts. `ids` are
   * those of some of its versions, so that another object of the same name does not get it.
   */
  Schema.TaggedStruct("PutAcl", {
    ...place,
    ids: Schema.Array(Schema.Int),
    grants: Schema.NullOr(Schema.Array(Grant)),
    changed: ChangeTime
  })
])

/**
 * A change of a namespace's contents.
 *
 * @category models
 * @since 0.1.0
 */
export type Change = typeof Change.Type

/**
 * Orders change times.
 *
 * @category combinators
 * @since 0.1.0
 */
export const isLater = (a: ChangeTime, b: ChangeTime): boolean =>
  a.millis > b.millis || (a.millis === b.millis && a.count > b.count)
